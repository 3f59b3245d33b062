"""Collection into the real inventory, from a moto server: nothing is lost by what fails."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.support.aws import SmallCatalogue
from tests.support.collection import AT_ONCE, FakeProvider
from tests.support.moto import ACCOUNT_NAMES, ALPHA, BETA, HUB, role_arn

from cloudwarden.collect import Collector
from cloudwarden.core.clock import FixedClock
from cloudwarden.inventory.store import Inventory
from cloudwarden.providers.aws.models import ModelLoader
from cloudwarden.providers.aws.provider import AwsProvider, operations_of
from cloudwarden.providers.base import AccountSettings, CallError
from cloudwarden.schema.records import Failure, Verdict

CLOCK = FixedClock(datetime(2026, 1, 2, tzinfo=UTC))
ONE = [AccountSettings(id="1", name="one")]


@pytest.fixture
def inventory(tmp_path):
    opened = Inventory.open(f"sqlite:///{tmp_path / 'inventory.db'}", CLOCK)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def loader():
    return ModelLoader(operations_of(SmallCatalogue("AWSS3Bucket", "AWSVpc")))


@pytest.fixture
def collect(aws, inventory, loader):
    provider = AwsProvider(SmallCatalogue("AWSS3Bucket", "AWSVpc"), CLOCK, loader=loader)

    def run(accounts, **options):
        return Collector(provider, inventory, CLOCK, AT_ONCE).run(accounts, **options)

    yield run
    provider.close()


def buckets(inventory):
    return {a.id: a.account for a in inventory.assets() if a.label == "AWSS3Bucket"}


def test_three_accounts_show_a_bucket_each(aws, accounts, collect, inventory):
    for account in ACCOUNT_NAMES:
        aws.client("s3", account).create_bucket(Bucket=f"bucket-{account}")

    result = collect(accounts)

    assert result.verdict is Verdict.COMPLETE
    assert buckets(inventory) == {f"bucket-{account}": account for account in ACCOUNT_NAMES}


def test_an_account_whose_role_breaks_stays_as_it_was_and_the_ledger_says_why(
    aws, accounts, collect, inventory
):
    for account in ACCOUNT_NAMES:
        aws.client("s3", account).create_bucket(Bucket=f"bucket-{account}")
    for account in accounts:
        inventory.save_account(account)
    collect(accounts)
    broken = [
        replace(a, role_arn=role_arn("333333333333")) if a.id == BETA else a for a in accounts
    ]

    result = collect(broken)

    assert result.verdict is Verdict.PARTIAL
    assert {a.id: a.verdict for a in result.accounts} == {
        HUB: Verdict.COMPLETE,
        ALPHA: Verdict.COMPLETE,
        BETA: Verdict.FAILED,
    }
    assert buckets(inventory)[f"bucket-{BETA}"] == BETA
    ledger = {record.settings.id: record for record in inventory.accounts()}
    assert ledger[ALPHA].working
    assert not ledger[BETA].working
    assert "333333333333" in ledger[BETA].last_error
    latest = {str(r.scope): r.verdict for r in inventory.readings() if r.scope.account == BETA}
    assert set(latest.values()) == {Verdict.SKIPPED}

    collect(accounts)

    ledger = {record.settings.id: record for record in inventory.accounts()}
    assert ledger[BETA].working


def pages(fail: bool):
    """A list of two pages, of which the second may fail."""

    def answer(request):
        if request.parameters.get("NextToken") is None:
            return {"Vpcs": [{"VpcId": "vpc-1"}], "NextToken": "more"}
        if fail:
            raise CallError(Failure(Verdict.DENIED, "AccessDenied", "no"))
        return {"Vpcs": [{"VpcId": "vpc-2"}]}

    return {"ec2:DescribeVpcs": answer}


def collect_pages(inventory, *, fail):
    catalogue = SmallCatalogue("AWSVpc")
    provider = FakeProvider(
        pages(fail), read=lambda scope: catalogue.reader(replace(scope, type="AWSVpc"), "aws")
    )
    return Collector(provider, inventory, CLOCK, AT_ONCE).run(ONE, services=["b"])


def test_a_second_page_that_fails_deletes_nothing_and_is_told(inventory):
    assert collect_pages(inventory, fail=False).verdict is Verdict.COMPLETE

    result = collect_pages(inventory, fail=True)

    assert result.verdict is Verdict.PARTIAL
    assert result.gone == 0
    assert {a.id for a in inventory.assets()} == {"vpc-1", "vpc-2"}
    assert [r.verdict for r in inventory.readings()] == [Verdict.PARTIAL]


def test_what_a_complete_list_lacks_is_gone(inventory):
    collect_pages(inventory, fail=False)
    provider = FakeProvider(
        {"ec2:DescribeVpcs": lambda request: {"Vpcs": [{"VpcId": "vpc-1"}]}},
        read=lambda scope: SmallCatalogue("AWSVpc").reader(replace(scope, type="AWSVpc"), "aws"),
    )

    result = Collector(provider, inventory, CLOCK, AT_ONCE).run(ONE, services=["b"])

    assert result.gone == 1
    assert {a.id for a in inventory.assets()} == {"vpc-1"}
