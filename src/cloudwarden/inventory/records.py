"""What the inventory answers with: accounts, runs, readings, assets, versions, changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from cloudwarden.providers.base import AccountSettings
from cloudwarden.schema.records import Failure, Scope, Verdict


@dataclass(frozen=True, slots=True)
class Counts:
    """What storing came to. `changed` counts assets whose known state differs from before."""

    seen: int = 0
    new: int = 0
    changed: int = 0
    gone: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.seen + other.seen,
            self.new + other.new,
            self.changed + other.changed,
            self.gone + other.gone,
        )


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """An account and the health of its credentials.

    `working` is None until it was first connected to. `last_used` is the last attempt,
    `last_success` the last that went well. `last_error` stays after a repair, with its time.
    `configured` is False for one that was connected to but never saved (ambient credentials, or
    accounts of a configuration file).
    """

    settings: AccountSettings
    configured: bool
    working: bool | None = None
    last_used: datetime | None = None
    last_success: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One collection. `scopes` counts its readings by verdict.

    `verdict` and `finished_at` are None while it runs, and for good where it was `interrupted`.
    """

    id: int
    state: Literal["running", "finished", "interrupted"]
    started_at: datetime
    finished_at: datetime | None
    verdict: Verdict | None
    api_calls: int
    parameters: Mapping[str, Any]
    scopes: Mapping[Verdict, int] = field(default_factory=dict)
    assets: Counts = field(default_factory=Counts)


@dataclass(frozen=True, slots=True)
class ReadingRecord:
    """What a run learnt about a scope. `stored_at` is when the inventory took it in.

    `listed` is as the reading said: the listing was whole even if details failed.
    """

    run_id: int
    scope: Scope
    verdict: Verdict
    listed: bool
    reason: str
    operations: Mapping[str, int]
    failures: Mapping[str, Failure]
    assets: Counts
    started_at: datetime | None
    finished_at: datetime | None
    stored_at: datetime

    @property
    def api_calls(self) -> int:
        """How many calls it took."""
        return sum(self.operations.values())

    def lists(self, listings: Collection[str]) -> bool:
        """Whether nothing is missing of what these operations list; without any, of anything."""
        if self.verdict is Verdict.COMPLETE:
            return True
        if self.verdict is not Verdict.PARTIAL:
            return False
        return self.listed or (bool(listings) and not self.failures.keys() & set(listings))


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetFilter:
    """Which assets are meant; everything given must hold, nothing given means all.

    `labels` are concrete labels (aliases and groups are resolved by the caller); empty means any.
    `type` is a scope's type. A tag's value None asks for the key alone. `name` is exact; `text`
    is sought in id, name and ARN, without regard to the case of ASCII letters.
    """

    labels: frozenset[str] = frozenset()
    account: str | None = None
    region: str | None = None
    type: str | None = None
    tags: Mapping[str, str | None] = field(default_factory=dict)
    name: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAsset:
    """An asset as the inventory knows it now, or knew it at the moment that was asked for.

    `since` is when this state was first seen. `stale` says that the scope's last reading did not
    see it and could not tell that it is gone. The values of what `unread` operations provide are
    the last that were known. `relations` and `unread` are as in the document (see `AssetDocument`).
    """

    label: str
    id: str
    arn: str | None
    account: str
    region: str
    name: str | None
    scope: Scope
    properties: Mapping[str, Any]
    tags: Mapping[str, str]
    relations: tuple[Mapping[str, Any], ...]
    unread: Mapping[str, Mapping[str, str]]
    first_seen: datetime
    last_seen: datetime
    since: datetime
    opened_by: int
    stale: bool


class AssetDocument(NamedTuple):
    """An asset for the graph: cheap to make by the million.

    `document` is canonical JSON in UTF-8: `{"properties": {}, "tags": {}, "relations": [{"type",
    "target_label", "target", "properties", "incoming", "implied"}], "unread": {operation:
    {"verdict", "code", "message"}}}`; a relation has "found_by" only where it says so.
    """

    label: str
    id: str
    account: str
    region: str
    name: str | None
    first_seen: datetime
    last_seen: datetime
    document: bytes


#: What changed: a name and its values before and after, None where there was or is none. Names
#: are those of properties; `name`; `tags.Key`; `unread.service:Operation`; and for relations
#: `-[TYPE]->target` or `<-[TYPE]-target`, whose values are the relation as in the document.
Changes = Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRecord:
    """An asset as it was from one moment to another; `valid_to` is None for what still holds.

    `kind` says how it began: `new`, `changed`, or `returned` after it had been gone. `ended` says
    how it ended. `changed` compares it with the version before, unless that had ended as `gone`.
    `opened_by` and `closed_by` are runs.
    """

    label: str
    id: str
    account: str
    region: str
    name: str | None
    scope: Scope
    kind: Literal["new", "changed", "returned"]
    valid_from: datetime
    valid_to: datetime | None
    opened_by: int
    closed_by: int | None
    ended: Literal["changed", "gone"] | None
    first_seen: datetime
    last_seen: datetime
    changed: Changes
    properties: Mapping[str, Any]
    tags: Mapping[str, str]
    relations: tuple[Mapping[str, Any], ...]
    unread: Mapping[str, Mapping[str, str]]


class PastState(NamedTuple):
    """What an asset once was, from `began` until `ended`; relations are as in the document."""

    label: str
    id: str
    account: str
    region: str
    began: datetime
    ended: datetime
    properties: Mapping[str, Any]
    relations: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """How an asset at the later moment differs from the earlier.

    `before` and `after` are whole documents, None where there was or is none.
    """

    kind: Literal["new", "changed", "gone"]
    label: str
    id: str
    account: str
    region: str
    name: str | None
    scope: Scope
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    properties: Changes
