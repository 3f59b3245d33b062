"""What taking in a reading does to what is known."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from cloudwarden.core.errors import StoreError
from cloudwarden.inventory.records import Counts
from cloudwarden.schema.records import Asset, Relation, Verdict
from tests.inventory.estate import QUEUES, Estate, after, at, queue, read

NOT_READ = [verdict for verdict in Verdict if verdict is not Verdict.COMPLETE]


def test_a_new_asset_is_known_as_it_was_read(estate: Estate) -> None:
    key = Relation("ENCRYPTED_BY", "AWSKMSKey", "key-1", {"since": 3}, implied={"a": None})
    estate.run(read(queue("jobs", size=5, tags={"env": "prod"}, relations=(key,))))

    asset = estate.only()
    assert (asset.label, asset.name, asset.scope) == ("AWSSQSQueue", "jobs", QUEUES)
    assert asset.id == asset.arn == "arn:aws:sqs:eu-west-1:111111111111:jobs"
    assert asset.properties == {"arn": asset.arn, "size": 5}
    assert asset.tags == {"env": "prod"}
    assert asset.relations == (
        {
            "type": "ENCRYPTED_BY",
            "target_label": "AWSKMSKey",
            "target": "key-1",
            "properties": {"since": 3},
            "incoming": False,
            "implied": {},
        },
    )
    assert (asset.first_seen, asset.last_seen, asset.since) == (after(1), after(1), after(1))
    assert not asset.stale


def test_an_unchanged_asset_is_seen_again_and_makes_no_version(estate: Estate) -> None:
    estate.run(read(queue("jobs", size=5)))
    assert estate.run(read(queue("jobs", size=5))) == [Counts(seen=1)]

    asset = estate.only()
    assert (asset.first_seen, asset.last_seen, asset.since) == (after(1), after(2), after(1))
    assert len(estate.inventory.history(asset.id)) == 1


def test_the_order_of_relations_and_absent_values_are_no_change(estate: Estate) -> None:
    one, two = Relation("USES", "AWSKMSKey", "1"), Relation("USES", "AWSKMSKey", "2")
    estate.run(read(queue("jobs", size=None, relations=(one, two))))

    assert estate.run(read(queue("jobs", relations=(two, one, two)))) == [Counts(seen=1)]


def test_a_changed_asset_gets_a_new_version_and_keeps_its_first_sight(estate: Estate) -> None:
    estate.run(read(queue("jobs", size=5)))
    assert estate.run(read(queue("jobs", size=6))) == [Counts(seen=1, changed=1)]

    asset = estate.only()
    assert asset.properties["size"] == 6
    assert (asset.first_seen, asset.since) == (after(1), after(2))


def test_what_a_complete_reading_lacks_is_gone(estate: Estate) -> None:
    estate.run(read(queue("jobs"), queue("mail")))
    assert estate.run(read(queue("jobs"))) == [Counts(seen=1, gone=1)]

    assert estate.names() == ["jobs"]


@pytest.mark.parametrize("verdict", NOT_READ)
def test_without_a_complete_reading_nothing_is_gone(estate: Estate, verdict: Verdict) -> None:
    estate.run(read(queue("jobs"), queue("mail")))
    assert estate.run(read(verdict=verdict)) == [Counts()]

    assert [(a.name, a.stale, a.last_seen) for a in estate.inventory.assets()] == [
        ("jobs", True, after(1)),
        ("mail", True, after(1)),
    ]


def test_what_a_whole_listing_lacks_is_gone_although_details_failed(estate: Estate) -> None:
    estate.run(read(queue("jobs"), queue("mail")))
    counts = estate.run(read(queue("jobs"), verdict=Verdict.PARTIAL, listed=True))

    assert counts == [Counts(seen=1, gone=1)]
    assert [(a.name, a.stale) for a in estate.inventory.assets()] == [("jobs", False)]
    assert [v.ended for v in estate.inventory.history(queue("mail").id)] == ["gone"]


def test_a_reading_that_was_denied_deletes_nothing_whatever_it_says_of_its_listing(
    estate: Estate,
) -> None:
    estate.run(read(queue("jobs")))
    estate.run(read(verdict=Verdict.DENIED, listed=True))

    assert [(a.name, a.stale) for a in estate.inventory.assets()] == [("jobs", True)]


def test_a_partial_reading_takes_in_what_it_saw_and_leaves_the_rest_stale(estate: Estate) -> None:
    estate.run(read(queue("jobs"), queue("mail"), queue("same")))
    counts = estate.run(
        read(queue("jobs", size=1), queue("more"), queue("same"), verdict=Verdict.PARTIAL)
    )

    assert counts == [Counts(seen=3, new=1, changed=1)]
    assert [(a.name, a.stale) for a in estate.inventory.assets()] == [
        ("jobs", False),
        ("mail", True),
        ("more", False),
        ("same", False),
    ]


def test_a_complete_reading_ends_staleness(estate: Estate) -> None:
    estate.run(read(queue("jobs")))
    estate.run(read(verdict=Verdict.DENIED))
    estate.run(read(queue("jobs")))

    assert not estate.only().stale


def test_a_scope_that_is_not_read_again_keeps_its_assets(estate: Estate) -> None:
    estate.run(read(queue("jobs")))
    estate.run()

    assert estate.names() == ["jobs"]


def test_an_asset_that_returns_was_first_seen_the_first_time(estate: Estate) -> None:
    estate.run(read(queue("jobs")))
    estate.run(read())
    assert estate.run(read(queue("jobs"))) == [Counts(seen=1, new=1)]

    assert (estate.only().first_seen, estate.only().since) == (after(1), after(3))


def test_the_same_id_in_two_scopes_is_two_assets(estate: Estate) -> None:
    other = type(QUEUES)("aws", "222222222222", "eu-west-1", "sqs:queue")
    estate.run(read(queue("jobs")), read(queue("jobs"), scope=other))
    estate.run(read(), read(queue("jobs"), scope=other))

    assert estate.only().scope == other


def test_of_an_asset_listed_twice_the_last_counts(estate: Estate) -> None:
    assert estate.run(read(queue("jobs", size=1), queue("jobs", size=2))) == [Counts(1, 1)]
    assert estate.only().properties["size"] == 2


def test_more_assets_than_are_written_at_once_are_all_stored(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloudwarden.inventory.writing._SLICE", 3)
    names = [f"q{number}" for number in range(8)]
    estate.run(read(*(queue(name) for name in names)))
    assert estate.run(read(*(queue(name, size=1) for name in names[1:]))) == [Counts(7, 0, 7, 1)]

    assert estate.names() == names[1:]


def test_a_reading_counts_from_its_end(estate: Estate) -> None:
    estate.run(at(read(queue("jobs")), after(0.5)))

    assert estate.only().last_seen == after(0.5)


def test_a_clock_that_went_back_does_not_put_versions_in_the_wrong_order(estate: Estate) -> None:
    estate.run(read(queue("jobs", size=1)))
    estate.clock.set(estate.clock.now() - timedelta(days=1))
    estate.run(read(queue("jobs", size=2)))

    first, second = estate.inventory.history(estate.only().id)
    assert first.valid_from <= (first.valid_to or after(9)) == second.valid_from


def test_a_second_reading_of_a_scope_in_one_run_is_refused_and_changes_nothing(
    estate: Estate,
) -> None:
    run = estate.inventory.begin_run({})
    estate.inventory.store(run.id, read(queue("jobs")))

    with pytest.raises(StoreError, match="sqs:queue"):
        estate.inventory.store(run.id, read(queue("mail")))
    assert estate.names() == ["jobs"]


def test_text_that_no_database_takes_is_stored_without_the_offending_characters(
    estate: Estate,
) -> None:
    odd = Asset("L", "x", "1", "r", "a\0b", {"p": "c\0d", "q": "\ud800"}, {"k": "e\0"})
    assert estate.run(read(odd, reason="why\0")) == [Counts(1, 1)]
    assert estate.run(read(odd)) == [Counts(1)]

    asset = estate.only()
    assert (asset.name, asset.properties["p"], asset.tags) == (
        "a\ufffdb",
        "c\ufffdd",
        {"k": "e\ufffd"},
    )


def test_one_thread_stores_while_another_reads(estate: Estate) -> None:
    estate.run(read(queue("jobs")))
    assets = estate.inventory.assets()
    next(assets)
    stored: list[object] = []
    writer = threading.Thread(target=lambda: stored.append(estate.run(read(queue("mail")))))

    writer.start()
    writer.join()

    assert stored == [[Counts(seen=1, new=1, gone=1)]]
    assert list(assets) == []
    assert estate.names() == ["mail"]
