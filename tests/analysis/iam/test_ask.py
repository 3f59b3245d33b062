import pytest

from cloudwarden.analysis.iam.ask import Access
from cloudwarden.analysis.iam.decisions import Outcome
from cloudwarden.analysis.iam.layers import Layer
from cloudwarden.analysis.iam.world import UNREAD, Account, World
from cloudwarden.core.errors import UsageError
from cloudwarden.schema.derived import Certainty
from tests.analysis.iam.support import NOW, ONE, TWO, allow, bucket, deny, policy, role, world

PHOTOS = "arn:aws:s3:::photos"
READER = f"arn:aws:iam::{ONE}:role/reader"
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
PRINCIPALS = [
    role("reader", policy(allow("s3:GetObject", f"{PHOTOS}/*"))),
    role("careful", policy(allow("s3:*", Condition=MFA))),
    role("denied", policy(allow("s3:*"), deny("s3:Get*"))),
    role("writer", policy(allow("s3:PutObject", f"{PHOTOS}/in/*"))),
]


def access(
    *policies: object, accounts: tuple[Account, ...] = (Account(ONE), Account(TWO))
) -> Access:
    return Access(world(PRINCIPALS, [bucket("photos", *policies)], accounts), NOW)  # type: ignore[arg-type]


def test_can_is_answered_with_the_statement_that_allows() -> None:
    answer = access().can(READER, "s3:GetObject", f"{PHOTOS}/2024/a.jpg")

    assert answer.decision.allowed
    assert answer.decision.layer is Layer.IDENTITY
    assert any("reader-0" in line for line in answer.explain())


def test_can_of_a_session_is_that_of_its_role() -> None:
    session = f"arn:aws:sts::{ONE}:assumed-role/reader/me"

    assert access().can(session, "s3:GetObject", f"{PHOTOS}/x").decision.allowed


def test_a_deny_is_told() -> None:
    answer = access().can(f"arn:aws:iam::{ONE}:role/denied", "s3:GetObject", f"{PHOTOS}/x")

    assert answer.decision.outcome is Outcome.EXPLICIT_DENY


def test_of_a_principal_that_was_not_collected_it_is_unknown() -> None:
    opens = policy({**allow("s3:GetObject", f"{PHOTOS}/*"), "Principal": {"AWS": "999999999999"}})
    stranger = "arn:aws:iam::999999999999:user/mallory"

    answer = access(opens).can(stranger, "s3:GetObject", f"{PHOTOS}/x")

    assert answer.decision.certainty is Certainty.UNKNOWN


def test_who_can_do_an_action_on_an_object() -> None:
    told = access().who_can("s3:GetObject", f"{PHOTOS}/x")

    assert [(one.principal.rpartition("/")[2], one.certainty.value) for one in told.found] == [
        ("reader", "sure"),
        ("careful", "conditional"),
    ]
    assert told.found[1].condition == "if aws:MultiFactorAuthPresent is true"
    assert told.found[0].answer.decision.certainty is Certainty.SURE
    assert not told.unknown


def test_who_can_by_the_name_of_a_question() -> None:
    told = access().who_can("can_write", PHOTOS)

    assert {one.principal.rpartition("/")[2]: one.whole for one in told.found} == {
        "careful": True,
        "denied": True,
        "writer": False,
    }


def test_a_question_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UsageError, match="CAN_READ"):
        access().who_can("CAN_FLY", PHOTOS)


def test_outsiders_that_the_policy_lets_in_are_told() -> None:
    opens = policy(
        {**allow("s3:GetObject", f"{PHOTOS}/*"), "Principal": {"AWS": ["999999999999", ONE]}},
        {**allow("s3:*", f"{PHOTOS}/*"), "Principal": {"Service": "logging.s3.amazonaws.com"}},
        {**allow("s3:PutObject", f"{PHOTOS}/*"), "Principal": "*"},
    )

    assert access(opens).who_can("s3:GetObject", f"{PHOTOS}/x").outsiders == (
        "999999999999",
        "logging.s3.amazonaws.com",
    )


def test_what_was_not_read_is_told_beside_the_answer() -> None:
    accounts = (Account(ONE, lists_principals=False), Account(TWO))

    told = access(UNREAD, accounts=accounts).who_can("s3:GetObject", f"{PHOTOS}/x")

    assert len(told.found) == 3
    assert {one.certainty for one in told.found} == {Certainty.UNKNOWN}
    assert [ONE in sentence for sentence in told.unknown] == [False, True]


def test_a_resource_that_was_not_collected_is_asked_about_all_the_same() -> None:
    queue = f"arn:aws:sqs:eu-west-1:{ONE}:jobs"
    sender = role("sender", policy(allow("sqs:*", queue)))
    found = Access(World([Account(ONE)], [sender]), NOW)

    told = found.who_can("sqs:SendMessage", queue)

    assert [one.certainty for one in told.found] == [Certainty.UNKNOWN]
    assert "not among what was collected" in told.unknown[0]
