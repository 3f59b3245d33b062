"""The credential report: one CSV that says, for every user and the root, how it signs in."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from cloudwarden.core.clock import format_moment, parse_moment
from cloudwarden.core.errors import UsageError
from cloudwarden.schema.labels import PropertyType

_BOOLEAN, _STRING = PropertyType.BOOLEAN, PropertyType.STRING

#: Columns of the report that become properties, by the property's name, with their types.
COLUMNS: Mapping[str, tuple[str, PropertyType]] = {
    "password_enabled": ("password_enabled", _BOOLEAN),
    "passwordlastused": ("password_last_used", _STRING),
    "password_last_changed": ("password_last_changed", _STRING),
    "password_next_rotation": ("password_next_rotation", _STRING),
    "mfa_active": ("mfa_active", _BOOLEAN),
    **{
        f"access_key_{number}_{member}": (f"access_key_{number}_{member}", type_)
        for number in (1, 2)
        for member, type_ in (
            ("active", _BOOLEAN),
            ("last_rotated", _STRING),
            ("last_used_date", _STRING),
            ("last_used_region", _STRING),
            ("last_used_service", _STRING),
        )
    },
    **{
        f"cert_{number}_{member}": (f"cert_{number}_{member}", type_)
        for number in (1, 2)
        for member, type_ in (("active", _BOOLEAN), ("last_rotated", _STRING))
    },
}

_NOTHING = frozenset({"", "N/A", "no_information", "not_supported"})


def parse_report(content: bytes | str) -> dict[str, dict[str, Any]]:
    """What the report says of each principal, by its ARN.

    A member that the report does not know (`N/A`, `not_supported`) is absent.
    """
    text = content.decode() if isinstance(content, bytes) else content
    return {
        row["arn"]: {
            name: value
            for name, (column, type_) in COLUMNS.items()
            if (value := _value(row.get(column), type_)) is not None
        }
        for row in csv.DictReader(io.StringIO(text))
        if row.get("arn")
    }


def _value(text: str | None, type_: PropertyType) -> Any:
    if text is None or text in _NOTHING:
        return None
    if type_ is _BOOLEAN:
        return text.lower() == "true"
    try:
        return format_moment(parse_moment(text)) if text[:4].isdigit() else text
    except UsageError:
        return text
