"""Parquet's binary form of a VARIANT, as Arrow carries it, to Python values.

Follows "Variant Binary Encoding" of the Apache Parquet format, version 1. Values come out as
DuckDB's own Python client gives them. What DuckDB cannot write in this form (INTERVAL, TIME WITH
TIME ZONE) fails where the answer is made, before it comes here.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from cloudwarden.graph.moments import date_of, time_of, timestamp_of

_STRING, _OBJECT, _ARRAY = 1, 2, 3


class VariantReader:
    """Reads values that share their dictionary of keys only seldom: the last one is kept."""

    def __init__(self) -> None:
        self._metadata = b""
        self._keys: list[str] = []

    def read(self, metadata: bytes, value: bytes) -> Any:
        """One value. Raises `ValueError` for what is no variant."""
        if metadata != self._metadata:
            self._keys = _keys(metadata)
            self._metadata = metadata
        return self._value(value, 0)

    def _value(self, data: bytes, at: int) -> Any:
        header = data[at] >> 2
        match data[at] & 3:
            case 0:
                return _primitive(header, data, at + 1)
            case 1:
                return data[at + 1 : at + 1 + header].decode()
            case 2:
                return self._object(header, data, at + 1)
        return self._array(header, data, at + 1)

    def _object(self, header: int, data: bytes, at: int) -> dict[str, Any]:
        width, id_width = (header & 3) + 1, (header >> 2 & 3) + 1
        count_width = 4 if header >> 4 & 1 else 1
        count = _unsigned(data, at, count_width)
        ids = at + count_width
        offsets = ids + count * id_width
        values = offsets + (count + 1) * width
        return {
            self._keys[_unsigned(data, ids + n * id_width, id_width)]: self._value(
                data, values + _unsigned(data, offsets + n * width, width)
            )
            for n in range(count)
        }

    def _array(self, header: int, data: bytes, at: int) -> list[Any]:
        width = (header & 3) + 1
        count_width = 4 if header >> 2 & 1 else 1
        count = _unsigned(data, at, count_width)
        offsets = at + count_width
        values = offsets + (count + 1) * width
        return [
            self._value(data, values + _unsigned(data, offsets + n * width, width))
            for n in range(count)
        ]


def _unsigned(data: bytes, at: int, width: int) -> int:
    return int.from_bytes(data[at : at + width], "little")


def _keys(metadata: bytes) -> list[str]:
    width = (metadata[0] >> 6) + 1
    count = _unsigned(metadata, 1, width)
    starts = [_unsigned(metadata, 1 + (1 + n) * width, width) for n in range(count + 1)]
    text = 1 + (2 + count) * width
    return [metadata[text + starts[n] : text + starts[n + 1]].decode() for n in range(count)]


def _packed(format_: str, convert: Callable[[Any], Any] = lambda value: value) -> Any:
    unpack = struct.Struct(format_).unpack_from
    return lambda data, at: convert(unpack(data, at)[0])


def _decimal(width: int) -> Any:
    def read(data: bytes, at: int) -> Decimal:
        unscaled = int.from_bytes(data[at + 1 : at + 1 + width], "little", signed=True)
        return Decimal(unscaled).scaleb(-data[at])

    return read


def _sized(data: bytes, at: int) -> bytes:
    return data[at + 4 : at + 4 + _unsigned(data, at, 4)]


#: How primitive values are read, by the specification's number of their type.
_PRIMITIVES: dict[int, Callable[[bytes, int], Any]] = {
    0: lambda _data, _at: None,
    1: lambda _data, _at: True,
    2: lambda _data, _at: False,
    3: _packed("<b"),
    4: _packed("<h"),
    5: _packed("<i"),
    6: _packed("<q"),
    7: _packed("<d"),
    8: _decimal(4),
    9: _decimal(8),
    10: _decimal(16),
    11: _packed("<i", date_of),
    12: _packed("<q", lambda value: timestamp_of(value, zoned=True)),
    13: _packed("<q", timestamp_of),
    14: _packed("<f"),
    15: _sized,
    16: lambda data, at: _sized(data, at).decode(),
    17: _packed("<q", time_of),
    18: _packed("<q", lambda value: timestamp_of(value // 1000, zoned=True)),
    19: _packed("<q", lambda value: timestamp_of(value // 1000)),
    20: lambda data, at: UUID(bytes=data[at : at + 16]),
}


def _primitive(kind: int, data: bytes, at: int) -> Any:
    read = _PRIMITIVES.get(kind)
    if read is None:
        raise ValueError(f"a variant holds a value of unknown type {kind}")
    return read(data, at)
