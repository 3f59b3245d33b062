"""Runs checks over a graph: each asset of a check's population fails, passes, or is unknown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cloudwarden.checks.dependencies import Dependencies, dependencies
from cloudwarden.checks.gaps import Gaps, Reach, Subject
from cloudwarden.checks.knowledge import Knowledge
from cloudwarden.checks.packs import Check
from cloudwarden.checks.results import CheckResult, Judgement, Status
from cloudwarden.checks.shape import VagueQueryError, shape_of
from cloudwarden.checks.unknowns import Unknowns
from cloudwarden.core.clock import Clock, format_moment
from cloudwarden.core.errors import DeclarationError, QueryError
from cloudwarden.graph.graph import Graph, Prepared
from cloudwarden.inventory.store import Inventory
from cloudwarden.schema.registry import Registry

#: How many reasons of one offender are told; the others are counted.
_REASONS = 3


@dataclass(frozen=True, slots=True)
class _Bound:
    """A check with what its query and its population rest on."""

    check: Check
    query: Dependencies
    population: Dependencies | None


class Runner:
    """Judges one graph. The inventory tells what was not read when the graph's facts were."""

    def __init__(
        self, graph: Graph, inventory: Inventory, registry: Registry, clock: Clock
    ) -> None:
        self._graph = graph
        self._inventory = inventory
        self._registry = registry
        self._clock = clock
        #: Those of each label once, however many checks are about them.
        self._subjects: dict[str, dict[str, Subject]] = {}

    def run(self, checks: Sequence[Check], *, account: str | None = None) -> Judgement:
        """Judge; `account` (an id) narrows it. Raises `DeclarationError` for a check that is wrong.

        Every check is bound against the schema before the first one runs.
        """
        bound = [self._bind(check) for check in checks]
        known = Knowledge(self._inventory, self._graph.manifest)
        gaps = Gaps(
            self._registry,
            known.readings,
            known.incomplete(),
            known.finished,
            self._inventory.accounts_known(),
            known.present,
        )
        unknowns = Unknowns(self._graph)
        now = self._clock.now()
        parameters = {"now": format_moment(now)}
        results = [
            result
            for one in bound
            for result in self._judge(one, gaps, unknowns, parameters)
            if account is None or result.account == account
        ]
        return Judgement(
            results=results,
            checks=[check.id for check in checks],
            account=account,
            run=known.run,
            judged_at=now,
        )

    def _bind(self, check: Check) -> _Bound:
        if check.subject not in self._registry.labels:
            close = self._registry.resolve(check.subject)
            hint = f"; it stands for {', '.join(sorted(close))}" if close else ""
            raise DeclarationError(
                f"{check.id}: subject {check.subject} is not a label{hint}", check.where
            )
        query = self._rests_on(check, "query", check.query, ("asset", "why"))
        population = None
        if check.population:
            population = self._rests_on(check, "population", check.population, ("asset",))
        return _Bound(check, query, population)

    def _rests_on(
        self, check: Check, what: str, text: str, columns: tuple[str, ...]
    ) -> Dependencies:
        """What one of a check's queries rests on. Raises `DeclarationError` if it is wrong."""
        try:
            shape = shape_of(text, self._registry)
            prepared: Prepared = self._graph.prepare(text)
        except (QueryError, VagueQueryError) as error:
            raise DeclarationError(f"{check.id}: {what}: {error}", check.where) from error
        if not set(columns) <= set(prepared.columns):
            raise DeclarationError(
                f"{check.id}: the {what} returns {' and '.join(columns)}, "
                f"not {', '.join(prepared.columns)}",
                check.where,
            )
        for notice in prepared.notices:
            raise DeclarationError(f"{check.id}: {what}: {notice}", check.where)
        return dependencies(prepared, shape, check.subject, self._registry)

    def _judge(
        self, bound: _Bound, gaps: Gaps, unknowns: Unknowns, parameters: dict[str, str]
    ) -> Iterator[CheckResult]:
        check = bound.check
        offenders = self._offenders(check, parameters)
        everything = self._subjects_of(check.subject)
        self._refuse_others(check, set(offenders) - set(everything))
        chosen = self._chosen(check, parameters)
        reach = Reach(check.reach)
        for asset_id, subject in everything.items():
            reason = None
            if bound.population is not None:
                reason = gaps.reason(subject, bound.population, reach)
                reason = reason or unknowns.reason(subject, bound.population, reach)
            # Whether it is judged at all must be known before anything else is.
            if reason is None and chosen is not None and asset_id not in chosen:
                continue
            reason = reason or gaps.reason(subject, bound.query, reach)
            reason = reason or unknowns.reason(subject, bound.query, reach)
            if reason is not None:
                status, why = Status.UNKNOWN, reason
            elif asset_id in offenders:
                status, why = Status.FAIL, offenders[asset_id]
            else:
                status, why = Status.PASS, ""
            yield _result(check, subject, status, why)
        for place in gaps.unlisted(check.subject):
            yield CheckResult(
                check=check.id,
                severity=check.severity,
                status=Status.UNKNOWN,
                asset=None,
                label=check.subject,
                account=place.account,
                region=place.region,
                why=place.reason,
            )

    def _offenders(self, check: Check, parameters: dict[str, str]) -> dict[str, str]:
        whys: dict[str, list[str]] = {}
        for row in self._graph.query(check.query, parameters):
            if row["asset"] is None:
                raise DeclarationError(f"{check.id}: the query returned no asset", check.where)
            reasons = whys.setdefault(str(row["asset"]), [])
            why = str(row["why"] or "")
            if why not in reasons:
                reasons.append(why)
        return {asset: _sentence(reasons) for asset, reasons in whys.items()}

    def _subjects_of(self, label: str) -> dict[str, Subject]:
        if label in self._subjects:
            return self._subjects[label]
        # What only relations imply (a role that a trust policy names, an account that nobody
        # collects) was never read: there is nothing to judge in it.
        rows = self._graph.query(
            f"MATCH (n:`{label}`) WHERE n.lastupdated IS NOT NULL RETURN n.id AS asset, "
            "n.account AS account, n.region AS region, n.name AS name "
            "ORDER BY account, region, asset"
        )
        found = {
            row["asset"]: Subject(
                label, row["asset"], row["account"] or "", row["region"] or "", row["name"]
            )
            for row in rows
        }
        self._subjects[label] = found
        return found

    def _refuse_others(self, check: Check, strangers: set[str]) -> None:
        """An offender must be of the check's subject, even if it was never read itself."""
        if not strangers:
            return
        text = f"MATCH (n:`{check.subject}`) WHERE n.id IN $ids RETURN n.id AS id"
        known = {row["id"] for row in self._graph.query(text, {"ids": sorted(strangers)})}
        others = strangers - known
        if others:
            raise DeclarationError(
                f"{check.id}: {sorted(others)[0]} is not a {check.subject}", check.where
            )

    def _chosen(self, check: Check, parameters: dict[str, str]) -> set[str] | None:
        if not check.population:
            return None
        return {row["asset"] for row in self._graph.query(check.population, parameters)}


def _sentence(reasons: list[str]) -> str:
    more = len(reasons) - _REASONS
    return "; ".join(reasons[:_REASONS]) + (f"; and {more} more" if more > 0 else "")


def _result(check: Check, subject: Subject, status: Status, why: str) -> CheckResult:
    return CheckResult(
        check=check.id,
        severity=check.severity,
        status=status,
        asset=subject.id,
        label=subject.label,
        account=subject.account,
        region=subject.region,
        why=why,
        name=subject.name,
    )
