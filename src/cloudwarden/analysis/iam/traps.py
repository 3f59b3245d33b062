"""What authors of policies get wrong though AWS accepts it: traps in a statement's elements."""

from __future__ import annotations

from collections.abc import Iterator

from cloudwarden.analysis.iam.conditions import Clause, Quantifier
from cloudwarden.analysis.iam.policies import Policy, PolicyKind, Statement

_PRINCIPAL_ARN = "aws:principalarn"
_SOURCE_IP = "aws:sourceip"
_IDLE = "{} has a variable, which is plain text in a policy of version 2008-10-17."

#: Kinds of policies that may be about what they are attached to, without a Resource.
_ON_RESOURCES = frozenset({PolicyKind.RESOURCE, PolicyKind.TRUST, PolicyKind.ENDPOINT})


def traps(policy: Policy, statement: Statement) -> list[str]:
    """A sentence for each trap that a statement falls into."""
    return [*_in_elements(policy, statement), *_in_conditions(policy, statement)]


def _in_elements(policy: Policy, statement: Statement) -> Iterator[str]:
    if statement.allows and statement.not_principal:
        yield "Allow with NotPrincipal is open to the whole world but for those that it names."
    if not statement.allows and statement.not_principal:
        yield "Deny with NotPrincipal hits every principal that has a permissions boundary."
    if policy.kind in {PolicyKind.RESOURCE, PolicyKind.TRUST} and statement.principals is None:
        yield "Without Principal the statement is about nobody."
    if statement.resources is None and policy.kind not in _ON_RESOURCES:
        yield "Without Resource AWS does not take the policy; here the statement is about all."
    for pattern in statement.resources or ():
        text = repr(pattern.text)
        if not pattern.valid:
            yield f"{text} matches no resource: it has too few parts, or its type is not literal."
        elif pattern.short and statement.not_resource:
            yield f"{text} has too few parts, so that the statement never applies."
        elif _has_idle_variable(policy, pattern.text):
            yield _IDLE.format(text)
    for action in statement.actions:
        if action.name is None or (action.service and set(action.service) & {"*", "?"}):
            yield f"{action.text!r} matches no action."


def _has_idle_variable(policy: Policy, text: str) -> bool:
    return "${" in text and policy.version == "2008-10-17"


def _in_conditions(policy: Policy, statement: Statement) -> Iterator[str]:
    guarded = {
        clause.key
        for clause in statement.conditions
        if clause.name.null and {value.lower() for value in clause.values} == {"false"}
    }
    for clause in statement.conditions:
        yield from _in_clause(clause, statement, guarded=clause.key in guarded)
        for value in clause.values:
            if _has_idle_variable(policy, value):
                yield _IDLE.format(repr(value))


def _in_clause(clause: Clause, statement: Statement, *, guarded: bool) -> Iterator[str]:
    name, operator = clause.name, clause.name.operator
    if not name.known:
        yield f"There is no condition operator {name.text}, so that the statement never applies."
        return
    if operator is None:
        return
    if name.quantifier is Quantifier.ALL and statement.allows and not guarded:
        yield f"{name.text} is true where {clause.spelling} is missing; add Null: false for it."
    if (
        operator.negated
        and not guarded
        and not name.if_exists
        and name.quantifier is Quantifier.NONE
    ):
        yield f"{name.text} is true where {clause.spelling} is missing."
    if operator.name in {"StringEquals", "StringNotEquals"}:
        for value in clause.values:
            if "*" in value.replace("${*}", ""):
                yield f"{name.text} takes the * in {value!r} literally."
    if clause.key == _SOURCE_IP:
        yield "aws:SourceIp is not the caller's address where a service makes the call for it."
    if clause.key == _PRINCIPAL_ARN and any(":assumed-role/" in value for value in clause.values):
        yield "aws:PrincipalArn of a session is the ARN of its role, not of the session."
