"""What a database's complaint means to the user: one sentence instead of a driver's words."""

from __future__ import annotations

from cloudwarden.core.database_url import BUSY_SECONDS

# Fragments of SQLite's and PostgreSQL's own messages, lower case, and what to say instead.
_MEANINGS: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("disk is full", "no space left on device", "disk full"),
        "the disk that holds {where} is full; what was stored before is whole; free some space",
    ),
    (
        ("readonly database", "read-only"),
        "{where} is read-only; make it and its folder writable",
    ),
    (
        ("file is not a database",),
        "{where} is not a SQLite database; name another, or move that file away",
    ),
    (
        ("malformed",),
        "{where} is damaged; put a copy of it back, or move it away and collect anew",
    ),
    (
        ("unable to open database file",),
        "{where} cannot be opened; its folder must exist and be writable",
    ),
    (
        ("database is locked", "database table is locked"),
        f"another process wrote to {{where}} for over {BUSY_SECONDS} seconds; try again later",
    ),
    (
        ("disk i/o error",),
        "the disk that holds {where} fails or is full; what was stored before is whole",
    ),
)


def describe(doing: str, where: str, error: Exception) -> str:
    """`doing` is what was tried (`store the reading of …`); the answer is one sentence."""
    words = str(error).strip() or type(error).__name__
    lower = words.lower()
    for fragments, meaning in _MEANINGS:
        if any(fragment in lower for fragment in fragments):
            return f"could not {doing}: {meaning.format(where=where)}"
    return f"could not {doing}: {where} answered: {' '.join(words.split())}"
