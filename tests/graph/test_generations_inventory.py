"""From the inventory to a generation, of now and of the past."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.graph.generation_estates import SEEN, edges, nodes, registry

from cloudwarden.core.clock import FixedClock
from cloudwarden.graph.generations import Generations
from cloudwarden.inventory.store import Inventory
from cloudwarden.providers.base import AccountSettings
from cloudwarden.schema.records import Asset, Reading, Relation, Scope, Verdict

SERVERS = Scope("aws", "111111111111", "eu-west-1", "ec2:server")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(SEEN)


@pytest.fixture
def inventory(tmp_path: Path, clock: FixedClock) -> Iterator[Inventory]:
    with Inventory.open(f"sqlite:///{tmp_path / 'inventory.db'}", clock) as opened:
        opened.save_account(AccountSettings("111111111111", "hub"))
        yield opened


def server(name: str, *relations: Relation) -> Asset:
    return Asset(
        "Server",
        name,
        SERVERS.account,
        SERVERS.region,
        name,
        {"size": 2, "ports": [80]},
        {"env": "prod"},
        relations,
    )


def collect(inventory: Inventory, clock: FixedClock, *assets: Asset, verdict: Verdict) -> int:
    clock.set(clock.now() + timedelta(hours=1))
    run = inventory.begin_run({})
    inventory.store(run.id, Reading(SERVERS, verdict, assets=assets))
    inventory.finish_run(run.id, verdict, 1)
    return run.id


def test_what_the_inventory_knows_becomes_the_graph(
    tmp_path: Path, inventory: Inventory, clock: FixedClock
) -> None:
    anywhere = Relation("OPEN_TO", "Range", "0.0.0.0/0", implied={"cidr": "0.0.0.0/0"})
    web = server("web", anywhere, Relation("USES", "Server", "db"))
    run = collect(inventory, clock, web, server("db"), verdict=Verdict.COMPLETE)
    generation = Generations(tmp_path / "graph", clock).build(
        inventory.documents(), registry(), inventory.accounts_known(), run, clock.now()
    )
    found = nodes(generation, "Server")["web"]
    assert (found["size"], found["ports"], found["name"]) == (2, [80], "web")
    assert (found["firstseen"], found["lastupdated"]) == ("2026-03-01T13:00:00Z",) * 2
    assert nodes(generation, "AWSAccount")["111111111111"]["name"] == "hub"
    assert edges(generation) == [
        ("AWSAccount/111111111111", "RESOURCE", "Server/db"),
        ("AWSAccount/111111111111", "RESOURCE", "Server/web"),
        ("Server/db", "TAGGED", "AWSTag/env:prod"),
        ("Server/web", "OPEN_TO", "Range/0.0.0.0/0"),
        ("Server/web", "TAGGED", "AWSTag/env:prod"),
        ("Server/web", "USES", "Server/db"),
    ]
    assert generation.manifest.warnings == ()


def test_a_target_that_is_found_by_a_property_of_it_is_found(
    tmp_path: Path, inventory: Inventory, clock: FixedClock
) -> None:
    web = server("web", Relation("USES", "Server", "eu-WEST-1", found_by="zone"))
    db = replace(server("db"), properties={"zone": "EU-west-1"})
    run = collect(inventory, clock, web, db, verdict=Verdict.COMPLETE)
    generation = Generations(tmp_path / "graph", clock).build(
        inventory.documents(), registry(), inventory.accounts_known(), run, clock.now()
    )
    assert edges(generation, "USES") == [("Server/web", "USES", "Server/db")]


def test_the_graph_answers_cypher_over_what_was_stored(
    tmp_path: Path, inventory: Inventory, clock: FixedClock
) -> None:
    web = server("web", Relation("OPEN_TO", "Range", "0.0.0.0/0", implied={"cidr": "any"}))
    run = collect(inventory, clock, web, server("db"), verdict=Verdict.COMPLETE)
    generations = Generations(tmp_path / "graph", clock)
    generations.build(
        inventory.documents(), registry(), inventory.accounts_known(), run, clock.now()
    )
    with generations.open() as graph:
        rows = graph.query(
            """MATCH (a:AWSAccount {inscope: true})-[:RESOURCE]->(s:OldServer)
            OPTIONAL MATCH (s)-[:OPEN_TO]->(r:Range)
            RETURN a.name AS account, s.name AS server, s.ports AS ports, r.cidr AS open,
                labels(s) AS labels ORDER BY server"""
        ).rows()
    assert rows == [
        {
            "account": "hub",
            "server": name,
            "ports": [80],
            "open": open_,
            "labels": ["Server"],
        }
        for name, open_ in [("db", None), ("web", "any")]
    ]


def test_a_denied_reading_keeps_its_nodes(
    tmp_path: Path, inventory: Inventory, clock: FixedClock
) -> None:
    collect(inventory, clock, server("web"), verdict=Verdict.COMPLETE)
    run = collect(inventory, clock, verdict=Verdict.DENIED)
    generation = Generations(tmp_path / "graph", clock).build(
        inventory.documents(), registry(), inventory.accounts_known(), run, clock.now()
    )
    assert set(nodes(generation, "Server")) == {"web"}


def test_a_past_moment_shows_what_was_known_then(
    tmp_path: Path, inventory: Inventory, clock: FixedClock
) -> None:
    first = collect(inventory, clock, server("old"), verdict=Verdict.COMPLETE)
    then = clock.now() + timedelta(minutes=1)
    collect(inventory, clock, server("new"), verdict=Verdict.COMPLETE)
    generations = Generations(tmp_path / "graph", clock)
    past = generations.for_moment(inventory, registry(), then)
    assert set(nodes(past, "Server")) == {"old"}
    assert past.manifest.run_id == first
    assert generations.for_moment(inventory, registry(), then) == past
    present = generations.for_moment(inventory, registry(), clock.now())
    assert set(nodes(present, "Server")) == {"new"}
