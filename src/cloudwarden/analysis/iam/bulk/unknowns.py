"""Of which principals and resources it is not known who may do what, and why."""

from __future__ import annotations

from collections.abc import Iterator

from cloudwarden.analysis.iam.world import Principal, PrincipalKind, Unread, World
from cloudwarden.schema.derived import DerivedProperties

#: The property that says why; null where everything was read.
ACCESS_UNKNOWN = "access_unknown"


def unknowns(world: World) -> Iterator[DerivedProperties]:
    """`access_unknown` of every user, role and resource of which something was not read."""
    for kind in (PrincipalKind.USER, PrincipalKind.ROLE):
        told = {
            principal.arn: "; ".join(reasons)
            for principal in world.principals
            if principal.kind is kind and (reasons := list(_of_principal(world, principal)))
        }
        label = "AWSUser" if kind is PrincipalKind.USER else "AWSRole"
        if label == "AWSRole":
            told = _joined(told, _of_resources(world, label))
        if told:
            yield _properties(label, told)
    for label in world.resources:
        if label not in ("AWSRole", "AWSUser"):
            told = _of_resources(world, label)
            if told:
                yield _properties(label, told)


def _of_principal(world: World, principal: Principal) -> Iterator[str]:
    if isinstance(world.account(principal.account).scps, Unread):
        yield "service control policies of its account were not read"
    for attached in principal.policies:
        if isinstance(attached.document, Unread):
            yield f"policy {attached.policy.rpartition('/')[2]} was not read"
    if principal.boundary is not None and isinstance(principal.boundary.document, Unread):
        yield "its permissions boundary was not read"


def _of_resources(world: World, label: str) -> dict[str, str]:
    table = world.resources.get(label)
    if table is None:
        return {}
    unbound = {
        account
        for account in set(table.accounts)
        if isinstance(world.account(account).rcps, Unread)
    }
    told: dict[str, str] = {}
    rows = zip(table.ids, table.accounts, table.policies, strict=True)
    for position, (id_, account, policy) in enumerate(rows):
        reasons = []
        if isinstance(policy, Unread):
            reasons.append("its policy was not read")
        if position in table.doubts:
            reasons.append(table.doubts[position])
        if account in unbound:
            reasons.append("resource control policies of its account were not read")
        if reasons:
            told[id_] = "; ".join(reasons)
    return told


def _joined(one: dict[str, str], other: dict[str, str]) -> dict[str, str]:
    return {
        id_: "; ".join(words for words in (one.get(id_), other.get(id_)) if words)
        for id_ in {**one, **other}
    }


def _properties(label: str, told: dict[str, str]) -> DerivedProperties:
    return DerivedProperties(label, list(told), {ACCESS_UNKNOWN: list(told.values())})
