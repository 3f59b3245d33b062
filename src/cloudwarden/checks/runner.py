"""Runs checks over a graph: each asset of a check's population fails, passes, or is unknown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cloudwarden.checks.dependencies import dependencies
from cloudwarden.checks.gaps import Gaps, Subject
from cloudwarden.checks.packs import Check
from cloudwarden.checks.results import CheckResult, Judgement, Status
from cloudwarden.core.clock import Clock, format_moment
from cloudwarden.core.errors import DeclarationError
from cloudwarden.graph.graph import Graph, Prepared
from cloudwarden.inventory.store import Inventory
from cloudwarden.schema.registry import Registry

#: How many reasons of one offender are told; the others are counted.
_REASONS = 3


@dataclass(frozen=True, slots=True)
class _Bound:
    check: Check
    query: Prepared
    population: Prepared


class Runner:
    """Judges one graph. The inventory tells what was not read when the graph's facts were."""

    def __init__(
        self, graph: Graph, inventory: Inventory, registry: Registry, clock: Clock
    ) -> None:
        self._graph = graph
        self._inventory = inventory
        self._registry = registry
        self._clock = clock

    def run(self, checks: Sequence[Check], *, account: str | None = None) -> Judgement:
        """Judge; `account` (an id) narrows it. Raises `DeclarationError` for a check that is wrong.

        Every check is bound against the schema before the first one runs.
        """
        bound = [self._bind(check) for check in checks]
        gaps = Gaps(self._inventory.readings(), self._inventory.incomplete_assets())
        now = self._clock.now()
        parameters = {"now": format_moment(now)}
        results = [
            result
            for one in bound
            for result in self._judge(one, gaps, parameters)
            if account is None or result.account == account
        ]
        latest = next(iter(self._inventory.runs(limit=1)), None)
        return Judgement(
            results=results,
            checks=[check.id for check in checks],
            account=account,
            run=latest.id if latest else None,
            judged_at=now,
        )

    def _bind(self, check: Check) -> _Bound:
        if check.subject not in self._registry.labels:
            close = self._registry.resolve(check.subject)
            hint = f"; it stands for {', '.join(sorted(close))}" if close else ""
            raise DeclarationError(
                f"{check.id}: subject {check.subject} is not a label{hint}", check.where
            )
        query = self._graph.prepare(check.query)
        if "asset" not in query.columns or "why" not in query.columns:
            raise DeclarationError(
                f"{check.id}: the query returns asset and why, not {', '.join(query.columns)}",
                check.where,
            )
        population = self._graph.prepare(check.population or self._everything(check.subject))
        if "asset" not in population.columns:
            raise DeclarationError(f"{check.id}: the population returns asset", check.where)
        for prepared in (query, population):
            for notice in prepared.notices:
                raise DeclarationError(f"{check.id}: {notice}", check.where)
        return _Bound(check, query, population)

    def _judge(
        self, bound: _Bound, gaps: Gaps, parameters: dict[str, str]
    ) -> Iterator[CheckResult]:
        check = bound.check
        needs = dependencies([bound.query, bound.population], self._registry)
        offenders = self._offenders(check, parameters)
        everything = self._subjects(check)
        chosen = self._chosen(check, parameters)
        strangers = set(offenders) - set(everything)
        if strangers:
            self._refuse_others(check, strangers)
        for asset_id, subject in everything.items():
            if chosen is not None and asset_id not in chosen:
                continue
            reason = gaps.reason(subject, needs)
            if reason is not None:
                status, why = Status.UNKNOWN, reason
            elif asset_id in offenders:
                status, why = Status.FAIL, offenders[asset_id]
            else:
                status, why = Status.PASS, ""
            yield _result(check, subject, status, why)
        scope_type = self._registry.labels[check.subject].scope_type
        for reading, reason in gaps.unread_scopes(scope_type) if scope_type else ():
            yield CheckResult(
                check=check.id,
                severity=check.severity,
                status=Status.UNKNOWN,
                asset=None,
                label=check.subject,
                account=reading.scope.account,
                region=reading.scope.region,
                why=reason,
            )

    def _offenders(self, check: Check, parameters: dict[str, str]) -> dict[str, str]:
        whys: dict[str, list[str]] = {}
        for row in self._graph.query(check.query, parameters):
            if row["asset"] is None:
                raise DeclarationError(f"{check.id}: the query returned no asset", check.where)
            reasons = whys.setdefault(str(row["asset"]), [])
            why = str(row["why"])
            if why not in reasons:
                reasons.append(why)
        return {asset: _sentence(reasons) for asset, reasons in whys.items()}

    def _subjects(self, check: Check) -> dict[str, Subject]:
        rows = self._graph.query(self._everything(check.subject))
        return {
            row["asset"]: Subject(
                check.subject, row["asset"], row["account"] or "", row["region"] or "", row["name"]
            )
            for row in rows
        }

    def _refuse_others(self, check: Check, strangers: set[str]) -> None:
        """An offender must be of the check's subject, even if it was never read itself."""
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

    def _has_foreign(self, label: str) -> bool:
        return "foreign" in self._registry.labels[label].properties

    def _everything(self, label: str) -> str:
        # What only relations imply (a role that a trust policy names, an account that nobody
        # collects) was never read: there is nothing to judge in it.
        return (
            f"MATCH (n:`{label}`) WHERE n.lastupdated IS NOT NULL RETURN n.id AS asset, "
            "n.account AS account, n.region AS region, n.name AS name "
            "ORDER BY account, region, asset"
        )


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
