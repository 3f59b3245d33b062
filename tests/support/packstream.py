"""PackStream, version 1, without structures but those of messages: what Bolt carries."""

from __future__ import annotations

import struct
from typing import Any


class Message:
    """A structure: its tag and fields."""

    def __init__(self, tag: int, fields: list[Any]) -> None:
        self.tag = tag
        self.fields = fields


def pack(value: Any) -> bytes:
    """A value as bytes."""
    match value:
        case None:
            return b"\xc0"
        case bool():
            return b"\xc3" if value else b"\xc2"
        case int():
            return (
                struct.pack(">b", value)
                if -16 <= value < 128
                else b"\xcb" + struct.pack(">q", value)
            )
        case float():
            return b"\xc1" + struct.pack(">d", value)
        case str():
            encoded = value.encode()
            return _header(len(encoded), 0x80, 0xD0) + encoded
        case list() | tuple():
            return _header(len(value), 0x90, 0xD4) + b"".join(map(pack, value))
        case dict():
            pairs = b"".join(pack(key) + pack(item) for key, item in value.items())
            return _header(len(value), 0xA0, 0xD8) + pairs
        case Message():
            return bytes([0xB0 | len(value.fields), value.tag]) + b"".join(map(pack, value.fields))
    raise TypeError(type(value))


def unpack(data: bytes) -> Any:
    """The one value in some bytes."""
    value, end = _read(data, 0)
    assert end == len(data)
    return value


def _header(size: int, tiny: int, wide: int) -> bytes:
    if size < 16:
        return bytes([tiny | size])
    return bytes([wide + 2]) + struct.pack(">I", size)


_SCALARS = {0xC1: ">d", 0xC8: ">b", 0xC9: ">h", 0xCA: ">i", 0xCB: ">q"}
_SIZES = {0: ">B", 1: ">H", 2: ">I"}
_CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}


def _read(data: bytes, at: int) -> tuple[Any, int]:
    mark = data[at]
    at += 1
    if mark < 0x80 or mark >= 0xF0:
        return struct.unpack(">b", bytes([mark]))[0], at
    if mark in _CONSTANTS:
        return _CONSTANTS[mark], at
    if mark in _SCALARS:
        end = at + struct.calcsize(_SCALARS[mark])
        return struct.unpack(_SCALARS[mark], data[at:end])[0], end
    if 0xB0 <= mark < 0xC0:
        fields, end = _items(data, at + 1, mark & 0xF)
        return Message(data[at], fields), end
    if mark < 0xB0:
        kind, size = mark & 0xF0, mark & 0xF
    else:
        kind = {0xD0: 0x80, 0xD4: 0x90, 0xD8: 0xA0}[mark & 0xFC]
        form = _SIZES[mark & 0x3]
        end = at + struct.calcsize(form)
        size, at = struct.unpack(form, data[at:end])[0], end
    if kind == 0x80:
        return data[at : at + size].decode(), at + size
    if kind == 0x90:
        return _items(data, at, size)
    flat, end = _items(data, at, size * 2)
    return dict(zip(flat[::2], flat[1::2], strict=True)), end


def _items(data: bytes, at: int, size: int) -> tuple[list[Any], int]:
    items = []
    for _ in range(size):
        item, at = _read(data, at)
        items.append(item)
    return items, at
