"""The access report: who has what, through what, since when, and when it was last used.

What an access review samples. A row is a user, a role, the root of an account, a person of Identity
Center, or an outsider who gets in by what a resource or role says itself. What was not read is said
to be unknown, never to be none; an account of which users and roles were not read has a row that
says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cloudwarden.analysis.estate import Estate
from cloudwarden.analysis.iam import (
    escalation_setting,
    estate_world,
    identity_center,
    last_accessed,
)
from cloudwarden.analysis.iam.escalation_paths import Path
from cloudwarden.analysis.iam.external import access as external
from cloudwarden.analysis.iam.review import credentials
from cloudwarden.analysis.iam.review.entry import Entry, by_name
from cloudwarden.analysis.iam.review.outsiders import outsiders
from cloudwarden.analysis.iam.review.people import people
from cloudwarden.analysis.iam.review.principals import PrincipalRows
from cloudwarden.analysis.iam.review.uses import Moments
from cloudwarden.analysis.iam.world import World
from cloudwarden.inventory.records import PastState

__all__ = ["labels", "report"]

_LABELS: Final = (
    estate_world.LABELS
    | last_accessed.LABELS
    | credentials.LABELS
    | external.LABELS
    | identity_center.LABELS
)


def labels() -> frozenset[str]:
    """What the report reads of an estate."""
    return _LABELS | escalation_setting.labels()


def report(
    estate: Estate,
    world: World,
    moments: Moments,
    ways: Iterable[Path] = (),
    past: Iterable[PastState] = (),
) -> list[Entry]:
    """Every row, by account, kind and name.

    `ways` are how far each user and role is from administration; `past` the ended states of
    `grants.PAST_LABELS`, which tell since when somebody has something.
    """
    of_principals = PrincipalRows(estate, world, moments, ways, past)
    accounts = {*estate.accounts, *(principal.account for principal in world.principals)}
    rows = [row for account in sorted(accounts) for row in of_principals.of_account(account)]
    by_arn = {row.arn: row for row in rows if row.arn is not None}
    rows += list(people(estate, world, rows))
    rows += outsiders(estate, moments, by_arn)
    return sorted(rows, key=by_name)
