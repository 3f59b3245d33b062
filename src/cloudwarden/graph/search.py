"""What a statement wants searched over arrays before it runs, as data that can be sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Search:
    """Where walks lead, or shortest paths, for the walks of one part of a pattern.

    `starts` is a statement of `_id`s; `ends` one of those that walks may end at, None for all of
    the tables `ends_in` (None: all). With `pairs`, `starts` has starts and ends that belong
    together, as `a` and `b`. `kind` is `reached`, `one` or `all`; `direction` that of the walk from
    its starts; `relations` are the names of all tables of relations.

    Left behind: for `reached`, a table `name` of `s` and `d`, or of `d` alone where `spread` says
    that it does not matter from which start; for paths, a table `name` of `s`, `d` and a number
    `p`, and `name_steps` with `p`, place `i`, edge `r` and the node `n` on its right.
    """

    name: str
    kind: str
    starts: str
    ends: str | None
    pairs: bool
    ends_in: tuple[int, ...] | None
    direction: str
    types: tuple[int, ...] | None
    low: int
    high: int | None
    closed: bool
    backwards: bool
    spread: bool
    relations: tuple[str, ...]
    #: Whether it is the first of its statement: what those of the one before left can go.
    first: bool = True

    def run(self, connection: duckdb.DuckDBPyConnection, kept: dict[Any, Any]) -> None:
        """Search. Raises `duckdb.Error`."""
        # Where queries are only compiled, neither arrays nor DuckDB are loaded.
        from cloudwarden.graph.searching import search

        search(self, connection, kept)
