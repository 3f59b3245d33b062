from __future__ import annotations

from cloudwarden.providers.aws.emulation import Emulation
from cloudwarden.providers.aws.errors import LACKING
from cloudwarden.providers.base import CallError
from cloudwarden.schema.records import Failure, Verdict

OPERATION = "ec2:DescribeInstances"
PAGE = CallError(Failure(Verdict.UNSUPPORTED, LACKING, "a page"))


def test_an_error_page_for_an_operation_never_answered_is_asked_again_once() -> None:
    emulation = Emulation()
    first = emulation.doubt(OPERATION, PAGE)
    assert (first.retry, first.failure) == (True, PAGE.failure)
    second = emulation.doubt(OPERATION, PAGE)
    assert (second.retry, second.failure.verdict) == (False, Verdict.UNSUPPORTED)


def test_an_error_page_for_an_operation_that_was_answered_is_a_fault() -> None:
    emulation = Emulation()
    emulation.answered(OPERATION)
    for _ in range(3):
        error = emulation.doubt(OPERATION, PAGE)
        assert (error.retry, error.failure.verdict) == (True, Verdict.FAILED)


def test_any_other_error_is_left_as_it_is() -> None:
    emulation = Emulation()
    emulation.answered(OPERATION)
    denied = CallError(Failure(Verdict.DENIED, "AccessDenied", "no"))
    assert emulation.doubt(OPERATION, denied) is denied
