"""Who comes by which role through Identity Center: people, groups and permission sets.

A permission set becomes a role in each account that it is assigned in, named after it. Nothing
tells which role that is but its name and path.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.vocabulary import Vocabulary
from cloudwarden.schema.derived import Certainty, Derived, DerivedProperties, DerivedRelations
from cloudwarden.schema.labels import Property, PropertyType, RelationKind

SET, PERSON, GROUP, ROLE = "AWSPermissionSet", "AWSSSOUser", "AWSSSOGroup", "AWSRole"
INSTANCE: Final = "AWSIdentityCenter"
LABELS: Final = frozenset({INSTANCE, SET, PERSON, GROUP, ROLE})
UNKNOWN: Final = "allowed_by_unknown"

_PATH: Final = "/aws-reserved/sso.amazonaws.com/"
_NAME: Final = re.compile(r"AWSReservedSSO_(.+)_[0-9a-f]{16}")
_ASSIGNED, _MEMBER = "HAS_PERMISSION_SET", "MEMBER_OF_SSO_GROUP"

VOCABULARY: Final = Vocabulary(
    properties={
        ROLE: (
            Property(
                UNKNOWN,
                PropertyType.STRING,
                description="Why it is not known who is assigned the permission set that the role "
                "stands for; null if it is, or if it stands for none.",
            ),
        )
    },
    relations=(
        *(
            RelationKind(
                "ALLOWED_BY",
                ROLE,
                label,
                description="Is assigned the permission set that the role stands for.",
                carriers=(ROLE,),
                unknown_by=UNKNOWN,
            )
            for label in (PERSON, GROUP)
        ),
        RelationKind(
            "ASSIGNED_TO_ROLE",
            SET,
            ROLE,
            description="Is what the role stands for in its account.",
            carriers=(ROLE,),
            unknown_by=UNKNOWN,
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Assignment:
    """A person or group that is assigned a permission set in an account."""

    label: str
    id: str
    name: str
    permission_set: str
    account: str


def permission_set(name: str, path: str) -> str | None:
    """The permission set that a role stands for; None if it is none of Identity Center's."""
    if not path.startswith(_PATH):
        return None
    named = _NAME.fullmatch(name)
    return named[1] if named else name


class Assignments:
    """Who is assigned what, out of an estate."""

    def __init__(self, estate: Estate) -> None:
        self._sets: dict[str, list[EstateAsset]] = defaultdict(list)
        self._names: dict[tuple[str, str], str] = {}
        self.groups: dict[str, list[EstateAsset]] = defaultdict(list)
        for label in (PERSON, GROUP):
            for asset in estate.assets(label):
                self._names[label, asset.id] = asset.name or asset.id
        for group in estate.assets(GROUP):
            for member in group.targets(_MEMBER, incoming=True):
                self.groups[member].append(group)
        for one in estate.assets(SET):
            if not one.stale:
                self._sets[one.name or ""].append(one)

    def all(self) -> Iterator[Assignment]:
        """Every assignment that was read."""
        for name, sets in self._sets.items():
            for one in sets:
                for (label, id_), accounts in _assigned(one).items():
                    who = self._names.get((label, id_), id_)
                    yield from (Assignment(label, id_, who, name, account) for account in accounts)

    def of(self, name: str, account: str) -> list[Assignment]:
        """Who is assigned a permission set in an account, as far as it was read."""
        return [
            Assignment(label, id_, self._names.get((label, id_), id_), name, account)
            for one in self._sets.get(name, ())
            for (label, id_), accounts in _assigned(one).items()
            if account in accounts
        ]

    def sets(self, name: str) -> Sequence[EstateAsset]:
        """The permission sets of a name."""
        return self._sets.get(name, ())

    def unknown(self, name: str) -> str | None:
        """Why more than those may be assigned a permission set; None if nobody else is."""
        sets = self._sets.get(name)
        if not sets:
            return f"who is assigned the permission set {name} was not read"
        for one in sets:
            for operation, failure in one.unread.items():
                return f"who is assigned the permission set {name}: {operation}: {failure.code}"
        return None


def derive(estate: Estate) -> Iterator[Derived]:
    """Who may take on the roles that stand for permission sets."""
    assignments = Assignments(estate)
    roles = [
        (role, name)
        for role in estate.assets(ROLE)
        if (name := permission_set(role.name or "", role.get("path") or "/")) is not None
    ]
    yield DerivedProperties(
        ROLE,
        [role.id for role, _ in roles],
        {UNKNOWN: [assignments.unknown(name) for _, name in roles]},
    )
    for label in (PERSON, GROUP):
        pairs = [
            (role.id, one.id)
            for role, name in roles
            for one in assignments.of(name, role.account)
            if one.label == label
        ]
        yield _relations("ALLOWED_BY", ROLE, label, pairs)
    stand_for = [(one.id, role.id) for role, name in roles for one in assignments.sets(name)]
    yield _relations("ASSIGNED_TO_ROLE", SET, ROLE, stand_for)


def _relations(
    type_: str, source: str, target: str, pairs: Sequence[tuple[str, str]]
) -> DerivedRelations:
    return DerivedRelations(
        type_,
        source,
        target,
        [one for one, _ in pairs],
        [other for _, other in pairs],
        [Certainty.SURE] * len(pairs),
        [None] * len(pairs),
    )


def _assigned(one: EstateAsset) -> Mapping[tuple[str, str], Sequence[str]]:
    """The accounts that each person and group is assigned a permission set in."""
    return {
        (relation.target_label, relation.target): str(relation.properties["accounts"]).split(",")
        for relation in one.relations
        if relation.type == _ASSIGNED and relation.properties.get("accounts")
    }
