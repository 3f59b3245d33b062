"""Random graphs: few names, so that queries hit something, and everything that is awkward."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

Record = dict[str, Any]

LABELS = ("A", "B", "C")
TYPES = ("R", "S", "T")
TEXTS = ("", "a", "b", "ab", "Abc", "x y", "é", "O'Hara", '"', "7", "1.5", "true")
MIXED: tuple[Any, ...] = (1, 3, 2.5, "a", "7", True, False, [1, 2], ["a"], -4)


@dataclass(frozen=True, slots=True)
class Records:
    """A graph as records."""

    nodes: list[Record]
    relations: list[Record]


def small_graph(random: Random) -> Records:
    """A handful of nodes with parallel relations, loops, missing properties, mixed types."""
    nodes = random.choice((1, 3, 4, 5, 6, 7, 8))
    return _graph(random, nodes, random.choice((0, nodes, nodes * 2, nodes * 2)))


def wide_graph(random: Random, count: int = 2_600) -> Records:
    """More rows a table than DuckDB handles at once, and one node that all are related to."""
    made = _graph(random, count, count)
    hub = [
        {"type": "R", "source": f"n{k}", "target": "n0", "properties": {"k": count + k}}
        for k in range(1, count)
    ]
    return Records(made.nodes, made.relations + hub)


def _graph(random: Random, nodes: int, relations: int) -> Records:
    absent = {name for name in _MAKERS if random.random() < 0.15}
    made = [
        {
            "id": f"n{k}",
            "labels": random.sample(LABELS, random.choice((0, 1, 1, 1, 2, 3))),
            "properties": {"k": k} | _properties(random, absent),
        }
        for k in range(nodes)
    ]
    ids = [node["id"] for node in made]
    between = [
        {
            "type": random.choice(TYPES),
            "source": random.choice(ids),
            "target": random.choice(ids),
            "properties": {"k": k} | _relation_properties(random),
        }
        for k in range(relations)
    ]
    if between and random.random() < 0.5:
        twin = dict(random.choice(between))
        between.append({**twin, "properties": {"k": len(between)}})
    return Records(made, between)


_MAKERS: dict[str, Callable[[Random], Any]] = {
    "i": lambda random: random.randint(-3, 5),
    "f": lambda random: random.randint(-8, 16) / 4,
    "s": lambda random: random.choice(TEXTS),
    "b": lambda random: random.random() < 0.5,
    "l": lambda random: [random.randint(0, 4) for _ in range(random.randint(0, 3))],
    "t": lambda random: [random.choice(TEXTS) for _ in range(random.randint(0, 3))],
    "m": lambda random: random.choice(MIXED),
}


def _properties(random: Random, absent: set[str]) -> Record:
    return {
        name: make(random)
        for name, make in _MAKERS.items()
        if name not in absent and random.random() < 0.7
    }


def _relation_properties(random: Random) -> Record:
    made: Record = {}
    if random.random() < 0.6:
        made["w"] = random.randint(0, 4)
    if random.random() < 0.4:
        made["s"] = random.choice(TEXTS)
    return made
