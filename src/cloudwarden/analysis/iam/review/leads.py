"""The level of a row: what its own policies allow, and how far that leads to administration."""

from __future__ import annotations

from cloudwarden.analysis.iam.escalation_paths import Path
from cloudwarden.analysis.iam.levels import Effective, Level
from cloudwarden.analysis.iam.review.entry import ADMIN, BECOMES_ADMIN, NO, UNKNOWN, Lead
from cloudwarden.schema.derived import Certainty


def lead_of(way: Path) -> Lead:
    """How far a way leads."""
    if way.is_admin:
        path = (way.principal, *(hop.target for hop in way.hops))
        return Lead(way.certainty.value, len(way.hops), path, way.condition)
    return Lead(UNKNOWN if way.unknown else NO, condition="; ".join(way.unknown) or None)


def level_of(effective: Effective, lead: Lead, *, partly: bool) -> tuple[str | None, str]:
    """The level of a row, and how certain it is. `partly` says that there may be more grants."""
    if lead.hops is not None:
        return level_of_admin(lead), lead.certainty
    if lead.certainty == UNKNOWN or partly or effective.certainty is Certainty.UNKNOWN:
        # There may be more than what was read gives.
        return (None if effective.level is Level.NONE else effective.level.value), UNKNOWN
    return effective.level.value, effective.certainty.value


def level_of_admin(lead: Lead) -> str | None:
    """The level that a way to administration comes to; None where there is none that is known."""
    if lead.hops is None:
        return Level.NONE.value if lead.certainty == NO else None
    return BECOMES_ADMIN if lead.hops else ADMIN
