"""The conditions of statements in words, as relations carry them."""

from __future__ import annotations

from collections.abc import Iterable

from cloudwarden.analysis.iam.conditions import Clause, Quantifier
from cloudwarden.analysis.iam.context import Context
from cloudwarden.analysis.iam.policies import Statement
from cloudwarden.analysis.iam.truth import Truth

#: How an operator's name reads between a key and the policy's values.
_VERBS = {
    "StringEquals": "is",
    "StringNotEquals": "is not",
    "StringEqualsIgnoreCase": "is",
    "StringNotEqualsIgnoreCase": "is not",
    "StringLike": "is like",
    "StringNotLike": "is not like",
    "ArnEquals": "is",
    "ArnNotEquals": "is not",
    "ArnLike": "is like",
    "ArnNotLike": "is not like",
    "NumericEquals": "is",
    "NumericNotEquals": "is not",
    "NumericLessThan": "is less than",
    "NumericLessThanEquals": "is at most",
    "NumericGreaterThan": "is greater than",
    "NumericGreaterThanEquals": "is at least",
    "DateEquals": "is",
    "DateNotEquals": "is not",
    "DateLessThan": "is before",
    "DateLessThanEquals": "is not after",
    "DateGreaterThan": "is after",
    "DateGreaterThanEquals": "is not before",
    "Bool": "is",
    "BinaryEquals": "is",
    "IpAddress": "is in",
    "NotIpAddress": "is not in",
}

_QUANTIFIERS = {
    Quantifier.NONE: "",
    Quantifier.ALL: "every ",
    Quantifier.ANY: "some ",
}

#: More values than these are counted, not told.
_TOLD = 4


def condition_words(statement: Statement, facts: Context) -> str:
    """What of a statement's conditions is not known of a request, in words.

    A statement that is in doubt for the variables in its resources says which they are.
    """
    names = {
        key.lower(): key
        for keys in (statement.source.get("Condition") or {}).values()
        for key in keys
    }
    told = [
        clause_words(clause, names.get(clause.key, clause.key))
        for clause in statement.conditions
        if clause.evaluate(facts) is Truth.MAYBE
    ]
    if not told:
        return "its resources' variables fit"
    return " and ".join(dict.fromkeys(told))


def clause_words(clause: Clause, key: str) -> str:
    """One clause in words; `key` as the policy spells it."""
    name = clause.name
    if name.null:
        absent = "true" in {value.lower() for value in clause.values}
        return f"{key} is {'absent' if absent else 'present'}"
    if name.operator is None:
        return f"{name.text} {key} {_either(clause.values)}"
    words = f"{_QUANTIFIERS[name.quantifier]}{key} {_VERBS[name.operator.name]} "
    words += _either(clause.values)
    return f"{words}, if present" if name.if_exists else words


def _either(values: Iterable[str]) -> str:
    told = list(values)
    if len(told) > _TOLD:
        told = [*told[: _TOLD - 1], f"{len(told) - _TOLD + 1} more"]
    return " or ".join(told)
