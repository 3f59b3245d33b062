"""What principals have and through what, since when it was seen; and whom roles trust."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.iam.world import UNREAD, Attachment, Principal
from cloudwarden.core.clock import format_moment
from cloudwarden.inventory.records import PastState

#: The labels whose past tells since when a principal has what it has.
PAST_LABELS: Final = frozenset({"AWSUser", "AWSRole", "AWSGroup"})

_GRANTS: Final = frozenset({"POLICY", "PERMISSIONS_BOUNDARY", "MEMBER_AWS_GROUP"})


@dataclass(frozen=True, slots=True)
class Grant:
    """One policy that a principal has, through what, and since when that was seen.

    `or_earlier` says that it was there when we first saw the principal, or its group: it may be
    as old as that is.
    """

    policy: str
    through: str
    since: str | None
    or_earlier: bool
    read: bool

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "policy": self.policy,
            "through": self.through,
            "since": self.since,
            "or_earlier": self.or_earlier,
            "read": self.read,
        }


@dataclass(frozen=True, slots=True)
class Trust:
    """Somebody whom a role's trust policy names.

    `is_service` says that it is an AWS service, `conditional` that there always is a condition,
    `external_id` that it asks for one.
    """

    who: str
    is_service: bool
    conditional: bool
    external_id: bool

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "who": self.who,
            "service": self.is_service,
            "conditional": self.conditional,
            "external_id": self.external_id,
        }


def trusted(role: EstateAsset) -> tuple[Trust, ...]:
    """Whom a role trusts, in the order of their names."""
    found = [
        Trust(
            relation.target,
            relation.target_label == "AWSServicePrincipal",
            bool(relation.properties.get("conditional")),
            bool(relation.properties.get("external_id")),
        )
        for relation in role.relations
        if relation.type == "TRUSTS_AWS_PRINCIPAL"
    ]
    return tuple(sorted(found, key=lambda one: one.who))


class Grants:
    """Since when the principals of an estate have what they have.

    `past` are the ended states of `PAST_LABELS`.
    """

    def __init__(self, estate: Estate, past: Iterable[PastState] = ()) -> None:
        self._since = _since(estate, past)

    def of(self, principal: Principal) -> tuple[Grant, ...]:
        """Every policy that bears on a principal, in the order of its own, then its groups'."""
        return tuple(self._grant(principal, attached) for attached in principal.policies)

    def _grant(self, principal: Principal, attached: Attachment) -> Grant:
        known = []
        if attached.through.startswith("group "):
            # Through a group it is had since both the policy and the membership are there.
            name = attached.through.removeprefix("group ")
            for group in principal.groups:
                if group.rpartition("/")[2] == name:
                    known.append(self._since.get((principal.arn, "MEMBER_AWS_GROUP", group)))
                    known.append(self._since.get((group, "POLICY", attached.policy)))
        else:
            known.append(self._since.get((principal.arn, "POLICY", attached.policy)))
        seen = [one for one in known if one is not None]
        latest = max(seen, default=None)
        return Grant(
            attached.policy,
            attached.through,
            format_moment(latest[0]) if latest else None,
            latest is None or any(one == latest and one[1] for one in seen),
            attached.document is not UNREAD,
        )


#: Since when a (holder, relation, target) was seen, and whether it may be older.
_Since = Mapping[tuple[str, str, str], tuple[datetime, bool]]


def _since(estate: Estate, past: Iterable[PastState]) -> _Since:
    """Since when each holder has each of its grants, as far as it was seen.

    A grant that was gone in between counts from when it came back.
    """
    held: dict[str, list[tuple[datetime, frozenset[tuple[str, str]]]]] = defaultdict(list)
    for state in past:
        held[state.id].append((state.began, _grants_of(state.relations)))
    since: dict[tuple[str, str, str], tuple[datetime, bool]] = {}
    for holder in estate.assets(*PAST_LABELS):
        before = sorted(held[holder.id], reverse=True, key=lambda one: one[0])
        for relation in holder.relations:
            if relation.type not in _GRANTS or holder.since is None:
                continue
            began, first = holder.since, True
            for earlier, grants in before:
                if (relation.type, relation.target) not in grants:
                    first = False
                    break
                began = earlier
            since[holder.id, relation.type, relation.target] = began, first
    return since


def _grants_of(relations: Iterable[Mapping[str, Any]]) -> frozenset[tuple[str, str]]:
    return frozenset((r["type"], r["target"]) for r in relations if r["type"] in _GRANTS)
