"""Every function does what its declaration's example says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cloudwarden.graph.cypher.functions import EXPLAINED, known_functions
from cloudwarden.graph.cypher.signatures import EXAMPLE_NODES, EXAMPLE_RELATIONS, Explained
from cloudwarden.graph.graph import Graph

_ALL = [function for functions in EXPLAINED.values() for function in functions]


@pytest.fixture(scope="module")
def examples() -> Iterator[Graph]:
    """The graph that the examples speak of."""
    with Graph.from_records(EXAMPLE_NODES, EXAMPLE_RELATIONS) as graph:
        yield graph


def _values(graph: Graph, text: str) -> list[Any]:
    return [value for row in graph.query(text) for value in row.values()]


@pytest.mark.parametrize("function", _ALL, ids=[function.name for function in _ALL])
def test_an_example_gives_what_it_says(examples: Graph, function: Explained) -> None:
    assert repr(_values(examples, function.example)) == repr(
        _values(examples, f"RETURN {function.result}")
    )


def test_every_function_is_explained() -> None:
    explained = {function.name.lower() for function in _ALL}
    # What a namespace holds is explained with it.
    missing = {
        name for name in known_functions() - explained if name.partition(".")[0] not in explained
    }
    assert missing == set()
