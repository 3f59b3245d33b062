"""AWS accounts signed in to, planned and read, against a moto server."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.support.aws import SmallCatalogue
from tests.support.collection import AT_ONCE, Events, MemoryStore
from tests.support.moto import ALPHA, BETA, HUB, REGIONS, role_arn

from cloudwarden.collect import Collector
from cloudwarden.core.clock import FixedClock
from cloudwarden.core.errors import UsageError
from cloudwarden.providers.aws.models import ModelLoader
from cloudwarden.providers.aws.provider import AwsProvider, operations_of
from cloudwarden.providers.base import AccountSettings, AccountState
from cloudwarden.schema.records import Scope, Verdict

CLOCK = FixedClock(datetime(2026, 1, 2, tzinfo=UTC))


@pytest.fixture(scope="module")
def loader():
    return ModelLoader(operations_of(SmallCatalogue()))


@pytest.fixture
def provider(loader):
    made: list[AwsProvider] = []

    def make(*types: str, **options) -> AwsProvider:
        made.append(AwsProvider(SmallCatalogue(*types), CLOCK, loader=loader, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def collect(provider, accounts, settings=AT_ONCE, store=None, events=None, **options):
    store = store if store is not None else MemoryStore()
    collector = Collector(provider, store, CLOCK, settings, events or Events())
    return collector.run(accounts, **options), store


def test_each_account_is_read_through_its_role(aws, accounts, provider):
    for account in (HUB, ALPHA, BETA):
        aws.client("s3", account).create_bucket(Bucket=f"bucket-{account}")

    result, store = collect(provider("AWSS3Bucket"), accounts)

    buckets = {a.id: a.account for reading in store.stored for a in reading.assets}
    assert buckets == {f"bucket-{a}": a for a in (HUB, ALPHA, BETA)}
    assert result.verdict is Verdict.COMPLETE
    assert store.connections == {HUB: None, ALPHA: None, BETA: None}


def test_without_accounts_the_ambient_credentials_own_is_read(aws, provider):
    aws.client("iam").create_account_alias(AccountAlias="acme")

    result, store = collect(provider("AWSVpc"), [AccountSettings(id="", regions=REGIONS)])

    assert [(a.id, a.name) for a in result.accounts] == [(HUB, "acme")]
    assert {r.scope for r in store.stored} == {
        Scope("aws", HUB, region, "AWSVpc") for region in REGIONS
    }


def test_a_hop_and_an_external_id_lead_to_an_account(aws, provider):
    account = AccountSettings(
        id=BETA,
        role_arn=role_arn(BETA),
        via_role_arn=role_arn(ALPHA, "hop"),
        external_id="secret-of-the-pair",
        regions=("us-east-1",),
    )
    result, _ = collect(provider("AWSVpc"), [account])

    assert result.verdict is Verdict.COMPLETE
    # Two roles, who we are, the regions, the alias, and the list.
    assert result.api_calls == 6


def test_credentials_of_another_account_are_told_and_nothing_is_read(aws, provider):
    account = AccountSettings(id=BETA, name="beta", role_arn=role_arn(ALPHA), regions=REGIONS)

    result, store = collect(provider("AWSVpc"), [account])

    assert result.verdict is Verdict.FAILED
    assert result.accounts[0].error == (
        f"WrongAccount: signing in with role {role_arn(ALPHA)} leads to account {ALPHA}, "
        f"not to {BETA}; check the account's role_arn and profile"
    )
    assert {r.verdict for r in store.stored} == {Verdict.SKIPPED}
    assert len(store.stored) == 2


def test_a_missing_profile_fails_its_account_only(aws, accounts, provider):
    broken = replace(accounts[1], role_arn="", profile="nobody")

    result, _ = collect(provider("AWSVpc"), [accounts[0], broken])

    assert result.verdict is Verdict.PARTIAL
    failed = next(a for a in result.accounts if a.id == ALPHA)
    assert "nobody" in failed.error


def test_a_profile_leads_to_its_own_role(aws, provider, monkeypatch, tmp_path):
    (tmp_path / "config").write_text(
        f"[profile audit]\nrole_arn = {role_arn(ALPHA)}\nsource_profile = base\n"
        "region = us-west-2\n[profile base]\n"
    )
    (tmp_path / "credentials").write_text(
        "[base]\naws_access_key_id = testing\naws_secret_access_key = testing\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)

    result, _ = collect(
        provider("AWSVpc"), [AccountSettings(id=ALPHA, profile="audit", regions=("us-west-2",))]
    )

    assert result.verdict is Verdict.COMPLETE


def test_missing_credentials_are_told_in_a_sentence(provider, monkeypatch, aws):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)

    result, store = collect(provider("AWSVpc"), [AccountSettings(id="")])

    assert result.verdict is Verdict.FAILED
    assert "there are no AWS credentials" in result.accounts[0].error
    assert not store.stored


def test_a_wrong_endpoint_is_told_after_a_few_tries(provider, monkeypatch, aws):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    result, _ = collect(provider("AWSVpc"), [AccountSettings(id=HUB, regions=REGIONS)])

    assert result.verdict is Verdict.FAILED
    assert "127.0.0.1:9" in result.accounts[0].error
    assert result.api_calls == AT_ONCE.attempts


def test_the_endpoint_of_one_service_can_be_set(provider, monkeypatch, aws):
    monkeypatch.setenv("AWS_ENDPOINT_URL_EC2", "http://127.0.0.1:9")

    _, store = collect(
        provider("AWSVpc", "AWSSQSQueue"), [AccountSettings(id=HUB, name="hub", regions=REGIONS)]
    )

    verdicts = {r.scope.type: r.verdict for r in store.stored}
    assert verdicts == {"AWSVpc": Verdict.FAILED, "AWSSQSQueue": Verdict.COMPLETE}


def called_regions(events):
    from cloudwarden.collect.events import CallMade

    return {e.region for e in events.of(CallMade) if not e.operation.startswith(("sts:", "iam:"))}


def test_an_excluded_region_sees_no_call(aws, accounts, provider, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    events = Events()
    ambient = AccountSettings(id=HUB)

    collect(provider("AWSVpc", exclude_regions="^us-west"), [ambient, *accounts[1:]], events=events)

    regions = called_regions(events)
    assert "us-east-1" in regions
    assert not {region for region in regions if region.startswith("us-west")}


def test_all_enabled_regions_are_read_where_none_is_named(aws, provider):
    _, store = collect(provider("AWSSQSQueue"), [AccountSettings(id=HUB)])

    told = aws.client("ec2").describe_regions()["Regions"]
    enabled = {r["RegionName"] for r in told if r["OptInStatus"] != "not-opted-in"}
    # The server lists China's and the government's regions too, which are no part of `aws`.
    expected = {region for region in enabled if not region.startswith(("cn-", "us-gov-"))}
    assert {r.scope.region for r in store.stored} == expected
    assert len(expected) >= 17


def test_a_named_region_that_is_not_enabled_is_told_and_not_called(aws, provider):
    told = aws.client("ec2").describe_regions(AllRegions=True)["Regions"]
    off = next(r["RegionName"] for r in told if r["OptInStatus"] == "not-opted-in")
    events = Events()

    result, store = collect(
        provider("AWSSQSQueue"),
        [AccountSettings(id=HUB, regions=("us-east-1", off))],
        events=events,
    )

    readings = {r.scope.region: r for r in store.stored}
    assert readings["us-east-1"].verdict is Verdict.COMPLETE
    assert readings[off].verdict is Verdict.UNSUPPORTED
    assert readings[off].reason == f"region {off} is not enabled in account {HUB}"
    assert result.scopes == {Verdict.COMPLETE: 1, Verdict.UNSUPPORTED: 1}
    assert off not in called_regions(events)


def test_only_the_services_asked_for_are_called(aws, accounts, provider):
    from cloudwarden.collect.events import CallMade

    events = Events()
    collect(provider(), accounts[:1], events=events, services=["iam", "s3"])

    operations = Counter(e.operation for e in events.of(CallMade))
    assert operations == {
        "sts:GetCallerIdentity": 1,
        "iam:ListRoles": 1,
        "s3:ListBuckets": 1,
    }


def test_a_service_that_is_switched_off_is_not_called(aws, accounts, provider):
    _, store = collect(provider(exclude_services=["ec2"]), accounts[:1])
    assert "AWSVpc" not in {r.scope.type for r in store.stored}


def test_a_resource_type_that_is_switched_off_is_not_called(aws, accounts, provider):
    _, store = collect(provider(exclude_types=["AWSVpc"]), accounts[:1])
    assert "AWSVpc" not in {r.scope.type for r in store.stored}
    assert any(r.scope.type.startswith("AWS") for r in store.stored)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"services": ["iamm"]}, "'iamm'; did you mean iam"),
        ({"services": ["quantum"]}, "there are cloudfront, ec2, iam, s3, sqs"),
        ({"regions": ["us-est-1"]}, "'us-est-1'; did you mean .*us-east-1"),
    ],
)
def test_an_unknown_service_or_region_is_refused_with_close_names(provider, options, words):
    with pytest.raises(UsageError, match=words):
        collect(provider(), [AccountSettings(id=HUB)], **options)


def test_what_has_no_region_comes_first_and_services_stay_together(provider):
    state = AccountState(HUB, "hub", REGIONS)

    scopes = provider().scopes(state)

    assert [(s.region, s.type) for s in scopes] == [
        ("global", "AWSCloudFrontDistribution"),
        ("global", "AWSRole"),
        ("global", "AWSS3Bucket"),
        ("us-east-1", "AWSVpc"),
        ("us-east-1", "AWSSQSQueue"),
        ("us-west-2", "AWSVpc"),
        ("us-west-2", "AWSSQSQueue"),
    ]


def test_reach_local_touches_only_the_credentials_own_account(aws, accounts, provider):
    _, store = collect(provider("AWSVpc"), accounts, replace(AT_ONCE, reach="local"))
    assert {r.scope.account for r in store.stored} == {HUB}


def test_no_secret_is_logged_or_told(aws, accounts, provider, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG, logger="cloudwarden")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very-secret-key")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "very-secret-token")
    events = Events()
    broken = replace(accounts[1], role_arn=role_arn("333333333333"), external_id="very-secret-id")

    result, store = collect(provider(), [accounts[0], broken], events=events)

    told = f"{result.to_json()} {store.stored} {events.seen} {caplog.text}"
    assert "very-secret" not in told
