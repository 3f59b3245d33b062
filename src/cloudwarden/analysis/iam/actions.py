"""The actions that AWS has: their access level, the resources they are on, and a few facts more.

The catalogue is baked into the package (`bake`) and read when it is first asked. It is never the
judge of what a policy says: an action that it does not have is compared as text like any other.
"""

from __future__ import annotations

import gzip
import importlib.resources
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

import orjson

from cloudwarden.analysis.iam.action_patterns import ActionPattern
from cloudwarden.analysis.iam.variables import Wild

#: The catalogue's file in this package.
FILE = "catalogue.json.gz"

#: Condition keys of all services that can have several values, in lower case.
_GLOBAL_MULTI_VALUED = frozenset(
    {
        "aws:calledvia",
        "aws:principalorgpaths",
        "aws:principalservicenameslist",
        "aws:resourceorgpaths",
        "aws:sourceorgpaths",
        "aws:tagkeys",
    }
)


class AccessLevel(StrEnum):
    """What an action does at most."""

    LIST = "List"
    READ = "Read"
    WRITE = "Write"
    TAGGING = "Tagging"
    PERMISSIONS = "Permissions management"


_LEVELS = {
    "L": AccessLevel.LIST,
    "R": AccessLevel.READ,
    "W": AccessLevel.WRITE,
    "T": AccessLevel.TAGGING,
    "P": AccessLevel.PERMISSIONS,
}


@dataclass(frozen=True, slots=True)
class Action:
    """One action. `resource_types` are names of types of its service; none: it is on `*` only."""

    name: str
    level: AccessLevel
    resource_types: tuple[str, ...]

    @property
    def wildcard_only(self) -> bool:
        """Whether the action has no resources, so that it is asked for with resource `*`."""
        return not self.resource_types


class Catalogue:
    """Every action of AWS at one date. Names are in lower case, as `service:action`.

    `names` is sorted. `tombstones` are actions that AWS no longer lists. `rcp_services` are the
    services that resource control policies apply to. `version` is that of the source.
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._services: Mapping[str, Any] = content["services"]
        self.version: str = content["version"]
        self.tombstones = frozenset(content["tombstones"])
        self.rcp_services = frozenset(content["rcp"])
        self._multi_valued = frozenset(key.partition("${")[0] for key in content["multi_valued"])
        places = {
            f"{service}:{name.lower()}": (service, position)
            for service, rows in self._services.items()
            for position, name in enumerate(rows["actions"])
        }
        self._places = places
        self.names: tuple[str, ...] = tuple(sorted(places))

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._places

    def action(self, name: str) -> Action | None:
        """An action by its name; None if AWS does not list it."""
        place = self._places.get(name.lower())
        if place is None:
            return None
        service, position = place
        rows = self._services[service]
        types = rows["types"]
        return Action(
            name=f"{service}:{rows['actions'][position]}",
            level=_LEVELS[rows["levels"][position]],
            resource_types=tuple(types[number] for number in rows["on"][position]),
        )

    def matching(self, pattern: ActionPattern) -> Iterator[str]:
        """The names, in lower case and sorted, that a pattern matches."""
        if pattern.everything:
            yield from self.names
            return
        if pattern.name is None or pattern.service is None:
            return
        first = pattern.name[0]
        prefix = f"{pattern.service}:{'' if isinstance(first, Wild) else first}"
        for position in range(bisect_left(self.names, prefix), len(self.names)):
            name = self.names[position]
            if not name.startswith(prefix):
                return
            if pattern.matches(name):
                yield name

    def arn_format(self, service: str, resource_type: str) -> str | None:
        """The form of a resource type's ARNs, with `${…}` for what varies."""
        rows = self._services.get(service)
        if rows is None or resource_type not in rows["types"]:
            return None
        arn: str = rows["arns"][rows["types"].index(resource_type)]
        return arn

    def resource_types(self, service: str) -> tuple[str, ...]:
        """The names of a service's resource types; none of a service that is not listed."""
        rows = self._services.get(service)
        return () if rows is None else tuple(rows["types"])

    def is_multi_valued(self, key: str) -> bool:
        """Whether a condition key, in lower case, can have several values."""
        # A key with a part that varies is known by what comes before it.
        stem = re.sub(r"/.*", "/", key)
        return (
            key in _GLOBAL_MULTI_VALUED or key in self._multi_valued or stem in self._multi_valued
        )


@cache
def catalogue() -> Catalogue:
    """The catalogue of this release, read once."""
    file = importlib.resources.files(__package__) / FILE
    return Catalogue(orjson.loads(gzip.decompress(file.read_bytes())))


def is_multi_valued(key: str) -> bool:
    """Whether a condition key, in lower case, can have several values."""
    return key in _GLOBAL_MULTI_VALUED or catalogue().is_multi_valued(key)
