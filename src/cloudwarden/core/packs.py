"""Finding and reading pack files; what a record means is the business of the room that owns it.

A pack is a YAML or JSON file that holds a list of records. The built-in ones are in the package's
`packs/<kind>/`, a user's own in `<kind>/` of a folder that the settings name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Protocol, TypeVar

import yaml

from cloudwarden.core.errors import DeclarationError
from cloudwarden.core.json import loads

_SUFFIXES = frozenset({".json", ".yaml", ".yml"})


class Declared(Protocol):
    """A record of a pack, once read."""

    @property
    def where(self) -> str:
        """`file:number` of the record."""
        ...


_T = TypeVar("_T", bound=Declared)


def load_packs(
    kind: str,
    read: Callable[[Path], Iterable[_T]],
    name: Callable[[_T], str],
    paths: Sequence[Path],
    extra: Iterable[Path],
) -> list[_T]:
    """Everything that the packs of a kind (`checks`, `queries`) declare.

    `paths` are files or folders; without any, the built-in ones are read. `extra` are folders of
    the user's own; one that does not exist holds none. Raises `DeclarationError` for a pack that
    cannot be read, and where two records share a name.
    """
    found: dict[str, _T] = {}
    for record in read_packs(kind, read, paths, extra):
        known = found.setdefault(name(record), record)
        if known is not record:
            raise DeclarationError(f"{name(record)} is also in {known.where}", record.where)
    return list(found.values())


def read_packs(
    kind: str, read: Callable[[Path], Iterable[_T]], paths: Sequence[Path], extra: Iterable[Path]
) -> list[_T]:
    """As `load_packs`, but records may share a name: for whoever wants to tell of that."""
    files = [file for path in paths for file in _files(path, must_exist=True)]
    if not paths:
        files = _files(_builtin(kind), must_exist=True)
    files += [file for path in extra for file in _files(path / kind, must_exist=False)]
    return [record for file in files for record in read(file)]


def read_records(file: Path) -> list[tuple[Any, str]]:
    """The records of a pack file, each with its `file:number`. Raises `DeclarationError`."""
    try:
        text = file.read_bytes()
        records = loads(text) if file.suffix == ".json" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as error:
        raise DeclarationError(f"not a pack: {error}", str(file)) from error
    except OSError as error:
        raise DeclarationError(f"cannot be read: {error.strerror}", str(file)) from error
    if not isinstance(records, list):
        raise DeclarationError("a pack is a list of records", str(file))
    return [(record, f"{file}:{number}") for number, record in enumerate(records, 1)]


def is_texts(value: Any) -> bool:
    """Whether a record's value is a list of texts."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _builtin(kind: str) -> Path:
    with resources.as_file(resources.files("cloudwarden") / "packs" / kind) as folder:
        return folder


def _files(path: Path, *, must_exist: bool) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        if must_exist:
            raise DeclarationError("there is no such pack", str(path))
        return []
    return sorted(p for p in path.iterdir() if p.suffix in _SUFFIXES)
