"""What the values of a condition are read as: numbers, dates, addresses, truth values, bytes.

Each function answers None for text that is nothing of its kind.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from datetime import UTC, datetime
from decimal import Decimal

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?)?)?",
    re.ASCII,
)
_BOOLEANS = {"true": True, "false": False}


def number(text: str) -> Decimal | None:
    """An integer or decimal number."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def moment(text: str) -> Decimal | None:
    """Seconds since 1970 of an ISO 8601 date, or of a number, which is seconds already.

    A date without an offset is UTC. Four digits alone are a year.
    """
    date = _DATE.fullmatch(text)
    if date is None:
        return number(text)
    year, month, day, hour, minute, second, fraction, offset = date.groups()
    if offset in {None, "Z"}:
        offset = "+00:00"
    try:
        whole = datetime.fromisoformat(
            f"{year}-{month or '01'}-{day or '01'}"
            f"T{hour or '00'}:{minute or '00'}:{second or '00'}{offset}"
        )
        since = whole - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return Decimal(since.days * 86400 + since.seconds) + Decimal(f"0{fraction or ''}")


def address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address of either version."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """A range of addresses, or one alone; bits beyond the prefix do not matter."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def truth_value(text: str) -> bool | None:
    """`true` or `false` in any case."""
    return _BOOLEANS.get(text.lower())


def decoded(text: str) -> bytes | None:
    """What base64 text stands for."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
