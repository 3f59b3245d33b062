"""Settings: one TOML file, every key also an environment variable `CLOUDWARDEN_<KEY>`.

The file is `--config`, else `./cloudwarden.toml`, else
`$XDG_CONFIG_HOME/cloudwarden/cloudwarden.toml`. A variable wins over the file, an option over
both. Credentials are never a setting.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from cloudwarden.core.errors import ConfigurationError

FILE_NAME = "cloudwarden.toml"
PREFIX = "CLOUDWARDEN_"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user decided. Paths are absolute; `accounts` are tables as written in the file.

    `dns_resolvers` are addresses of resolvers to ask about names of others (`system`: the
    machine's own); without any, nobody is asked.
    """

    data_dir: Path
    database: str
    source: Path | None = None
    regions: tuple[str, ...] = ()
    exclude_regions: str = ""
    services: tuple[str, ...] = ()
    exclude_services: tuple[str, ...] = ()
    exclude_types: tuple[str, ...] = ()
    role_arn: str = ""
    external_id: str = ""
    via_role_arn: str = ""
    session_name: str = "cloudwarden"
    threads: int = 32
    keep_generations: int = 5
    query_timeout: float = 60.0
    query_max_rows: int = 100_000
    packs: tuple[Path, ...] = ()
    dns_resolvers: tuple[str, ...] = ()
    neo4j_uri: str = ""
    neo4j_user: str = "neo4j"
    neo4j_database: str = ""
    log_level: str = "warning"
    log_format: str = "text"
    accounts: tuple[Mapping[str, Any], ...] = field(default=())

    def with_data_dir(self, data_dir: Path | None) -> Settings:
        """These settings with another data directory, and its database unless one was named."""
        if data_dir is None:
            return self
        folder = data_dir.expanduser().absolute()
        if self.database == _default_database(self.data_dir):
            return replace(self, data_dir=folder, database=_default_database(folder))
        return replace(self, data_dir=folder)


def load_settings(
    path: Path | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """Read the settings. Raises `ConfigurationError` naming the file, the key and the reason."""
    environment = os.environ if environment is None else environment
    source = _find_file(path, environment)
    table = _read_table(source) if source else {}
    base = source.parent if source else Path.cwd()
    values: dict[str, Any] = {}
    for key, (convert, from_text) in _KEYS.items():
        variable = PREFIX + key.upper()
        if variable in environment:
            values[key] = _convert(convert, from_text(environment[variable]), variable)
        elif key in table:
            values[key] = _convert(convert, table[key], f"{source}: {key}")
    values["accounts"] = _accounts(table.get("accounts", []), source)
    data_dir = values.get("data_dir") or _default_data_dir(environment)
    values["data_dir"] = (base / Path(data_dir).expanduser()).absolute()
    values["packs"] = tuple(
        (base / Path(p).expanduser()).absolute() for p in values.get("packs", ())
    )
    values.setdefault("database", _default_database(values["data_dir"]))
    _check_regular_expression(values.get("exclude_regions", ""))
    return Settings(source=source, **values)


def _find_file(path: Path | None, environment: Mapping[str, str]) -> Path | None:
    named = path or (
        Path(environment[PREFIX + "CONFIG"]) if PREFIX + "CONFIG" in environment else None
    )
    if named is not None:
        if not named.is_file():
            raise ConfigurationError(
                f"there is no configuration file {named}; `cloudwarden init` writes one"
            )
        return named.absolute()
    home = Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    for candidate in (Path.cwd() / FILE_NAME, home / "cloudwarden" / FILE_NAME):
        if candidate.is_file():
            return candidate
    return None


def _read_table(source: Path) -> dict[str, Any]:
    try:
        with source.open("rb") as file:
            table = tomllib.load(file)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{source} is not valid TOML: {error}") from error
    except OSError as error:
        raise ConfigurationError(f"{source} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{source} is not UTF-8 text") from error
    known = [*_KEYS, "accounts"]
    for key in table:
        if key not in known:
            raise ConfigurationError(f"{source}: there is no setting {key!r}{_suggest(key, known)}")
    return table


def _accounts(value: Any, source: Path | None) -> tuple[Mapping[str, Any], ...]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ConfigurationError(f"{source}: accounts are written as [[accounts]] tables")
    known: set[str] = set()
    for item in value:
        if not isinstance(item.get("id"), str):
            raise ConfigurationError(
                f'{source}: an account needs its id, in quotes: id = "111111111111"'
            )
        if item["id"] in known:
            raise ConfigurationError(f"{source}: account {item['id']} is written twice")
        known.add(item["id"])
        for key, setting in item.items():
            if key not in _ACCOUNT_KEYS:
                raise ConfigurationError(
                    f"{source}: account {item['id']} has no setting {key!r}"
                    f"{_suggest(key, list(_ACCOUNT_KEYS))}"
                )
            if not isinstance(setting, _ACCOUNT_KEYS[key]):
                raise ConfigurationError(
                    f"{source}: account {item['id']}: {key} is not a {_ACCOUNT_KEYS[key].__name__}"
                )
    return tuple(value)


def _convert(convert: Callable[[Any], Any], value: Any, where: str) -> Any:
    try:
        return convert(value)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"{where}: {error}") from error


def _check_regular_expression(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ConfigurationError(f"exclude_regions is not a regular expression: {error}") from error


def _suggest(key: str, known: Sequence[str]) -> str:
    close = get_close_matches(key, known, 1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(sorted(known))}"


def _default_data_dir(environment: Mapping[str, str]) -> Path:
    home = environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "cloudwarden"


def _default_database(data_dir: Path) -> str:
    return f"sqlite:///{data_dir / 'cloudwarden.db'}"


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _database(value: Any) -> str:
    url = _text(value)
    if not url.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise ValueError("a database is sqlite:///path or postgresql://user@host/name")
    return url


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError(f"{value!r} is not a list of texts")
    return tuple(value)


def _positive(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{value!r} is not a whole number above 0")
    return value


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise ValueError(f"{value!r} is not a number of seconds above 0")
    return float(value)


def _choice(*choices: str) -> Callable[[Any], str]:
    def convert(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"{value!r} is none of {', '.join(choices)}")
        return str(value)

    return convert


def _same(text: str) -> str:
    return text


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _whole(text: str) -> int | str:
    return int(text) if re.fullmatch(r"-?\d+", text) else text


def _number(text: str) -> float | str:
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else text


_KEYS: Mapping[str, tuple[Callable[[Any], Any], Callable[[str], Any]]] = {
    "data_dir": (_text, _same),
    "database": (_database, _same),
    "regions": (_texts, _split),
    "exclude_regions": (_text, _same),
    "services": (_texts, _split),
    "exclude_services": (_texts, _split),
    "exclude_types": (_texts, _split),
    "role_arn": (_text, _same),
    "external_id": (_text, _same),
    "via_role_arn": (_text, _same),
    "session_name": (_text, _same),
    "threads": (_positive, _whole),
    "keep_generations": (_positive, _whole),
    "query_timeout": (_seconds, _number),
    "query_max_rows": (_positive, _whole),
    "packs": (_texts, _split),
    "dns_resolvers": (_texts, _split),
    "neo4j_uri": (_text, _same),
    "neo4j_user": (_text, _same),
    "neo4j_database": (_text, _same),
    "log_level": (_choice("debug", "info", "warning", "error"), _same),
    "log_format": (_choice("text", "json"), _same),
}

_ACCOUNT_KEYS: Mapping[str, type] = {
    "id": str,
    "name": str,
    "provider": str,
    "role_arn": str,
    "external_id": str,
    "via_role_arn": str,
    "profile": str,
    "session_name": str,
    "regions": list,
    "enabled": bool,
}

assert set(_KEYS) == {f.name for f in fields(Settings)} - {"source", "accounts"}
