"""Escalation as one analysis: who acts as whom, who can become an administrator, as relations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cloudwarden.analysis.estate import Estate
from cloudwarden.analysis.iam import escalation_setting, estate_world
from cloudwarden.analysis.iam.bulk.arns import positions
from cloudwarden.analysis.iam.escalation_graph import Graph, Node
from cloudwarden.analysis.iam.escalation_moves import Move
from cloudwarden.analysis.iam.escalation_paths import Path, Paths
from cloudwarden.analysis.iam.escalation_setting import Setting, setting_of
from cloudwarden.analysis.iam.escalation_tables import ROLES, USERS
from cloudwarden.analysis.iam.estate_world import world_of
from cloudwarden.analysis.iam.techniques import Outcome
from cloudwarden.analysis.iam.world import World
from cloudwarden.analysis.vocabulary import Vocabulary
from cloudwarden.schema.derived import Certainty, Derived, DerivedProperties, DerivedRelations
from cloudwarden.schema.labels import Property, PropertyType, RelationKind

__all__ = ["VOCABULARY", "derive", "labels"]


def labels() -> frozenset[str]:
    """What is read of an estate."""
    return estate_world.LABELS | escalation_setting.labels()


ADMIN_UNKNOWN: Final = "admin_unknown"
ACTS_AS_UNKNOWN: Final = "acts_as_unknown"

_ACTORS: Final = (USERS, ROLES)
#: So many relations are handed on at a time.
_CHUNK: Final = 50_000

_PROPERTIES = (
    Property(
        "admin",
        PropertyType.STRING,
        description="Whether it is an administrator (`sure`, `conditional`), or can become one.",
        unknown_by=ADMIN_UNKNOWN,
    ),
    Property(
        "admin_hops",
        PropertyType.INTEGER,
        description="In how many steps it becomes an administrator; 0: it is one.",
        unknown_by=ADMIN_UNKNOWN,
    ),
    Property(
        ADMIN_UNKNOWN,
        PropertyType.STRING,
        description="Why it is not known that it cannot become an administrator; null if it is.",
    ),
    Property(
        ACTS_AS_UNKNOWN,
        PropertyType.STRING,
        description="Why it may act as more than is known; null if it may not.",
    ),
)

VOCABULARY: Final = Vocabulary(
    properties=dict.fromkeys(_ACTORS, _PROPERTIES),
    relations=(
        *(
            RelationKind(
                "ACTS_AS",
                "AWSPrincipal",
                label,
                properties={"technique": PropertyType.STRING},
                description="Can come to act as it, by the technique that takes least.",
                carriers=_ACTORS,
                unknown_by=ACTS_AS_UNKNOWN,
            )
            for label in _ACTORS
        ),
        RelationKind(
            "CAN_BECOME_ADMIN",
            "AWSPrincipal",
            "AWSAccount",
            properties={
                "hops": PropertyType.INTEGER,
                "techniques": PropertyType.STRINGS,
                "path": PropertyType.STRINGS,
            },
            description="Is no administrator of the account, and can become one; the shortest way.",
            carriers=_ACTORS,
            unknown_by=ADMIN_UNKNOWN,
        ),
    ),
)


def derive(
    source: Estate | World, now: datetime, setting: Setting | None = None
) -> Iterator[Derived]:
    """Who acts as whom, and how far every user and role is from administration.

    `now` is the moment that conditions on time are compared with; `setting` goes with a world.
    """
    if isinstance(source, Estate):
        world, setting = world_of(source), setting_of(source)
    else:
        world = source
    graph = Graph(world, setting or Setting(), now)
    found = Paths(graph)
    nodes = list(found.principals())
    told = [(node, found.of(node)) for node in nodes]
    for label in _ACTORS:
        yield from _properties(label, [one for one in told if _label(one[0]) == label])
        yield from _becoming(label, [path for node, path in told if _label(node) == label])
    yield from _acting(graph, nodes)


def _label(node: Node) -> str:
    return node.standing.principal.label


def _properties(label: str, told: list[tuple[Node, Path]]) -> Iterator[DerivedProperties]:
    if told:
        yield DerivedProperties(
            label,
            [path.principal for _, path in told],
            {
                "admin": [path.certainty.value if path.is_admin else None for _, path in told],
                "admin_hops": [len(path.hops) if path.is_admin else None for _, path in told],
                ADMIN_UNKNOWN: ["; ".join(path.unknown) or None for _, path in told],
                ACTS_AS_UNKNOWN: ["; ".join(node.open.unknown) or None for node, _ in told],
            },
        )


def _becoming(label: str, told: list[Path]) -> Iterator[DerivedRelations]:
    paths = [path for path in told if path.hops]
    if paths:
        yield DerivedRelations(
            "CAN_BECOME_ADMIN",
            label,
            "AWSAccount",
            [path.principal for path in paths],
            [path.hops[-1].target.split(":")[4] for path in paths],
            [path.certainty for path in paths],
            [path.condition for path in paths],
            {
                "hops": [len(path.hops) for path in paths],
                "techniques": [[hop.technique for hop in path.hops] for path in paths],
                "path": [[path.principal, *(h.target for h in path.hops)] for path in paths],
            },
        )


@dataclass(slots=True)
class _Columns:
    """Relations between nodes of two labels."""

    source_label: str
    target_label: str
    sources: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    certainty: list[Certainty] = field(default_factory=list)
    conditions: list[str | None] = field(default_factory=list)
    techniques: list[str] = field(default_factory=list)

    def taken(self) -> DerivedRelations:
        """What there is, handed on."""
        told = DerivedRelations(
            "ACTS_AS", self.source_label, self.target_label, self.sources, self.targets,
            self.certainty, self.conditions, {"technique": self.techniques},
        )  # fmt: skip
        self.sources, self.targets, self.certainty = [], [], []
        self.conditions, self.techniques = [], []
        return told


def _acting(graph: Graph, nodes: list[Node]) -> Iterator[DerivedRelations]:
    columns = {
        (source, target): _Columns(source, target) for source in _ACTORS for target in _ACTORS
    }
    for node in nodes:
        arn = node.standing.principal.arn
        for target in _ACTORS:
            into = columns[_label(node), target]
            arns = graph.reaches[node.account].arns(target)
            for move, row, certainty in _best(node, target):
                condition = None
                if certainty is Certainty.CONDITIONAL:
                    condition = "; ".join(graph.conditions(node, move, row)) or None
                into.sources.append(arn)
                into.targets.append(arns[row])
                into.certainty.append(certainty)
                into.conditions.append(condition)
                into.techniques.append(move.technique.id)
            if len(into.sources) >= _CHUNK:
                yield into.taken()
    for one in columns.values():
        if one.sources:
            yield one.taken()


def _best(node: Node, table: str) -> Iterator[tuple[Move, int, Certainty]]:
    """Whom a principal can act as, each by the first technique that is sure, or else possible."""
    moves = [
        move for move in node.open.moves
        if move.table == table and move.technique.outcome in _ACTING
        and move.technique.through != "self"
    ]  # fmt: skip
    told = 0
    for certainty in (Certainty.SURE, Certainty.CONDITIONAL):
        for move in moves:
            mask = (move.sure if certainty is Certainty.SURE else move.onto.perhaps) & ~told
            told |= mask
            for row in positions(mask):
                yield move, row, certainty


_ACTING: Final = frozenset({Outcome.ACTS_AS, Outcome.ACTS_UNBOUNDED, Outcome.ADMIN})
