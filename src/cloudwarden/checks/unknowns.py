"""What analysis could not tell: nodes of which a derived property or relation is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from cloudwarden.checks.dependencies import Dependencies
from cloudwarden.checks.gaps import Reach, Subject
from cloudwarden.graph.graph import Graph
from cloudwarden.schema.records import GLOBAL_REGION


class Unknowns:
    """Asks one graph, once for each label and property, what analysis said it does not know."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._of = cache(self._asked)

    def reason(self, subject: Subject, needs: Dependencies, reach: Reach) -> str | None:
        """Why what is derived does not let `subject` be judged; None where it does.

        What is unknown of the subject counts, and of every other label what is within reach.
        """
        for label, unknown_by in sorted(needs.derived):
            found = self._of(label, unknown_by)
            if label == subject.label:
                if subject.id in found:
                    return found[subject.id].why
                continue
            for other in found.values():
                if _within(subject, other.account, other.region, reach):
                    return f"{other.id}: {other.why}"
        return None

    def _asked(self, label: str, unknown_by: str) -> Mapping[str, _Unknown]:
        rows = self._graph.query(
            f"MATCH (n:`{label}`) WHERE n.`{unknown_by}` IS NOT NULL RETURN n.id AS id, "
            f"n.account AS account, n.region AS region, n.`{unknown_by}` AS why ORDER BY id"
        )
        return {
            row["id"]: _Unknown(row["id"], row["account"], row["region"], str(row["why"]))
            for row in rows
        }


@dataclass(frozen=True, slots=True)
class _Unknown:
    id: str
    account: str | None
    region: str | None
    why: str


def _within(subject: Subject, account: str | None, region: str | None, reach: Reach) -> bool:
    if reach is Reach.ESTATE:
        return True
    if account != subject.account:
        return False
    return reach is Reach.ACCOUNT or region in {subject.region, GLOBAL_REGION, None}
