"""What analysis adds to a generation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from tests.graph.generation_estates import SEEN, Document, asset, edge, edges, nodes, registry

from cloudwarden.core.clock import FixedClock
from cloudwarden.core.errors import GraphError
from cloudwarden.graph.generations import Generation, Generations
from cloudwarden.schema.derived import Certainty, Derived, DerivedProperties, DerivedRelations

Build = Callable[..., Generation]

SURE, CONDITIONAL = Certainty.SURE, Certainty.CONDITIONAL


@pytest.fixture
def build(tmp_path: Path) -> Build:
    generations = Generations(tmp_path / "graph", FixedClock(SEEN))

    def build_(*documents: Document, derived: Iterable[Derived]) -> Generation:
        return generations.build([documents], registry(), {}, 1, SEEN, derived)

    return build_


def test_a_derived_property_stands_beside_what_was_read_and_wins_over_it(build: Build) -> None:
    derived = DerivedProperties("Server", ["a", "b"], {"public": [True, None], "size": [9, None]})
    generation = build(
        asset("Server", "a", size=1, load=0.5), asset("Server", "b", size=2), derived=[derived]
    )
    found = nodes(generation, "Server")
    assert (found["a"]["public"], found["a"]["size"], found["a"]["load"]) == (True, 9, 0.5)
    assert "public" not in found["b"]
    assert found["b"]["size"] == 2


def test_a_derived_relation_says_how_certain_it_is(build: Build) -> None:
    derived = DerivedRelations(
        "REACHES", "Principal", "Server", ["u", "r"], ["a", "a"], [SURE, CONDITIONAL],
        [None, "if it is Monday"], {"ports": [[22], None]},
    )  # fmt: skip
    generation = build(
        asset("Server", "a"), asset("User", "u"), asset("Role", "r"), derived=[derived]
    )
    assert edges(generation, "REACHES") == [
        ("Role/r", "REACHES", "Server/a"), ("User/u", "REACHES", "Server/a"),
    ]  # fmt: skip
    with Generations(generation.folder.parent, FixedClock(SEEN)).open() as graph:
        rows = graph.query(
            "MATCH (p)-[x:REACHES]->() RETURN p.id, x.derived, x.certainty, x.condition ORDER BY 1"
        )
        assert [tuple(row.values()) for row in rows] == [
            ("r", "true", "conditional", "if it is Monday"),
            ("u", "true", "sure", None),
        ]


def test_it_implies_nodes_that_nobody_collected(build: Build) -> None:
    derived = DerivedRelations(
        "REACHES", "Server", "Range", ["a"], ["all"], [SURE], implied={"all": {"cidr": "::/0"}}
    )
    generation = build(asset("Server", "a"), derived=[derived])
    assert edges(generation, "REACHES") == [("Server/a", "REACHES", "Range/all")]
    assert nodes(generation, "Range")["all"] == {"id": "all", "cidr": "::/0"}


def test_an_end_that_is_no_node_dangles(build: Build) -> None:
    derived = DerivedRelations("REACHES", "Server", "User", ["a"], ["nobody"], [SURE])
    generation = build(asset("Server", "a"), derived=[derived])
    assert edges(generation, "REACHES") == []
    assert generation.manifest.dangling == {"REACHES": 1}


def test_one_more_telling_of_a_relation_that_was_read_is_the_same_relation(build: Build) -> None:
    derived = DerivedRelations("USES", "Server", "Server", ["a"], ["b"], [SURE])
    generation = build(
        asset("Server", "a", "111", edge("USES", "Server", "b")), asset("Server", "b"),
        derived=[derived],
    )  # fmt: skip
    assert edges(generation, "USES") == [("Server/a", "USES", "Server/b")]


def test_columns_of_unequal_length_are_refused_and_the_graph_stays(build: Build) -> None:
    first = build(asset("Server", "a"), derived=[])
    odd = DerivedProperties("Server", ["a", "b"], {"public": [True]})
    with pytest.raises(GraphError, match="not of one length"):
        build(asset("Server", "a"), derived=[odd])
    current = Generations(first.folder.parent, FixedClock(SEEN)).current()
    assert current is not None
    assert current.name == first.name
