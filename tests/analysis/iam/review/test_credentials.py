"""How principals sign in, from the credential report and from lists, either of which may lack."""

from __future__ import annotations

from typing import Any

import pytest

from cloudwarden.analysis.estate import Estate, Listing
from cloudwarden.analysis.iam.review.credentials import REPORT, Credentials, Key
from cloudwarden.analysis.iam.review.uses import Use
from cloudwarden.schema.records import Verdict

from .estates import DENIED, ONE, arn, device, estate, key, root, rows, user

ANN = arn("user", "ann")
BORN, USED = "2026-01-01T00:00:00Z", "2026-10-20T00:00:00Z"
REPORTED = {
    "password_enabled": True,
    "password_last_changed": "2026-10-22T00:00:00Z",
    "mfa_active": False,
    "access_key_1_active": True,
    "access_key_1_last_rotated": BORN,
    "access_key_1_last_used_date": USED,
    "access_key_1_last_used_service": "s3",
    "access_key_2_active": False,
}
UNREAD = {REPORT: DENIED}
NOT_LISTED = {"AWSAccountAccessKey": Verdict.DENIED, "AWSMfaDevice": Verdict.DENIED}


def signs_in(*assets: Any, **more: Any) -> Credentials:
    return rows(estate(*assets, **more))["ann"].credentials


def only(found: Credentials) -> Key:
    assert found.keys is not None
    (one,) = found.keys
    return one


def test_a_password_has_an_age_and_a_use() -> None:
    password = signs_in(user(properties=REPORTED)).password
    assert password is not None
    assert (password.age_days, password.use, password.last_used) == (10, Use.UNUSED, None)


def test_keys_are_as_they_were_listed() -> None:
    listed = key(properties={"status": "Inactive", "createdate": BORN, "lastuseddate": USED})
    found = only(signs_in(user(properties=REPORTED), listed))
    assert (found.id, found.active, found.age_days) == ("AKIA1", False, 304)
    assert (found.use, found.last_used) == (Use.USED, USED)


def test_keys_that_were_not_listed_are_the_reports() -> None:
    found = only(signs_in(user(properties=REPORTED), verdicts=NOT_LISTED))
    assert (found.id, found.active, found.created, found.use) == (None, True, BORN, Use.USED)


def test_one_key_of_two_sources_is_one() -> None:
    told = {"status": "Active", "createdate": "2026-01-01T00:00:00.500000Z"}
    found = signs_in(user(properties=REPORTED), key(properties=told), verdicts=NOT_LISTED)
    assert only(found).id == "AKIA1"


def test_what_failed_beside_does_not_matter() -> None:
    failures = {"iam:ListMFADevices": DENIED}
    partly = Listing(
        "AWSAccountAccessKey",
        ONE,
        "global",
        Verdict.PARTIAL,
        shows_absence=False,
        failures=failures,
    )
    of = Estate([user(unread=UNREAD)], [partly], {ONE: ""})
    found = rows(of)["ann"].credentials
    assert (found.keys, found.mfa) == ((), None)


def test_the_use_of_a_key_that_was_not_read_is_the_reports() -> None:
    unread = {"iam:GetAccessKeyLastUsed": DENIED}
    told = {"status": "Active", "createdate": BORN, "lastuseddate": "2020-01-01T00:00:00Z"}
    found = only(signs_in(user(properties=REPORTED), key(properties=told, unread=unread)))
    assert (found.id, found.last_used, found.service) == ("AKIA1", USED, "s3")
    alone = signs_in(user(unread=UNREAD), key(properties=told, unread=unread))
    assert (only(alone).use, only(alone).last_used) == (Use.UNKNOWN, None)


def test_nothing_read_is_nothing_known() -> None:
    assert signs_in(user(unread=UNREAD), verdicts=NOT_LISTED) == Credentials()


def test_a_key_of_an_earlier_reading_is_none_that_is_known() -> None:
    found = signs_in(user(unread=UNREAD), key(stale=True), verdicts=NOT_LISTED)
    assert found.keys is None


@pytest.mark.parametrize(
    ("serial", "kind"),
    [
        (f"{ANN.replace('user', 'mfa')}", "virtual"),
        (f"{ANN.replace('user', 'u2f')}", "security key"),
        ("GAHT12345678", "hardware"),
    ],
)
def test_a_device_says_what_kind_it_is(serial: str, kind: str) -> None:
    found = signs_in(user(unread=UNREAD), device(serial, ANN))
    assert (found.mfa, found.factor) == (True, kind)


def test_of_several_devices_the_weakest_counts() -> None:
    found = signs_in(user(), device("GAHT12345678", ANN), device(ANN.replace("user", "mfa"), ANN))
    assert found.factor == "virtual"


@pytest.mark.parametrize(
    ("active", "verdicts", "expected"),
    [
        (None, {}, (False, "none")),
        (False, NOT_LISTED, (False, "none")),
        (True, NOT_LISTED, (True, None)),
        (None, NOT_LISTED, (None, None)),
    ],
)
def test_without_devices_there_is_none_only_if_somebody_says_so(
    active: bool | None, verdicts: Any, expected: Any
) -> None:
    properties = {} if active is None else {"mfa_active": active}
    unread = UNREAD if active is None else {}
    found = signs_in(user(properties=properties, unread=unread), verdicts=verdicts)
    assert (found.mfa, found.factor) == expected


@pytest.mark.parametrize(
    ("active", "devices", "expected"),
    [
        (False, (), (False, "none")),
        (True, (), (True, "hardware")),
        (True, ("root-account-mfa-device",), (True, "virtual")),
    ],
)
def test_the_roots_second_factor_is_hardware_where_no_virtual_one_is_its_own(
    active: bool, devices: Any, expected: Any
) -> None:
    of_root = root(mfa_active=active)
    owned = [device(arn("mfa", name), of_root.id) for name in devices]
    found = rows(estate(user(), of_root, *owned))["root"].credentials
    assert (found.mfa, found.factor, found.console) == (*expected, None)


def test_the_roots_keys_are_the_reports() -> None:
    of_root = root(mfa_active=True, access_key_1_active=True, access_key_1_last_rotated=BORN)
    assert only(rows(estate(user(), of_root))["root"].credentials).created == BORN
