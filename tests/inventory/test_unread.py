"""What an operation that failed would have told is neither lost nor said to have gone away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from cloudwarden.core.clock import FixedClock
from cloudwarden.inventory.records import Counts
from cloudwarden.schema.records import Failure, Relation, Verdict
from tests.inventory.conftest import Opener
from tests.inventory.estate import DENIED, Estate, after, queue, read

LIST, ATTRIBUTES, TAGS = "sqs:ListQueues", "sqs:GetQueueAttributes", "sqs:ListQueueTags"
KEY = Relation("ENCRYPTED_BY", "AWSKMSKey", "key-1")
DEAD = Relation("DEAD_LETTERS_TO", "AWSSQSQueue", "dead")


def provides(_: str) -> Mapping[str, str | None]:
    return {
        "url": LIST,
        "size": ATTRIBUTES,
        "policy": ATTRIBUTES,
        "tags": TAGS,
        "ENCRYPTED_BY": ATTRIBUTES,
        "DEAD_LETTERS_TO": LIST,
        "arn": None,
    }


@pytest.fixture
def exact(url: str, clock: FixedClock, open_inventory: Opener) -> Estate:
    """An estate whose inventory knows which operation provides what."""
    return Estate(open_inventory(url, provides=provides), clock)


def test_properties_of_a_failed_operation_keep_their_last_known_values(exact: Estate) -> None:
    exact.run(read(queue("jobs", url="u", size=5, policy="p")))
    exact.run(read(queue("jobs", url="v", unread={ATTRIBUTES: DENIED}), verdict=Verdict.PARTIAL))

    asset = exact.only()
    assert asset.properties == {"arn": asset.arn, "url": "v", "size": 5, "policy": "p"}
    assert asset.unread == {
        ATTRIBUTES: {
            "verdict": "denied",
            "code": "AccessDenied",
            "message": "User is not authorized",
        }
    }


def test_a_property_of_an_operation_that_was_read_does_go_away(exact: Estate) -> None:
    exact.run(read(queue("jobs", url="u", size=5)))
    exact.run(read(queue("jobs", unread={ATTRIBUTES: DENIED})))

    assert exact.only().properties.keys() == {"arn", "size"}


def test_tags_of_a_failed_operation_are_kept(exact: Estate) -> None:
    exact.run(read(queue("jobs", tags={"env": "prod"})))
    exact.run(read(queue("jobs", unread={TAGS: DENIED})))

    assert exact.only().tags == {"env": "prod"}


def test_tags_that_were_read_do_go_away(exact: Estate) -> None:
    exact.run(read(queue("jobs", tags={"env": "prod"})))
    exact.run(read(queue("jobs", unread={ATTRIBUTES: DENIED})))

    assert exact.only().tags == {}


def test_relations_of_a_failed_operation_are_kept_and_others_are_not(exact: Estate) -> None:
    exact.run(read(queue("jobs", relations=(KEY, DEAD))))
    exact.run(read(queue("jobs", unread={ATTRIBUTES: DENIED})))

    assert [relation["target"] for relation in exact.only().relations] == ["key-1"]


def test_what_is_kept_survives_any_number_of_failures_until_it_is_read(exact: Estate) -> None:
    exact.run(read(queue("jobs", size=5)))
    for _ in range(3):
        exact.run(read(queue("jobs", unread={ATTRIBUTES: DENIED})))
    assert exact.only().properties["size"] == 5

    exact.run(read(queue("jobs", size=6)))
    assert exact.only().properties["size"] == 6
    assert exact.only().unread == {}


def test_history_tells_of_the_failure_and_not_of_a_vanished_property(exact: Estate) -> None:
    exact.run(read(queue("jobs", size=5)))
    assert exact.run(read(queue("jobs", unread={ATTRIBUTES: DENIED}))) == [Counts(1, 0, 1)]
    assert exact.run(read(queue("jobs", unread={ATTRIBUTES: DENIED}))) == [Counts(1)]

    versions = exact.inventory.history(exact.only().id)
    assert [dict(version.changed) for version in versions] == [
        {},
        {f"unread.{ATTRIBUTES}": (None, "denied: AccessDenied")},
    ]
    (before,) = exact.inventory.assets(as_of=after(1))
    assert before.unread == {}


def test_other_words_for_the_same_failure_are_no_change(exact: Estate) -> None:
    exact.run(read(queue("jobs", unread={ATTRIBUTES: DENIED})))
    again = replace(DENIED, message="User is not authorized (request 4711)")

    assert exact.run(read(queue("jobs", unread={ATTRIBUTES: again}))) == [Counts(1)]


def test_an_asset_that_returns_does_not_bring_back_what_was_known_before(exact: Estate) -> None:
    exact.run(read(queue("jobs", size=5)))
    exact.run(read())
    exact.run(read(queue("jobs", unread={ATTRIBUTES: DENIED})))

    assert "size" not in exact.only().properties


def test_without_knowing_what_provides_what_nothing_is_concluded_from_absence(
    estate: Estate,
) -> None:
    estate.run(read(queue("jobs", size=5, url="u", tags={"env": "prod"}, relations=(KEY, DEAD))))
    moved = replace(DEAD, target="other")
    estate.run(read(queue("jobs", url="v", relations=(moved,), unread={ATTRIBUTES: DENIED})))

    asset = estate.only()
    assert asset.properties == {"arn": asset.arn, "size": 5, "url": "v"}
    assert asset.tags == {"env": "prod"}
    assert {relation["target"] for relation in asset.relations} == {"key-1", "other"}


def test_without_knowing_the_operation_of_tags_those_that_were_read_win(estate: Estate) -> None:
    estate.run(read(queue("jobs", tags={"env": "prod", "owner": "me"})))
    estate.run(read(queue("jobs", tags={"env": "test"}, unread={ATTRIBUTES: DENIED})))

    assert estate.only().tags == {"env": "test"}


def test_stale_and_unread_assets_are_the_incomplete_ones(estate: Estate) -> None:
    estate.run(read(queue("unread", unread={ATTRIBUTES: DENIED}), queue("whole"), queue("stale")))
    estate.run(
        read(
            *(queue("unread", unread={ATTRIBUTES: DENIED}), queue("whole")),
            verdict=Verdict.PARTIAL,
            failures={LIST: Failure(Verdict.THROTTLED, "Throttling", "slow down")},
        )
    )

    assert [(a.name, a.stale) for a in estate.inventory.incomplete_assets()] == [
        ("stale", True),
        ("unread", False),
    ]
