"""What botocore's exceptions mean: the verdict each leads to, and whether trying again may help."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from botocore import exceptions as aws
from botocore.parsers import ResponseParserError
from urllib3.exceptions import NameResolutionError

from cloudwarden.core.clock import Clock
from cloudwarden.providers.base import CallError
from cloudwarden.schema.records import Failure, Verdict

#: Codes of credentials that were good and are no longer: new ones may help.
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})

#: Error codes by verdict; throttling is tried again, the others are not.
CODES: Mapping[Verdict, frozenset[str]] = {
    Verdict.THROTTLED: frozenset(
        {
            "BandwidthLimitExceeded",
            "EC2ThrottledException",
            "PriorRequestNotComplete",
            "ProvisionedThroughputExceededException",
            "RequestLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "SlowDown",
            "Throttled",
            "ThrottledException",
            "Throttling",
            "ThrottlingException",
            "TooManyRequests",
            "TooManyRequestsException",
            "TransactionInProgressException",
        }
    ),
    Verdict.DENIED: frozenset(
        {
            "AccessDenied",
            "AllAccessDisabled",
            "AuthFailure",
            "AuthorizationError",
            "AuthorizationErrorException",
            *EXPIRED,
            "Forbidden",
            "ForbiddenException",
            "IncompleteSignature",
            "InvalidClientTokenId",
            "MissingAuthenticationToken",
            "NotAuthorized",
            "SignatureDoesNotMatch",
            "UnauthorizedAccess",
            "UnauthorizedException",
            "UnauthorizedOperation",
            "UnrecognizedClientException",
            "403",
        }
    ),
    Verdict.UNSUPPORTED: frozenset(
        {
            "AWSOrganizationsNotInUseException",
            "InvalidAction",
            "MethodNotAllowed",
            "NotImplemented",
            "OperationNotSupported",
            "OperationNotSupportedException",
            "OptInRequired",
            "SubscriptionRequiredException",
            "UnknownOperation",
            "UnknownOperationException",
            "UnsupportedOperation",
            "UnsupportedOperationException",
            "405",
            "501",
        }
    ),
}

_VERDICTS: Mapping[str, Verdict] = {
    code: verdict for verdict, codes in CODES.items() for code in codes
}

#: Codes that services use for several things: a pattern of the words, the verdict where it is
#: found, and the verdict where it is not.
_BY_WORDS: Mapping[str, tuple[re.Pattern[str], Verdict, Verdict]] = {
    "LimitExceededException": (
        re.compile(r"\brate\b|throttl|too many requests", re.IGNORECASE),
        Verdict.THROTTLED,
        Verdict.FAILED,
    ),
    "InvalidAccessException": (
        re.compile(r"not subscribed|not enabled", re.IGNORECASE),
        Verdict.UNSUPPORTED,
        Verdict.DENIED,
    ),
    "AccessDeniedException": (
        re.compile(r"is not (subscribed|enabled)", re.IGNORECASE),
        Verdict.UNSUPPORTED,
        Verdict.DENIED,
    ),
}

#: Seconds after which to ask again what is being prepared: operation and code say "not yet". IAM
#: writes a credential report within seconds, in large accounts within minutes.
_NOT_YET: Mapping[tuple[str, str], float] = {
    ("GetCredentialReport", code): 5.0
    for code in ("ReportExpired", "ReportInProgress", "ReportNotPresent")
}

#: Answers that say so without an error: the operation, the member that says how far it is, the
#: values of it that mean "not yet", and the seconds after which to ask again.
_UNFINISHED: Mapping[str, tuple[str, frozenset[str], float]] = {
    "iam:GetServiceLastAccessedDetails": ("JobStatus", frozenset({"IN_PROGRESS"}), 2.0),
}

#: Exceptions that say that there is nobody to ask as: signing in is refused before AWS is asked.
_NOT_SIGNED_IN = (
    aws.CredentialRetrievalError,
    aws.LoginError,
    aws.NoAuthTokenError,
    aws.NoCredentialsError,
    aws.PartialCredentialsError,
    aws.ProfileNotFound,
    aws.RefreshWithMFAUnsupportedError,
    aws.SSOError,
    aws.TokenRetrievalError,
)

#: Exceptions that never reached AWS, most particular first: verdict and whether to try again.
_LOCAL: tuple[tuple[type[BaseException], Verdict, bool], ...] = (
    *((kind, Verdict.DENIED, False) for kind in _NOT_SIGNED_IN),
    (aws.ConnectTimeoutError, Verdict.FAILED, True),
    (aws.EndpointConnectionError, Verdict.FAILED, True),
    (aws.SSLError, Verdict.FAILED, False),
    (aws.ProxyConnectionError, Verdict.FAILED, True),
    (aws.HTTPClientError, Verdict.FAILED, True),
    (aws.IncompleteReadError, Verdict.FAILED, True),
    (aws.ResponseStreamingError, Verdict.FAILED, True),
    (aws.EndpointProviderError, Verdict.UNSUPPORTED, False),
    (aws.UnknownServiceError, Verdict.UNSUPPORTED, False),
    (aws.BotoCoreError, Verdict.FAILED, False),
)

#: What botocore makes of an answer without an error code: its status.
_BARE = frozenset({"404", "500", "501"})
_GATEWAY = re.compile(
    r"\b50[234]\b|Bad Gateway|Service Unavailable|Gateway Time-?out", re.IGNORECASE
)

_NO_CREDENTIALS = (
    "there are no AWS credentials; set AWS_PROFILE, sign in with `aws sso login`, "
    "or see https://docs.aws.amazon.com/cli/latest/userguide/cli-chap-authentication.html"
)

#: A message may quote what was sent: keys, tokens and signatures are cut out of it.
_SECRETS = re.compile(
    r"(?i)\b((?:aws_?)?(?:secret_?access_?key|session_?token|security_?token|signature|credential|"
    r"x-amz-[a-z-]*(?:token|signature|credential))\s*[=:]\s*)[^\s,&;'\"]+"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b"
)


#: Our code for an operation that an endpoint of another make seems to lack.
LACKING = "NotImplemented"


def call_error(
    error: Exception,
    clock: Clock,
    *,
    role: str = "",
    expected: bool = True,
    emulated: bool = False,
) -> CallError:
    """What an exception of botocore's comes to.

    `role` is the role that the call's credentials come from; a failure to assume it is told as
    such. `expected` says that botocore lists the service in the region; where it does not, a
    host that has no address means that there is no such service. `emulated` says that the
    endpoint is not Amazon's; a bare error page from it means that it lacks the operation.

    The message holds no key, token or signature. Anything but an exception of botocore's is
    raised again.
    """
    if emulated and _is_bare_page(error):
        words = "the endpoint is not AWS's and does not implement the operation"
        return CallError(Failure(Verdict.UNSUPPORTED, LACKING, words))
    if isinstance(error, aws.ClientError):
        return _client_error(error, clock, role)
    if isinstance(error, aws.NoCredentialsError):
        return CallError(Failure(Verdict.DENIED, type(error).__name__, _NO_CREDENTIALS))
    if isinstance(error, aws.EndpointConnectionError) and not expected and _nameless(error):
        words = without_secrets(str(error))
        return CallError(Failure(Verdict.UNSUPPORTED, type(error).__name__, words))
    if isinstance(error, ResponseParserError):
        # Its own message quotes the whole answer.
        words = "the answer is no answer of AWS's; is a proxy in between?"
        return CallError(Failure(Verdict.FAILED, type(error).__name__, words), retry=True)
    for kind, verdict, retry in _LOCAL:
        if isinstance(error, kind):
            failure = Failure(verdict, type(error).__name__, without_secrets(str(error)))
            return CallError(failure, retry=retry)
    raise error


def unfinished(operation: str, document: Mapping[str, Any]) -> CallError | None:
    """Why an answer is none yet: what was asked for is still being made. None if it is one."""
    if operation not in _UNFINISHED:
        return None
    member, values, wait = _UNFINISHED[operation]
    if document.get(member) not in values:
        return None
    words = f"AWS had not finished what {operation} asks for"
    failure = Failure(Verdict.FAILED, "NotFinished", words)
    return CallError(failure, retry=True, retry_after=wait, pending=True)


def code_of(error: aws.ClientError) -> str:
    """The service's error code, without the noise that some put around it."""
    code = str(error.response.get("Error", {}).get("Code") or "")
    return code.rpartition("#")[2].partition(":")[0] or str(_status(error))


def without_secrets(text: str) -> str:
    """The text with access keys, tokens and signatures cut out."""
    return _SECRETS.sub(lambda found: f"{found[1] or ''}***", text)


def _is_bare_page(error: Exception) -> bool:
    """Whether the answer named no error, as a web server's own pages do.

    A gateway's page (502, 503, 504) says that nobody answered, not what is lacking.
    """
    if isinstance(error, aws.ClientError):
        return code_of(error) in _BARE and not _metadata(error).get("RequestId")
    return isinstance(error, ResponseParserError) and not _GATEWAY.search(str(error))


def _nameless(error: aws.EndpointConnectionError) -> bool:
    return isinstance(error.kwargs.get("error"), NameResolutionError | socket.gaierror)


def _client_error(error: aws.ClientError, clock: Clock, role: str) -> CallError:
    code, status = code_of(error), _status(error)
    words = str(error.response.get("Error", {}).get("Message") or "").strip()
    verdict = _verdict(code, words, status)
    message = without_secrets(words) or f"HTTP status {status}"
    if role and error.operation_name == "AssumeRole":
        message = f"role {role} cannot be assumed: {message}"
    wait = _NOT_YET.get((error.operation_name, code))
    is_fault = verdict is Verdict.FAILED and status >= 500
    return CallError(
        Failure(verdict, code, message),
        retry=verdict is Verdict.THROTTLED or is_fault or wait is not None,
        retry_after=wait or _retry_after(error, clock),
        pending=wait is not None,
    )


def _verdict(code: str, words: str, status: int) -> Verdict:
    if code in _BY_WORDS:
        pattern, found, otherwise = _BY_WORDS[code]
        return found if pattern.search(words) else otherwise
    known = _VERDICTS.get(code)
    if known is not None:
        return known
    if code.startswith("Throttling") or status == 429:
        return Verdict.THROTTLED
    if code.startswith(("AccessDenied", "Unauthorized")) or status == 403:
        return Verdict.DENIED
    return Verdict.UNSUPPORTED if status == 501 else Verdict.FAILED


def _status(error: aws.ClientError) -> int:
    return int(_metadata(error).get("HTTPStatusCode") or 0)


def _metadata(error: aws.ClientError) -> Mapping[str, Any]:
    return error.response.get("ResponseMetadata") or {}


def _retry_after(error: aws.ClientError, clock: Clock) -> float | None:
    """Seconds that a `Retry-After` header asks for; it is a number of them or a date."""
    text = str((_metadata(error).get("HTTPHeaders") or {}).get("retry-after") or "")
    if text.isdigit():
        return float(text)
    try:
        due = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (due - clock.now()).total_seconds())
