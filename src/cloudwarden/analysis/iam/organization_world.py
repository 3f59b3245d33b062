"""Which policies an organization imposes on each account, out of collected assets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.iam.world import UNREAD, Account, Attachment, Levels, PolicyText, Unread

ORGANIZATION, ROOT = "AWSOrganization", "AWSOrganizationRoot"
UNIT, POLICY, ACCOUNT = "AWSOrganizationalUnit", "AWSOrganizationsPolicy", "AWSAccount"

#: The labels that these functions read.
LABELS = frozenset({ORGANIZATION, ROOT, UNIT, POLICY})

#: Without any one of these, policies may be missing from a level.
_LISTINGS = ("organizations:ListPolicies", "organizations:ListTargetsForPolicy")
_SERVICE, _RESOURCE = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
_ACCOUNT_ID_LENGTH = 12


def accounts_of(estate: Estate, partitions: Mapping[str, str]) -> list[Account]:
    """Every account that is looked after or that an organization tells of.

    `partitions` has the partition of accounts where it is known. An account is in no organization
    only if it said so itself.
    """
    trees = {asset.id: _Tree.of(estate, asset) for asset in _best(estate.assets(ORGANIZATION))}
    known: dict[str, Account] = {}
    for tree in trees.values():
        known |= {id_: tree.account(id_) for id_ in tree.parents if id_ in tree.members}
        known.setdefault(tree.management, tree.account(tree.management))
    for id_, name in estate.accounts.items():
        account = known.get(id_) or _outside(estate, trees.values(), id_)
        known[id_] = replace(account, name=name, partition=partitions.get(id_, account.partition))
    return [known[id_] for id_ in sorted(known)]


def _best(organizations: Iterable[EstateAsset]) -> Iterable[EstateAsset]:
    """Each organization once, as its management account tells of it where that is read."""
    found: dict[str, EstateAsset] = {}
    for asset in organizations:
        if asset.id not in found or asset.account == asset.get("management_account_id"):
            found[asset.id] = asset
    return found.values()


def _outside(estate: Estate, trees: Iterable[_Tree], id_: str) -> Account:
    """An account that no tree that was read holds."""
    for tree in trees:
        if id_ in tree.readers:
            return tree.account(id_)
    if estate.whole(ORGANIZATION, id_):
        return Account(id_)
    return Account(id_, organization=UNREAD, scps=UNREAD, rcps=UNREAD)


@dataclass(slots=True)
class _Tree:
    """One organization as far as it was read. Ids of roots, units and accounts are bare."""

    id: str
    management: str
    whole: bool
    #: The accounts whose own reading says that they are in it.
    readers: frozenset[str]
    parents: dict[str, str] = field(default_factory=dict)
    members: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    roots: list[EstateAsset] = field(default_factory=list)
    policies: list[EstateAsset] = field(default_factory=list)

    @classmethod
    def of(cls, estate: Estate, organization: EstateAsset) -> _Tree:
        readers = frozenset(a.account for a in estate.assets(ORGANIZATION)
                            if a.id == organization.id)  # fmt: skip
        tree = cls(
            organization.id,
            str(organization.get("management_account_id") or ""),
            any(_told_all(estate, account) for account in readers),
            readers,
        )
        prefix = f"{organization.id}/"
        for asset in estate.assets(ROOT, UNIT):
            if not asset.id.startswith(prefix):
                continue
            own = asset.id.removeprefix(prefix)
            tree.names[own] = asset.name or own
            if asset.label == ROOT:
                tree.roots.append(asset)
            for relation in asset.relations:
                if relation.type == "RESOURCE" and not relation.incoming:
                    child = relation.target.removeprefix(prefix)
                    tree.parents[child] = own
                    if relation.target_label == ACCOUNT:
                        tree.members.add(child)
        tree.policies = [a for a in estate.assets(POLICY) if a.id.startswith(prefix)]
        return tree

    def account(self, id_: str) -> Account:
        chain = self._chain(id_)
        path = "/".join((self.id, *chain[:-1], "")) if len(chain) > 1 else None
        if id_ == self.management:
            # What an organization imposes does not bind the account that manages it.
            return Account(id_, organization=self.id, path=path, is_management=True)
        return Account(
            id_,
            self.names.get(id_, ""),
            organization=self.id,
            path=path,
            scps=self._levels(_SERVICE, chain),
            rcps=self._levels(_RESOURCE, chain),
        )

    def _chain(self, account: str) -> list[str]:
        """From the root to the account."""
        chain = [account]
        while chain[-1] in self.parents and len(chain) <= len(self.parents):
            chain.append(self.parents[chain[-1]])
        return chain[::-1]

    def _levels(self, kind: str, chain: Sequence[str]) -> Levels | Unread:
        if len(chain) < 2 or not self.whole:
            return UNREAD
        if not self._in_force(kind):
            return ()
        attached: dict[str, list[Attachment]] = defaultdict(list)
        for policy in self.policies:
            if (policy.get("type") or _SERVICE) == kind:
                for target in policy.targets("ATTACHED_TO"):
                    bare = target.removeprefix(f"{self.id}/")
                    attached[bare].append(
                        Attachment(policy.id, _document(policy), self._place(bare))
                    )
        return tuple(tuple(attached[level]) for level in chain)

    def _in_force(self, kind: str) -> bool:
        """Whether the organization uses policies of a kind; older readings tell of SCPs alone."""
        told = [root.get("enabled_policy_types") for root in self.roots]
        if any(types is None for types in told):
            return any((p.get("type") or _SERVICE) == kind for p in self.policies)
        return any(kind in types for types in told)

    def _place(self, target: str) -> str:
        if target in self.members or (target.isdigit() and len(target) == _ACCOUNT_ID_LENGTH):
            return f"account {target}"
        kind = "root" if target.startswith("r-") else "organizational unit"
        return f"{kind} {self.names.get(target, target)}"


def _told_all(estate: Estate, account: str) -> bool:
    """Whether an account's reading of its organization shows every policy and where it binds."""
    listing = estate.listing(POLICY, account)
    return (
        listing is not None
        and listing.shows_absence
        and not any(operation in listing.failures for operation in _LISTINGS)
    )


def _document(policy: EstateAsset) -> PolicyText:
    text = policy.get("policy")
    return text if text and "organizations:DescribePolicy" not in policy.unread else UNREAD
