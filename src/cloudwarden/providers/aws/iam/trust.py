"""Whom a role trusts: the principals of its trust policy as relations to nodes of the graph."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cloudwarden.providers.aws.iam.policies import Statement, as_list, statements_of
from cloudwarden.schema.records import Relation

#: Everybody, signed in or not: the principal `*`.
ANYBODY = "*"

_ACCOUNT = re.compile(r"\d{12}")
_ARN = re.compile(
    r"arn:(?P<partition>[^:]+):(?P<service>iam|sts)::(?P<account>\d{12}):(?P<rest>.+)"
)


@dataclass(frozen=True, slots=True)
class Trusted:
    """A principal that a policy names: the label and id of its node, and its account if any.

    `conditional` says that every statement that names it has a condition; `external_id` that
    every such statement asks for `sts:ExternalId`.
    """

    label: str
    id: str
    name: str
    account: str | None = None
    conditional: bool = False
    external_id: bool = False


def trust_relations(document: Any, partition: str, account: str) -> tuple[Relation, ...]:
    """The `TRUSTS_AWS_PRINCIPAL` edges of a role of `account` with this trust policy.

    Roles and users of the same account are only looked up; everything else is implied: a foreign
    account's principals, services, identity providers and anybody exist because they are named.
    """
    merged: dict[tuple[str, str], Trusted] = {}
    for statement in statements_of(document):
        if statement.get("Effect") != "Allow":
            continue
        for trusted in _principals(statement, partition):
            known = merged.get((trusted.label, trusted.id))
            merged[(trusted.label, trusted.id)] = _weaker(known, trusted) if known else trusted
    return tuple(_relation(merged[key], account) for key in sorted(merged))


def principal_of(value: str, partition: str) -> Trusted | None:
    """The node that an `AWS` principal stands for; None for the unique id of a deleted one."""
    if value == ANYBODY:
        return Trusted("AWSAnonymousPrincipal", ANYBODY, "Anybody")
    if _ACCOUNT.fullmatch(value):
        return _root(partition, value)
    match = _ARN.fullmatch(value)
    if match is None:
        return None
    partition, account, rest = match["partition"], match["account"], match["rest"]
    kind, _, path = rest.partition("/")
    name = path.rpartition("/")[2]
    if rest == "root":
        return _root(partition, account)
    if kind == "role":
        return Trusted("AWSRole", value, name, account)
    if kind == "user":
        return Trusted("AWSUser", value, name, account)
    if kind == "assumed-role":
        role = path.partition("/")[0]
        return Trusted("AWSRole", f"arn:{partition}:iam::{account}:role/{role}", role, account)
    return Trusted("AWSFederatedPrincipal", value, name or rest, account)


def _principals(statement: Statement, partition: str) -> list[Trusted]:
    principal = statement.get("Principal")
    if "NotPrincipal" in statement or principal == ANYBODY:
        principal = {"AWS": [ANYBODY]}
    if not isinstance(principal, Mapping):
        return []
    condition = statement.get("Condition") or {}
    conditional = bool(condition)
    external_id = any(
        key.lower() == "sts:externalid" for test in condition.values() for key in test
    )
    found: list[Trusted] = []
    for kind, values in principal.items():
        for value in as_list(values):
            trusted = _principal(kind, str(value), partition)
            if trusted is not None:
                found.append(replace(trusted, conditional=conditional, external_id=external_id))
    return found


def _principal(kind: str, value: str, partition: str) -> Trusted | None:
    if kind == "AWS":
        return principal_of(value, partition)
    if kind == "Service":
        return Trusted("AWSServicePrincipal", value, value)
    if kind == "Federated":
        account = value.split(":")[4] if value.startswith("arn:") else None
        return Trusted("AWSFederatedPrincipal", value, value.rpartition("/")[2], account)
    return None


def _root(partition: str, account: str) -> Trusted:
    arn = f"arn:{partition}:iam::{account}:root"
    return Trusted("AWSRootPrincipal", arn, "root", account)


def _weaker(one: Trusted, other: Trusted) -> Trusted:
    return replace(
        one,
        conditional=one.conditional and other.conditional,
        external_id=one.external_id and other.external_id,
    )


def _relation(trusted: Trusted, account: str) -> Relation:
    own = trusted.account == account and trusted.label in ("AWSRole", "AWSUser", "AWSRootPrincipal")
    implied: dict[str, Any] | None = None
    if not own:
        implied = {"arn": trusted.id, "name": trusted.name}
        if trusted.account:
            implied["account"] = trusted.account
    return Relation(
        "TRUSTS_AWS_PRINCIPAL",
        trusted.label,
        trusted.id,
        properties={"conditional": trusted.conditional, "external_id": trusted.external_id},
        implied=implied,
    )
