"""Targets that a relation names by a property of theirs: a host by its DNS name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.graph.generation_estates import SEEN, Document, asset, edge, edges, nodes, registry

from cloudwarden.core.clock import FixedClock
from cloudwarden.graph.generations import Generation, Generations

Build = Callable[..., Generation]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    generations = Generations(tmp_path / "graph", FixedClock(SEEN))
    return lambda *documents: generations.build([documents], registry(), {}, 1, SEEN)


def uses(target: str, label: str = "Server", **options: object) -> Document:
    return asset("Role", "r", "111", edge("USES", label, target, found_by="host", **options))


def test_a_target_is_found_by_its_property_in_any_case(build: Build) -> None:
    generation = build(
        uses("WEB.example"),
        asset("Server", "s", host="Web.Example"),
        asset("Server", "t", host="other.example"),
    )
    assert edges(generation, "USES") == [("Role/r", "USES", "Server/s")]


def test_neither_id_nor_arn_counts_then(build: Build) -> None:
    generation = build(uses("web"), asset("Server", "web"), asset("Server", "s", arn="web"))
    assert edges(generation, "USES") == []
    assert generation.manifest.dangling == {"USES": 1}


def test_everything_that_has_the_value_is_a_target(build: Build) -> None:
    generation = build(
        uses("web", "Principal"),
        asset("User", "u", host="web"),
        asset("Role", "v", "222", host="web"),
        asset("Server", "s", host="web"),
    )
    assert edges(generation, "USES") == [
        ("Role/r", "USES", "Role/v"),
        ("Role/r", "USES", "User/u"),
    ]


def test_a_target_read_in_two_scopes_is_found_by_what_either_says(build: Build) -> None:
    generation = build(
        uses("new"),
        asset("Server", "s", "111", host="old"),
        asset("Server", "s", "222", host="new"),
    )
    assert edges(generation, "USES") == [("Role/r", "USES", "Server/s")]


def test_what_is_not_found_is_made_where_it_is_implied(build: Build) -> None:
    generation = build(uses("web", implied={"size": 1}), asset("Server", "s", host="other"))
    assert edges(generation, "USES") == [("Role/r", "USES", "Server/web")]
    assert nodes(generation, "Server")["web"]["size"] == 1
