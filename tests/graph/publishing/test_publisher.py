"""What a database holds after publishing, whatever it held before and wherever it was cut off.

There is no Neo4j here: the real driver talks Bolt to `tests.support.bolt`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.graph.generation_estates import asset, edge
from tests.graph.publishing.worlds import build, estate, expected, held
from tests.support.bolt import TRANSIENT, Bolt, bolt_server
from tests.support.neo4j_store import NODE, PUBLICATION, Neo4jStore

from cloudwarden.core.errors import CredentialsError, GraphError, UsageError
from cloudwarden.graph.generation import Generation
from cloudwarden.graph.neo4j.publisher import Outcome, Progress, Tally, publish
from cloudwarden.graph.neo4j.server import PublishError, Server

WRITES = ("MERGE", "DELETE", "CREATE", "SET")


def send(bolt: Bolt, generation: Generation, retry: float = 0.0, **options: Any) -> Outcome:
    with Server(bolt.uri, "neo4j", bolt.password, retry=retry) as server:
        return publish(generation, server, **options)


def writes(bolt: Bolt) -> list[str]:
    return [text for text, _ in bolt.statements if any(word in text for word in WRITES)]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    return estate(tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    """Later: a server more and changed ones; users, roles and what they had are gone."""
    folder = tmp_path_factory.mktemp("second")
    ids = ["s0", "s1", "s9"]
    return build(
        folder,
        *(asset("Server", i, "111", edge("USES", "Server", "s0"), size=2) for i in ids),
        asset("Range", "10.0.0.0/8", cidr="10.0.0.0/8"),
    )


@pytest.fixture(scope="module")
def published(first: Generation) -> Neo4jStore:
    with bolt_server(Neo4jStore()) as bolt:
        send(bolt, first)
        assert isinstance(bolt.store, Neo4jStore)
        return bolt.store


@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_a_database_holds_what_the_generation_holds(
    bolt: Bolt, first: Generation, batch: int
) -> None:
    outcome = send(bolt, first, batch=batch)
    assert held(bolt.store) == expected(first)
    found, relations = expected(first)
    assert outcome.nodes == Tally(created=len(found))
    assert outcome.relations == Tally(created=len(relations))


def test_keys_are_unique_and_every_label_is_indexed_before_anything_is_written(
    bolt: Bolt, first: Generation
) -> None:
    send(bolt, first)
    assert {"cloudwarden_node", "cloudwarden_id_Server", "cloudwarden_id_Principal"} <= (
        bolt.store.schema
    )
    kinds = [text.split()[0] for text in writes(bolt)]
    assert kinds.index("UNWIND") == kinds.count("CREATE")


def test_publishing_again_writes_nothing(bolt: Bolt, first: Generation) -> None:
    send(bolt, first)
    bolt.heal()
    outcome = send(bolt, first)
    assert writes(bolt) == []
    assert outcome.nodes == Tally(unchanged=len(expected(first)[0]))
    assert outcome.relations == Tally(unchanged=len(expected(first)[1]))


def test_a_generation_that_says_the_same_rewrites_no_node(
    bolt: Bolt, first: Generation, tmp_path: Path
) -> None:
    send(bolt, first)
    bolt.heal()
    send(bolt, estate(tmp_path))
    assert not any("UNWIND" in text for text in writes(bolt))
    assert [text.split()[1] for text in writes(bolt)] == [f"(p:{PUBLICATION}"]


def test_only_what_changed_is_written(bolt: Bolt, tmp_path: Path) -> None:
    send(bolt, build(tmp_path, asset("User", "a"), asset("User", "b", name="before")))
    bolt.heal()
    outcome = send(bolt, build(tmp_path, asset("User", "a"), asset("User", "b", name="after")))
    rows = [parameters["rows"] for _, parameters in bolt.statements if "rows" in parameters]
    assert [[row["properties"]["name"] for row in batch] for batch in rows] == [["after"]]
    assert outcome.nodes.changed == 1


def test_a_property_that_is_gone_is_gone_from_the_database(bolt: Bolt, tmp_path: Path) -> None:
    send(bolt, build(tmp_path, asset("Server", "a", size=1)))
    later = build(tmp_path, asset("Server", "a"))
    send(bolt, later)
    assert held(bolt.store) == expected(later)


def test_what_is_gone_is_removed_with_its_relations_and_labels(
    bolt: Bolt, first: Generation, second: Generation
) -> None:
    send(bolt, first)
    outcome = send(bolt, second, batch=2)
    assert held(bolt.store) == expected(second)
    assert outcome.nodes.removed == len(expected(first)[0].keys() - expected(second)[0].keys())


def test_nodes_and_relations_of_others_stay_as_they_are(
    bolt: Bolt, first: Generation, second: Generation
) -> None:
    send(bolt, first)
    ours = next(
        i for i in bolt.store.ours().values() if bolt.store.nodes[i].properties["id"] == "s0"
    )
    foreign = bolt.store.add_node({"Server"}, {"id": "s0", "mine": True})
    other = bolt.store.add_node({"User"}, {"id": "u", "mine": True})
    kept = [
        bolt.store.add_relation("USES", foreign, ours, {"mine": True}),
        bolt.store.add_relation("TRUSTS", foreign, other, {}),
    ]
    before = {i: (bolt.store.nodes[i], bolt.store.relations[j]) for i, j in
              zip((foreign, other), kept, strict=True)}  # fmt: skip
    send(bolt, second)
    send(bolt, first)
    after = {i: (bolt.store.nodes[i], bolt.store.relations[j]) for i, j in
             zip((foreign, other), kept, strict=True)}  # fmt: skip
    assert after == before
    assert held(bolt.store) == expected(first)


def test_labels_that_others_put_on_our_nodes_stay_and_our_old_ones_go(
    bolt: Bolt, tmp_path: Path
) -> None:
    send(bolt, build(tmp_path, asset("User", "u", name="before")))
    (number,) = (n for k, n in bolt.store.ours().items() if k.startswith("User/"))
    node = bolt.store.nodes[number]
    node.labels |= {"Mine", "Retired"}
    node.properties["cloudwarden_labels"].append("Retired")
    send(bolt, build(tmp_path, asset("User", "u", name="after")))
    assert bolt.store.nodes[number].labels == {NODE, "User", "Principal", "Mine"}


def test_a_dry_run_counts_and_writes_nothing(
    bolt: Bolt, first: Generation, second: Generation
) -> None:
    planned = send(bolt, first, dry_run=True)
    assert (writes(bolt), bolt.store.nodes) == ([], {})
    assert send(bolt, first) == planned
    planned = send(bolt, second, dry_run=True)
    assert held(bolt.store) == expected(first)
    # Removing a node takes along what hangs on it, so relations are counted before nodes go.
    assert send(bolt, second) == planned


def test_a_database_whose_publication_node_was_removed_is_still_cleared_of_what_is_gone(
    bolt: Bolt, first: Generation, second: Generation
) -> None:
    send(bolt, first)
    bolt.store.nodes = {i: n for i, n in bolt.store.nodes.items() if PUBLICATION not in n.labels}
    send(bolt, second)
    assert held(bolt.store) == expected(second)


def test_nodes_removed_by_others_come_back(bolt: Bolt, first: Generation) -> None:
    send(bolt, first)
    bolt.store.run(
        "UNWIND $keys AS key MATCH (n:CloudwardenNode {cloudwarden_key: key}) DETACH DELETE n",
        {"keys": list(bolt.store.ours())[:3]},
    )
    send(bolt, first)
    assert held(bolt.store) == expected(first)


def test_ends_removed_while_publishing_are_told_and_made_up_for_next_time(
    bolt: Bolt, first: Generation
) -> None:
    def meddle(progress: Progress) -> None:
        if (progress.phase, progress.name) == ("nodes", "User"):
            keys = [key for key in bolt.store.ours() if key.startswith("Server/")]
            bolt.store.run(
                "UNWIND $keys AS key MATCH (n:CloudwardenNode {cloudwarden_key: key}) "
                "DETACH DELETE n",
                {"keys": keys},
            )

    with pytest.raises(PublishError, match="somebody removed nodes"):
        send(bolt, first, on_progress=meddle)
    send(bolt, first)
    assert held(bolt.store) == expected(first)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    cuts=st.lists(
        st.tuples(st.integers(1, 195), st.sampled_from(["before", "after", "Neo.ClientError.X.Y"])),
        min_size=1,
        max_size=3,
    ),
    batch=st.sampled_from([2, 5]),
    is_first=st.booleans(),
)
def test_cut_off_anywhere_and_resumed_the_end_is_the_same(
    published: Neo4jStore,
    second: Generation,
    cuts: list[tuple[int, str]],
    batch: int,
    is_first: bool,
) -> None:
    with bolt_server(Neo4jStore() if is_first else published.copy()) as bolt:
        for at, how in cuts:
            bolt.fail(at, how)
            try:
                send(bolt, second, batch=batch)
            except PublishError:
                continue
        bolt.heal()
        send(bolt, second, batch=batch)
        assert held(bolt.store) == expected(second)
        bolt.heal()
        send(bolt, second)
        assert writes(bolt) == []


def test_what_was_written_before_a_cut_is_not_read_again(bolt: Bolt, first: Generation) -> None:
    def cut(progress: Progress) -> None:
        if progress.phase == "relations":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send(bolt, first, on_progress=cut)
    bolt.heal()
    outcome = send(bolt, first)
    assert outcome.resumed
    assert outcome.nodes == Tally()
    assert held(bolt.store) == expected(first)


def test_another_generation_starts_anew_after_a_cut(
    bolt: Bolt, first: Generation, second: Generation
) -> None:
    bolt.fail(60, "before")
    with pytest.raises(PublishError):
        send(bolt, first, batch=1)
    assert not send(bolt, second).resumed
    assert held(bolt.store) == expected(second)


@pytest.mark.parametrize("how", [TRANSIENT, "before"])
def test_errors_that_pass_are_tried_again(bolt: Bolt, first: Generation, how: str) -> None:
    bolt.fail(30, how)
    send(bolt, first, retry=30.0)
    assert held(bolt.store) == expected(first)


def test_a_constraint_that_others_made_serves(bolt: Bolt, first: Generation) -> None:
    bolt.fail(7, "Neo.ClientError.Schema.ConstraintAlreadyExists")
    send(bolt, first)
    assert held(bolt.store) == expected(first)


def test_progress_tells_every_step_once(bolt: Bolt, first: Generation) -> None:
    told: list[Progress] = []
    send(bolt, first, on_progress=told.append)
    assert [p.done for p in told] == list(range(1, told[-1].total + 1))


def test_a_cluster_is_asked_where_to_write(bolt: Bolt, first: Generation) -> None:
    with Server(f"neo4j://127.0.0.1:{bolt.port}", "neo4j", bolt.password, retry=0) as server:
        publish(first, server)
    assert held(bolt.store) == expected(first)


def test_a_wrong_password_is_told_apart(bolt: Bolt) -> None:
    with pytest.raises(CredentialsError, match="CLOUDWARDEN_NEO4J_PASSWORD"):
        Server(bolt.uri, "neo4j", "wrong", retry=0)


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(PublishError, match=r"127\.0\.0\.1:9"):
        Server("bolt://127.0.0.1:9", retry=0)
    with pytest.raises(UsageError, match="not the address"):
        Server("http://127.0.0.1:9", retry=0)


def test_without_the_driver_we_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "neo4j", None)
    with pytest.raises(UsageError, match=r"cloudwarden\[neo4j\]"):
        Server("bolt://127.0.0.1:9")


def test_a_generation_that_is_gone_is_told(bolt: Bolt, tmp_path: Path) -> None:
    generation = build(tmp_path, asset("User", "u"))
    gone = Generation(generation.name, tmp_path / "nowhere", generation.manifest)
    with pytest.raises(GraphError, match="is gone"):
        send(bolt, gone)
