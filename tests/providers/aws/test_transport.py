"""Calls that AWS answers, refuses, or answers from somewhere else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.support.moto import ALPHA, HUB, role_arn

from cloudwarden.core.clock import FixedClock
from cloudwarden.providers.aws.models import ModelLoader
from cloudwarden.providers.aws.regions import Regions
from cloudwarden.providers.aws.timestamps import read_timestamp
from cloudwarden.providers.aws.transport import AwsTransport
from cloudwarden.providers.base import AccountSettings, CallError, Request
from cloudwarden.schema.records import Verdict

CLOCK = FixedClock(datetime(2026, 1, 2, tzinfo=UTC))
ROLE = AccountSettings(id=ALPHA, role_arn=role_arn(ALPHA))


@pytest.fixture(scope="module")
def loader():
    return ModelLoader(
        {
            "s3": ["ListBuckets", "GetBucketPolicy", "GetBucketVersioning"],
            "sts": ["GetCallerIdentity"],
            "sqs": ["ListQueues"],
            "ssm": ["DescribeInstanceInformation"],
            "iam": ["ListAccountAliases"],
        }
    )


@pytest.fixture
def transport(aws, loader):
    made = AwsTransport(loader, Regions(loader), CLOCK, connections=4)
    made.add(AccountSettings(id=HUB), lambda region: region)
    yield made
    made.close()


def request(operation, account=HUB, region="us-east-1", **parameters):
    return Request(operation, account, region, parameters)


def test_an_answer_is_the_document_alone(aws, transport):
    aws.client("s3").create_bucket(Bucket="one")

    document = transport.call(request("s3:ListBuckets"))

    assert [bucket["Name"] for bucket in document["Buckets"]] == ["one"]
    assert "ResponseMetadata" not in document
    assert document["Buckets"][0]["CreationDate"].tzinfo is not None


def test_what_has_no_region_is_asked_at_the_partitions_home(aws, transport):
    aws.client("s3").create_bucket(Bucket="one")
    assert transport.call(request("s3:ListBuckets", region="global"))["Buckets"]


def test_a_refusal_is_a_call_error(aws, transport):
    with pytest.raises(CallError) as caught:
        transport.call(request("s3:GetBucketPolicy", Bucket="absent"))
    assert caught.value.failure.code == "NoSuchBucket"
    assert not caught.value.retry


def test_every_request_is_counted_and_those_for_credentials_too(aws, transport):
    transport.add(ROLE, lambda region: region)

    for _ in range(2):
        transport.call(request("sqs:ListQueues", ALPHA))

    assert transport.calls == 3


def test_who_we_are_is_asked_once_for_each_account(aws, transport):
    for region in ("us-east-1", "us-west-2"):
        assert transport.call(request("sts:GetCallerIdentity", region=region))["Account"] == HUB
    assert transport.calls == 1


def test_an_account_can_be_named_once_it_is_known(aws, transport):
    transport.add(AccountSettings(id=""), lambda region: region)
    transport.call(request("sts:GetCallerIdentity", account=""))

    transport.rename("", HUB)

    assert transport.call(request("sts:GetCallerIdentity"))["Account"] == HUB
    assert transport.calls == 1


def test_a_wrong_parameter_is_told(aws, transport):
    with pytest.raises(CallError, match="ParamValidationError"):
        transport.call(request("s3:GetBucketPolicy", Buckett="x"))


def test_a_service_that_botocore_does_not_know_is_unsupported(aws, transport):
    with pytest.raises(CallError) as caught:
        transport.call(request("quantum:ListToasters"))
    assert caught.value.failure.verdict is Verdict.UNSUPPORTED


def test_what_an_emulator_lacks_is_unsupported(aws, transport):
    with pytest.raises(CallError) as caught:
        transport.call(request("ssm:DescribeInstanceInformation"))
    assert caught.value.failure.verdict is Verdict.UNSUPPORTED


def refused_once(code):
    """A handler of botocore's that makes the second request fail with a code."""
    from botocore.awsrequest import AWSResponse

    class Raw:
        def stream(self):
            yield f"<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>".encode()

    seen = []

    def handle(request, **_):
        seen.append(request)
        return AWSResponse(request.url, 403, {}, Raw()) if len(seen) == 2 else None

    return handle


def test_credentials_that_worked_and_expired_are_renewed_once(aws, transport):
    session = transport.add(ROLE, lambda region: region)
    session.client("iam", "us-east-1").meta.events.register(
        "before-send", refused_once("ExpiredToken")
    )
    transport.call(request("iam:ListAccountAliases", ALPHA))

    with pytest.raises(CallError) as caught:
        transport.call(request("iam:ListAccountAliases", ALPHA, MaxItems=1))
    assert caught.value.failure.code == "ExpiredToken"
    assert caught.value.retry

    assert not transport.call(request("iam:ListAccountAliases", ALPHA, MaxItems=1))[
        "AccountAliases"
    ]
    # Two roles assumed, three calls.
    assert transport.calls == 5


def test_credentials_that_never_worked_are_not_renewed(aws, transport, monkeypatch):
    session = transport.add(ROLE, lambda region: region)

    handle = refused_once("ExpiredToken")
    handle(None)
    session.client("iam", "us-east-1").meta.events.register("before-send", handle)

    with pytest.raises(CallError) as caught:
        transport.call(request("iam:ListAccountAliases", ALPHA))
    assert not caught.value.retry


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-02T03:04:05Z",
        "2026-01-02T03:04:05.678Z",
        "2026-01-02T03:04:05+00:00",
        "Fri, 02 Jan 2026 03:04:05 GMT",
        "1767323045",
    ],
)
def test_every_spelling_of_a_time_is_read(text):
    moment = read_timestamp(text)
    assert moment.astimezone(UTC).replace(microsecond=0) == datetime(
        2026, 1, 2, 3, 4, 5, tzinfo=UTC
    )
    assert moment.utcoffset() == timedelta(0) or text.isdigit()
