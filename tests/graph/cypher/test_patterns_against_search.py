"""Patterns on random graphs, compared with a search over plain lists that is obviously right."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from itertools import product

import pytest

from cloudwarden.graph.graph import Graph

Relation = tuple[int, str, int, int]  # number, type, source, target
Hop = tuple[str | None, str, tuple[int, int] | None]  # type, direction, bounds

PATTERNS: list[tuple[list[str | None], list[Hop]]] = [
    ([None, None], [(None, "-", None)]),
    (["A", "B"], [("R", ">", None)]),
    ([None, "B", None], [(None, "<", None), (None, "-", None)]),
    (["A", None, "A"], [("R", "-", None), ("R", "-", None)]),
    ([None, None, None], [("R", ">", None), ("S", "-", None)]),
    (["A", None], [(None, ">", (1, 3))]),
    ([None, "C"], [("R", "-", (2, 3))]),
    (["A", "B"], [(None, "-", (0, 2))]),
    (["B", None, "C"], [(None, ">", None), (None, "<", (1, 2))]),
    (["A", None, None], [("S", ">", (1, 2)), (None, "-", (1, 2))]),
    ([None, None, None, None], [("R", ">", None), (None, "<", None), ("R", "-", None)]),
]


def walks(
    relations: list[Relation], start: int, hop: Hop, used: frozenset[int]
) -> Iterator[tuple[int, frozenset[int]]]:
    """Where a hop may lead from a node, with the relations used by then: once for each way."""
    type_, direction, bounds = hop
    low, high = bounds or (1, 1)
    frontier = [(start, used)]
    for length in range(high + 1):
        if length >= low:
            yield from frontier
        following = []
        for at, seen in frontier:
            for number, kind, source, target in relations:
                if number in seen or (type_ is not None and kind != type_):
                    continue
                ends = {(source, target)} if direction == ">" else {(target, source)}
                if direction == "-":
                    ends = {(source, target), (target, source)}
                following += [(b, seen | {number}) for a, b in ends if a == at]
        frontier = following


def search(
    labels: list[str], relations: list[Relation], nodes: list[str | None], hops: list[Hop]
) -> Counter[tuple[int, ...]]:
    """How often each choice of end nodes fits a chain."""
    rows: Counter[tuple[int, ...]] = Counter()

    def follow(place: int, chosen: tuple[int, ...], used: frozenset[int]) -> None:
        if nodes[place] is not None and labels[chosen[-1]] != nodes[place]:
            return
        if place == len(hops):
            rows[chosen] += 1
            return
        for end, after in walks(relations, chosen[-1], hops[place], used):
            follow(place + 1, (*chosen, end), after)

    for start in range(len(labels)):
        follow(0, (start,), frozenset())
    return rows


def pattern_text(nodes: list[str | None], hops: list[Hop]) -> str:
    text = ""
    for place, label in enumerate(nodes):
        text += f"(n{place}{'' if label is None else ':' + label})"
        if place < len(hops):
            type_, direction, bounds = hops[place]
            inner = "" if type_ is None else f":{type_}"
            inner += "" if bounds is None else f"*{bounds[0]}..{bounds[1]}"
            left, right = {"<": ("<-", "-"), ">": ("-", "->"), "-": ("-", "-")}[direction]
            text += f"{left}[{inner}]{right}"
    return text


@pytest.mark.parametrize("seed", range(6))
def test_every_pattern_finds_what_a_search_finds(seed: int) -> None:
    random_ = random.Random(seed)
    labels = [random_.choice("ABC") for _ in range(7)]
    relations = [
        (number, random_.choice("RS"), random_.randrange(7), random_.randrange(7))
        for number in range(11)
    ]
    graph = Graph.from_records(
        [{"id": i, "labels": [label], "properties": {"k": i}} for i, label in enumerate(labels)],
        [{"type": t, "source": s, "target": d} for _, t, s, d in relations],
    )
    with graph:
        for nodes, hops in PATTERNS:
            columns = ", ".join(f"n{place}.k AS k{place}" for place in range(len(nodes)))
            text = f"MATCH {pattern_text(nodes, hops)} RETURN {columns}"
            found = Counter(tuple(row.values()) for row in graph.query(text))
            assert found == search(labels, relations, nodes, hops), text


@pytest.mark.parametrize("seed", range(3))
def test_two_parts_of_one_match_share_no_relation(seed: int) -> None:
    random_ = random.Random(seed)
    relations = [(n, "R", random_.randrange(4), random_.randrange(4)) for n in range(8)]
    graph = Graph.from_records(
        [{"id": i, "labels": ["A"], "properties": {"k": i}} for i in range(4)],
        [{"type": t, "source": s, "target": d} for _, t, s, d in relations],
    )
    with graph:
        found = graph.query("MATCH (a)-[r]->(b), (c)-[q]->(d) RETURN count(*) AS n").rows()
        pairs = [1 for one, other in product(relations, repeat=2) if one[0] != other[0]]
        assert found == [{"n": len(pairs)}]
        apart = graph.query("MATCH (a)-[r]->(b) MATCH (c)-[q]->(d) RETURN count(*) AS n").rows()
        assert apart == [{"n": len(relations) ** 2}]


def test_answers_are_right_beyond_one_vector_of_rows() -> None:
    count = 5000
    graph = Graph.from_records(
        [
            {
                "id": i,
                "labels": ["N"],
                "properties": {"k": i, "l": [i, i + 1] if i % 2 else None, "m": [i, "x"][i % 2]},
            }
            for i in range(count)
        ],
        [{"type": "T", "source": i, "target": j} for i in range(count) for j in (0, i // 2)],
    )
    with graph:

        def one(text: str) -> object:
            return graph.query(text).rows()[0][0]

        assert one("MATCH (n:N) RETURN count(*)") == count
        assert one("MATCH (n:N)-[:T]->(m) RETURN count(*)") == 2 * count
        assert one("MATCH (n:N)-->(m {k: 0}) RETURN count(DISTINCT n)") == count
        assert one("MATCH (n:N) WHERE any(x IN n.l WHERE x % 2 = 0) RETURN count(*)") == count // 2
        assert one("MATCH (n:N) WHERE n.m = 'x' RETURN count(*)") == count // 2
        assert one("MATCH (n) WITH collect(n) AS ns RETURN size([x IN ns WHERE x.k > 9])") == (
            count - 10
        )
        assert one("MATCH (n {k: 4097})-[:T*]->(m {k: 0}) RETURN count(*)") > 1


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("relation", ["-[:R*1..3]->", "<-[*1..2]-", "-[:S*0..2]-"])
def test_a_walk_is_the_same_wherever_it_starts(seed: int, relation: str) -> None:
    random_ = random.Random(seed)
    graph = Graph.from_records(
        [{"id": i, "labels": [random_.choice("AB")], "properties": {"k": i}} for i in range(7)],
        [
            {
                "type": random_.choice("RS"),
                "source": random_.randrange(7),
                "target": random_.randrange(7),
            }
            for _ in range(11)
        ],
    )

    def ask(text: str) -> Counter[tuple[int, ...]]:
        return Counter(tuple(row.values()) for row in graph.query(text))

    with graph:
        pairs = ask(f"MATCH (a:A){relation}(b:B) RETURN a.k AS a, b.k AS b")
        for text in (
            f"MATCH (b:B) MATCH (a:A){relation}(b) RETURN a.k AS a, b.k AS b",
            f"MATCH (a:A), (b:B) MATCH (a){relation}(b) RETURN a.k AS a, b.k AS b",
            (
                f"MATCH (a:A) OPTIONAL MATCH (a){relation}(b:B) WITH a, b WHERE b IS NOT NULL "
                "RETURN a.k AS a, b.k AS b"
            ),
            f"MATCH (a:A) UNWIND [(a){relation}(b:B) | b.k] AS b RETURN a.k AS a, b",
            (
                f"MATCH (a:A) CALL (a) {{ MATCH (a){relation}(b:B) RETURN b }} "
                "RETURN a.k AS a, b.k AS b"
            ),
            f"MATCH p = (a:A){relation}(b:B) RETURN nodes(p)[0].k AS a, last(nodes(p)).k AS b",
        ):
            assert ask(text) == pairs, text
        starts = {a for a, _ in pairs}
        found = ask(f"MATCH (a:A) WHERE (a){relation}(:B) RETURN a.k AS a")
        assert found == Counter((a,) for a in starts)


@pytest.mark.parametrize("seed", range(3))
def test_a_shortest_path_is_as_short_as_the_shortest_of_all(seed: int) -> None:
    random_ = random.Random(seed)
    graph = Graph.from_records(
        [{"id": i, "labels": ["N"], "properties": {"k": i}} for i in range(7)],
        [
            {"type": "T", "source": random_.randrange(7), "target": random_.randrange(7)}
            for _ in range(11)
        ],
    )
    with graph:
        every = graph.query(
            "MATCH p = (a)-[*..6]->(b) WHERE a <> b RETURN a.k AS a, b.k AS b, min(length(p)) AS l"
        )
        shortest = graph.query(
            "MATCH p = shortestPath((a)-[*..6]->(b)) WITH a, b, p WHERE a <> b "
            "RETURN a.k AS a, b.k AS b, length(p) AS l"
        )
        expected = Counter(tuple(row.values()) for row in every)
        assert Counter(tuple(row.values()) for row in shortest) == expected
