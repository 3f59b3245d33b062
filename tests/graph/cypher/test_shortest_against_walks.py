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
    for seed in range(2):
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
                ("ANY SHORTEST {}", sorted(set(every))),
                ("ALL SHORTEST {}", every),
                ("shortestPath({})", sorted(set(apart))),
                ("allShortestPaths({})", apart),
            ):
                returned = "RETURN a.k AS a, b.k AS b, length(p) AS l"
                whole = path.format(f"{left}{plain}{right}")
                # In a subquery for each row, the search is a statement's own.
                each = path.format(f"(a){plain}{right}")
                for text in (
                    f"MATCH p = {whole} {returned}",
                    f"MATCH {left} CALL (a) {{ MATCH p = {each} RETURN b, p }} {returned}",
                ):
                    assert rows(graph.query(text)) == expected, (seed, text)


@pytest.mark.parametrize("start", ["(a {k: 0})", "(a)"])
@pytest.mark.parametrize("relation", [*RELATIONS, "-[{}*0..2]-", "-[{}:R*0..]->", "-[{}*2..3]-"])
def test_where_walks_lead_is_told_once_each(relation: str, start: str) -> None:
    plain, named = relation.format(""), relation.format("r")
    for seed in range(2):
        with random_graph(seed) as graph:
            for end in ("(b)", "(b:A)", "(a)"):
                name = end[1]
                one = f"MATCH {start}{plain}{end} RETURN DISTINCT a.k AS a, {name}.k AS b"
                every = f"MATCH {start}{named}{end} RETURN a.k AS x, {name}.k AS y, size(r) AS l"
                expected = sorted({(row["x"], row["y"]) for row in graph.query(every)})
                assert rows(graph.query(one)) == expected, (seed, one)


@pytest.mark.parametrize("relation", [*RELATIONS, "-[{}*0..2]-", "-[{}:S*..3]->"])
def test_where_walks_lead_is_told_of_one_end_alone(relation: str) -> None:
    plain, named = relation.format(""), relation.format("r")
    for seed in range(2):
        with random_graph(seed) as graph:
            for start in ("(a {k: 0})", "(a:A)", "(a)"):
                every = graph.query(
                    f"MATCH {start}{named}(b:B) RETURN a.k AS a, b.k AS b, size(r) AS l"
                )
                pairs = {(row["a"], row["b"]) for row in every}
                sources, targets = (
                    sorted({(a,) for a, _ in pairs}),
                    sorted({(b,) for _, b in pairs}),
                )
                match = f"MATCH {start}{plain}(b:B)"
                for text, expected in (
                    (f"{match} RETURN DISTINCT b.k AS b", targets),
                    (f"{match} RETURN DISTINCT a.k AS a", sources),
                    (f"{match} RETURN count(DISTINCT b) AS c", [(len(targets),)]),
                    (f"{match} WITH DISTINCT b ORDER BY b.k LIMIT 1 RETURN b.k", targets[:1]),
                    (
                        (
                            f"MATCH {start} MATCH (b:B) WITH a, b MATCH (a){plain}(b) "
                            "RETURN DISTINCT a.k AS a, b.k AS b"
                        ),
                        sorted(pairs),
                    ),
                    (
                        (
                            f"MATCH {start} OPTIONAL MATCH (a){plain}(b:B) WITH DISTINCT a, b "
                            "WHERE b IS NOT NULL RETURN a.k AS a, b.k AS b"
                        ),
                        sorted(pairs),
                    ),
                    (
                        (
                            f"MATCH {start} WHERE EXISTS {{ MATCH (a){plain}(b:B) RETURN b }} "
                            "RETURN a.k AS a"
                        ),
                        sources,
                    ),
                ):
                    assert rows(graph.query(text)) == expected, (seed, text)
