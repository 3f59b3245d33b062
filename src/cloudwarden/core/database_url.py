"""Database URLs: what Django needs to know of one, and how to name it without its password."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from cloudwarden.core.errors import ConfigurationError

#: Seconds that a SQLite writer waits for another to finish.
BUSY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """Where a database is. `settings` is Django's entry for it; `shown` may be printed."""

    vendor: str
    shown: str
    settings: dict[str, Any] = field(repr=False)
    path: Path | None = None


def parse_database_url(url: str) -> DatabaseAddress:
    """Read `sqlite:///absolute/path` or any libpq URI (`postgresql://user@host/name?…`).

    Raises `ConfigurationError` for anything else.
    """
    scheme = url.partition(":")[0]
    if scheme == "sqlite":
        return _sqlite(url)
    if scheme in {"postgresql", "postgres"}:
        return _postgresql(url)
    raise ConfigurationError(
        f"{scheme!r} is no kind of database; write sqlite:///path or postgresql://user@host/name"
    )


def _sqlite(url: str) -> DatabaseAddress:
    parts = urlsplit(url)
    path = Path("/" + unquote(parts.path).lstrip("/"))
    if parts.netloc or not parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigurationError(
            f"{url!r} names no SQLite file; write sqlite:///absolute/path/to/file.db"
        )
    settings = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        # A transaction of ours always writes. Taking the write lock at its start makes it wait
        # for another writer; taking it later would fail at once if that one wrote in between.
        "OPTIONS": {"timeout": BUSY_SECONDS, "transaction_mode": "IMMEDIATE"},
    }
    return DatabaseAddress("sqlite", str(path), settings, path)


def _postgresql(url: str) -> DatabaseAddress:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        known: dict[str, Any] = dict(conninfo_to_dict(url))
    except psycopg.ProgrammingError as error:
        reason = str(error).strip().splitlines()[0]
        raise ConfigurationError(
            f"the database URL cannot be read ({reason}); write postgresql://user@host/name"
        ) from error
    name, user, host, port = (known.pop(key, "") for key in ("dbname", "user", "host", "port"))
    password = known.pop("password", "")
    settings = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name or user,
        "USER": user,
        "PASSWORD": password,
        "HOST": host,
        "PORT": port,
        "OPTIONS": known,
    }
    place = f"{host or 'the local socket'}{f':{port}' if port else ''}"
    return DatabaseAddress("postgresql", f"PostgreSQL database {name or user} at {place}", settings)
