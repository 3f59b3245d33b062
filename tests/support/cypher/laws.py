"""Random material for laws that hold of every graph: chains that can be turned round."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Any

from cloudwarden.graph.graph import Graph
from tests.support.cypher.comparing import plain
from tests.support.cypher.grammar import QueryGrammar
from tests.support.cypher.grammar_values import Scope
from tests.support.cypher.random_graphs import Records, small_graph

_TURNED = {">": "<", "<": ">", "-": "-"}
_NODE_TESTS = ("", "", ":A", ":B|C", ":!A", " {i: 1}", ":A WHERE n.i > 0")
_TYPES = ("", "", ":R", ":S|T", ":!R", "*1..2", ":R*2", ":S*..3", "*0..1")


@dataclass(frozen=True, slots=True)
class Chain:
    """Nodes `v0`, `v1`… with the relations between them, that can be written from either end."""

    tests: tuple[str, ...]
    hops: tuple[tuple[str, str], ...]

    @property
    def names(self) -> list[str]:
        return [f"v{place}" for place in range(len(self.tests))]

    def text(self, *, backwards: bool = False) -> str:
        """The pattern from its first node on, or from its last one back."""
        places = list(range(len(self.tests)))
        hops = list(self.hops)
        if backwards:
            places.reverse()
            hops = [(inner, _TURNED[arrow]) for inner, arrow in reversed(hops)]
        text = self._node(places[0])
        for place, (inner, arrow) in zip(places[1:], hops, strict=True):
            left, right = {">": ("-", "->"), "<": ("<-", "-"), "-": ("-", "-")}[arrow]
            text += f"{left}[{inner}]{right}{self._node(place)}"
        return text

    def _node(self, place: int) -> str:
        return f"(v{place}{self.tests[place].replace('n.', f'v{place}.')})"


class World:
    """A random graph, with random questions about it."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.records: Records = small_graph(self.random)
        self.grammar = QueryGrammar(self.random)

    def graph(self, *more: dict[str, Any]) -> Graph:
        """The graph, with more nodes if given."""
        return Graph.from_records([*self.records.nodes, *more], self.records.relations)

    def chain(self, length: int | None = None, types: tuple[str, ...] = _TYPES) -> Chain:
        """A random chain; `length` counts its relations."""
        choice = self.random.choice
        count = choice((1, 2, 2, 3)) if length is None else length
        return Chain(
            tuple(choice(_NODE_TESTS) for _ in range(count + 1)),
            tuple((choice(types), choice(("<", ">", "-"))) for _ in range(count)),
        )

    def condition(self, names: list[str]) -> str:
        """A random condition on nodes."""
        return self.grammar.condition(_nodes(names), 2)

    def value(self, names: list[str]) -> str:
        """A random scalar of nodes."""
        kind = self.random.choice(("int", "str", "any", "bool", "float"))
        return self.grammar.expression(kind, _nodes(names), 2)

    @property
    def parameters(self) -> dict[str, Any]:
        """Of the questions made so far."""
        return self.grammar.parameters

    def rows(self, graph: Graph, text: str) -> Counter[str]:
        """The rows of an answer, whatever its columns are called."""
        return Counter(
            repr([plain(value) for value in row.values()])
            for row in graph.query(text, self.parameters, timeout=60)
        )


def renamed(text: str) -> str:
    """A query of the grammar with other names for its variables."""
    return re.sub(r"(?<![\w$.'`])([a-z])(\d+)\b(?!')", r"`\1 \2`", text)


def _nodes(names: list[str]) -> Scope:
    return dict.fromkeys(names, "node")
