"""The table of small networks: what the engine says is what was computed by hand."""

from __future__ import annotations

import pytest

from cloudwarden.analysis.exposure.derive import Exposures
from cloudwarden.analysis.exposure.verdicts import Exposure

from .networks import standard
from .table import CASES, Case


def answer(case: Case) -> Exposure:
    made = standard(**case.changes)
    for part, arguments in case.also:
        getattr(made, part)(**arguments)
    made.unread = set(case.unread)
    estate = made.estate()
    (interface,) = estate.assets("AWSNetworkInterface")
    return Exposures(estate).of(interface)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_answer_is_the_one_computed_by_hand(case: Case) -> None:
    found = answer(case)
    assert (found.exposed, found.certainty) == case.answer, found
    assert found.ports == case.ports
    told = "; ".join((*found.steps, *found.unknown, found.condition or ""))
    assert case.says in told


def test_the_table_covers_sixty_networks() -> None:
    assert len({case.name for case in CASES}) >= 60


@pytest.mark.parametrize("case", [one for one in CASES if one.answer[0] is None],
                         ids=lambda case: case.name)  # fmt: skip
def test_what_is_not_known_is_said(case: Case) -> None:
    found = answer(case)
    assert found.unknown or found.condition
