"""Values, operators and expressions: rows worked out by hand, as Neo4j 5 would give them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest
from tests.graph.cypher.conftest import Ask

from cloudwarden.graph.cypher.errors import CypherError
from cloudwarden.graph.graph import Graph

Case = tuple[str, list[tuple[Any, ...]]]

EQUALITY: list[Case] = [
    ("UNWIND [[1, null], {a: null}, [[1, null]], 'x'] AS x RETURN x = x",
     [(None,), (None,), (None,), (True,)]),
    ("UNWIND [[1, [2, null]], 7] AS x RETURN x = [1, [2, 3]], x = [1, [3, null]], x = [2, [2, 3]]",
     [(None, False, False), (False, False, False)]),
    ("UNWIND [{a: [1, null]}, 7] AS x RETURN x = {a: [1, 2]}, x = {a: [2, 2]}, x = {b: 1}",
     [(None, False, False), (False, False, False)]),
    ("RETURN [[5]] = [[5], [null]], [[5], [6]] = [[5], [null]], [[5], [6, 7]] = [[5], [null]]",
     [(False, None, False)]),
    ("RETURN {} = {}, {k: 1} = {k: 1.0}, {} = {k: null}, {k: 1, l: null} = {k: 1, l: 2}",
     [(True, True, False, None)]),
    ("UNWIND [9007199254740993, 'a'] AS x RETURN x = 9007199254740992.0, x = 9007199254740993",
     [(False, True), (False, False)]),
    ("RETURN 0.0 / 0 = 0.0 / 0, 0.0 / 0 <> 0.0 / 0, 0.0 / 0 > 1, 0.0 / 0 < 'a'",
     [(False, True, False, None)]),
    ("RETURN null IN [1], 1 IN null, [] IN [[]], [1] IN [1, [1, null]], [1, null] IN [[1, 2]]",
     [(None, None, True, False, None)]),
    ("UNWIND [1, 'a', [1], null] AS x RETURN x IN [1, 'a'], x IN ['b', null]",
     [(True, None), (True, None), (False, None), (None, None)]),
]  # fmt: skip

ORDER: list[Case] = [
    ("RETURN [1, 0] >= [1], [1, null] >= [1], [1, 2] >= [1, null], [1, 'a'] >= [1, null]",
     [(True, True, None, None)]),
    ("UNWIND [[1, ['a']], 5] AS x RETURN x < [1, ['b']], x < [1, [2]], x < [2]",
     [(True, None, True), (None, None, None)]),
    ("UNWIND ['b', 2, true, [1], null, {k: 1}, 1.5, 0.0 / 0] AS x RETURN x ORDER BY x",
     [({"k": 1},), ([1],), ("b",), (True,), (1.5,), (2,), (math.nan,), (None,)]),
    ("UNWIND ['b', 2, true, [1], null, {k: 1}, 1.5] AS x RETURN x ORDER BY x DESC",
     [(None,), (2,), (1.5,), (True,), ("b",), ([1],), ({"k": 1},)]),
    ("UNWIND [[], ['p'], ['p', 3], [3], [3, 'p'], [3, null], [null, 3]] AS x RETURN x ORDER BY x",
     [([],), (["p"],), (["p", 3],), ([3],), ([3, "p"],), ([3, None],), ([None, 3],)]),
    (("MATCH (n:A {name: 'a2'})-[r]->() UNWIND [1, 'a', r, n, [n]] AS x WITH x ORDER BY x "
     "RETURN [x IS :: NODE, x IS :: RELATIONSHIP, x IS :: LIST<NODE>]"),
     [([True, False, False],), ([False, True, False],), ([False, False, True],),
      ([False] * 3,), ([False] * 3,)]),
    ("UNWIND [1, 'a', null, [1, 2], 0.2, 'b'] AS x RETURN min(x), max(x)", [([1, 2], 1)]),
    ("UNWIND [{a: 2}, {a: 1}, {a: null}] AS m RETURN m.a ORDER BY m", [(1,), (2,), (None,)]),
]  # fmt: skip

GROUPING: list[Case] = [
    ("MATCH (n) RETURN left(n.name, 1) AS l, collect(DISTINCT right(n.name, 1)) AS r ORDER BY l",
     [("a", ["1", "2"]), ("b", ["1", "2"]), (None, [])]),
    ("MATCH (n) WITH left(n.name, 2) AS l ORDER BY l DESC RETURN collect(l)",
     [(["b2", "b1", "a2", "a1"],)]),
    ("MATCH (n) WITH n ORDER BY keys(n), n.name RETURN collect(n.name), max(keys(n))",
     [(["b2", "a2", "a1", "b1"], ["name", "x", "ok"])]),
    ("RETURN 'a' AS c, 1 AS d ORDER BY c, d", [("a", 1)]),
    ("MATCH (n) UNWIND n.x AS x RETURN count(*)", [(3,)]),
    (("UNWIND [1, 1.0, null, null, 'a', [1], [1.0], {a: 1}, {a: 1.0}, 0.0/0, 0.0/0] AS x "
     "WITH DISTINCT x RETURN count(*)"), [(6,)]),
    ("UNWIND [1, 1.0, null, null, 'a', 2] AS x WITH x, count(*) AS c RETURN x, c ORDER BY x",
     [("a", 1), (1, 2), (2, 1), (None, 2)]),
    ("UNWIND ['b', 'a', 'b', 'c', 'a', null] AS x RETURN collect(DISTINCT x), count(DISTINCT x)",
     [(["b", "a", "c"], 3)]),
    ("UNWIND [1, 2.0, 1.0, 2] AS x RETURN collect(DISTINCT x), count(DISTINCT x), sum(DISTINCT x)",
     [([1, 2.0], 2, 3.0)]),
    ("RETURN 1 AS x UNION RETURN 1.0 AS x", [(1,)]),
    ("UNWIND [[1, [2, null]], [1, [2, null]]] AS x RETURN DISTINCT x", [([1, [2, None]],)]),
    ("UNWIND [1, null, 2] AS x RETURN DISTINCT {} AS m, 'a' AS c", [({}, "a")]),
    (("UNWIND [1, 2] AS u CALL (u) { MATCH (a:A) RETURN sum(u) AS s, collect(u) AS c } "
     "RETURN s, c ORDER BY s"), [(2, [1, 1]), (4, [2, 2])]),
    ("UNWIND [1, 2] AS u WITH u ORDER BY u RETURN COLLECT { MATCH (a:A) RETURN count(u) }",
     [([2],), ([2],)]),
    ("UNWIND [10, 20, 30] AS x RETURN percentileDisc(x, 0.5), percentileCont(x, 0.25)",
     [(20, 15.0)]),
    (("UNWIND [[1, 0.5], [3, 0.5]] AS p RETURN percentileDisc(p[0], p[1]), "
     "percentileCont(p[0], p[1])"), [(1, 2.0)]),
    ("MATCH (n:Nothing) RETURN sum(n.x), avg(n.x), collect(n.x), count(n.x), min(n.x), stDev(n.x)",
     [(0, None, [], 0, None, 0.0)]),
    ("MATCH (n:B) RETURN count(*) + 1 AS c, {names: collect(n.ok), l: [count(*)]} AS m",
     [(3, {"names": [True], "l": [2]})]),
]  # fmt: skip

UNKNOWN: list[Case] = [
    (("MATCH (n:A) WITH [1, n] AS l RETURN l[1].name, l[1].nothing, labels(l[1])[0] ORDER BY "
     "l[1].name"), [("a1", None, "A"), ("a2", None, "A")]),
    ("MATCH ()-[r:R {w: 2}]->() WITH [1, r] AS l RETURN l[1].w, type(l[1])", [(2, "R")]),
    (("MATCH (n:A {name: 'a1'}) UNWIND [n, {name: 'm'}] AS x RETURN x.name, keys(x)[0], "
     "x {.*, z: 1}.z, properties(x).name"), [("a1", "name", 1, "a1"), ("m", "name", 1, "m")]),
    ("MATCH (n:A {name: 'a1'}) WITH coalesce(n, 1) AS x RETURN x:A, x:B, id(x) = id(x), x.l",
     [(True, False, True, ["p", "q"])]),
    (("MATCH (n:A) WITH n ORDER BY n.name WITH {node: n, k: 1} AS m RETURN m.node.name, m.node:A, "
     "m['no' + 'de'].name"), [("a1", True, "a1"), ("a2", True, "a2")]),
    ("MATCH (n:A) RETURN CASE WHEN n.x = 1 THEN n END.name AS c ORDER BY c", [("a1",), (None,)]),
    (("MATCH (n:A) OPTIONAL MATCH (n)-[r:Z]->(m) RETURN DISTINCT labels(m), type(r), id(m), "
     "properties(m), keys(m), startNode(r), m.name, m:A, m {.name}"),
     [(None,) * 9]),
]  # fmt: skip

FOLDS: list[Case] = [
    ("MATCH p = (a:A)-[:R]->() RETURN reduce(s = '', n IN nodes(p) | s + n.name) AS s ORDER BY s",
     [("a1b1",), ("a1b1",), ("a2b2",)]),
    (("MATCH (a:A) RETURN reduce(best = a, n IN [(a)-->(b) | b] | CASE WHEN n.name > best.name "
     "THEN n ELSE best END).name AS b ORDER BY b"), [("b1",), ("b2",)]),
    ("MATCH (a:A {name: 'a1'}) RETURN reduce(s = 0, x IN [1, 2] | s + x * COUNT { (a)-->() })",
     [(6,)]),
    (("RETURN reduce(s = 0, x IN null | s + x), reduce(s = 0, x IN [] | s + x), "
     "reduce(s = 1.5, x IN [1, 2] | s * x), reduce(l = [], x IN [1, 2] | l + x)"),
     [(None, 0, 3.0, [1, 2])]),
    ("RETURN reduce(l = [], x IN [1, 2, 3] | [l]), reduce(s = null, x IN [1, 2] | coalesce(s, x))",
     [([[[[]]]], 1)]),
]  # fmt: skip

MAPS: list[Case] = [
    ("RETURN {a: 1, A: 2} AS m, {a: 1, A: 2}.A, [{a: 1, A: 2}, 3][0].A",
     [({"a": 1, "A": 2}, 2, 2)]),
    ("UNWIND [0, 1] AS i RETURN CASE i WHEN 0 THEN {} END AS w", [({},), (None,)]),
    ("MATCH (n:A {name: 'a2'}) RETURN n {k: 1, .*, x: 3}, n {x: 3, .*}, n {.name, .zz, n: n.x}",
     [({"k": 1, "name": "a2", "x": 3}, {"name": "a2", "x": 2.5},
       {"name": "a2", "zz": None, "n": 2.5})]),
    ("WITH {a: 1, b: null} AS m RETURN m {.*, c: 3}, m {.a, .q}, m['b'], m['q'], keys(m)",
     [({"a": 1, "b": None, "c": 3}, {"a": 1, "q": None}, None, None, ["a", "b"])]),
    ("MATCH (n:A {name: 'a2'}) RETURN n {.*}.x, properties(n).name, n {.*}['name']",
     [(2.5, "a2", "a2")]),
    ("RETURN [1, 2, 3][null], [1][1..null], {a: 1}[null], null.x, null[0], null[0..1]",
     [(None,) * 6]),
    ("WITH [1, 2, 3, 4] AS l RETURN l[-5], l[..-1], l[-3..-1], l[3..1], l[..], l[-10..2]",
     [(None, [1, 2, 3], [2, 3], [], [1, 2, 3, 4], [1, 2])]),
]  # fmt: skip

TYPES: list[Case] = [
    (("RETURN 1 IS :: INTEGER, 1 IS :: FLOAT, null IS :: INTEGER, null IS :: INTEGER NOT NULL, "
     "1 IS NOT :: STRING, 1 :: INT | STRING, {a: 1} IS TYPED MAP"),
     [(True, False, True, False, True, True, True)]),
    (("RETURN [1, null] IS :: LIST<INTEGER>, [1, null] IS :: LIST<INTEGER NOT NULL>, "
     "[1, 'a'] IS :: LIST<INTEGER | STRING>, [[1]] IS :: LIST<LIST<INTEGER>>, [1] IS :: LIST<ANY>"),
     [(True, False, True, True, True)]),
    (("MATCH (n) RETURN n.x IS :: INTEGER | FLOAT AS t, n.x IS :: PROPERTY VALUE NOT NULL AS p, "
     "n IS :: NODE AS n, count(*) ORDER BY p, t"),
     [(True, False, True, 2), (False, True, True, 1), (True, True, True, 2)]),
    ("MATCH (n) WHERE n IS A|C RETURN n.name ORDER BY n.name", [("a1",), ("a2",), ("b1",)]),
    (("RETURN CASE 5 WHEN > 6 THEN 'big' WHEN < 3, 4 THEN 'low' ELSE 'mid' END, CASE 4 WHEN < 3, 4 "
     "THEN 'low' END, CASE null WHEN IS NULL THEN 1 END, "
     "CASE 'ab' WHEN STARTS WITH 'a' THEN 1 END"),
     [("mid", "low", 1, 1)]),
    (("MATCH (n:A {name: 'a1'})-[r]->() RETURN DISTINCT valueType(n), valueType(r), valueType([]), "
     "valueType([1, null]), valueType(null)"),
     [("NODE NOT NULL", "RELATIONSHIP NOT NULL", "LIST<NOTHING> NOT NULL",
       "LIST<INTEGER> NOT NULL", "NULL")]),
]  # fmt: skip

NUMBERS: list[Case] = [
    ("RETURN 7 % -3, -7 % 3, 7.5 % 2, 10 ^ -1, -2 ^ 2, 1.0 / 0, -1.0 / 0",
     [(1, -1, 1.5, 0.1, 4.0, math.inf, -math.inf)]),
    ("RETURN 0xFf, 0o17, 1_000, .5, 1E-3, -0x10", [(255, 15, 1000, 0.5, 0.001, -16)]),
    (("RETURN toString(1e10), toString(0.00001), toString(1.0 / 0), toString(9999999.0), "
     "toString(123456.789), toString(99999999.9)"),
     [("1.0E10", "1.0E-5", "Infinity", "9999999.0", "123456.789", "9.99999999E7")]),
    (("RETURN round(-1.5), round(1.25, 1), round(-1.25, 1), round(1.005, 2), "
     "round(1.25, 1, 'HALF_DOWN'), round(2.5, 0, 'HALF_EVEN'), round(-1.21, 1, 'FLOOR')"),
     [(-1.0, 1.3, -1.3, 1.01, 1.2, 2.0, -1.3)]),
    (("RETURN toInteger('0x10'), toInteger(' 42 '), toInteger('1e3'), toInteger(-1.9), "
     "toFloat('abc'), toBoolean('yes'), toBoolean(0)"), [(16, 42, 1000, -1, None, None, False)]),
    (("RETURN toIntegerOrNull([1]), toFloatOrNull(true), toBooleanOrNull(1.5), toStringOrNull({}), "
     "toIntegerList([1, '2', 'x', null, [1]]), toStringList([1, 1.5, true, {}])"),
     [(None, None, None, None, [1, 2, None, None, None], ["1", "1.5", "true", None])]),
]  # fmt: skip

TEXTS: list[Case] = [
    (("RETURN toUpper('straße'), trim(BOTH 'x' FROM 'xxaxx'), trim(LEADING 'x' FROM 'xax'), "
     "trim(TRAILING FROM ' a '), trim('x' FROM 'xax')"), [("STRASSE", "a", "ax", " a", "a")]),
    (("RETURN left('abc', 10), substring('abc', 5), split('abc', ''), replace('abc', '', '-'), "
     "split('a,b;c', [',', ';'])"), [("abc", "", ["a", "b", "c"], "-a-b-c-", ["a", "b", "c"])]),
    ("RETURN 'a' + true, 1 + 'a', [1] + 'a', 'a' + [1], [[1]] + [2], null + 'a', [1] + null",
     [("atrue", "1a", [1, "a"], ["a", 1], [[1], 2], None, None)]),
    ("RETURN 'x' STARTS WITH 1, null ENDS WITH 'a', 'a' CONTAINS '', 1 CONTAINS 1",
     [(None, None, True, None)]),
    ((r"RETURN 'a\nb' =~ 'a.b', 'a\nb' =~ '(?s)a.b', 'É' =~ '(?i)é', 'ab1' =~ '\\p{Alpha}+\\d', "
     r"'a.b' =~ '\\Qa.b\\E', 'x' =~ null"), [(False, True, False, True, True, None)]),
    ("UNWIND ['a.*', 'b'] AS p RETURN 'ab' =~ p", [(True,), (False,)]),
]  # fmt: skip

CASES = [*EQUALITY, *ORDER, *GROUPING, *UNKNOWN, *FOLDS, *MAPS, *TYPES, *NUMBERS, *TEXTS]


@pytest.mark.parametrize(("text", "rows"), CASES, ids=[text for text, _ in CASES])
def test_rows(ask: Ask, text: str, rows: list[tuple[Any, ...]]) -> None:
    found = ask(text)
    # repr tells 1 from 1.0 and true, and takes NaN for itself.
    assert [repr(row) for row in found] == [repr(row) for row in rows]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("UNWIND [1, 0] AS x RETURN 5 / x", "division by zero"),
        ("RETURN 1 % 0", "division by zero"),
        ("UNWIND [9223372036854775807, 'a'] AS x RETURN x * 2", "64 bits"),
        ("RETURN 9223372036854775808", "64 bits"),
        ("RETURN 1e400", "too large"),
        ("UNWIND [9223372036854775807, 1] AS x RETURN sum(x)", "64 bits"),
        ("RETURN 1 AND true", "expected Boolean"),
        ("RETURN size(1)", "does not take Integer"),
        ("RETURN true + 1", "cannot apply"),
        ("RETURN range(1, 10, 0)", "cannot be 0"),
        ("RETURN range(1.5, 2)", "does not take Float"),
        ("RETURN left('abc', -1)", "cannot be negative"),
        ("RETURN substring('abc', -1)", "cannot be negative"),
        ("RETURN toFloat(true)", "cannot convert a boolean"),
        ("MATCH (n:A) RETURN [x IN [1, n] | toInteger(x)]", "cannot convert a node"),
        ("MATCH (n:A) UNWIND [n, 1] AS x RETURN x.name", "an integer has no property"),
        ("MATCH (n:A) UNWIND [n, 1] AS x RETURN labels(x)", "expected a node, found an integer"),
        ("RETURN {a: 1}[0]", "expected a string"),
        ("RETURN [1]['a']", "expected Integer"),
        ("WITH [1, true] AS l RETURN l.x", "has no property x"),
        ("RETURN [x IN [1] | count(*)]", "for each element"),
        ("RETURN count(rand())", "random"),
        ("RETURN percentileCont(1, 1.5)", "from 0.0 to 1.0"),
        ("UNWIND [2] AS p RETURN percentileDisc(1, p)", "from 0.0 to 1.0"),
        ("RETURN point({x: 1, y: 2})", "refused"),
        ("UNWIND ['(?=b)'] AS p RETURN 'ab' =~ p", "invalid perl operator"),
        ("UNWIND ['[a&&b]'] AS p RETURN 'ab' =~ p", "regular expression cannot be used"),
    ],
)
def test_what_has_no_value_is_an_error(ask: Ask, text: str, reason: str) -> None:
    with pytest.raises(CypherError, match=reason):
        ask(text)


@pytest.mark.parametrize(
    ("pattern", "reason", "column"),
    [
        ("a(?=b)", "look-ahead", 18),
        ("(?<!a)b", "look-behind", 17),
        ("a*+", "possessive", 18),
        ("(?>a)", "atomic", 17),
        ("[a-z&&[b]]", "intersection", 21),
        ("a{1001}", "more than 1000", 18),
        ("(a", "never closed", 19),
        ("*a", "nothing before", 17),
    ],
)
def test_a_pattern_that_cannot_run_is_refused_at_its_place(
    ask: Ask, pattern: str, reason: str, column: int
) -> None:
    with pytest.raises(CypherError, match=reason) as caught:
        ask(f"RETURN 'ab' =~ '{pattern}'")
    assert caught.value.column == column


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (r"[\w-]+", "ab-c", True),
        (r"[^\s]+", "a b", False),
        (r"(?<name>a)b", "ab", True),
        (r"[\p{Alpha}\d]+", "ab1", True),
        (r"\u0061[]b]", "a]", True),
        (r"[a[bc]]+", "abc", True),
        (r"(a|b)*?c", "abc", True),
        (r"\p{IsLatin}+", "ab", True),
        ("(?x) a b # comment", "ab", True),
        (r"a\.b", "axb", False),
        ("b", "abc", False),
    ],
)
def test_patterns_mean_what_they_mean_in_java(
    ask: Ask, pattern: str, text: str, *, matches: bool
) -> None:
    assert ask("WITH $given AS t RETURN t =~ $pattern", given=text, pattern=pattern) == [(matches,)]


def test_random_values_differ_from_row_to_row(ask: Ask) -> None:
    rows = ask("UNWIND range(1, 50) AS i RETURN rand() AS r, randomUUID() AS u")
    assert all(0 <= number < 1 for number, _ in rows)
    assert len({number for number, _ in rows}) > 1
    assert len({text for _, text in rows}) == 50


def test_parameters_go_wherever_values_do(ask: Ask) -> None:
    assert ask(
        "MATCH (n:A {name: $match.name}) RETURN n.name + $p.key, $l[0], [x IN $l | x * 2], $m.a.b "
        "LIMIT $n",
        match={"name": "a1"},
        p={"key": "!"},
        l=[1, 2.5],
        m={"a": {"b": [None, {"c": 1}]}},
        n=1,
    ) == [("a1!", 1, [2, 5.0], [None, {"c": 1}])]


@pytest.fixture(scope="module")
def mixed() -> Iterator[Graph]:
    """More rows than one vector, of properties of several types."""
    nodes = [
        {
            "id": i,
            "labels": ["M"],
            "properties": {"i": i, "x": (i % 50, (i % 50) / 1, str(i % 50), None)[i % 4]},
        }
        for i in range(5_000)
    ]
    with Graph.from_records(nodes, []) as graph:
        yield graph


def test_values_of_several_types_group_alike_over_many_rows(mixed: Graph) -> None:
    rows = mixed.query("MATCH (n:M) RETURN n.x AS x, count(*) AS c ORDER BY x").rows()
    expected: dict[Any, int] = {}
    for i in range(5_000):
        key = (i % 50, i % 50, str(i % 50), None)[i % 4]
        expected[key] = expected.get(key, 0) + 1
    assert {row["x"]: row["c"] for row in rows} == expected
    assert [row["x"] for row in rows][:2] == ["0", "10"]
    assert rows[-1]["x"] is None


def test_lists_of_nodes_and_nulls_survive_many_rows(mixed: Graph) -> None:
    (row,) = mixed.query(
        "MATCH (n:M) WITH n ORDER BY n.i WITH collect(n) AS ns "
        "RETURN size(ns) AS s, ns[4999].i AS i, size([n IN ns WHERE n.x IS NULL]) AS nulls, "
        "[n IN ns | n.x][0..4] AS first, any(n IN ns WHERE n.x = 49) AS some"
    ).rows()
    assert (row["s"], row["i"], row["nulls"], row["some"]) == (5_000, 4_999, 1_250, True)
    assert repr(row["first"]) == "[0, 1.0, '2', None]"
