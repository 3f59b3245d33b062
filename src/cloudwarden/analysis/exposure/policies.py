"""Whom a resource's policy lets in without asking who they are, by where they come from.

Only what depends on the address is worked out; any other condition is one on the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

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
from cloudwarden.core.json import loads

_SOURCE = "aws:sourceip"
#: Keys that requests from the internet do not have.
_PRIVATE = frozenset({"aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"})
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
    actions = _listed(statement.get("Action"))
    if actions:
        return any(fnmatchcase(action.lower(), one.lower()) for one in actions)
    refused = _listed(statement.get("NotAction"))
    return not any(fnmatchcase(action.lower(), one.lower()) for one in refused)


def _is_anybody(statement: Mapping[str, Any]) -> bool:
    principal = statement.get("Principal")
    return "*" in (_listed(principal.get("AWS")) if isinstance(principal, dict) else [principal])


def _is_whole(statement: Mapping[str, Any], whole: re.Pattern[str]) -> bool:
    """Whether a denial leaves nothing of the resource over."""
    return any(whole.fullmatch(one) for one in _listed(statement.get("Resource")))


def _sources(conditions: Mapping[str, Any], family: int) -> Bounds:
    """The addresses for which every condition holds."""
    found = exactly(EVERYTHING)
    for operator, keys in conditions.items():
        for key, values in (keys if isinstance(keys, dict) else {}).items():
            found = found & _one(str(operator).lower(), str(key).lower(), _listed(values), family)
    return found


def _one(operator: str, key: str, values: list[str], family: int) -> Bounds:
    negated = "not" in operator
    if key in _PRIVATE:
        # Where the key is missing, only what is negated holds, or what must hold if it is there.
        return exactly(EVERYTHING if negated or operator.endswith("ifexists") else EMPTY)
    if key == _SOURCE and "ipaddress" in operator:
        named = traffic(OTHERS, 0, 0, addresses_of(values, family))
        return exactly(_all(family) - named if negated else named)
    gap = Gap(f"the policy's condition on {key} holds", condition=True)
    return Bounds(EMPTY, EVERYTHING, (gap,))


def _all(family: int) -> Region:
    return traffic(OTHERS, 0, 0, WHOLE[family])
