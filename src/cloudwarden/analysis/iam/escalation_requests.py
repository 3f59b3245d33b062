"""What the requests that a technique makes have in their context: what it decides itself.

Each key here is told by the technique or chosen by whoever asks, so that it is known beforehand.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final

from cloudwarden.analysis.iam.bulk.rules import Document, condition_keys
from cloudwarden.analysis.iam.context import ABSENT, State
from cloudwarden.analysis.iam.escalation_standing import Extra
from cloudwarden.analysis.iam.escalation_tables import ROLES, USERS, USUAL_REGIONS
from cloudwarden.analysis.iam.techniques import Requirement

_PASSED_TO: Final = "iam:passedtoservice"
_POLICY_ARN: Final = "iam:policyarn"
_REGION: Final = "aws:requestedregion"
_BOUNDARY: Final = "iam:permissionsboundary"
#: When the credentials that a request is made with were issued.
ISSUED: Final = "aws:tokenissuetime"

#: So many regions are tried beside the usual one.
_MOST_REGIONS = 3

#: What somebody who may attach a policy of its choice attaches: one of them suffices.
_WIDE_POLICIES = ("AdministratorAccess", "IAMFullAccess")

#: Actions whose requests tell the boundary of whom they change.
_TELL_BOUNDARY = frozenset(
    f"iam:{verb}{kind}{what}"
    for kind in ("User", "Role")
    for verb, what in (("Put", "Policy"), ("Attach", "Policy"), ("Delete", "PermissionsBoundary"))
)

#: The rows of a table by the boundary that they have.
ByBoundary = Callable[[str], list[tuple[State, int]]]


class Keys:
    """The keys of requests of one account's principals; only those that some policy asks for."""

    def __init__(
        self, documents: Collection[Document], partition: str, by_boundary: ByBoundary
    ) -> None:
        self._partition = partition
        self._by_boundary = by_boundary
        self._regions = _regions(documents, partition)
        self._asked = {
            key
            for document in documents
            for rule in document.rules
            for key in condition_keys(rule.statement)
        }

    def asks(self, key: str) -> bool:
        """Whether some policy asks for a key, given in lower case."""
        return key in self._asked

    def of(
        self, requirement: Requirement, table: str, service: str | None
    ) -> Iterator[tuple[Extra, int | None]]:
        """The keys that a request would have, and on which rows (None: all)."""
        bare: dict[str, State] = {}
        action = requirement.action
        if _PASSED_TO in self._asked:
            # No other request has this key, whatever statement it shares with iam:PassRole.
            passes = action == "iam:PassRole" and service is not None
            bare[_PASSED_TO] = (service or "",) if passes else ABSENT
        attaches = action.startswith("iam:Attach")
        if _POLICY_ARN in self._asked and not attaches:
            bare[_POLICY_ARN] = ABSENT
        choices = [bare]
        if _REGION in self._asked:
            # IAM is asked in one region; elsewhere whoever asks chooses.
            is_global = action.startswith("iam:") and action != "iam:PassRole"
            regions = self._regions[:1] if is_global else self._regions
            choices = [{**bare, _REGION: (region,)} for region in regions]
        if attaches and _POLICY_ARN in self._asked:
            choices = [
                {**one, _POLICY_ARN: (f"arn:{self._partition}:iam::aws:policy/{name}",)}
                for one in choices
                for name in _WIDE_POLICIES
            ]
        for chosen in choices:
            if _BOUNDARY not in self._asked or not action.startswith("iam:"):
                yield tuple(sorted(chosen.items())), None
            elif table.startswith("new "):
                yield tuple(sorted({**chosen, _BOUNDARY: ABSENT}.items())), None
            elif action in _TELL_BOUNDARY and table in (ROLES, USERS):
                for boundary, about in self._by_boundary(table):
                    yield tuple(sorted({**chosen, _BOUNDARY: boundary}.items())), about
            else:
                yield tuple(sorted(chosen.items())), None


def _regions(documents: Iterable[Document], partition: str) -> list[str]:
    """The usual region, then those that some condition names."""
    named = {
        value
        for document in documents
        for rule in document.rules
        for clause in rule.statement.conditions
        if clause.key == _REGION
        for value in clause.values
        if not set(value) & {"*", "?", "$"}
    }
    usual = USUAL_REGIONS.get(partition, USUAL_REGIONS["aws"])
    return [usual, *sorted(named - {usual})[:_MOST_REGIONS]]
