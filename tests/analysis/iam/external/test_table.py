"""Whom policies let in from outside, against answers by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from cloudwarden.analysis.iam.external.report import ExternalReport, external_access

from .table import CASES, OURS, Case

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def report(case: Case) -> ExternalReport:
    document = {"Version": case.version, "Statement": list(case.statements)}
    return external_access(json.dumps(document), OURS, case.organization, now=NOW)


def people(found: ExternalReport, zone: str) -> dict[str, str]:
    return {row.who: row.certainty.value for row in found.rows if row.zone == zone}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_those_who_get_in_are_those_by_hand(case: Case) -> None:
    found = report(case)
    assert people(found, "account") == case.expected
    assert people(found, "organization") == (case.outside or {})


def test_the_table_is_as_long_as_it_should_be() -> None:
    assert len(CASES) >= 60
    assert len({case.name for case in CASES}) == len(CASES)
