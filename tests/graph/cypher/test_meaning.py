"""What queries mean: rows worked out by hand over the small graph, as Neo4j 5 would give them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.graph.cypher.conftest import Ask

Case = tuple[str, list[tuple[Any, ...]]]

VALUES: list[Case] = [
    ("RETURN null AND false, null OR true, null XOR true, NOT null", [(False, True, None, None)]),
    ("RETURN null = null, null <> 1, 1 = 1.0, 1 = 'a', 'a' < 1",
     [(None, None, True, False, None)]),
    ("RETURN 1 IN [1, null], 3 IN [1, null], null IN [], 3 IN null", [(True, None, False, None)]),
    ("RETURN 1 < 2 < 3, 1 < 3 < 2, 0.0 / 0.0 = 0.0 / 0.0", [(True, False, False)]),
    ("RETURN [1, 2] = [1, 2], [1, null] = [1, null], [1] = [2, 1]", [(True, None, False)]),
    ("RETURN [1, 2] < [1, 3], [1] < [1, 0], [1, null] < [1, 2], [0, null] < [1, 2], [1] > [0.5]",
     [(True, True, None, True, True)]),
    ("RETURN {a: 1, b: 2} = {b: 2, a: 1}, {a: null} = {a: null}, {a: 1} = {b: 1}, 1 = {a: 1}",
     [(True, None, False, False)]),
    ("RETURN 7 / 2, -7 / 2, 7.0 / 2, 7 % 3, -7 % 3, 2 ^ 3", [(3, -3, 3.5, 1, -1, 8.0)]),
    ("RETURN 0x1F, 1e3, -9223372036854775808, 1.0 / 0", [(31, 1000.0, -(2**63), float("inf"))]),
    ("RETURN 'a' + 'b', 'a' + 1, [1] + 2, 1 + [2], [1] + null",
     [("ab", "a1", [1, 2], [1, 2], None)]),
    ("RETURN 'abc' STARTS WITH 'a', 'abc' ENDS WITH 'b', 'abc' CONTAINS null, 1 CONTAINS 'a'",
     [(True, False, None, None)]),
    ("RETURN 'abc' =~ 'a.*', 'abc' =~ 'b', 'ABC' =~ '(?i)abc'", [(True, False, True)]),
    ("RETURN [1, 2, 3][0], [1, 2, 3][-1], [1][5], [1, 2, 3, 4][1..3], [1, 2, 3][-2..], [1, 2][..1]",
     [(1, 3, None, [2, 3], [2, 3], [1])]),
    ("RETURN {a: {b: [1, {c: 2}]}}.a.b[1].c, {a: 1}.z, {a: 1}['a']", [(2, None, 1)]),
    ("RETURN CASE 1 WHEN 1 THEN 'a' ELSE 'b' END, CASE WHEN null THEN 1 END", [("a", None)]),
    ("RETURN [x IN range(1, 4) WHERE x % 2 = 0 | x * x], [x IN [1, 2]], [x IN [] | x]",
     [([4, 16], [1, 2], [])]),
    ("RETURN [x IN [1, 2] | [y IN [10, 20] | x + y]]", [([[11, 21], [12, 22]],)]),
    (("RETURN all(x IN [1, null] WHERE x > 0), any(x IN [null] WHERE x > 0), "
     "none(x IN [] WHERE x > 0), single(x IN [1, 2] WHERE x = 1)"), [(None, None, True, True)]),
    ("RETURN reduce(s = 0, x IN [1, 2, 3] | s + x), reduce(s = '', x IN ['a', 'b'] | s + x)",
     [(6, "ab")]),
    ("RETURN coalesce(null, 2), coalesce(null, null), nullIf(1, 1)", [(2, None, None)]),
    (("RETURN toInteger('42'), toInteger('1.9'), toInteger('x'), toFloat('1.5'), toString(1.0), "
     "toBoolean('TRUE')"), [(42, 1, None, 1.5, "1.0", True)]),
    (("RETURN substring('hello', 1, 3), left('abc', 2), right('abc', 2), split('a,b', ','), "
     "replace('aa', 'a', 'b'), trim(' x\t'), toUpper('a'), reverse('abc'), size('abc')"),
     [("ell", "ab", "bc", ["a", "b"], "bb", "x", "A", "cba", 3)]),
    (("RETURN range(1, 5, 2), head([]), last([1, 2]), tail([1, 2, 3]), size([1, null]), "
     "reverse([1, 2])"), [([1, 3, 5], None, 2, [2, 3], 2, [2, 1])]),
    ("RETURN abs(-3), ceil(1.2), floor(-1.2), round(2.5), sign(-2.0), sqrt(4), toUpper(null)",
     [(3, 2.0, -2.0, 3.0, -1, 2.0, None)]),
    ("RETURN date() AS d, datetime() AS t, timestamp() AS s",
     [(date(2026, 3, 1), datetime(2026, 3, 1, 12, tzinfo=UTC), 1772366400000)]),
    ("RETURN datetime() - duration({days: 90}) AS t", [(datetime(2025, 12, 1, 12, tzinfo=UTC),)]),
    (("RETURN date('2020-01-31') + duration({months: 1}), date('2020-01-02').year, "
     "duration('P1DT2H').hours, duration.inDays(date('2020-01-01'), date('2020-02-01')).days"),
     [(date(2020, 2, 29), 2020, 2, 31)]),
    (("RETURN datetime('2020-01-01T00:00:00+02:00') = datetime('2019-12-31T22:00:00Z'), "
     "date('2020-01-01') < datetime('2021-01-01T00:00:00Z')"), [(False, None)]),
    ("UNWIND [1, null, 'a', [1, 2], {k: 1}, 2.5, true] AS x RETURN x = 1, x > 1",
     [(True, False), (None, None), (False, None), (False, None), (False, None), (False, True),
      (False, None)]),
]  # fmt: skip

MATCHING: list[Case] = [
    ("MATCH (n:A) RETURN n['na' + 'me'] AS v ORDER BY v", [("a1",), ("a2",)]),
    ("MATCH (n) RETURN count(*)", [(5,)]),
    ("MATCH (n:B) RETURN n.name, labels(n) ORDER BY n.name", [("b1", ["B", "C"]), ("b2", ["B"])]),
    ("MATCH (n:A|C) RETURN n.name ORDER BY n.name", [("a1",), ("a2",), ("b1",)]),
    ("MATCH (n:B&!C) RETURN n.name", [("b2",)]),
    ("MATCH (n:B:C) RETURN n.name", [("b1",)]),
    ("MATCH (n:%) RETURN count(n)", [(4,)]),
    ("MATCH (n) WHERE n:A OR n:C RETURN count(n)", [(3,)]),
    ("MATCH (n:a) RETURN n", []),
    ("MATCH (n {name: 'a1', x: 1}) RETURN n.name", [("a1",)]),
    ("MATCH (n:A WHERE n.x > 2) RETURN n.name", [("a2",)]),
    ("MATCH (n) WHERE NOT n.ok = true RETURN n", []),
    ("MATCH (n) WHERE n.ok IS NULL RETURN count(n)", [(4,)]),
    ("MATCH (n) WHERE n.x > 1 RETURN n.name", [("a2",)]),
    ("MATCH (n) WHERE n.x = 's' RETURN n.x + '!', size(n.x)", [("s!", 1)]),
    ("MATCH (a)-[r]->(b) RETURN count(*)", [(6,)]),
    ("MATCH (a)-[r]-(b) RETURN count(*)", [(11,)]),
    ("MATCH (a)--(b) RETURN count(*)", [(11,)]),
    ("MATCH (a)<-[r]->(b) RETURN count(*)", [(11,)]),
    ("MATCH (x)-->(x) RETURN x.name", [("b2",)]),
    ("MATCH (x)--(x) RETURN x.name", [("b2",)]),
    ("MATCH (a:A)-[R]->(b) RETURN type(R), b.name ORDER BY b.name",
     [("R", "b1"), ("R", "b1"), ("R", "b2")]),
    ("MATCH (a)-[:R]->(b), (a)-[:R]->(c) RETURN count(*)", [(2,)]),
    ("MATCH (a)-[:R]->(b) MATCH (a)-[:R]->(c) RETURN count(*)", [(5,)]),
    ("MATCH (a)-->(b)-->(a) RETURN count(*)", [(0,)]),
    ("MATCH (a)-[:R {w: 2}]->(b) RETURN b.name", [("b1",)]),
    ("MATCH (a)-[r:R|S]->(b) WHERE r.w IS NOT NULL RETURN r.w ORDER BY r.w", [(1,), (2,)]),
    ("MATCH (a)-[r:R]->(b) RETURN startNode(r).name, endNode(r).name ORDER BY id(r)",
     [("a1", "b1"), ("a1", "b1"), ("a2", "b2")]),
    ("MATCH (a)-[r]->(b) WITH r MATCH (c)-[r]->(d) RETURN count(*)", [(6,)]),
    ("MATCH (a:A {name: 'a1'})-[*]->(b) RETURN b.name, count(*) ORDER BY b.name",
     [("a1", 4), ("b1", 6), ("b2", 4)]),
    ("MATCH (a:A {name: 'a1'})-[*..2]->(b) RETURN b.name, count(*) ORDER BY b.name",
     [("b1", 2), ("b2", 2)]),
    ("MATCH (a:A {name: 'a2'})-[*0..1]->(b) RETURN b.name ORDER BY b.name", [("a2",), ("b2",)]),
    ("MATCH (a)-[*0..0]->(b) RETURN count(*)", [(5,)]),
    ("MATCH (a:A)-[rs:R*1..3 {w: 1}]->(b) RETURN size(rs), b.name", [(1, "b1")]),
    (("MATCH p = (a:A {name: 'a2'})-->()-->(c) RETURN [n IN nodes(p) | n.name] AS ns, length(p) "
     "ORDER BY ns"), [(["a2", "b2", "a1"], 2), (["a2", "b2", "b2"], 2)]),
    (("MATCH p = (:A {name: 'a2'})-[*2..2]->(:A) RETURN [r IN relationships(p) | type(r)], "
     "[n IN nodes(p) | n.name]"), [(["R", "S"], ["a2", "b2", "a1"])]),
    ("MATCH p = (:A {name: 'a1'})<-[*2..2]-(:A) RETURN [n IN nodes(p) | n.name]",
     [(["a1", "b2", "a2"],)]),
    (("MATCH p = shortestPath((a:A {name: 'a2'})-[*..5]->(b:B {name: 'b1'})) RETURN length(p), "
     "[n IN nodes(p) | n.name]"), [(3, ["a2", "b2", "a1", "b1"])]),
    ("MATCH p = shortestPath((a:A {name: 'a2'})-[*..2]->(b:B {name: 'b1'})) RETURN p", []),
    ("MATCH (a) WHERE NOT (a)-[:S]->(:B) RETURN a.name ORDER BY a.name",
     [("a1",), ("a2",), (None,)]),
    ("MATCH (a) WHERE (a)-[:S*1..2]->(:A) RETURN a.name ORDER BY a.name", [("b1",), ("b2",)]),
    ("MATCH (a) WHERE EXISTS { (a)-[:S*]->(b:A) } RETURN count(a)", [(2,)]),
    ("MATCH (a:A) WHERE NOT EXISTS { MATCH (a)-->(b) WHERE b.name = 'b1' } RETURN a.name",
     [("a2",)]),
    ("MATCH (a:A) WHERE COUNT { (a)-->() } > 1 RETURN a.name", [("a1",)]),
    ("MATCH (a:A) RETURN a.name, [(a)-->(b) WHERE b.name = 'b1' | b.name] ORDER BY a.name",
     [("a1", ["b1", "b1"]), ("a2", [])]),
    (("MATCH (a:A) RETURN COLLECT { MATCH (a)-->(b) RETURN b.name ORDER BY b.name LIMIT 1 } AS c "
     "ORDER BY c"), [(["b1"],), (["b2"],)]),
    (("MATCH (a:A) WITH a, [(a)-->(b) | b] AS bs RETURN "
     "[b IN bs WHERE EXISTS { (b)-[:S]->(b) } | b.name] AS ns ORDER BY ns"), [([],), (["b2"],)]),
    ("MATCH (a:A) WHERE any(x IN a.l WHERE x = 'p') RETURN a.name", [("a1",)]),
]  # fmt: skip

OPTIONAL: list[Case] = [
    ("MATCH (a:A) OPTIONAL MATCH (a)-[:S]->(b) RETURN a.name, b, b.name, labels(b) ORDER BY a.name",
     [("a1", None, None, None), ("a2", None, None, None)]),
    (("MATCH (b:B) OPTIONAL MATCH (b)-[:S]->(a:A) WHERE a.x = 1 RETURN b.name, a.name "
     "ORDER BY b.name"), [("b1", None), ("b2", "a1")]),
    ("MATCH (b:B) OPTIONAL MATCH (b)-[:S]->(a:A) WHERE b.name = 'zzz' RETURN count(*), count(a)",
     [(2, 0)]),
    (("MATCH (a:B) OPTIONAL MATCH p = (a)-[:S*1..2]->(b:A) RETURN a.name, length(p) "
     "ORDER BY a.name, length(p)"), [("b1", 2), ("b2", 1), ("b2", 2)]),
    ("OPTIONAL MATCH (n:A {name: 'zzz'}) RETURN n, n.name", [(None, None)]),
    ("WITH null AS n OPTIONAL MATCH (n)-->(m) RETURN n, m", [(None, None)]),
    ("MATCH (a:A) OPTIONAL MATCH (a)-[:S]->(b) MATCH (b)-->(c) RETURN c", []),
    (("MATCH (b:B) OPTIONAL MATCH (a:A)-[:R]->(b) WITH b, collect(a.name) AS names "
     "RETURN b.name, names ORDER BY b.name"), [("b1", ["a1", "a1"]), ("b2", ["a2"])]),
]  # fmt: skip

PROJECTING: list[Case] = [
    ("MATCH (a)-[:R]->(b) RETURN a.name, count(*), collect(DISTINCT b.name) ORDER BY count(*) DESC",
     [("a1", 2, ["b1"]), ("a2", 1, ["b2"])]),
    ("MATCH (a)-[:R]->(b) WITH a, count(b) AS n WHERE n > 1 RETURN a.name, n", [("a1", 2)]),
    (("MATCH (n:A) RETURN count(n.l), count(*), collect(n.l), sum(n.x), avg(n.x), min(n.x), "
     "max(n.x)"),
     [(1, 2, [["p", "q"]], 3.5, 1.75, 1, 2.5)]),
    ("MATCH (n:A {name: 'zzz'}) RETURN count(*), collect(n), sum(n.x), max(n.x)",
     [(0, [], 0, None)]),
    ("MATCH (n:A {name: 'zzz'}) RETURN n.name, count(*)", []),
    ("MATCH (n) RETURN n.ok AS k, count(*) + 1 ORDER BY k", [(True, 2), (None, 5)]),
    ("MATCH (n) RETURN n.x ORDER BY n.x", [("s",), (1,), (2.5,), (None,), (None,)]),
    ("MATCH (n) RETURN n.x ORDER BY n.x DESC", [(None,), (None,), (2.5,), (1,), ("s",)]),
    ("MATCH (n:A) RETURN n.name AS x ORDER BY n.x DESC", [("a2",), ("a1",)]),
    ("MATCH (n) RETURN n.name ORDER BY n.name SKIP 1 LIMIT $n", [("a2",), ("b1",)]),
    ("MATCH (n:A) WITH n ORDER BY n.name DESC RETURN collect(n.name)", [(["a2", "a1"],)]),
    ("MATCH (n:A) WITH n ORDER BY n.name DESC LIMIT 1 MATCH (n)-->(b) RETURN b.name", [("b2",)]),
    ("MATCH (a)-[r]->() RETURN DISTINCT type(r) AS t ORDER BY t DESC", [("S",), ("R",)]),
    ("MATCH (a)-->() WITH DISTINCT a RETURN count(a)", [(4,)]),
    ("MATCH (n:A) WITH n.name AS m WHERE n.x = 1 RETURN m", [("a1",)]),
    ("MATCH (n:A) WITH *, 1 AS one RETURN n.name, one ORDER BY n.name", [("a1", 1), ("a2", 1)]),
    ("UNWIND [3, 1, 2] AS x WITH x ORDER BY x RETURN collect(x)", [([1, 2, 3],)]),
    ("UNWIND [] AS x RETURN x", []),
    ("UNWIND null AS x RETURN x", []),
    ("UNWIND [1, 2] AS x UNWIND [x, 10] AS y RETURN x, y", [(1, 1), (1, 10), (2, 2), (2, 10)]),
    (("MATCH (a:A) WITH collect(a) AS s UNWIND s AS x MATCH (x)-->(y) RETURN x.name, y.name "
     "ORDER BY x.name"), [("a1", "b1"), ("a1", "b1"), ("a2", "b2")]),
    ("MATCH (a:A) WITH {node: a, x: 1} AS m RETURN m.node.name, m.x ORDER BY m.node.name",
     [("a1", 1), ("a2", 1)]),
    ("MATCH (a:A) RETURN a {.name, y: 1} ORDER BY a.name",
     [({"name": "a1", "y": 1},), ({"name": "a2", "y": 1},)]),
    ("MATCH (a:A) RETURN properties(a), keys(a), a {.*} ORDER BY a.name DESC LIMIT 1",
     [({"name": "a2", "x": 2.5}, ["name", "x"], {"name": "a2", "x": 2.5})]),
    ("RETURN 1 AS x UNION ALL RETURN 1 AS x", [(1,), (1,)]),
    ("RETURN 1 AS x UNION RETURN 1 AS x", [(1,)]),
    ("RETURN 1 AS x UNION ALL RETURN 'a' AS x", [(1,), ("a",)]),
    (("CALL { MATCH (a:A) RETURN a.name AS n UNION MATCH (b:B) RETURN b.name AS n } RETURN n "
     "ORDER BY n"), [("a1",), ("a2",), ("b1",), ("b2",)]),
    (("MATCH (a:A) CALL { WITH a MATCH (a)-->(b) RETURN count(b) AS c } RETURN a.name, c "
     "ORDER BY c"), [("a2", 1), ("a1", 2)]),
    (("MATCH (a:A) CALL (a) { MATCH (a)-->(b) RETURN b ORDER BY b.name LIMIT 1 } "
     "RETURN a.name, b.name ORDER BY a.name"), [("a1", "b1"), ("a2", "b2")]),
    (("MATCH (a:A) OPTIONAL CALL (a) { MATCH (a)-[:S]->(b) RETURN b } RETURN a.name, b "
     "ORDER BY a.name"), [("a1", None), ("a2", None)]),
    ("RETURN $list[2], $map.name, [x IN $list WHERE x = 1]", [("x", "a1", [1])]),
    ("MATCH (n {name: $map.name}) RETURN n.name", [("a1",)]),
    ("MATCH (a:A)-[r:R]->(b) RETURN count(DISTINCT a), count(DISTINCT r)", [(2, 3)]),
]  # fmt: skip

PARAMETERS = {"n": 2, "list": [1, 2, "x"], "map": {"name": "a1"}}


@pytest.mark.parametrize(("text", "rows"), VALUES + MATCHING + OPTIONAL + PROJECTING)
def test_rows(ask: Ask, text: str, rows: list[tuple[Any, ...]]) -> None:
    found = ask(text, **PARAMETERS)
    assert found == rows
    for row, wanted in zip(found, rows, strict=True):
        for value, like in zip(row, wanted, strict=True):
            # Date-times are of a subclass of Python's.
            assert type(value) is type(like) or isinstance(like, datetime)


@pytest.mark.parametrize("condition", ["n.x > 1", "n.ok", "n.name STARTS WITH 'a'", "n.x = 's'"])
def test_a_condition_its_negation_and_its_unknown_are_everything(ask: Ask, condition: str) -> None:
    counts = [
        ask(f"MATCH (n) WHERE {test} RETURN count(*)")[0][0]
        for test in (condition, f"NOT ({condition})", f"({condition}) IS NULL")
    ]
    assert sum(counts) == 5
