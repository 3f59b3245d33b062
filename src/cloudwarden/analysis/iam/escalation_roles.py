"""Which roles collected things act with: what relations lead to, and what instances have."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.iam.identity_center import (
    GROUP,
    ROLE,
    SET,
    Assignment,
    Assignments,
    permission_set,
)

#: The relations that lead from an instance to its role, and what they rest on.
INSTANCES: Final = "AWSEC2Instance"
STEPS_OF_INSTANCE: Final = (
    ("INSTANCE_PROFILE", ("ec2:DescribeInstances",)),
    ("ASSOCIATED_WITH", ("iam:ListInstanceProfiles",)),
)
_GROUPS_READ: Final = "codedeploy:GetDeploymentGroup"
#: What instances of an auto-scaling group are tagged with.
_SCALED_BY: Final = "aws:autoscaling:groupName"


def roles_of(
    estate: Estate, asset: EstateAsset, steps: Sequence[tuple[str, tuple[str, ...]]]
) -> Iterator[str | None]:
    """The roles at the end of some relations; None where what leads there was not read.

    A step is the type of a relation and the operations that it rests on.
    """
    if not steps:
        return
    (type_, told_by), *rest = steps
    if not asset.unread.keys().isdisjoint(told_by):
        yield None
    for relation in asset.relations:
        if relation.type != type_ or relation.incoming:
            continue
        if not rest:
            yield relation.target
        elif (held := estate.asset(relation.target_label, relation.target)) is not None:
            yield from roles_of(estate, held, rest)
        else:
            yield None


class Fleet:
    """The instances of an estate by their tags, as CodeDeploy's deployment groups choose them."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate

    def roles_of(self, group: EstateAsset) -> set[str | None]:
        """The roles of the instances that a group deploys to; None where that was not read."""
        if _GROUPS_READ in group.unread:
            return {None}
        if group.get("compute_platform") not in (None, "Server"):
            # Its hooks are functions that it cannot change.
            return set()
        wanted = _Filters(group)
        listing = self._estate.listing(INSTANCES, group.account, group.region)
        found: set[str | None] = set()
        if listing is None or not listing.shows_absence:
            found.add(None)
        for instance in self._instances.get((group.account, group.region), ()):
            if any("Tag" in operation for operation in instance.unread):
                found.add(None)
            elif wanted.match(instance.tags):
                found |= set(roles_of(self._estate, instance, STEPS_OF_INSTANCE))
        return found

    @cached_property
    def _instances(self) -> Mapping[tuple[str, str], list[EstateAsset]]:
        found: dict[tuple[str, str], list[EstateAsset]] = defaultdict(list)
        for one in self._estate.assets(INSTANCES):
            found[one.account, one.region].append(one)
        return found


class Directory:
    """The groups of Identity Center, with the roles that their permission sets stand for."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate

    def arn_of(self, group: EstateAsset) -> str:
        """A group's ARN, which nothing tells."""
        partition = next((one.id.split(":")[1] for one in self._estate.assets(SET)), "aws")
        return f"arn:{partition}:identitystore:::group/{group.id}"

    def roles_of(self, group: EstateAsset) -> set[str | None]:
        """The roles that members of a group take on; None where that was not read."""
        found: set[str | None] = set(self._unread)
        for one in self._assigned.get(group.id, ()):
            named = self._roles.get((one.account, one.permission_set))
            found |= set(named) if named else {None}
        return found

    @cached_property
    def _unread(self) -> frozenset[None]:
        sets = self._estate.assets(SET)
        return frozenset([None]) if any(one.unread for one in sets) else frozenset()

    @cached_property
    def _assigned(self) -> Mapping[str, list[Assignment]]:
        found: dict[str, list[Assignment]] = defaultdict(list)
        for one in Assignments(self._estate).all():
            if one.label == GROUP:
                found[one.id].append(one)
        return found

    @cached_property
    def _roles(self) -> Mapping[tuple[str, str], list[str]]:
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for role in self._estate.assets(ROLE):
            name = permission_set(role.name or "", role.get("path") or "/")
            if name is not None:
                found[role.account, name].append(role.id)
        return found


class _Filters:
    """Which tags a deployment group asks for."""

    def __init__(self, group: EstateAsset) -> None:
        self._any = _parsed(group.get("ec2_tag_filters"))
        self._sets = _parsed(group.get("ec2_tag_sets"))
        self._scaled = {one.get("name") for one in _parsed(group.get("auto_scaling_groups"))}

    def match(self, tags: Mapping[str, str]) -> bool:
        """Whether an instance with these tags is deployed to."""
        if tags.get(_SCALED_BY) in self._scaled - {None}:
            return True
        if any(_meets(one, tags) for one in self._any):
            return True
        # One tag of each set.
        return bool(self._sets) and all(
            any(_meets(one, tags) for one in some) for some in self._sets
        )


def _meets(wanted: Mapping[str, Any], tags: Mapping[str, str]) -> bool:
    match wanted.get("Type"):
        case "KEY_ONLY":
            return wanted.get("Key") in tags
        case "VALUE_ONLY":
            return wanted.get("Value") in tags.values()
    key = wanted.get("Key")
    return key is not None and tags.get(key) == wanted.get("Value", "")


def _parsed(value: object) -> list[Any]:
    return json.loads(value) if isinstance(value, str) else []
