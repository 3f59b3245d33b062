"""JSON as we store and print it: sorted keys, UTC times, bytes as base64, decimals as numbers."""

from __future__ import annotations

import base64
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import orjson

from cloudwarden.core.clock import format_moment

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS


def dumps(value: Any) -> str:
    """Canonical JSON text: the same value always gives the same text. Raises `TypeError`."""
    return orjson.dumps(value, default=_default, option=_OPTIONS).decode()


def dumps_bytes(value: Any) -> bytes:
    """As `dumps`, as UTF-8 bytes."""
    return orjson.dumps(value, default=_default, option=_OPTIONS)


def pretty(value: Any) -> str:
    """Canonical JSON text, indented for people."""
    return orjson.dumps(value, default=_default, option=_OPTIONS | orjson.OPT_INDENT_2).decode()


def loads(text: str | bytes) -> Any:
    """The value of a JSON text. Raises `orjson.JSONDecodeError`, a `ValueError`."""
    return orjson.loads(text)


def content_hash(value: Any) -> str:
    """A 128-bit hash of the canonical text, as 32 hexadecimal digits."""
    return blake2b(dumps_bytes(value), digest_size=16).hexdigest()


def _default(value: Any) -> Any:
    if isinstance(value, datetime):
        return format_moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
