"""Laws that hold of every graph and query, whatever the right rows are."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.cypher.grammar import random_question
from tests.support.cypher.laws import World, renamed
from tests.support.cypher.random_graphs import TYPES

from cloudwarden.core.errors import QueryError

WORLDS = st.integers(0, 2**32).map(World)
law = settings(max_examples=15, deadline=None, derandomize=True)


def returned(names: list[str]) -> str:
    return ", ".join(f"{name}.k" for name in names)


@law
@given(WORLDS)
def test_an_unrelated_node_changes_no_chain(world: World) -> None:
    chain = world.chain(types=("", ":R", ":S|T", "*1..2", ":!S*..3"))
    condition = world.condition(chain.names)
    text = f"MATCH {chain.text()} WHERE {condition} RETURN {returned(chain.names)}"
    stranger = {"id": "stranger", "labels": ["A", "Stranger"], "properties": {"k": -1, "i": 1}}
    with world.graph() as graph, world.graph(stranger) as larger:
        assert world.rows(larger, text) == world.rows(graph, text)


@law
@given(WORLDS)
def test_a_condition_is_true_or_false_or_null(world: World) -> None:
    chain = world.chain()
    condition = world.grammar.expression("bool", dict.fromkeys(chain.names, "node"))
    columns = returned(chain.names)
    with world.graph() as graph:
        parts = [
            world.rows(graph, f"MATCH {chain.text()} WHERE {test} RETURN {columns}")
            for test in (f"({condition})", f"NOT ({condition})", f"({condition}) IS NULL")
        ]
        every = world.rows(graph, f"MATCH {chain.text()} RETURN {columns}")
        assert sum(parts, Counter()) == every


@law
@given(WORLDS)
def test_a_chain_may_be_written_from_either_end(world: World) -> None:
    chain = world.chain()
    columns = returned(chain.names)
    with world.graph() as graph:
        there = world.rows(graph, f"MATCH {chain.text()} RETURN {columns}")
        back = world.rows(graph, f"MATCH {chain.text(backwards=True)} RETURN {columns}")
        assert there == back


@law
@given(WORLDS)
def test_a_union_of_all_rows_has_the_rows_of_both(world: World) -> None:
    texts = []
    for _ in range(2):
        chain = world.chain()
        texts.append(f"MATCH {chain.text()} RETURN {world.value(chain.names)} AS x")
    with world.graph() as graph:
        one, other = (world.rows(graph, text) for text in texts)
        assert world.rows(graph, " UNION ALL ".join(texts)) == one + other


@law
@given(WORLDS)
def test_distinct_rows_are_those_of_a_union_with_itself(world: World) -> None:
    chain = world.chain()
    columns = ", ".join(f"{name}.i AS i{name}, {name}.m AS m{name}" for name in chain.names)
    match = f"MATCH {chain.text()}"
    with world.graph() as graph:
        every = world.rows(graph, f"{match} RETURN {columns}")
        distinct = world.rows(graph, f"{match} RETURN DISTINCT {columns}")
        assert set(distinct) <= set(every)
        assert set(distinct.values()) <= {1}
        again = world.rows(graph, f"{match} WITH DISTINCT {columns} RETURN DISTINCT *")
        assert len(again) == len(distinct)
        union = f"{match} RETURN {columns} UNION {match} RETURN {columns}"
        assert world.rows(graph, union).total() == distinct.total()


@law
@given(WORLDS, st.integers(0, 6), st.integers(0, 6))
def test_a_limit_takes_so_many_of_the_rows(world: World, skip: int, limit: int) -> None:
    chain = world.chain()
    text = f"MATCH {chain.text()} RETURN {returned(chain.names)}"
    with world.graph() as graph:
        every = world.rows(graph, text)
        some = world.rows(graph, f"{text} LIMIT {limit}")
        assert some.total() == min(limit, every.total())
        assert some <= every
        order = f"{text} ORDER BY {returned(chain.names)}"
        first = world.rows(graph, f"{order} LIMIT {skip}")
        assert first + world.rows(graph, f"{order} SKIP {skip}") == every


@law
@given(WORLDS)
def test_names_of_variables_mean_nothing(world: World) -> None:
    question = random_question(world.random)
    world.parameters.update(question.parameters)
    with world.graph() as graph:
        try:
            expected = world.rows(graph, question.text)
        except QueryError:
            return
        if question.bags or "LIMIT" in question.text or "SHORTEST" in question.text.upper():
            assert world.rows(graph, renamed(question.text)).total() == expected.total()
        else:
            assert world.rows(graph, renamed(question.text)) == expected


@law
@given(WORLDS)
def test_parts_that_share_no_relation_may_be_matched_apart(world: World) -> None:
    one = world.chain(types=(f":{TYPES[0]}", f":{TYPES[0]}*1..2"))
    other = world.chain(1, types=(f":{TYPES[1]}|{TYPES[2]}",))
    texts = one.text(), other.text().replace("v", "w")
    columns = f"{returned(one.names)}, {returned(other.names).replace('v', 'w')}"
    with world.graph() as graph:
        together = world.rows(graph, f"MATCH {texts[0]}, {texts[1]} RETURN {columns}")
        assert world.rows(graph, f"MATCH {texts[1]}, {texts[0]} RETURN {columns}") == together
        assert world.rows(graph, f"MATCH {texts[0]} MATCH {texts[1]} RETURN {columns}") == together
        assert world.rows(graph, f"MATCH {texts[1]} MATCH {texts[0]} RETURN {columns}") == together


@law
@given(WORLDS)
def test_an_optional_match_has_the_rows_of_a_match_or_one_of_nulls(world: World) -> None:
    chain = world.chain()
    columns = returned(chain.names)
    with world.graph() as graph:
        found = world.rows(graph, f"MATCH {chain.text()} RETURN {columns}")
        optional = world.rows(graph, f"OPTIONAL MATCH {chain.text()} RETURN {columns}")
        assert optional == (found or Counter([repr([None] * len(chain.names))]))


@law
@given(WORLDS)
def test_exists_count_and_comprehension_agree(world: World) -> None:
    chain = world.chain()
    start, _, rest = chain.text().partition(")")
    pattern = f"(v0){rest}"
    condition = world.condition(chain.names[1:])
    with world.graph() as graph:
        matched = world.rows(
            graph, f"MATCH {chain.text()} WHERE {condition} RETURN v0.k AS k, count(*) AS n"
        )
        for counted in (
            f"COUNT {{ MATCH {pattern} WHERE {condition} }}",
            f"size([{pattern} WHERE {condition} | 1])",
            f"size(COLLECT {{ MATCH {pattern} WHERE {condition} RETURN 1 }})",
        ):
            text = f"MATCH {start}) WITH v0, {counted} AS n WHERE n > 0 RETURN v0.k, n"
            assert world.rows(graph, text) == matched
        existing = world.rows(
            graph,
            f"MATCH {start}) WHERE EXISTS {{ {pattern} WHERE {condition} }} RETURN v0.k",
        )
        assert existing.total() == matched.total()


@law
@given(WORLDS)
def test_passing_everything_on_changes_nothing(world: World) -> None:
    chain = world.chain()
    condition = world.condition(chain.names)
    value = world.value(chain.names)
    match = f"MATCH {chain.text()}"
    with world.graph() as graph:
        plain = world.rows(graph, f"{match} WHERE {condition} RETURN {value} AS x")
        for text in (
            f"{match} WITH * WHERE {condition} RETURN {value} AS x",
            f"{match} WHERE NOT NOT ({condition}) WITH {value} AS x RETURN x",
            f"{match} CALL (*) {{ WITH * WHERE {condition} RETURN {value} AS x }} RETURN x",
            f"{match} WHERE {condition} WITH collect([{value}]) AS l UNWIND l AS y RETURN y[0]",
        ):
            assert world.rows(graph, text) == plain, text


@law
@given(WORLDS)
def test_sums_over_groups_are_the_sum_of_all(world: World) -> None:
    chain = world.chain()
    key = world.value(chain.names)
    match = f"MATCH {chain.text()}"
    with world.graph() as graph:
        whole = world.rows(graph, f"{match} RETURN count(*), count(v0.m), sum(v1.i)")
        parts = world.rows(
            graph,
            f"{match} WITH {key} AS key, count(*) AS n, count(v0.m) AS m, sum(v1.i) AS s "
            "RETURN sum(n), sum(m), sum(s)",
        )
        assert whole == parts
