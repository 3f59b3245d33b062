"""Which verdict each of botocore's exceptions leads to."""

from __future__ import annotations

import socket
from datetime import UTC, datetime

import pytest
from botocore import exceptions as aws
from botocore.parsers import ResponseParserError
from urllib3.exceptions import NameResolutionError

from cloudwarden.core.clock import FixedClock
from cloudwarden.providers.aws.errors import CODES, call_error, unfinished, without_secrets
from cloudwarden.schema.records import Verdict

CLOCK = FixedClock(datetime(2026, 1, 2, tzinfo=UTC))


def client_error(code, message="words", status=400, headers=None, operation="ListThings"):
    return aws.ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": headers or {}},
        },
        operation,
    )


@pytest.mark.parametrize(
    ("code", "verdict", "retry"),
    [
        ("AccessDenied", Verdict.DENIED, False),
        ("AccessDeniedException", Verdict.DENIED, False),
        ("UnauthorizedOperation", Verdict.DENIED, False),
        ("AuthFailure", Verdict.DENIED, False),
        ("Throttling", Verdict.THROTTLED, True),
        ("ThrottlingException", Verdict.THROTTLED, True),
        ("RequestLimitExceeded", Verdict.THROTTLED, True),
        ("TooManyRequestsException", Verdict.THROTTLED, True),
        ("SlowDown", Verdict.THROTTLED, True),
        ("OptInRequired", Verdict.UNSUPPORTED, False),
        ("UnsupportedOperation", Verdict.UNSUPPORTED, False),
        ("InvalidAction", Verdict.UNSUPPORTED, False),
        ("UnknownOperationException", Verdict.UNSUPPORTED, False),
        ("SubscriptionRequiredException", Verdict.UNSUPPORTED, False),
        ("NoSuchBucketPolicy", Verdict.FAILED, False),
        ("ValidationError", Verdict.FAILED, False),
    ],
)
def test_a_code_has_a_verdict(code, verdict, retry):
    error = call_error(client_error(code), CLOCK)
    assert (error.failure.verdict, error.failure.code, error.retry) == (verdict, code, retry)


@pytest.mark.parametrize("code", ["ReportExpired", "ReportInProgress", "ReportNotPresent"])
def test_a_credential_report_that_is_being_written_is_asked_for_again_after_a_while(code):
    error = call_error(client_error(code, status=404, operation="GetCredentialReport"), CLOCK)
    assert (error.failure.verdict, error.failure.code) == (Verdict.FAILED, code)
    assert (error.retry, error.retry_after, error.pending) == (True, 5.0, True)
    assert not call_error(client_error(code, status=404), CLOCK).retry


def test_an_answer_that_is_not_finished_is_asked_for_again_after_a_while():
    error = unfinished("iam:GetServiceLastAccessedDetails", {"JobStatus": "IN_PROGRESS"})
    assert error is not None
    assert (error.retry, error.retry_after, error.pending) == (True, 2.0, True)
    assert error.failure.code == "NotFinished"


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED"])
def test_an_answer_that_is_finished_is_one(status):
    assert unfinished("iam:GetServiceLastAccessedDetails", {"JobStatus": status}) is None


def test_no_code_has_two_verdicts():
    codes = [code for codes in CODES.values() for code in codes]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("code", "words", "verdict"),
    [
        ("LimitExceededException", "Rate exceeded, try again", Verdict.THROTTLED),
        ("LimitExceededException", "You have too many trails", Verdict.FAILED),
        ("InvalidAccessException", "Account 1 is not subscribed to it", Verdict.UNSUPPORTED),
        ("InvalidAccessException", "no", Verdict.DENIED),
        ("AccessDeniedException", "Macie is not enabled", Verdict.UNSUPPORTED),
        ("AccessDeniedException", "User x is not authorized to perform y", Verdict.DENIED),
    ],
)
def test_some_codes_are_told_apart_by_their_words(code, words, verdict):
    assert call_error(client_error(code, words), CLOCK).failure.verdict is verdict


def test_a_servers_fault_is_tried_again():
    error = call_error(client_error("InternalFailure", status=500), CLOCK)
    assert (error.failure.verdict, error.retry) == (Verdict.FAILED, True)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("Fri, 02 Jan 2026 00:00:30 GMT", 30.0), ("soon", None), ("", None)],
)
def test_the_wait_that_the_service_asks_for_is_kept(header, seconds):
    error = client_error("Throttling", status=429, headers={"retry-after": header})
    assert call_error(error, CLOCK).retry_after == seconds


def test_a_code_is_freed_of_its_namespace():
    error = client_error("com.amazon.coral.service#AccessDeniedException:http://x")
    assert call_error(error, CLOCK).failure.code == "AccessDeniedException"


def test_a_role_that_cannot_be_assumed_is_named():
    error = client_error("AccessDenied", "not authorized", 403, operation="AssumeRole")
    failure = call_error(error, CLOCK, role="arn:aws:iam::1:role/x").failure
    assert failure.message == "role arn:aws:iam::1:role/x cannot be assumed: not authorized"


@pytest.mark.parametrize(
    ("error", "verdict", "retry"),
    [
        (aws.ConnectTimeoutError(endpoint_url="https://x"), Verdict.FAILED, True),
        (aws.ReadTimeoutError(endpoint_url="https://x"), Verdict.FAILED, True),
        (aws.EndpointConnectionError(endpoint_url="https://x"), Verdict.FAILED, True),
        (aws.ConnectionClosedError(endpoint_url="https://x"), Verdict.FAILED, True),
        (aws.SSLError(endpoint_url="https://x", error="bad"), Verdict.FAILED, False),
        (aws.ParamValidationError(report="x"), Verdict.FAILED, False),
        (aws.NoCredentialsError(), Verdict.DENIED, False),
        (aws.ProfileNotFound(profile="x"), Verdict.DENIED, False),
        (aws.TokenRetrievalError(provider="sso", error_msg="expired"), Verdict.DENIED, False),
        (ResponseParserError("<html>"), Verdict.FAILED, True),
    ],
)
def test_what_never_was_an_answer_has_a_verdict(error, verdict, retry):
    told = call_error(error, CLOCK)
    assert (told.failure.verdict, told.retry) == (verdict, retry)


@pytest.mark.parametrize(("expected", "verdict"), [(True, "failed"), (False, "unsupported")])
def test_a_nameless_host_is_no_service_only_where_none_is_expected(expected, verdict):
    cause = NameResolutionError("x", None, socket.gaierror("no name"))
    error = aws.EndpointConnectionError(endpoint_url="https://x", error=cause)
    assert call_error(error, CLOCK, expected=expected).failure.verdict == verdict


@pytest.mark.parametrize("error", [client_error("500", "", 500), ResponseParserError("<html>")])
def test_an_emulators_error_page_means_that_it_lacks_the_operation(error):
    assert call_error(error, CLOCK, emulated=True).failure.verdict is Verdict.UNSUPPORTED
    assert call_error(error, CLOCK).failure.verdict is Verdict.FAILED


@pytest.mark.parametrize(
    "error",
    [
        client_error("503", "", 503),
        ResponseParserError("invalid XML received: b'<h1>502 Bad Gateway</h1>'"),
        ResponseParserError("invalid XML received: b'<title>Service Unavailable</title>'"),
    ],
)
def test_a_gateways_page_in_front_of_an_emulator_says_nothing_of_the_operation(error):
    told = call_error(error, CLOCK, emulated=True)
    assert told.failure.verdict is not Verdict.UNSUPPORTED
    assert told.retry


def test_other_exceptions_are_not_explained_away():
    with pytest.raises(ZeroDivisionError):
        call_error(ZeroDivisionError(), CLOCK)


@pytest.mark.parametrize(
    "text",
    [
        "aws_secret_access_key=SECRET",
        "Signature: SECRET",
        "X-Amz-Security-Token=SECRET&x=1",
        "x-amz-signature=SECRET",
        "session_token: SECRET",
    ],
)
def test_secrets_are_cut_out_of_messages(text):
    assert "SECRET" not in without_secrets(f"before {text} after")


def test_access_key_ids_are_cut_out_of_messages():
    assert without_secrets("key AKIAABCDEFGHIJKLMNOP is bad") == "key *** is bad"
