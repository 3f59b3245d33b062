"""Finding assets: by what, now and at past moments, in which order, page by page."""

from __future__ import annotations

from typing import Any

import pytest

from cloudwarden.core.json import loads
from cloudwarden.inventory.records import AssetFilter
from cloudwarden.schema.records import Asset, Relation, Verdict
from tests.inventory.estate import BUCKETS, QUEUES, Estate, after, queue, read

BUCKET = Asset("AWSS3Bucket", "Logs_1", "111111111111", "eu-west-1", "Logs_1", {"x": 1})


@pytest.fixture
def company(estate: Estate) -> Estate:
    """Two queues with tags in one scope, a bucket in another, a queue in another account."""
    other = type(QUEUES)("aws", "222222222222", "us-east-1", "sqs:queue")
    estate.run(
        read(
            queue("jobs", tags={"env": "prod", "team": "a"}),
            queue("mail", tags={"env": "test", "long": "x" * 400}),
        ),
        read(BUCKET, scope=BUCKETS),
        read(queue("audit", scope=other, tags={"env": "prod"}), scope=other),
    )
    return estate


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({}, ["Logs_1", "jobs", "mail", "audit"]),
        ({"labels": frozenset({"AWSS3Bucket"})}, ["Logs_1"]),
        ({"labels": frozenset({"AWSS3Bucket", "AWSSQSQueue"}), "region": "us-east-1"}, ["audit"]),
        ({"labels": frozenset({"AWSVpc"})}, []),
        ({"account": "222222222222"}, ["audit"]),
        ({"region": "eu-west-1"}, ["Logs_1", "jobs", "mail"]),
        ({"type": "s3:bucket"}, ["Logs_1"]),
        ({"type": "no:such"}, []),
        ({"tags": {"env": "prod"}}, ["jobs", "audit"]),
        ({"tags": {"env": "prod", "team": "a"}}, ["jobs"]),
        ({"tags": {"team": None}}, ["jobs"]),
        ({"tags": {"long": "x" * 400}}, ["mail"]),
        ({"tags": {"long": "x" * 300}}, []),
        ({"name": "jobs"}, ["jobs"]),
        ({"text": "JOB"}, ["jobs"]),
        ({"text": "s_1"}, ["Logs_1"]),
        ({"text": "222222222222:a"}, ["audit"]),
        ({"text": "%"}, []),
        ({"text": "s%1"}, []),
    ],
)
def test_assets_are_found_by(company: Estate, where: dict[str, Any], found: list[str]) -> None:
    meant = AssetFilter(**where)

    assert company.names(where=meant) == found
    assert company.inventory.count_assets(meant) == len(found)
    assert company.names(where=meant, as_of=after(1)) == found
    assert company.inventory.count_assets(meant, as_of=after(1)) == len(found)


def test_a_past_moment_is_searched_as_it_was(company: Estate) -> None:
    company.run(read(queue("jobs", tags={"env": "test", "team": "b"})), read(scope=BUCKETS))
    prod = AssetFilter(tags={"env": "prod"})

    assert company.names(where=prod) == ["audit"]
    assert company.names(where=prod, as_of=after(1)) == ["jobs", "audit"]
    assert company.names(where=AssetFilter(type="s3:bucket"), as_of=after(1.5)) == ["Logs_1"]
    assert company.inventory.count_assets(as_of=after(1)) == 4
    assert company.names(as_of=after(0.5)) == []


def test_a_past_moment_tells_what_was_known_of_an_asset_then(estate: Estate) -> None:
    estate.run(read(queue("jobs", size=1)))
    estate.run(read(queue("jobs", size=1)))
    estate.run(read(verdict=Verdict.DENIED))
    estate.run(read(queue("jobs", size=2)))

    seen = [next(estate.inventory.assets(as_of=after(hour))) for hour in (1, 2, 3, 4)]
    assert [(a.properties["size"], a.last_seen, a.since, a.stale) for a in seen] == [
        (1, after(1), after(1), False),
        (1, after(2), after(1), False),
        (1, after(2), after(1), True),
        (2, after(4), after(4), False),
    ]
    assert {a.first_seen for a in seen} == {after(1)}


def test_the_last_sight_in_a_past_moment_is_never_later_than_it(estate: Estate) -> None:
    estate.run(read(queue("jobs")))
    estate.run(read(queue("jobs"), verdict=Verdict.PARTIAL))
    estate.run(read(queue("jobs"), verdict=Verdict.PARTIAL))

    (then,) = estate.inventory.assets(as_of=after(1.5))
    assert (then.last_seen, then.stale) == (after(1), False)
    assert estate.only().last_seen == after(3)


def test_pages_put_together_are_the_whole(company: Estate) -> None:
    pages = [company.names(limit=3, offset=offset) for offset in (0, 3, 6)]

    assert pages == [["Logs_1", "jobs", "mail"], ["audit"], []]
    assert company.names(offset=2) == ["mail", "audit"]
    assert company.names(limit=1, offset=1, as_of=after(1)) == ["jobs"]


def test_one_asset_is_found_by_id_and_by_arn(estate: Estate) -> None:
    named = Asset("AWSVpc", "vpc-1", "1", "r", None, {"arn": "arn:aws-cn:ec2:r:1:vpc/vpc-1"})
    estate.run(read(named))

    by_id = estate.inventory.asset("vpc-1")
    assert by_id == estate.inventory.asset("arn:aws-cn:ec2:r:1:vpc/vpc-1")
    assert [asset.id for asset in by_id] == ["vpc-1"]
    assert estate.inventory.asset("vpc-2") == []
    assert estate.inventory.asset("vpc-1", as_of=after(0.5)) == []


def test_documents_come_sorted_by_label_in_batches(
    company: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloudwarden.inventory.queries.BATCH", 3)

    batches = list(company.inventory.documents())

    assert [len(batch) for batch in batches] == [3, 1]
    first = batches[0][0]
    assert first[:7] == (
        *("AWSS3Bucket", "Logs_1", "111111111111", "eu-west-1", "Logs_1"),
        *(after(1), after(1)),
    )
    assert loads(first.document) == {
        "properties": {"x": 1},
        "relations": [],
        "tags": {},
        "unread": {},
    }


def test_documents_of_a_past_moment_are_those_of_then(estate: Estate) -> None:
    there = Relation("POINTS_TO", "AWSVpc", "vpc-1", incoming=True, implied={"x": 1})
    estate.run(read(queue("jobs", relations=(there,))))
    estate.run(read(queue("mail")))

    (batch,) = estate.inventory.documents(as_of=after(1))
    (document,) = batch
    assert document.name == "jobs"
    assert loads(document.document)["relations"] == [
        {
            "type": "POINTS_TO",
            "target_label": "AWSVpc",
            "target": "vpc-1",
            "properties": {},
            "incoming": True,
            "implied": {"x": 1},
        }
    ]


def test_an_empty_inventory_has_no_batches(estate: Estate) -> None:
    assert list(estate.inventory.documents()) == []
