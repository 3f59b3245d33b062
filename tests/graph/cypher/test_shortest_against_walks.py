"""Searches for shortest paths and for where walks lead, compared with all walks there are."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from cloudwarden.graph.graph import Graph

RELATIONS = [
    "-[{}*]->",
    "-[{}*]-",
    "<-[{}*1..2]-",
    "-[{}*..4]-",
    "-[{}:R*]-",
    "-[{}*1..2 {{w: 1}}]-",
]
ENDS = [("(a {k: 0})", "(b)"), ("(a)", "(b:A)")]

Row = tuple[int, int, int]


def random_graph(seed: int) -> Graph:
    random_ = random.Random(seed)
    count = random_.randint(2, 6)
    return Graph.from_records(
        [{"id": i, "labels": [random_.choice("AB")], "properties": {"k": i}} for i in range(count)],
        [
            {
                "type": random_.choice("RS"),
                "source": random_.randrange(count),
                "target": random_.randrange(count),
                "properties": {"w": random_.randint(1, 2)},
            }
            for _ in range(random_.randint(1, 8))
        ],
    )


def rows(answer: Iterable[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    return sorted(tuple(row.values()) for row in answer)


@pytest.mark.parametrize("ends", ENDS, ids=["from one", "from all"])
@pytest.mark.parametrize("relation", RELATIONS)
def test_searches_find_what_is_shortest_of_all_walks(relation: str, ends: tuple[str, str]) -> None:
    left, right = ends
    plain, named = relation.format(""), relation.format("r")
    for seed in range(6):
        with random_graph(seed) as graph:
            walks: list[Row] = rows(  # type: ignore[assignment]
                graph.query(f"MATCH {left}{named}{right} RETURN a.k AS a, b.k AS b, size(r) AS l")
            )
            least: dict[tuple[int, int], int] = {}
            for a, b, length in walks:
                least[a, b] = min(least.get((a, b), length), length)
            every = [row for row in walks if row[2] == least[row[:2]]]
            apart = [row for row in every if row[0] != row[1]]
            for path, expected in (
                (f"ANY SHORTEST {left}{plain}{right}", sorted(set(every))),
                (f"ALL SHORTEST {left}{plain}{right}", every),
                (f"shortestPath({left}{plain}{right})", sorted(set(apart))),
                (f"allShortestPaths({left}{plain}{right})", apart),
            ):
                text = f"MATCH p = {path} RETURN a.k AS a, b.k AS b, length(p) AS l"
                assert rows(graph.query(text)) == expected, (seed, text)


@pytest.mark.parametrize("start", ["(a {k: 0})", "(a)"])
@pytest.mark.parametrize("relation", [*RELATIONS, "-[{}*0..2]-", "-[{}:R*0..]->", "-[{}*2..3]-"])
def test_where_walks_lead_is_told_once_each(relation: str, start: str) -> None:
    plain, named = relation.format(""), relation.format("r")
    for seed in range(6):
        with random_graph(seed) as graph:
            for end in ("(b)", "(b:A)", "(a)"):
                name = end[1]
                one = f"MATCH {start}{plain}{end} RETURN DISTINCT a.k AS a, {name}.k AS b"
                every = f"MATCH {start}{named}{end} RETURN a.k AS x, {name}.k AS y, size(r) AS l"
                expected = sorted({(row["x"], row["y"]) for row in graph.query(every)})
                assert rows(graph.query(one)) == expected, (seed, one)
