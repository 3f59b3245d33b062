"""What a generation holds: nodes, their properties, accounts, tags, edges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.graph.generation_estates import (
    SEEN,
    Document,
    asset,
    edge,
    edges,
    nodes,
    parquet,
    registry,
)

from cloudwarden.core.clock import FixedClock
from cloudwarden.graph.generations import Generation, Generations

Build = Callable[..., Generation]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    generations = Generations(tmp_path / "graph", FixedClock(SEEN))

    def build_(*documents: Document, accounts: Mapping[str, str] | None = None) -> Generation:
        return generations.build([documents], registry(), accounts or {}, 1, SEEN)

    return build_


def test_properties_have_the_types_the_registry_says(build: Build) -> None:
    generation = build(
        asset(
            "Server", "s", name="web", arn="arn:s", size=3, public=False, load=1, ports=[80, 443],
            addresses=["a", "b"], policy='{"a": 1}',
        )
    )  # fmt: skip
    assert nodes(generation, "Server")["s"] == {
        "id": "s",
        "name": "web",
        "arn": "arn:s",
        "account": "111",
        "region": "eu-west-1",
        "firstseen": "2026-03-01T12:00:00Z",
        "lastupdated": "2026-03-01T12:00:00Z",
        "size": 3,
        "public": False,
        "load": 1.0,
        "ports": [80, 443],
        "addresses": ["a", "b"],
        "policy": '{"a": 1}',
    }


def test_moments_keep_their_microseconds(build: Build) -> None:
    later = SEEN + timedelta(seconds=1, microseconds=250)
    found = nodes(build(asset("Server", "s", last_seen=later)), "Server")["s"]
    assert found["lastupdated"] == "2026-03-01T12:00:01.000250Z"


def test_a_table_has_columns_only_for_properties_that_occur(build: Build) -> None:
    generation = build(asset("Server", "s", size=1), asset("User", "u"))
    columns = {t.labels[0]: set(t.columns) for t in generation.manifest.catalog.nodes.values()}
    common = {"id", "name", "account", "region", "firstseen", "lastupdated"}
    assert columns["Server"] == {*common, "size"}
    assert columns["User"] == common


def test_an_undeclared_property_is_kept_as_text_with_a_warning(build: Build) -> None:
    generation = build(asset("Server", "s", colour={"r": 1}, flavour="sweet"))
    found = nodes(generation, "Server")["s"]
    assert (found["colour"], found["flavour"]) == ('{"r":1}', "sweet")
    assert "the schema has no property colour (of Server)" in generation.manifest.warnings


def test_an_undeclared_label_is_kept_with_a_warning(build: Build) -> None:
    generation = build(asset("Gadget", "g"))
    assert "g" in nodes(generation, "Gadget")
    assert "the schema has no label Gadget" in generation.manifest.warnings


def test_a_value_of_another_type_is_left_out_with_a_warning(build: Build) -> None:
    generation = build(asset("Server", "a", size="huge"), asset("Server", "b", size=None))
    assert "size" not in nodes(generation, "Server")["a"]
    assert generation.manifest.warnings == (
        "1 values of Server.size are no integer and were left out",
    )


@pytest.mark.parametrize("name", ["_hidden", "Size", "with space", "quo\"te's/~", "größe", "group"])
def test_any_property_name_gets_a_column(build: Build, name: str) -> None:
    generation = build(asset("Server", "s", size=1, **{name: "x"}))
    assert nodes(generation, "Server")["s"][name] == "x"
    assert nodes(generation, "Server")["s"]["size"] == 1
    table = next(t for t in generation.manifest.catalog.nodes.values() if t.labels[0] == "Server")
    sql = [column.sql.lower() for column in table.columns.values()]
    assert len(set(sql)) == len(sql)
    assert not any(column.startswith("_") for column in sql)


def test_the_same_thing_from_two_accounts_is_one_node_and_its_owners_properties_win(
    build: Build,
) -> None:
    generation = build(
        asset("Server", "s", "111", owner_id="222", size=1, load=0.5, tags={"seen": "by 111"}),
        asset("Server", "s", "222", owner_id="222", size=2, tags={"seen": "by 222"}),
        accounts={"111": "one", "222": "two"},
    )
    found = nodes(generation, "Server")["s"]
    assert (found["account"], found["size"], found["load"]) == ("222", 2, 0.5)
    assert edges(generation, "RESOURCE") == [
        ("AWSAccount/111", "RESOURCE", "Server/s"),
        ("AWSAccount/222", "RESOURCE", "Server/s"),
    ]
    assert [target for _, _, target in edges(generation, "TAGGED")] == [
        "AWSTag/seen:by 111",
        "AWSTag/seen:by 222",
    ]


def test_without_an_owner_the_first_account_wins(build: Build) -> None:
    generation = build(asset("Server", "s", "222", size=2), asset("Server", "s", "111", size=1))
    assert nodes(generation, "Server")["s"]["account"] == "111"
    assert nodes(generation, "Server")["s"]["size"] == 1


def test_within_an_account_what_was_read_last_wins(build: Build) -> None:
    generation = build(
        asset("Server", "s", region="a", size=1, load=0.5),
        asset("Server", "s", region="b", size=2, last_seen=SEEN + timedelta(days=1)),
    )
    found = nodes(generation, "Server")["s"]
    assert (found["size"], found["load"], found["region"]) == (2, 0.5, "b")


def test_the_same_id_under_two_labels_is_two_nodes(build: Build) -> None:
    generation = build(asset("User", "x"), asset("Role", "x"))
    assert (generation.manifest.nodes["User"], generation.manifest.nodes["Role"]) == (1, 1)


def test_names_lead_to_tables_by_label_alias_and_group(build: Build) -> None:
    catalog = build(asset("User", "u"), asset("Role", "r"), asset("Server", "s")).manifest.catalog
    numbers = {table.labels[0]: table.number for table in catalog.nodes.values()}
    assert catalog.names["OldServer"] == {numbers["Server"]}
    assert catalog.names["Principal"] == {numbers["User"], numbers["Role"]}
    assert catalog.nodes[numbers["User"]].labels == ("User", "Principal")
    assert "Range" in catalog.known_labels
    assert "OPEN_TO" in catalog.known_types
    assert "cidr" in catalog.known_properties


def test_accounts_say_whether_they_are_in_scope_and_foreign(build: Build) -> None:
    generation = build(
        asset("Role", "r", "111", edge("TRUSTS", "AWSAccount", "999", implied={})),
        asset("AWSAccount", "333", "111", name="listed"),
        accounts={"111": "hub", "222": "never read"},
    )
    found = nodes(generation, "AWSAccount")
    assert {
        id_: (account.get("name"), account["inscope"], account["foreign"])
        for id_, account in found.items()
    } == {
        "111": ("hub", True, False),
        "222": ("never read", True, False),
        "333": ("listed", False, True),
        "999": (None, False, True),
    }


def test_an_account_that_was_read_is_in_scope_without_being_configured(build: Build) -> None:
    assert nodes(build(asset("Server", "s", "111")), "AWSAccount")["111"]["inscope"] is True


def test_only_owned_labels_hang_from_their_account(build: Build) -> None:
    generation = build(asset("Server", "s"), asset("Range", "r"))
    assert edges(generation, "RESOURCE") == [("AWSAccount/111", "RESOURCE", "Server/s")]


def test_a_target_is_found_by_id_then_by_arn_among_the_labels_of_its_name(build: Build) -> None:
    generation = build(
        asset("Role", "r", "111", edge("TRUSTS", "Principal", "u"),
              edge("TRUSTS", "Principal", "arn:v"), edge("TRUSTS", "Principal", "s")),
        asset("User", "u", arn="arn:u"),
        asset("User", "v", arn="arn:v"),
        asset("User", "w", arn="u"),
        asset("Server", "s"),
    )  # fmt: skip
    assert edges(generation, "TRUSTS") == [
        ("Role/r", "TRUSTS", "User/u"),
        ("Role/r", "TRUSTS", "User/v"),
    ]
    assert generation.manifest.dangling == {"TRUSTS": 1}


def test_an_alias_finds_its_label(build: Build) -> None:
    generation = build(
        asset("User", "u", "111", edge("USES", "OldServer", "s")), asset("Server", "s")
    )
    assert edges(generation, "USES") == [("User/u", "USES", "Server/s")]


def test_an_incoming_relation_runs_from_its_target(build: Build) -> None:
    generation = build(
        asset("Server", "s", "111", edge("USES", "User", "u", incoming=True)), asset("User", "u")
    )
    assert edges(generation, "USES") == [("User/u", "USES", "Server/s")]


def test_edges_are_unique_and_keep_what_each_telling_of_them_knows(build: Build) -> None:
    generation = build(
        asset("Role", "r", "111", edge("TRUSTS", "User", "u", since=5)),
        asset("User", "u", "111", edge("TRUSTS", "Role", "r", incoming=True, how="x")),
    )
    assert edges(generation, "TRUSTS") == [("Role/r", "TRUSTS", "User/u")]
    table = pq.read_table(generation.folder / "relations" / "TRUSTS.parquet").to_pylist()
    assert [(row["since"], row["how"]) for row in table] == [(5, "x")]
    assert "the schema has no property how of relation TRUSTS" in generation.manifest.warnings


def test_an_implied_target_becomes_a_node(build: Build) -> None:
    generation = build(
        asset("Server", "s", "111", edge("OPEN_TO", "Range", "0.0.0.0/0", implied={"cidr": "any"}))
    )
    found = nodes(generation, "Range")["0.0.0.0/0"]
    assert found == {"id": "0.0.0.0/0", "cidr": "any"}
    assert edges(generation, "OPEN_TO") == [("Server/s", "OPEN_TO", "Range/0.0.0.0/0")]


def test_what_is_only_implied_was_never_read(build: Build) -> None:
    found = nodes(
        build(
            asset("User", "u"), asset("Role", "r", "111", edge("TRUSTS", "User", "x", implied={}))
        ),
        "User",
    )
    assert {id_ for id_, node in found.items() if "lastupdated" in node} == {"u"}


def test_an_implied_account_owns_the_target_and_is_foreign(build: Build) -> None:
    generation = build(
        asset("Role", "r", "111", edge("TRUSTS", "User", "x", implied={"account": "999"}))
    )
    assert nodes(generation, "User")["x"]["account"] == "999"
    assert nodes(generation, "AWSAccount")["999"]["foreign"] is True
    assert ("AWSAccount/999", "RESOURCE", "User/x") in edges(generation, "RESOURCE")


def test_implied_properties_fill_in_only_what_a_collected_target_lacks(build: Build) -> None:
    implied = {"size": 9, "load": 0.5, "account": "999"}
    generation = build(
        asset("User", "u", "111", edge("USES", "Server", "arn:s", implied=implied)),
        asset("Server", "s", "222", arn="arn:s", size=1),
    )
    found = nodes(generation, "Server")
    assert set(found) == {"s"}
    assert (found["s"]["size"], found["s"]["load"], found["s"]["account"]) == (1, 0.5, "222")
    assert ("AWSAccount/999", "RESOURCE", "Server/s") not in edges(generation, "RESOURCE")


def test_what_one_relation_implies_another_finds(build: Build) -> None:
    generation = build(
        asset("Server", "a", "111", edge("OPEN_TO", "Range", "r", implied={})),
        asset("Server", "b", "111", edge("OPEN_TO", "Range", "r")),
    )
    assert len(edges(generation, "OPEN_TO")) == 2


def test_a_target_implied_under_a_group_is_not_made_up(build: Build) -> None:
    generation = build(asset("Role", "r", "111", edge("TRUSTS", "Principal", "x", implied={})))
    assert generation.manifest.dangling == {"TRUSTS": 1}
    assert "TRUSTS" not in generation.manifest.relations
    assert any("Principal" in warning for warning in generation.manifest.warnings)


def test_tags_are_nodes_with_key_and_value(build: Build) -> None:
    generation = build(
        asset("Server", "a", tags={"env": "prod"}), asset("User", "b", tags={"env": "prod"})
    )
    tag = nodes(generation, "AWSTag")["env:prod"]
    assert (tag["key"], tag["value"]) == ("env", "prod")
    assert edges(generation, "TAGGED") == [
        ("Server/a", "TAGGED", "AWSTag/env:prod"),
        ("User/b", "TAGGED", "AWSTag/env:prod"),
    ]


def test_tags_that_only_look_alike_stay_two(build: Build) -> None:
    generation = build(
        asset("Server", "a", tags={"a:b": "c"}), asset("Server", "b", tags={"a": "b:c"})
    )
    assert sorted((t["key"], t["value"]) for t in nodes(generation, "AWSTag").values()) == [
        ("a", "b:c"),
        ("a:b", "c"),
    ]


def test_parquet_files_carry_both_ends_as_text(build: Build) -> None:
    generation = build(
        asset("Server", "a", "111", edge("USES", "Server", "b")), asset("Server", "b")
    )
    row = pq.read_table(generation.folder / "relations" / "USES.parquet").to_pylist()[0]
    assert [row[c] for c in ("_source_label", "_source", "_target_label", "_target")] == [
        "Server", "a", "Server", "b",
    ]  # fmt: skip
    ids = {
        r["id"]: r["_id"]
        for r in pq.read_table(generation.folder / "nodes/Server.parquet").to_pylist()
    }
    assert (row["_src"], row["_dst"]) == (ids["a"], ids["b"])


def test_an_empty_estate_is_a_graph_without_nodes(build: Build) -> None:
    manifest = build().manifest
    assert manifest.nodes == {}
    assert manifest.relations == {}


def test_the_same_input_in_another_order_gives_the_same_files_and_catalog(tmp_path: Path) -> None:
    estate = [
        asset("Server", f"s{n % 40}", f"{n % 3}", edge("USES", "Server", f"s{n % 7}", how=n),
              edge("OPEN_TO", "Range", f"r{n % 5}", implied={"cidr": f"c{n}"}),
              size=n, tags={"n": str(n % 4)})
        for n in range(100)
    ]  # fmt: skip
    one, other = (
        Generations(tmp_path / name, FixedClock(SEEN)).build(batches, registry(), {}, 1, SEEN)
        for name, batches in {
            "one": [estate],
            "other": [estate[::-1][:30], estate[::-1][30:]],
        }.items()
    )
    assert parquet(one) == parquet(other)
    assert one.manifest.catalog.to_json() == other.manifest.catalog.to_json()
