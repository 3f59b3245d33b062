"""A document as an asset's flat properties, by the tree that was made from its shape."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from cloudwarden.core.clock import format_moment
from cloudwarden.core.json import dumps
from cloudwarden.providers.aws.compiled import Tree
from cloudwarden.providers.aws.paths import parsed

_PLAIN = frozenset({str, int, bool, float})


def flatten(document: Mapping[str, Any], tree: Tree, into: dict[str, Any]) -> None:
    """Put every property that `tree` knows and `document` holds into `into`.

    The cost follows what the document holds, not what its shape could.
    """
    for member, value in document.items():
        node = tree.get(member)
        if node is None or value is None:
            continue
        if node.__class__ is list:
            name, conversion = node
            if not conversion and value.__class__ in _PLAIN:
                into[name] = value
            else:
                converted = CONVERSIONS[conversion](value)
                if converted is not None:
                    into[name] = converted
        elif value.__class__ is dict:
            flatten(value, node, into)
        else:
            _flatten_text(value, node, into)


def plain(value: Any) -> Any:
    """A value as a property holds it: scalars and lists of scalars stay, the rest is JSON text."""
    if value.__class__ in _PLAIN or value is None:
        return value
    if isinstance(value, datetime):
        return format_moment(value)
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list | tuple) and all(one.__class__ in _PLAIN for one in value):
        return list(value)
    return dumps(value)


def to_json(value: Any) -> str:
    """JSON text of a nested value; a text is taken to be JSON already."""
    return value if isinstance(value, str) else dumps(value)


def _flatten_text(value: Any, node: Tree, into: dict[str, Any]) -> None:
    """A value whose members are looked into although it is no dictionary: JSON in a text."""
    own = node.get("")
    if own is not None:
        converted = CONVERSIONS[own[1]](value)
        if converted is not None:
            into[own[0]] = converted
    inside = parsed(value)
    if isinstance(inside, dict):
        flatten(inside, node, into)


def _scalar(value: Any) -> Any:
    return plain(value) if not isinstance(value, list | tuple) else dumps(value)


def _moment(value: Any) -> str | None:
    return format_moment(value) if isinstance(value, datetime) else str(value)


def _epoch(value: Any, per_second: int) -> str | None:
    number = _float(value)
    if number is None:
        return None
    try:
        return format_moment(datetime.fromtimestamp(number / per_second, UTC))
    except (OverflowError, ValueError, OSError):
        return None


def _list(value: Any) -> list[Any] | None:
    if not isinstance(value, list | tuple):
        return None
    return [plain(one) for one in value if one is not None]


def _integer(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def _float(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _boolean(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(str(value).lower())


#: How a member's value becomes a property's, by the conversion that the tree names.
CONVERSIONS: Mapping[str, Callable[[Any], Any]] = {
    "": _scalar,
    "moment": _moment,
    "list": _list,
    "json": to_json,
    "integer": _integer,
    "float": _float,
    "boolean": _boolean,
    "seconds": lambda value: _epoch(value, 1),
    "milliseconds": lambda value: _epoch(value, 1000),
}
