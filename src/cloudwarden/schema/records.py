"""The records that flow from providers through collection to the inventory.

A scope is the unit of reading (account × region × resource type); a reading is what one run
learnt about it; assets and relations are what it found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

#: Region of everything that has none (IAM, Route 53, an account's bucket list).
GLOBAL_REGION = "global"


class Verdict(StrEnum):
    """What a reading is worth; whether absence means gone, `Reading.shows_absence` says."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    DENIED = "denied"
    THROTTLED = "throttled"
    UNSUPPORTED = "unsupported"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """One unit of reading. `type` is the key of the resource declaration that reads it."""

    provider: str
    account: str
    region: str
    type: str

    def __str__(self) -> str:
        return f"{self.provider}/{self.account}/{self.region}/{self.type}"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an operation gave no answer: the verdict it leads to, the provider's code, its words."""

    verdict: Verdict
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Relation:
    """A typed edge between the asset that carries it and another node.

    The edge runs from the carrier to the target, or the other way where `incoming`. `target` is
    the target's id or ARN, `target_label` the label (or group of labels) it is looked up in. With
    `found_by`, `target` is the value of that property of the target instead, in any case of
    letters, as DNS names are; all that have it are targets.

    `implied`, where not None, says that the target exists because this edge points to it even if
    nothing collected it (an IP range, a service principal, a foreign account's root): the graph
    then holds a node of `target_label` (then a concrete label) with these properties. Where the
    target was collected as well, its own properties win.
    """

    type: str
    target_label: str
    target: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    incoming: bool = False
    implied: Mapping[str, Any] | None = None
    found_by: str = ""


@dataclass(frozen=True, slots=True)
class Asset:
    """One thing as it was read.

    `id` follows the ecosystem's graph schema where it has the label (an instance's `i-…`, a
    bucket's name) and is the provider's global id (the ARN) otherwise. `properties` hold only
    scalars and lists of scalars, typed as the registry says; nested structures are JSON text.
    `unread` names each operation that failed for this asset, with the reason: the properties
    those operations provide are unknown, not absent.
    """

    label: str
    id: str
    account: str
    region: str
    name: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    relations: tuple[Relation, ...] = ()
    unread: Mapping[str, Failure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one run learnt about one scope.

    `assets` is everything found. Where the verdict is other than `COMPLETE` absence means nothing,
    unless `listed` says that the listing itself was whole and only details of single assets failed
    (they are in those assets' `unread`): `shows_absence` answers for both.
    `operations` counts the API calls made, by operation (`service:Operation`); `failures` has
    one entry for each operation that failed anywhere in the scope.
    """

    scope: Scope
    verdict: Verdict
    reason: str = ""
    assets: tuple[Asset, ...] = ()
    operations: Mapping[str, int] = field(default_factory=dict)
    failures: Mapping[str, Failure] = field(default_factory=dict)
    started_at: datetime | None = None
    finished_at: datetime | None = None
    listed: bool = False

    @property
    def shows_absence(self) -> bool:
        """Whether an asset that is not in `assets` is gone."""
        return self.verdict is Verdict.COMPLETE or (self.listed and self.verdict is Verdict.PARTIAL)

    @property
    def api_calls(self) -> int:
        """How many calls the reading took, retries not counted."""
        return sum(self.operations.values())
