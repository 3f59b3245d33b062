"""The shortest way to administration of every principal, and what is not known of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from cloudwarden.analysis.iam.escalation_cuts import Cut, Cuts
from cloudwarden.analysis.iam.escalation_grants import Grant, Grants
from cloudwarden.analysis.iam.escalation_graph import Graph, Key, Node
from cloudwarden.analysis.iam.escalation_moves import Move
from cloudwarden.analysis.iam.escalation_setting import Setting
from cloudwarden.analysis.iam.techniques import Outcome
from cloudwarden.analysis.iam.truth import Truth
from cloudwarden.analysis.iam.world import World
from cloudwarden.schema.derived import Certainty


@dataclass(frozen=True, slots=True)
class Hop:
    """One move: from whom to whom, by which technique, on what condition (None: on none).

    Where it changes the actor itself, `target` is the actor. `grants` are what allows it.
    """

    source: str
    target: str
    technique: str
    title: str
    condition: str | None
    grants: tuple[Grant, ...] = ()

    @property
    def certainty(self) -> Certainty:
        """Whether nothing is left open of it."""
        return Certainty.SURE if self.condition is None else Certainty.CONDITIONAL

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "from": self.source,
            "to": self.target,
            "technique": self.technique,
            "title": self.title,
            "condition": self.condition,
            "certainty": self.certainty.value,
            "statements": [one.to_json() for one in self.grants],
        }


@dataclass(frozen=True, slots=True)
class Path:
    """How far one principal is from administration.

    `is_admin` says that it is, or can become, an administrator; `hops` are then how, none where
    it is one already. `certainty` is UNKNOWN where no way was found but something was not read,
    which `unknown` tells; a way that was found has none.
    """

    principal: str
    kind: str
    account: str
    is_admin: bool
    certainty: Certainty
    hops: tuple[Hop, ...] = ()
    condition: str | None = None
    unknown: tuple[str, ...] = ()
    cut: Grant | None = None
    cut_closes: int = 0

    def to_json(self) -> dict[str, Any]:
        """As plain data. `hops` is null where there is no way."""
        cut = None
        if self.cut is not None:
            cut = {**self.cut.to_json(), "closes": self.cut_closes}
        return {
            "principal": self.principal,
            "principal_type": self.kind,
            "account": self.account,
            "admin": self.is_admin,
            "certainty": self.certainty.value,
            "hops": len(self.hops) if self.is_admin else None,
            "path": [one.to_json() for one in self.hops],
            "condition": self.condition,
            "unknown": list(self.unknown),
            "edge_to_cut": cut,
        }


class Paths:
    """Every principal's way. Sure ways come before shorter ones that are not."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._grants = Grants(graph)
        nodes = graph.nodes
        self.sure = graph.distances(
            [key for key, node in nodes.items() if node.administrator.truth is Truth.SURE],
            sure=True,
        )
        self.possible = graph.distances(
            [key for key, node in nodes.items() if node.administrator.truth], sure=False
        )
        self.doubtful = graph.distances(
            [k for k, node in nodes.items() if node.open.unknown and k not in self.possible],
            sure=False,
            to_administration=False,
        )

    def principals(self) -> Iterator[Node]:
        """The users and roles as they are."""
        return (node for node in self.graph.nodes.values() if node.standing.is_itself)

    def of(self, node: Node) -> Path:
        """One principal's way."""
        principal, key = node.standing.principal, node.standing.key
        if key in self.possible:
            hops, last = self._way(node)
            conditions = [one.condition for one in hops if one.condition]
            if last.administrator.truth is Truth.MAYBE:
                conditions.append(last.administrator.condition)
            return Path(
                principal.arn,
                principal.kind.value,
                principal.account,
                is_admin=True,
                certainty=Certainty.SURE if key in self.sure else Certainty.CONDITIONAL,
                hops=tuple(hops),
                condition="; ".join(dict.fromkeys(conditions)) or None,
            )
        unknown = tuple(self._doubts(node))
        return Path(
            principal.arn,
            principal.kind.value,
            principal.account,
            is_admin=False,
            certainty=Certainty.UNKNOWN if unknown else Certainty.SURE,
            unknown=unknown,
        )

    def _way(self, node: Node) -> tuple[list[Hop], Node]:
        """The moves of the shortest way, and where it ends."""
        sure = node.standing.key in self.sure
        distances = self.sure if sure else self.possible
        hops: list[Hop] = []
        while (left := distances[node.standing.key]) > 0:
            move, row, key = self._step(node, left, distances, sure=sure)
            hops.append(self.hop(node, move, row, key))
            if key is None:
                break
            node = self.graph.nodes[key]
        return hops, node

    def _step(
        self, node: Node, left: int, distances: Mapping[Key, int], *, sure: bool
    ) -> tuple[Move, int, Key | None]:
        """The next move of a way of this length: the one that depends on least."""
        best: tuple[int, tuple[Move, int, Key | None]] | None = None
        for move in node.open.moves:
            steps: Iterator[tuple[int, Key | None]] = (
                (row, key) for row, key in self.graph.next_of(node, move)
                if distances.get(key) == left - 1
            )  # fmt: skip
            if left == 1 and move.technique.outcome is Outcome.ADMIN:
                mask = move.sure if sure else move.onto.perhaps
                first = move.sure & mask or mask
                steps = iter([((first & -first).bit_length() - 1, None)] if first else [])
            for row, key in steps:
                if move.sure >> row & 1:
                    return move, row, key
                if not sure and (best is None or len(move.conditions) < best[0]):
                    best = len(move.conditions), (move, row, key)
        assert best is not None, "a distance without a step"
        return best[1]

    def hop(self, node: Node, move: Move, row: int, key: Key | None) -> Hop:
        """A move as it is told."""
        source = node.standing.principal.arn
        target = key[0] if key is not None else self.graph.reaches[node.account].arns(
            move.table)[row]  # fmt: skip
        condition = None
        if not move.sure >> row & 1:
            words = self.graph.conditions(node, move, row)
            condition = "; ".join(words) or "if its policies' conditions hold"
        grants = dict.fromkeys(
            one for clause in self._grants.of(node, move, row) for one in sorted(clause)
        )
        return Hop(source, target, move.technique.id, move.technique.title, condition,
                   tuple(grants))  # fmt: skip

    def _doubts(self, node: Node) -> Sequence[str]:
        """Why it is not known that there is no way."""
        if node.open.unknown:
            return node.open.unknown
        left = self.doubtful.get(node.standing.key, 0)
        if not left:
            return ()
        for move in node.open.moves:
            for _, key in self.graph.next_of(node, move):
                if self.doubtful.get(key) == left - 1:
                    reasons = self._doubts(self.graph.nodes[key])
                    return [f"as {key[0]}: {reason}" for reason in reasons]
        return ()


class Survey(NamedTuple):
    """Everybody's way, and the grants that close most of them together."""

    paths: list[Path]
    cut: Cut


def paths(
    world: World, setting: Setting, now: datetime, principal: str | None = None
) -> list[Path]:
    """The way to administration of every user and role, or of one, with what would cut it.

    `principal` is an ARN. Those who get there come first, by certainty and length.
    """
    found = Paths(Graph(world, setting, now))
    return _told(found, Cuts(found.graph, found.possible), principal)


def survey(world: World, setting: Setting, now: datetime) -> Survey:
    """As `paths` of everybody, with what to take away to close as many as can be."""
    found = Paths(Graph(world, setting, now))
    cuts = Cuts(found.graph, found.possible)
    return Survey(_told(found, cuts, None), cuts.best())


def _told(found: Paths, cuts: Cuts, principal: str | None) -> list[Path]:
    told = []
    for node in found.principals():
        if principal is not None and node.standing.principal.arn != principal:
            continue
        path = found.of(node)
        if path.hops:
            cut = cuts.best_for(node.standing.key)
            if cut is not None:
                path = _with_cut(path, *cut)
        told.append(path)
    order = {Certainty.SURE: 0, Certainty.CONDITIONAL: 1, Certainty.UNKNOWN: 2}
    return sorted(
        told,
        key=lambda one: (not one.is_admin, order[one.certainty], len(one.hops), one.principal),
    )


def _with_cut(path: Path, cut: Grant, closes: int) -> Path:
    return replace(path, cut=cut, cut_closes=closes)
