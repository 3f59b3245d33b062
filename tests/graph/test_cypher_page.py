"""The page on Cypher: what it shows runs, what it calls refused is, and it is the generated one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from docs import cypher_page

from cloudwarden.graph import CypherError, Graph
from cloudwarden.graph.cypher.clauses import (
    CLAUSES,
    EXAMPLE_PARAMETERS,
    REFUSED,
    Construct,
    Refused,
)
from cloudwarden.graph.cypher.constructs import OPERATORS, PATTERNS
from cloudwarden.graph.cypher.functions import EXPLAINED, known_functions
from cloudwarden.graph.cypher.refusal import REFUSED_CLAUSES
from cloudwarden.graph.cypher.signatures import EXAMPLE_NODES, EXAMPLE_RELATIONS


@pytest.fixture(scope="module")
def graph() -> Iterator[Graph]:
    with Graph.from_records(EXAMPLE_NODES, EXAMPLE_RELATIONS) as graph:
        yield graph


def test_the_page_in_the_repository_is_the_generated_one() -> None:
    assert cypher_page.PAGE.read_text() == cypher_page.text(), "run `make docs`"


@pytest.mark.parametrize("construct", [*CLAUSES, *PATTERNS, *OPERATORS], ids=lambda c: c.usage)
def test_every_example_answers_something_without_a_notice(
    graph: Graph, construct: Construct
) -> None:
    result = graph.query(construct.example, EXAMPLE_PARAMETERS)
    assert result.rows()
    assert result.notices == ()


@pytest.mark.parametrize("refused", REFUSED, ids=lambda r: r.usage)
def test_what_is_refused_is_told_with_its_place_and_a_hint(graph: Graph, refused: Refused) -> None:
    with pytest.raises(CypherError) as error:
        graph.query(refused.example)
    assert "refused" in error.value.reason
    assert error.value.caret
    assert error.value.hint


@pytest.mark.parametrize("refused", [r for r in REFUSED if r.query], ids=lambda r: r.usage)
def test_what_may_be_written_instead_runs(graph: Graph, refused: Refused) -> None:
    assert graph.query(refused.query, EXAMPLE_PARAMETERS).rows()


def test_every_refused_keyword_is_on_the_page() -> None:
    told = {word for refused in REFUSED for word in re.findall(r"[A-Z]+", refused.usage)}
    assert told >= set(REFUSED_CLAUSES)


def test_every_function_is_on_the_page() -> None:
    told = {function.name.lower() for functions in EXPLAINED.values() for function in functions}
    assert told >= known_functions()
