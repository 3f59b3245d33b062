"""An organization's tree as assets: roots, organizational units, accounts, policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cloudwarden.core.clock import format_moment
from cloudwarden.schema.records import Asset, Failure, Relation, Scope

Document = Mapping[str, Any]


@dataclass(slots=True)
class Tree:
    """What was read of an organization. A root or unit is a parent; members are by parent id.

    `unread` has what failed for a policy, by its id.
    """

    organization: Document
    roots: list[Document] = field(default_factory=list)
    units: dict[str, list[Document]] = field(default_factory=dict)
    accounts: dict[str, list[Document]] = field(default_factory=dict)
    policies: list[Document] = field(default_factory=list)
    policy_targets: dict[str, list[Document]] = field(default_factory=dict)
    unread: dict[str, Mapping[str, Failure]] = field(default_factory=dict)


def assets_of(tree: Tree, scope: Scope) -> Iterator[Asset]:
    """The organization and everything in its tree; accounts are implied by their parents."""
    organization = tree.organization
    org_id = organization["Id"]
    build = _Builder(tree, scope, org_id)
    yield build.organization()
    for root in tree.roots:
        properties = {
            "org_id": org_id,
            "root_id": root["Id"],
            "enabled_policy_types": enabled_policy_types(root),
        }
        yield build.parent("AWSOrganizationRoot", root, properties)
        yield from build.units(root["Id"], root["Id"])
    for policy in tree.policies:
        yield build.policy(policy)


def enabled_policy_types(root: Document) -> list[str]:
    """The kinds of policy that are in force under a root, sorted."""
    types = root.get("PolicyTypes") or ()
    return sorted(one["Type"] for one in types if one.get("Status") == "ENABLED")


@dataclass(frozen=True, slots=True)
class _Builder:
    tree: Tree
    scope: Scope
    org_id: str

    def organization(self) -> Asset:
        found = self.tree.organization
        properties = {
            "arn": found.get("Arn"),
            "feature_set": found.get("FeatureSet"),
            "management_account_arn": found.get("MasterAccountArn"),
            "management_account_id": found.get("MasterAccountId"),
            "management_account_email": found.get("MasterAccountEmail"),
        }
        roots = [
            Relation("RESOURCE", "AWSOrganizationRoot", self._id(root["Id"]))
            for root in self.tree.roots
        ]
        parents = [
            Relation("PARENT", "AWSOrganizationRoot", self._id(root["Id"]), incoming=True)
            for root in self.tree.roots
        ]
        return self._asset("AWSOrganization", self.org_id, None, properties, [*roots, *parents])

    def units(self, parent_id: str, root_id: str) -> Iterator[Asset]:
        for unit in self.tree.units.get(parent_id, ()):
            parent = "parent_root_id" if parent_id == root_id else "parent_ou_id"
            properties = {
                "org_id": self.org_id,
                "root_id": root_id,
                "ou_id": unit["Id"],
                parent: parent_id,
            }
            yield self.parent("AWSOrganizationalUnit", unit, properties)
            yield from self.units(unit["Id"], root_id)

    def parent(self, label: str, item: Document, properties: dict[str, Any]) -> Asset:
        """A root or unit, with an edge to each of its members and one back."""
        relations: list[Relation] = []
        for unit in self.tree.units.get(item["Id"], ()):
            target = self._id(unit["Id"])
            relations += _both_ways("AWSOrganizationalUnit", target, None)
        for account in self.tree.accounts.get(item["Id"], ()):
            implied = _account_properties(account, self.org_id)
            relations += _both_ways("AWSAccount", account["Id"], implied)
        kept = {"arn": item.get("Arn"), **properties}
        return self._asset(label, self._id(item["Id"]), item.get("Name"), kept, relations)

    def policy(self, policy: Document) -> Asset:
        properties = {
            "arn": policy.get("Arn"),
            "org_id": self.org_id,
            "policyid": policy["Id"],
            "type": policy.get("Type"),
            "description": policy.get("Description"),
            "aws_managed": policy.get("AwsManaged"),
            "policy": policy.get("Content"),
        }
        labels = {"ROOT": "AWSOrganizationRoot", "ORGANIZATIONAL_UNIT": "AWSOrganizationalUnit"}
        relations = []
        for target in self.tree.policy_targets.get(policy["Id"], ()):
            label = labels.get(target["Type"], "AWSAccount")
            target_id = target["TargetId"]
            relations.append(
                Relation(
                    "ATTACHED_TO",
                    label,
                    target_id if label == "AWSAccount" else self._id(target_id),
                )
            )
        return self._asset(
            "AWSOrganizationsPolicy",
            self._id(policy["Id"]),
            policy.get("Name"),
            properties,
            relations,
            self.tree.unread.get(policy["Id"]),
        )

    def _id(self, member: str) -> str:
        # Ids of roots, units and policies are unique only within their organization.
        return f"{self.org_id}/{member}"

    def _asset(
        self,
        label: str,
        asset_id: str,
        name: str | None,
        properties: Mapping[str, Any],
        relations: Iterable[Relation],
        unread: Mapping[str, Failure] | None = None,
    ) -> Asset:
        return Asset(
            label=label,
            id=asset_id,
            account=self.scope.account,
            region=self.scope.region,
            name=name,
            properties={key: value for key, value in properties.items() if value is not None},
            relations=tuple(relations),
            unread=unread or {},
        )


def _both_ways(label: str, target: str, implied: Mapping[str, Any] | None) -> list[Relation]:
    return [
        Relation("RESOURCE", label, target, implied=implied),
        Relation("PARENT", label, target, incoming=True, implied=implied),
    ]


def _account_properties(account: Document, org_id: str) -> dict[str, Any]:
    joined = account.get("JoinedTimestamp")
    properties = {
        "name": account.get("Name"),
        "arn": account.get("Arn"),
        "org_id": org_id,
        "email": account.get("Email"),
        "status": account.get("Status"),
        "state": account.get("State"),
        "joined_method": account.get("JoinedMethod"),
        "joined_timestamp": format_moment(joined) if isinstance(joined, datetime) else joined,
    }
    return {key: value for key, value in properties.items() if value is not None}
