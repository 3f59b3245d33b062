"""What a generation says of itself: `manifest.json`, the last file written into its folder."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cloudwarden.core.clock import format_moment, parse_moment
from cloudwarden.core.errors import GraphError
from cloudwarden.core.json import loads, pretty
from cloudwarden.graph.catalog import Catalog

MANIFEST = "manifest.json"

#: Raised with every change to the files' layout that an older reader would get wrong.
FORMAT = 1


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file's size in bytes and its SHA-256, in hexadecimal."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A generation's contents.

    `as_of` is the moment that the graph shows, `created` when it was built, `run_id` the run it
    was built after. `settled` says that nothing can change any more in what was known at that
    moment (only graphs of the past are so marked). `dangling` counts relations whose target was
    not found, by type. `files` has every file but the manifest, by path within the folder.
    """

    name: str
    format: int
    schema_hash: str
    run_id: int | None
    as_of: datetime
    created: datetime
    settled: bool
    catalog: Catalog
    dangling: Mapping[str, int]
    warnings: tuple[str, ...]
    files: Mapping[str, FileRecord]

    @property
    def nodes(self) -> dict[str, int]:
        """How many nodes there are of each label."""
        return {table.labels[0]: table.count for table in self.catalog.nodes.values()}

    @property
    def relations(self) -> dict[str, int]:
        """How many edges there are of each type."""
        return {table.type: table.count for table in self.catalog.relations.values()}

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "name": self.name,
            "format": self.format,
            "schema_hash": self.schema_hash,
            "run_id": self.run_id,
            "as_of": format_moment(self.as_of),
            "created": format_moment(self.created),
            "settled": self.settled,
            "counts": {"nodes": self.nodes, "relations": self.relations},
            "dangling": dict(self.dangling),
            "warnings": list(self.warnings),
            "files": {
                path: {"size": record.size, "sha256": record.sha256}
                for path, record in self.files.items()
            },
            "catalog": self.catalog.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Manifest:
        """The inverse of `to_json`. Raises `KeyError` or `ValueError` on other data."""
        return cls(
            name=data["name"],
            format=data["format"],
            schema_hash=data["schema_hash"],
            run_id=data["run_id"],
            as_of=parse_moment(data["as_of"]),
            created=parse_moment(data["created"]),
            settled=data["settled"],
            catalog=Catalog.from_json(data["catalog"]),
            dangling=data["dangling"],
            warnings=tuple(data["warnings"]),
            files={
                path: FileRecord(record["size"], record["sha256"])
                for path, record in data["files"].items()
            },
        )

    def write(self, folder: Path) -> None:
        """Write `manifest.json` into `folder`."""
        (folder / MANIFEST).write_text(pretty(self.to_json()) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """The manifest of the generation in `folder`.

        Raises `GraphError` if there is none, it is damaged, or a newer release wrote it.
        """
        path = folder / MANIFEST
        try:
            data = loads(path.read_bytes())
            if data["format"] > FORMAT:
                raise GraphError(
                    f"the graph in {folder} was written by a newer release; "
                    "upgrade cloudwarden, or build the graph again with this one"
                )
            return cls.from_json(data)
        except FileNotFoundError as error:
            raise GraphError(f"there is no graph in {folder}; build it again") from error
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise GraphError(f"{path} cannot be read ({error}); build the graph again") from error

    def check(self, folder: Path, *, contents: bool = True) -> None:
        """Compare the files in `folder` with what is recorded; without `contents` only their sizes.

        Raises `GraphError` naming the first file that is missing or differs.
        """
        for path, record in self.files.items():
            file = folder / path
            try:
                same = file.stat().st_size == record.size and (
                    not contents or sha256(file) == record.sha256
                )
            except OSError as error:
                raise GraphError(
                    f"{file} cannot be read ({error.strerror}); build the graph again"
                ) from error
            if not same:
                raise GraphError(f"{file} is not what its manifest says; build the graph again")


def record_files(folder: Path) -> dict[str, FileRecord]:
    """Every file under `folder` but the manifest, with size and checksum, in order of path."""
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.name != MANIFEST)
    return {
        file.relative_to(folder).as_posix(): FileRecord(file.stat().st_size, sha256(file))
        for file in files
    }


def sha256(file: Path) -> str:
    """A file's SHA-256, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
