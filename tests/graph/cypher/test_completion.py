"""What is offered at a place of a query that is still being written, marked with `|`."""

from __future__ import annotations

import pytest

from cloudwarden.graph import Graph
from cloudwarden.graph.cypher.completion import Completer

GRAPH = Graph.from_records(
    nodes=[
        {"id": 1, "labels": ["Account"], "properties": {"name": "a"}},
        {"id": 2, "labels": ["Bucket"], "properties": {"name": "b", "size": 1}},
        {"id": 3, "labels": ["Odd Label"], "properties": {"odd one": 1}},
    ],
    relations=[
        {"type": "OWNS", "source": 1, "target": 2, "properties": {"since": 2020}},
        {"type": "READS", "source": 1, "target": 2, "properties": {}},
    ],
)


def offered(text: str, kind: str | None = None, parameters: tuple[str, ...] = ()) -> list[str]:
    at = text.index("^")
    found = Completer(GRAPH.catalog).suggestions(text.replace("^", ""), at, parameters)
    return [one.text for one in found if kind in {None, one.kind}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MATCH (n:^", ["Account", "Bucket", "`Odd Label`"]),
        ("MATCH (n:b^) RETURN n", ["Bucket"]),
        ("MATCH (n:Account|^", ["Account", "Bucket", "`Odd Label`"]),
        ("MATCH (n) WHERE n:^", ["Account", "Bucket", "`Odd Label`"]),
        ("MATCH (n)-[r:^", ["OWNS", "READS"]),
        ("MATCH (n)-[:OWNS|^", ["OWNS", "READS"]),
        ("MATCH (n)<-[:R^]-()", ["READS"]),
        ("MATCH (b:Bucket) RETURN b.^", ["name", "size"]),
        ("MATCH (a:Account), (b:Bucket) WHERE a.^ = 1", ["name"]),
        ("MATCH (a:Account|Bucket) RETURN a.s^", ["size"]),
        ("MATCH ()-[r:OWNS]->() RETURN r.^", ["since"]),
        ("MATCH (b:Bucket {^", ["name", "size"]),
        ("MATCH (b:Bucket {name: 'x', ^}) RETURN b", ["name", "size"]),
        ("RETURN b.^ MATCH (b:Bucket)", ["name", "size"]),
        ("MATCH (n) RETURN n.^", ["name", "`odd one`", "since", "size"]),
        ("RETURN 'a:^", []),
        ("RETURN 1 // n:^", []),
    ],
)
def test_names_of_the_graph_are_offered(text: str, expected: list[str]) -> None:
    assert offered(text) == expected


def test_functions_keywords_and_variables_are_offered_where_an_expression_may_stand() -> None:
    text = "MATCH (n:Bucket) WHERE ^"
    assert offered(text, "variable") == ["n"]
    assert "toLower(" in offered(text, "function")
    assert {"NOT", "RETURN", "EXISTS"} <= set(offered(text, "keyword"))
    assert offered("MATCH (n) RETURN tolow^", "function") == ["toLower("]
    assert offered("MAT^", "keyword") == ["MATCH"]


def test_a_map_that_is_no_pattern_offers_expressions() -> None:
    assert offered("MATCH (bucket) RETURN {key: buck^", "variable") == ["bucket"]
    assert "bucket" in offered("MATCH (bucket) RETURN [x IN [1] | {a: buck^", "variable")


def test_parameters_are_offered_after_a_dollar() -> None:
    assert offered("RETURN $l^", parameters=("least", "most")) == ["$least"]
