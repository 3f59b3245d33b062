"""How a member's path in botocore's model becomes a property's name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from cloudwarden.providers.aws.declarations import Naming

_PLURAL_ACRONYM = re.compile(r"([A-Z]{2,})s(?=$|[A-Z])")
_ACRONYM_THEN_WORD = re.compile(r"([A-Z]+)([A-Z][a-z])")
_WORD_THEN_CAPITAL = re.compile(r"([a-z0-9])([A-Z])")
_NOT_A_NAME = re.compile(r"[^0-9a-z]+")


@cache
def snake(member: str) -> str:
    """`DBInstanceIdentifier` as `db_instance_identifier`, `SubnetIDs` as `subnet_ids`."""
    text = member.replace("IPv", "Ipv")
    text = _PLURAL_ACRONYM.sub(lambda found: found[1].capitalize() + "s", text)
    text = _ACRONYM_THEN_WORD.sub(r"\1_\2", text)
    text = _WORD_THEN_CAPITAL.sub(r"\1_\2", text)
    return _NOT_A_NAME.sub("_", text.lower()).strip("_")


def squashed(member: str) -> str:
    """`LaunchTime` as `launchtime`."""
    return _NOT_A_NAME.sub("", member.lower())


def property_name(path: Sequence[str], naming: Naming) -> str:
    """The default name of the property at a member path."""
    if naming is Naming.SQUASHED:
        return "".join(squashed(member) for member in path)
    return "_".join(snake(member) for member in path)
