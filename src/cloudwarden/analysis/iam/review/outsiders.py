"""The rows of those who get in from outside, by what a resource or role says itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.iam.action_patterns import action_pattern
from cloudwarden.analysis.iam.actions import AccessLevel, catalogue
from cloudwarden.analysis.iam.external.access import Access, accesses
from cloudwarden.analysis.iam.external.access import Entry as Outsider
from cloudwarden.analysis.iam.levels import Level
from cloudwarden.analysis.iam.review.entry import Entry, Kind
from cloudwarden.analysis.iam.review.uses import Moments
from cloudwarden.core.clock import format_moment

_READS = frozenset({AccessLevel.LIST, AccessLevel.READ})


def outsiders(estate: Estate, moments: Moments, rows: Mapping[str, Entry]) -> Iterator[Entry]:
    """A row for each outsider and resource, and one for what was not read of each label.

    `rows` are those of users and roles by ARN: whoever may take on a role gets at what it may.
    """
    unread: dict[tuple[str, str], list[Access]] = defaultdict(list)
    for found in accesses(estate, moments.now):
        for one in found.entries:
            yield _row(estate, found, one, rows)
        if found.doubts:
            unread[found.asset.account, found.asset.label].append(found)
    for (account, label), several in unread.items():
        yield _unread(estate, account, label, several)


def _row(estate: Estate, found: Access, one: Outsider, rows: Mapping[str, Entry]) -> Entry:
    asset = found.asset
    arn = _arn(asset)
    level, certainty = _level(one.actions), one.certainty.value
    role = rows.get(asset.id) if asset.label == "AWSRole" else None
    if role is not None:
        level = role.level
        if role.level_certainty == "unknown" or certainty == "sure":
            certainty = role.level_certainty
    return Entry(
        account=asset.account,
        account_name=estate.accounts.get(asset.account, ""),
        kind=Kind.EXTERNAL,
        name=one.who,
        arn=str(one.witness["principal"]) if one.witness else None,
        read_at=format_moment(asset.seen) if asset.seen else None,
        level=level,
        level_certainty=certainty,
        resource=arn,
        actions=one.actions,
        condition=one.condition,
        reason=one.reason,
        unknown=(one.doubt,) if one.doubt else (),
    )


def _unread(estate: Estate, account: str, label: str, several: list[Access]) -> Entry:
    what = f"{len(several)} {label}" if len(several) > 1 else _arn(several[0].asset)
    return Entry(
        account,
        estate.accounts.get(account, ""),
        Kind.EXTERNAL,
        None,
        None,
        resource=what,
        unknown=tuple(dict.fromkeys(doubt for one in several for doubt in one.doubts)),
    )


def _level(actions: tuple[str, ...]) -> str | None:
    """The level of the actions that somebody may do; None where none of them is known."""
    known = catalogue()
    found = {
        action.level
        for text in actions
        for name in known.matching(action_pattern(text))
        if (action := known.action(name)) is not None
    }
    if found - _READS:
        return Level.WRITE.value
    return Level.READ.value if found else None


def _arn(asset: EstateAsset) -> str:
    return str(asset.get("arn") or asset.id)
