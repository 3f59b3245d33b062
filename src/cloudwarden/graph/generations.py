"""The shelf of sealed generations: which there are, which is current, and how one gets there.

A folder holds one sub-folder a generation, the pointer file `current` with the name of the one in
force, and `moments/` with graphs of the past. A generation is written under a hidden name, sealed,
moved to a name that was never used, and only then pointed to: whatever dies in between leaves the
pointer as it was, and the next build clears up.
"""

from __future__ import annotations

import builtins
import errno
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cloudwarden.core.clock import Clock
from cloudwarden.core.errors import GraphError
from cloudwarden.graph.generation import Generation
from cloudwarden.graph.manifest import FORMAT, MANIFEST, Manifest, record_files
from cloudwarden.graph.sealing import (
    exclusive,
    put_in_place,
    remove,
    replace_text,
    seal,
    unused,
)
from cloudwarden.schema.derived import Derived
from cloudwarden.schema.registry import Registry

# What builds, DuckDB with it, is loaded where it builds: most commands only read.
if TYPE_CHECKING:
    import duckdb

    from cloudwarden.graph.build import AssetDocument, GraphRules, Limits
    from cloudwarden.graph.graph import Graph

_POINTER = "current"
_LOCK = "lock"
_MOMENTS = "moments"
_BUILDING = ".building-"
_REMOVING = ".removing-"

#: A generation's name: its place in the order they were built in, and what makes it unique.
_NAME = re.compile(r"\d{8,}-[0-9a-f]{8}")

#: How many runs back to look for the one that a past moment was in.
_RUNS = 1000

_SIGNS_OF_A_FULL_DISK = ("No space left", "max_temp_directory_size")

#: Room that a file system must have left for "full" not to be the likely cause of a failure.
_SOME_ROOM = 4 << 20


class Run(Protocol):
    """What a past moment's graph must know of a run; its `state` is `running` while it goes on."""

    @property
    def id(self) -> int: ...  # noqa: D102
    @property
    def started_at(self) -> datetime: ...  # noqa: D102
    @property
    def state(self) -> str: ...  # noqa: D102


class Source(Protocol):
    """What the inventory offers to a graph."""

    def documents(  # noqa: D102
        self, *, as_of: datetime | None = None
    ) -> Iterator[Sequence[AssetDocument]]: ...

    def accounts_known(self) -> Mapping[str, str]: ...  # noqa: D102

    def runs(self, limit: int = 20) -> Sequence[Run]: ...  # noqa: D102


class Generations:
    """All generations in `folder`, of which `keep` stay (and as many of past moments).

    Builds of several processes wait for each other; reading waits for nobody.
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        keep: int = 5,
        *,
        rules: GraphRules | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._keep = max(keep, 1)
        self._rules = rules
        self._limits = limits

    def build(
        self,
        batches: Iterable[Sequence[AssetDocument]],
        registry: Registry,
        accounts: Mapping[str, str],
        run_id: int | None,
        as_of: datetime,
        derived: Iterable[Derived] = (),
    ) -> Generation:
        """Build a generation and make it the current one.

        `batches` are best ordered by label; `accounts` maps the ids of the accounts that we look
        after to their names; `derived` is what analysis found in all of it. Raises `GraphError` if
        it cannot be built (a full disk, say), and whatever reading `batches` and `derived` raises;
        the current generation then stays what it was.
        """
        with self._alone():
            generation = self._make(
                self._folder, batches, registry, accounts, run_id, as_of, derived=derived
            )
            replace_text(self._folder / _POINTER, generation.name + "\n")
            self._prune(self._folder, generation.name)
        return generation

    def for_moment(
        self,
        source: Source,
        registry: Registry,
        moment: datetime,
        analyse: Callable[[datetime], Iterable[Derived]] | None = None,
    ) -> Generation:
        """The graph as it was at `moment`, built or taken from those built before.

        `analyse` tells what follows from what was known then. Raises what `build` raises.
        """
        from cloudwarden.graph.build import schema_hash

        shelf = self._folder / _MOMENTS
        runs = source.runs(_RUNS)
        newest = max(runs, key=lambda run: run.started_at, default=None)
        # A run still going on may yet add to what was known at that moment.
        going_on = newest and newest.state == "running" and newest.started_at <= moment
        settled = moment < self._clock.now() and not going_on
        with self._alone():
            known = self._settled_at(shelf, moment, schema_hash(registry)) if settled else None
            if known:
                return known
            before = [run.id for run in runs if run.started_at <= moment]
            generation = self._make(
                shelf,
                source.documents(as_of=moment),
                registry,
                # Before the first run nothing was known, of accounts neither.
                source.accounts_known() if before or len(runs) == _RUNS else {},
                max(before, default=None),
                moment,
                settled=settled,
                derived=analyse(moment) if analyse else (),
            )
            self._prune(shelf, generation.name)
        return generation

    def current(self) -> Generation | None:
        """The generation in force; None before the first. Raises `GraphError` if it is damaged."""
        name = self._pointed()
        return Generation.read(self._folder / name) if name else None

    def list(self) -> tuple[Generation, ...]:
        """Every generation kept, the oldest first; not those of past moments."""
        return tuple(Generation.read(self._folder / name) for name in _names(self._folder))

    def open(self, name: str | None = None) -> Graph:
        """A graph to query: the current one, or the one of that name, of the past or not.

        It stays readable until it is let go, whatever is built meanwhile. Raises `GraphError` if
        there is none or it is damaged.
        """
        if name is not None:
            past = self._folder / _MOMENTS / name
            return Generation.read(past if past.exists() else self._folder / name).open(self._clock)
        while True:
            wanted = self._pointed()
            if wanted is None:
                raise GraphError(
                    f"there is no graph in {self._folder} yet; `cloudwarden collect` builds one"
                )
            try:
                return Generation.read(self._folder / wanted).open(self._clock)
            except GraphError:
                # A build may have replaced and removed it since we read the pointer.
                if wanted == self._pointed():
                    raise

    def _pointed(self) -> str | None:
        try:
            return (self._folder / _POINTER).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise GraphError(
                f"{self._folder / _POINTER} cannot be read ({error}); build the graph again"
            ) from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Be the only one that builds here, with the leftovers of dead builds cleared away."""
        try:
            (self._folder / _MOMENTS).mkdir(parents=True, exist_ok=True)
            with exclusive(self._folder / _LOCK):
                self._clear_leftovers()
                yield
        except OSError as error:
            raise self._explained(error) from error

    def _clear_leftovers(self) -> None:
        for shelf in (self._folder, self._folder / _MOMENTS):
            for folder in shelf.iterdir():
                if folder.name.startswith((_BUILDING, _REMOVING)):
                    remove(folder)
        # Newer than the current one: sealed, but its builder died before pointing to it.
        names, current = _names(self._folder), self._pointed()
        if current in names:
            for name in names[names.index(current) + 1 :]:
                _discard(self._folder / name)

    def _make(
        self,
        shelf: Path,
        batches: Iterable[Sequence[AssetDocument]],
        registry: Registry,
        accounts: Mapping[str, str],
        run_id: int | None,
        as_of: datetime,
        *,
        settled: bool = False,
        derived: Iterable[Derived] = (),
    ) -> Generation:
        import duckdb

        from cloudwarden.graph.build import GraphRules, Limits, build_into, schema_hash
        from cloudwarden.graph.build.database import check_database

        number = max((int(name.split("-")[0]) for name in _names(shelf)), default=0) + 1
        name = f"{number:08d}-{secrets.token_hex(4)}"
        building = shelf / f"{_BUILDING}{name}"
        try:
            building.mkdir()
            built = build_into(
                building,
                batches,
                registry,
                accounts,
                rules=self._rules or GraphRules(),
                limits=self._limits or Limits(),
                derived=derived,
            )
            manifest = Manifest(
                name=name,
                format=FORMAT,
                schema_hash=schema_hash(registry),
                run_id=run_id,
                as_of=as_of,
                created=self._clock.now(),
                settled=settled,
                catalog=built.catalog,
                dangling=built.dangling,
                warnings=built.warnings,
                files=record_files(building),
            )
            manifest.write(building)
            written = Manifest.read(building)
            check_database(building, written.catalog)
            written.check(building, contents=False)
            seal(building)
            put_in_place(building, shelf / name)
        except (OSError, duckdb.Error) as error:
            raise self._explained(error) from error
        finally:
            remove(building)
        return Generation(name, shelf / name, written)

    def _settled_at(self, shelf: Path, moment: datetime, schema: str) -> Generation | None:
        for name in reversed(_names(shelf)):
            try:
                generation = Generation.read(shelf / name)
            except GraphError:
                # It only spares building: what is damaged is built anew.
                continue
            manifest = generation.manifest
            if manifest.settled and (manifest.as_of, manifest.schema_hash) == (moment, schema):
                return generation
        return None

    def _prune(self, shelf: Path, newest: str) -> None:
        for name in _names(shelf)[: -self._keep]:
            if name != newest:
                _discard(shelf / name)

    def _explained(self, error: OSError | duckdb.Error) -> GraphError:
        reason = str(error).splitlines()[0]
        if self._disk_is_full(error):
            reason = "no space is left on its disk; free some and build again"
        return GraphError(
            f"the graph in {self._folder} could not be built: {reason}. "
            "The graph from before, if there is one, is untouched."
        )

    def _disk_is_full(self, error: OSError | duckdb.Error) -> bool:
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return True
        if any(sign in str(error) for sign in _SIGNS_OF_A_FULL_DISK):
            return True
        return self._folder.exists() and shutil.disk_usage(self._folder).free < _SOME_ROOM


def _names(shelf: Path) -> builtins.list[str]:
    """The generations on a shelf, the oldest first."""
    if not shelf.is_dir():
        return []
    return sorted(folder.name for folder in shelf.iterdir() if _NAME.fullmatch(folder.name))


def _discard(folder: Path) -> None:
    """Take a generation away, unless a reader holds it: then a later build will."""
    with unused(folder / MANIFEST) as free:
        if free:
            # Out of sight first, so that nobody ever finds half of it.
            hidden = folder.with_name(f"{_REMOVING}{folder.name}")
            folder.rename(hidden)
            remove(hidden)
