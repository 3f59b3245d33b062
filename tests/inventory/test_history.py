"""Everything that was known can be asked again: versions, runs, and what changed in between."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cloudwarden.inventory.records import AssetFilter, Change
from cloudwarden.schema.records import Asset, Relation, Verdict
from tests.inventory.estate import BUCKETS, Estate, after, queue, read


def changes(estate: Estate, earlier: float, later: float, **where: Any) -> list[Change]:
    return list(estate.inventory.diff(after(earlier), after(later), AssetFilter(**where)))


def test_history_holds_every_value_with_its_time_and_runs(estate: Estate) -> None:
    for team in ("a", "b", "c"):
        estate.run(read(queue("jobs", tags={"team": team})))

    versions = estate.inventory.history(estate.only().id)
    assert [v.tags["team"] for v in versions] == ["a", "b", "c"]
    assert [(v.valid_from, v.valid_to) for v in versions] == [
        (after(1), after(2)),
        (after(2), after(3)),
        (after(3), None),
    ]
    assert [(v.opened_by, v.closed_by, v.ended) for v in versions] == [
        (1, 2, "changed"),
        (2, 3, "changed"),
        (3, None, None),
    ]
    assert [dict(v.changed) for v in versions] == [
        {},
        {"tags.team": ("a", "b")},
        {"tags.team": ("b", "c")},
    ]


def test_history_tells_of_going_and_returning(estate: Estate) -> None:
    estate.run(read(queue("jobs")))
    estate.run(read(queue("jobs")))
    estate.run(read())
    estate.run(read(queue("jobs", size=1)))

    gone, back = estate.inventory.history(queue("jobs").id)
    assert (gone.kind, gone.ended, gone.closed_by, gone.last_seen) == ("new", "gone", 3, after(2))
    assert (back.kind, dict(back.changed), back.first_seen) == ("returned", {}, after(1))


def test_history_of_what_is_gone_is_found_by_arn(estate: Estate) -> None:
    arn = "arn:aws:s3:::logs"
    bucket = Asset("AWSS3Bucket", "logs", "1", "r", "logs", {"arn": arn})
    estate.run(read(bucket, scope=BUCKETS))
    estate.run(read(scope=BUCKETS))

    assert [v.id for v in estate.inventory.history(arn)] == ["logs"]
    assert estate.inventory.history("arn:aws:s3:::other") == []


def test_every_kind_of_difference_is_named(estate: Estate) -> None:
    key = Relation("ENCRYPTED_BY", "AWSKMSKey", "key-1")
    topic = Relation("SUBSCRIBED_TO", "SNSTopic", "t", incoming=True)
    old = queue("jobs", size=1, flag=True, same=1, tags={"a": "1"}, relations=(key,))
    new = queue("jobs", size=2, flag=1, same=1, tags={"b": "1"}, relations=(topic,))
    estate.run(read(old))
    estate.run(read(replace(new, name="work")))

    (change,) = changes(estate, 1, 2)
    assert change.kind == "changed"
    assert change.name == "work"
    found = dict(change.properties)
    lost, gained = found.pop("-[ENCRYPTED_BY]->key-1"), found.pop("<-[SUBSCRIBED_TO]-t")
    assert lost[0]["target_label"] == "AWSKMSKey"
    assert lost[1] is None
    assert gained[0] is None
    assert gained[1]["target_label"] == "SNSTopic"
    assert found == {
        "name": ("jobs", "work"),
        "size": (1, 2),
        "flag": (True, 1),
        "tags.a": ("1", None),
        "tags.b": (None, "1"),
    }


def test_a_diff_tells_what_is_new_changed_and_gone(estate: Estate) -> None:
    estate.run(read(queue("changed", size=1), queue("gone"), queue("same")))
    estate.run(read(queue("changed", size=2), queue("new"), queue("same")))

    found = [(c.kind, c.name, dict(c.properties)) for c in changes(estate, 1, 2)]
    assert found == [
        ("changed", "changed", {"size": (1, 2)}),
        ("gone", "gone", {}),
        ("new", "new", {}),
    ]


def test_a_diff_holds_both_documents(estate: Estate) -> None:
    estate.run(read(queue("gone", size=1)))
    estate.run(read(queue("new", size=2)))

    gone, new = changes(estate, 1, 2)
    assert gone.before is not None
    assert (gone.before["properties"]["size"], gone.after) == (1, None)
    assert new.after is not None
    assert (new.before, new.after["properties"]["size"]) == (None, 2)


def test_one_changed_tag_is_one_change(estate: Estate) -> None:
    estate.run(read(queue("a", tags={"t": "1"}), queue("b")))
    estate.run(read(queue("a", tags={"t": "2"}), queue("b")))

    (change,) = changes(estate, 1, 2)
    assert dict(change.properties) == {"tags.t": ("1", "2")}


def test_two_runs_without_a_change_differ_in_nothing(estate: Estate) -> None:
    estate.run(read(queue("jobs")))
    estate.run(read(queue("jobs")))

    assert changes(estate, 1, 2) == []


def test_what_changed_and_changed_back_is_no_change(estate: Estate) -> None:
    for size in (1, 2, 1):
        estate.run(read(queue("jobs", size=size)))

    assert changes(estate, 1, 3) == []
    assert [c.properties["size"] for c in changes(estate, 2, 3)] == [(2, 1)]


def test_what_came_and_went_in_between_is_no_change(estate: Estate) -> None:
    estate.run(read())
    estate.run(read(queue("jobs")))
    estate.run(read())

    assert changes(estate, 1, 3) == []


def test_a_denied_reading_changes_nothing(estate: Estate) -> None:
    estate.run(read(queue("jobs")))
    estate.run(read(verdict=Verdict.DENIED))

    assert changes(estate, 1, 2) == []


def test_a_filtered_diff_counts_what_either_state_satisfies(estate: Estate) -> None:
    estate.run(read(queue("jobs", tags={"env": "prod"}), queue("mail"), queue("gone")))
    estate.run(read(queue("jobs", tags={"env": "test"}), queue("mail", size=1)))

    assert [(c.kind, c.name) for c in changes(estate, 1, 2, tags={"env": "prod"})] == [
        ("changed", "jobs")
    ]
    assert [c.name for c in changes(estate, 1, 2, labels=frozenset({"AWSSQSQueue"}))] == [
        *("gone", "jobs", "mail")
    ]
    assert changes(estate, 1, 2, type="s3:bucket") == []
    assert [c.name for c in changes(estate, 1, 2, text="AIL")] == ["mail"]
    assert changes(estate, 1, 2, account="2") == []
