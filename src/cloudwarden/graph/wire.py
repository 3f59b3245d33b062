"""What passes between us and a worker process: frames of one byte, a length, and as many bytes.

Requests are pickled, for a worker believes whoever started it. Replies never are: they are Arrow
or text, so that no worker can make us run anything.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

_HEADER = struct.Struct(">cQ")
#: Size of a frame's header.
HEADER_BYTES = _HEADER.size

#: The exit status of a worker that ended because it held more memory than it may.
OUT_OF_MEMORY = 86


class Reply(Enum):
    """What a worker answers."""

    #: Rows as an Arrow IPC stream; there may be more.
    SOME = b"S"
    #: The last rows.
    LAST = b"L"
    #: DuckDB's error, in its words.
    FAILED = b"F"
    #: The database cannot be opened; why.
    CLOSED = b"C"


@dataclass(frozen=True, slots=True)
class Database:
    """A sealed file. `stamp` differs where another file took its place."""

    path: Path
    stamp: tuple[int, ...]
    memory_limit: str

    @classmethod
    def at(cls, path: Path, memory_limit: str) -> Database:
        """The file as it is now. Raises `OSError`."""
        found = path.stat()
        return cls(path, (found.st_dev, found.st_ino, found.st_size), memory_limit)


@dataclass(frozen=True, slots=True)
class Open:
    """Be ready for queries on a database. Has no reply: a failure shows with the first query."""

    database: Database


@dataclass(frozen=True, slots=True)
class Run:
    """Run a statement after its searches; the reply has the first rows."""

    database: Database
    sql: str
    searches: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class More:
    """The rows that follow."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """All rows of another statement, whose one parameter is a list of ids."""

    sql: str
    ids: list[int]


@dataclass(frozen=True, slots=True)
class Request:
    """One of these, and in how many seconds to interrupt it."""

    what: Open | Run | More | LookUp
    seconds: float | None = None


def header(kind: bytes, size: int) -> bytes:
    """What stands before a frame's contents."""
    return _HEADER.pack(kind, size)


def read_header(data: bytes | bytearray) -> tuple[bytes, int]:
    """The kind and size of a frame."""
    kind, size = _HEADER.unpack(data)
    return kind, size


def read_exactly(read: Callable[[int], bytes], size: int) -> bytearray | None:
    """So many bytes; None if they end before."""
    found = bytearray()
    while len(found) < size:
        part = read(min(size - len(found), 1 << 20))
        if not part:
            return None
        found += part
    return found
