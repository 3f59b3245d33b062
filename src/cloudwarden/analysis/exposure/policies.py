"""Whom a resource's policy lets in without asking who they are, by where they come from.

Only what depends on the address is worked out; any other condition is one on the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from cloudwarden.analysis.exposure.addresses import WHOLE, addresses_of
from cloudwarden.analysis.exposure.regions import (
    EMPTY,
    EVERYTHING,
    NONE,
    OTHERS,
    Bounds,
    Gap,
    Region,
    exactly,
    traffic,
)
from cloudwarden.analysis.iam.action_patterns import action_pattern
from cloudwarden.analysis.iam.conditions import clause
from cloudwarden.analysis.iam.context import ABSENT, Context, Unknown
from cloudwarden.analysis.iam.truth import Truth
from cloudwarden.core.json import loads

_SOURCE = "aws:sourceip"
#: What is known of a request from the internet: it comes from an address, and through no network.
_REQUEST: Final = Context(
    dict.fromkeys(("aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"), ABSENT),
    closed=False,
    unknown={_SOURCE: Unknown.PRESENT},
)
#: Resources that are all of an API, or of a domain, however they are written.
WHOLE_API = re.compile(r"\*|execute-api:[/*]+|arn:[^/]*(?:/[*/]*\*|:\*)")
WHOLE_DOMAIN = re.compile(r"\*|arn:[^/]*(?::\*|(?:/[^/]*)?/\*)")


def strangers(
    policy: str, action: str, family: int, whole: re.Pattern[str] = WHOLE_API
) -> Bounds | None:
    """From where anybody may do something, as traffic; None if the policy cannot be read.

    A denial counts where its resource is `whole`: of another, something is left.
    """
    try:
        told = loads(policy)
    except ValueError:
        return None
    if not isinstance(told, dict):
        return None
    allowed, denied = NONE, NONE
    for statement in _statements(told):
        if not _is_about(statement, action):
            continue
        found = _sources(statement.get("Condition") or {}, family)
        if statement.get("Effect") == "Allow":
            allowed = allowed | found if _is_anybody(statement) else allowed
        elif _is_anybody(statement) and _is_whole(statement, whole):
            denied = denied | found
    certain = allowed.certain - denied.possible
    possible = allowed.possible - denied.certain
    if certain == possible:
        return exactly(possible)
    return Bounds(certain, possible, tuple(dict.fromkeys((*allowed.gaps, *denied.gaps))))


def _statements(policy: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    found = policy.get("Statement")
    for statement in found if isinstance(found, list) else [found]:
        if isinstance(statement, dict):
            yield statement


def _listed(value: Any) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list) else [value]) if one is not None]


def _is_about(statement: Mapping[str, Any], action: str) -> bool:
    refused = "NotAction" in statement
    named = _listed(statement.get("NotAction" if refused else "Action"))
    return any(action_pattern(one).matches(action.lower()) for one in named) is not refused


def _is_anybody(statement: Mapping[str, Any]) -> bool:
    """Whether it is about somebody of whom nothing is known."""
    if "NotPrincipal" in statement:
        return not _names_everybody(statement["NotPrincipal"])
    return _names_everybody(statement.get("Principal"))


def _names_everybody(principal: Any) -> bool:
    return "*" in (_listed(principal.get("AWS")) if isinstance(principal, dict) else [principal])


def _is_whole(statement: Mapping[str, Any], whole: re.Pattern[str]) -> bool:
    """Whether a denial leaves nothing of the resource over."""
    return any(whole.fullmatch(one) for one in _listed(statement.get("Resource")))


def _sources(conditions: Mapping[str, Any], family: int) -> Bounds:
    """The addresses for which every condition holds."""
    found = exactly(EVERYTHING)
    for operator, keys in conditions.items():
        for key, values in (keys if isinstance(keys, dict) else {}).items():
            found = found & _one(str(operator), str(key), _listed(values), family)
    return found


def _one(operator: str, key: str, values: list[str], family: int) -> Bounds:
    if key.lower() == _SOURCE and "ipaddress" in operator.lower():
        named = traffic(OTHERS, 0, 0, addresses_of(values, family))
        return exactly(_all(family) - named if "not" in operator.lower() else named)
    truth = clause(operator, key, values, variables=True).evaluate(_REQUEST)
    if truth is not Truth.MAYBE:
        return exactly(EVERYTHING if truth is Truth.SURE else EMPTY)
    gap = Gap(f"the policy's condition on {key.lower()} holds", condition=True)
    return Bounds(EMPTY, EVERYTHING, (gap,))


def _all(family: int) -> Region:
    return traffic(OTHERS, 0, 0, WHOLE[family])
