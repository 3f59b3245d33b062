"""What was not read, indexed so that a check can ask whether its answer for an asset stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import chain

from cloudwarden.checks.dependencies import ANY, Dependencies
from cloudwarden.inventory.records import ReadingRecord, StoredAsset
from cloudwarden.schema.records import GLOBAL_REGION, Scope, Verdict
from cloudwarden.schema.registry import Registry


class Reach(StrEnum):
    """How far from its subject a check's query looks; what has no region is always within."""

    REGION = "region"
    ACCOUNT = "account"
    ESTATE = "estate"


@dataclass(frozen=True, slots=True)
class Subject:
    """One asset that is judged."""

    label: str
    id: str
    account: str
    region: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class _Incomplete:
    """An asset, as one scope has it, that is stale or lacks what `unread` operations tell."""

    account: str
    region: str
    stale: bool
    unread: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Unlisted:
    """A place where assets of a label may be that nobody knows of."""

    account: str
    region: str
    reason: str


#: Verdicts of a reading that told what it can tell: an account may be one that is told nothing.
_TOLD = frozenset({Verdict.COMPLETE, Verdict.PARTIAL, Verdict.UNSUPPORTED})


class Gaps:
    """Every reading that did not give all, and every asset that lacks something.

    `readings` are the last of each scope, `incomplete` the assets that are stale or have unread
    operations (all others are whole), `finished` the runs that came to their end, `accounts` all
    that we look after. `present` tells the (label, id) of everything known in a scope; it is asked
    only about scopes that were not listed whole.
    """

    def __init__(
        self,
        registry: Registry,
        readings: Iterable[ReadingRecord],
        incomplete: Iterable[StoredAsset],
        finished: Collection[int],
        accounts: Iterable[str],
        present: Callable[[Scope], frozenset[tuple[str, str]]],
    ) -> None:
        self._registry = registry
        self._present = cache(present)
        self._finished = frozenset(finished)
        self._readings: dict[tuple[str, str], dict[str, ReadingRecord]] = defaultdict(dict)
        self._runs: dict[str, dict[str, set[int]]] = {account: {} for account in accounts}
        for reading in readings:
            scope = reading.scope
            self._readings[scope.account, scope.type][scope.region] = reading
            regions = self._runs.setdefault(scope.account, {})
            regions.setdefault(scope.region, set()).add(reading.run_id)
        self._incomplete: dict[tuple[str, str], list[_Incomplete]] = defaultdict(list)
        self._ghosts: set[tuple[str, str, str]] = set()
        for asset in incomplete:
            self._incomplete[asset.label, asset.id].append(
                _Incomplete(asset.account, asset.region, asset.stale, asset.unread)
            )
            if asset.stale:
                self._ghosts.add((asset.scope.account, asset.scope.region, asset.label))

    def reason(
        self, subject: Subject, needs: Dependencies, reach: Reach = Reach.REGION
    ) -> str | None:
        """Why nothing can be said of `subject`; None where everything needed was read."""
        return self._own(subject, needs) or next(
            chain(
                (
                    reason
                    for label in sorted(needs.whole)
                    for reason in self._others(subject, label, needs.of(label), reach)
                ),
                (
                    reason
                    for scope_type, operation in sorted(needs.elsewhere)
                    for reason in self._elsewhere(scope_type, operation)
                ),
            ),
            None,
        )

    def unlisted(self, label: str) -> Iterator[Unlisted]:
        """Where assets of a label may be that nobody knows of, with the reason."""
        scope_type = self._registry.labels[label].scope_type
        if scope_type is None:
            return
        for account in sorted(self._runs):
            readings = self._readings.get((account, scope_type))
            if not readings:
                yield Unlisted(account, GLOBAL_REGION, f"{label} was never read in {account}")
                continue
            for region in self._regions(account, scope_type, everywhere=True, home=""):
                reading = readings.get(region)
                if reading is None:
                    yield Unlisted(account, region, _never(label, account, region))
                elif not self._lists(reading, label):
                    yield Unlisted(account, region, _told(reading))

    def _own(self, subject: Subject, needs: Dependencies) -> str | None:
        incomplete = self._incomplete.get((subject.label, subject.id), [])
        # What is read in two scopes is one node, which has the account and region of one of them.
        own = [i for i in incomplete if (i.account, i.region) == (subject.account, subject.region)]
        for copy in own or incomplete:
            if copy.stale:
                return "it was not read in the last collection of its scope"
            for operation in sorted(_affected(needs.of(subject.label), copy.unread)):
                failure = copy.unread[operation]
                return _sentence(operation, failure["verdict"], failure["message"])
        return self._never_seen(subject)

    def _never_seen(self, subject: Subject) -> str | None:
        """Why a node stands for nothing that was read; the graph makes nodes of accounts itself."""
        scope_type = self._registry.labels[subject.label].scope_type or ""
        readings = self._readings.get((subject.account, scope_type), {})
        reading = readings.get(GLOBAL_REGION) or readings.get(subject.region)
        if reading is None:
            return _never(subject.label, subject.account, subject.region)
        whole = reading.verdict is Verdict.COMPLETE or (
            reading.verdict is Verdict.PARTIAL and reading.listed
        )
        if whole or (subject.label, subject.id) in self._present(reading.scope):
            return None
        return _told(reading)

    def _others(
        self, subject: Subject, label: str, operations: frozenset[str], reach: Reach
    ) -> Iterator[str]:
        """Why assets of `label` that matter to the subject may be missing or unknown."""
        scope_type = self._registry.labels[label].scope_type
        if scope_type is None:
            return
        everywhere = reach is not Reach.REGION or self._is_global(subject)
        accounts = sorted(self._runs) if reach is Reach.ESTATE else [subject.account]
        for account in accounts:
            readings = self._readings.get((account, scope_type))
            if not readings:
                yield f"{label} was never read in {account}"
                continue
            home = subject.region
            for region in self._regions(account, scope_type, everywhere=everywhere, home=home):
                reading = readings.get(region)
                if reading is None:
                    yield _never(label, account, region)
                elif not self._lists(reading, label) or ((account, region, label) in self._ghosts):
                    yield _told(reading)
                else:
                    for operation in sorted(_affected(operations, reading.failures)):
                        failure = reading.failures[operation]
                        yield _sentence(operation, failure.verdict.value, failure.message)

    def _elsewhere(self, scope_type: str, operation: str) -> Iterator[str]:
        """Why an operation may not have told what it could, in whichever account it can."""
        readings = [
            reading
            for (_, type_), regions in sorted(self._readings.items())
            if type_ == scope_type
            for _, reading in sorted(regions.items())
        ]
        if not readings:
            yield f"{scope_type} was never read"
        for reading in readings:
            failure = reading.failures.get(operation)
            if failure is not None and reading.verdict is Verdict.PARTIAL:
                yield _sentence(operation, failure.verdict.value, failure.message)
            elif reading.verdict not in _TOLD:
                yield _told(reading)

    def _is_global(self, subject: Subject) -> bool:
        """Whether a subject belongs to no region, even if it lives in one, as buckets do."""
        scope_type = self._registry.labels[subject.label].scope_type or ""
        regions = self._readings.get((subject.account, scope_type), {})
        return subject.region == GLOBAL_REGION or GLOBAL_REGION in regions

    def _regions(self, account: str, scope_type: str, *, everywhere: bool, home: str) -> list[str]:
        """The regions in which a type must have been read to know all that there may be."""
        readings = self._readings[account, scope_type]
        if GLOBAL_REGION in readings:
            return sorted(readings)
        known = self._runs[account]
        wanted = set(known) - {GLOBAL_REGION} if everywhere else {home}
        # Nobody asks for a service where there is none: if a run read the region and, elsewhere,
        # the type, then it was not left out by choice.
        runs = {reading.run_id for reading in readings.values()} & self._finished
        return sorted(r for r in wanted if r in readings or not runs & known.get(r, set()))

    def _lists(self, reading: ReadingRecord, label: str) -> bool:
        """Whether no asset of a label can be missing from a reading."""
        return reading.lists(self._registry.labels[label].listings)


def _affected(operations: frozenset[str], failed: Collection[str]) -> set[str]:
    return {one for one in failed if ANY in operations or one in operations}


def _never(label: str, account: str, region: str) -> str:
    return f"{label} was never read in {account}/{region}"


def _told(reading: ReadingRecord) -> str:
    scope = reading.scope
    reason = f": {reading.reason}" if reading.reason else ""
    return f"{scope.type} in {scope.account}/{scope.region} is {reading.verdict.value}{reason}"


def _sentence(operation: str, verdict: str, message: str) -> str:
    return f"{operation} was not read ({verdict}: {message})"
