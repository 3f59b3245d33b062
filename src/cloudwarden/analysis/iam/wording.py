"""Statements and conditions in words: what they are, where they stand, why they hold or fail."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cloudwarden.analysis.iam.conditions import Clause
from cloudwarden.analysis.iam.context import Context, State, Unknown
from cloudwarden.analysis.iam.decisions import Match
from cloudwarden.analysis.iam.layers import words
from cloudwarden.analysis.iam.principals import PrincipalMatch
from cloudwarden.analysis.iam.requests import Request
from cloudwarden.analysis.iam.truth import Truth

_NAMED = {
    PrincipalMatch.ANY: "names everybody",
    PrincipalMatch.EXACT: "names the caller",
    PrincipalMatch.ROLE: "names the role behind the session",
    PrincipalMatch.USER: "names the user behind the session",
    PrincipalMatch.ACCOUNT: "names the caller's account",
    PrincipalMatch.NOT_NAMED: "does not exempt the caller",
}
_VARIABLE = re.compile(r"\$\{\s*([^*?$,{}\s][^,{}]*?)\s*[,}]")


def described(match: Match, request: Request, context: Context) -> str:
    """A statement: what it does, in which policy, attached where, on what conditions."""
    statement, attached = match.statement, match.attached
    label = f"statement {statement.sid!r}" if statement.sid else f"statement {statement.index}"
    place = f", attached to {attached.where}" if attached.where not in {"", attached.name} else ""
    level = "" if match.level is None else f", level {match.level}"
    layer = f"{words(match.layer, request)}{level}"
    parts = [f"{statement.effect}: {label} of {attached.name}{place} ({layer})"]
    if match.principal is not None:
        parts.append(_named(match, match.principal, request))
    held = [clause for clause in statement.conditions if clause.evaluate(context) is Truth.SURE]
    open_ = [clause for clause in statement.conditions if clause not in held]
    if held:
        parts.append(f"as required: {_joined(_held(clause, context) for clause in held)}")
    if open_:
        parts.append(f"only if {_joined(map(_clause, open_))}")
    elif match.truth is Truth.MAYBE:
        parts.append(f"only if the variables in {_resources(match)} fit")
    return "; ".join(parts)


def _named(match: Match, how: PrincipalMatch, request: Request) -> str:
    who = request.principal
    if match.statement.not_principal and not match.statement.match_principal(who, bounded=False):
        return "exempts the caller, but hits whoever has a permissions boundary"
    return _NAMED[how]


def failure(clause: Clause, context: Context) -> str:
    """Why a clause does not hold."""
    if not clause.name.known:
        return f"there is no condition operator {clause.name.text}"
    if clause.name.null:
        there = "has no value" if context.state(clause.key) == () else "has a value"
        return f"{_clause(clause)}, and the request {there} for it"
    wanted = f"{' or '.join(clause.values) or 'nothing'}{variables(clause.values, context)}"
    has = _has(context.state(clause.key))
    return f"{clause.name.text} {clause.spelling} wants {wanted}, and the request has {has}"


def variables(texts: Iterable[str], context: Context) -> str:
    """What the variables in some texts stand for; empty if there are none."""
    keys = dict.fromkeys(key for text in texts for key in _VARIABLE.findall(text))
    told = [f"${{{key}}} is {_is(context.state(key.lower()))}" for key in keys]
    return f" ({_joined(told)})" if told else ""


def _held(clause: Clause, context: Context) -> str:
    """A clause that holds; with what the request has, unless the clause says that already."""
    state = context.state(clause.key)
    if clause.name.null or isinstance(state, Unknown) or set(state) & set(clause.values):
        return _clause(clause)
    return f"{_clause(clause)} (the request has {_has(state)})"


def _clause(clause: Clause) -> str:
    return f"{clause.name.text} {clause.spelling} {' or '.join(clause.values)}"


def _resources(match: Match) -> str:
    return ", ".join(pattern.text for pattern in match.statement.resources or ())


def _has(state: State) -> str:
    if isinstance(state, Unknown):
        return "something that is not known"
    return " and ".join(state) or "no value for it"


def _is(state: State) -> str:
    if isinstance(state, Unknown):
        return "not known"
    return state[0] if len(state) == 1 else "several values" if state else "missing"


def _joined(parts: Iterable[str] | Iterator[str]) -> str:
    return " and ".join(parts)
