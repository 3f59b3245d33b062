"""Random queries on random graphs: the engine says what an interpreter over dictionaries says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random

import pytest
from tests.support.cypher.comparing import Comparison, Question, Verdict, compare, is_lively
from tests.support.cypher.grammar import plain_question, random_question
from tests.support.cypher.matching import MAX_STEPS
from tests.support.cypher.model import MemoryGraph
from tests.support.cypher.random_graphs import Records, small_graph, wide_graph

from cloudwarden.graph.graph import Graph

#: Questions asked of one graph.
QUESTIONS = 25
_MORE_STEPS = 150_000


def lively(random: Random, model: MemoryGraph) -> Question:
    """A query that has rows, if one of three has."""
    for _ in range(2):
        question = random_question(random)
        if is_lively(model, question):
            return question
    return random_question(random)


def asked(
    records: Records,
    make: Callable[[MemoryGraph], Question],
    count: int,
    steps: int = MAX_STEPS,
) -> list[tuple[Question, Comparison]]:
    """Put so many questions to both, over one graph; what is too large to interpret is none."""
    model = MemoryGraph(records.nodes, records.relations)
    pairs: list[tuple[Question, Comparison]] = []
    with Graph.from_records(records.nodes, records.relations) as graph:
        while len(pairs) < count:
            question = make(model)
            comparison = compare(graph, model, question, steps)
            if comparison.verdict is not Verdict.TOO_LARGE:
                pairs.append((question, comparison))
    return pairs


def expect_agreement(pairs: list[tuple[Question, Comparison]], *, with_rows: float) -> None:
    """No wrong answer, few refusals, and enough rows for that to mean something."""
    wrong = [
        f"{one.text}\n  parameters {one.parameters}\n  {result.verdict.value}"
        f"\n  found    {result.found}\n  expected {result.expected}"
        for one, result in pairs
        if result.verdict.is_wrong
    ]
    assert not wrong, f"{len(wrong)} wrong answers\n" + "\n".join(wrong[:5])
    verdicts = Counter(result.verdict for _, result in pairs)
    assert verdicts[Verdict.REFUSED] <= 0.01 * len(pairs) + 1, verdicts
    assert verdicts[Verdict.EAGER] <= 0.01 * len(pairs) + 1, verdicts
    assert verdicts[Verdict.NOT_RAISED] <= 0.01 * len(pairs) + 1, verdicts
    assert verdicts[Verdict.SAME] >= 0.95 * len(pairs), verdicts
    rows = sum(bool(r.expected) for _, r in pairs if r.verdict is Verdict.SAME)
    assert rows >= with_rows * len(pairs)


def small_pairs(seed: str, graphs: int) -> list[tuple[Question, Comparison]]:
    pairs: list[tuple[Question, Comparison]] = []
    for number in range(graphs):
        random = Random(f"{seed}/{number}")
        pairs += asked(small_graph(random), lambda model: lively(random, model), QUESTIONS)  # noqa: B023
    return pairs


def wide_pairs(seed: int, questions: int) -> list[tuple[Question, Comparison]]:
    random = Random(seed)
    return asked(wide_graph(random), lambda _: plain_question(random), questions, steps=_MORE_STEPS)


@pytest.mark.parametrize("seed", range(4))
def test_small_graphs_give_the_same_rows(seed: int) -> None:
    expect_agreement(small_pairs(f"small {seed}", 5), with_rows=0.5)


def test_tables_beyond_one_vector_give_the_same_rows() -> None:
    expect_agreement(wide_pairs(1, 10), with_rows=0.3)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_many_small_graphs_give_the_same_rows(seed: int) -> None:
    expect_agreement(small_pairs(f"many {seed}", 20), with_rows=0.5)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 104))
def test_more_tables_beyond_one_vector_give_the_same_rows(seed: int) -> None:
    expect_agreement(wide_pairs(seed, 40), with_rows=0.3)
