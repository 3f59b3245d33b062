"""Which node leads to which, as arrays: what searches over the whole graph run on.

Nodes have numbers from 0 here, table after table in the order of their `_id`s; edges have numbers
in the order of the nodes that they start from. A sealed generation holds the arrays as files, which
are read where they are touched; those of a graph in memory are made when first wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from cloudwarden.graph.catalog import ROW_BITS

#: The folder of a generation that holds them.
ADJACENCY = "adjacency"

Numbers = NDArray[np.int64]

_ROWS = (1 << ROW_BITS) - 1
_FILES = ("tables", "relations", "out", "targets", "into", "sources", "edges")


@dataclass(frozen=True, slots=True)
class Side:
    """The edges on one side of each node.

    Those of node n are at the places `starts[n]` to `starts[n + 1]`: `nodes` has the other ends,
    `edges` their numbers, which are the places themselves where it is None.
    """

    starts: Numbers
    nodes: NDArray[np.int32]
    edges: NDArray[np.int32] | None


@dataclass(frozen=True, slots=True)
class Adjacency:
    """A graph's edges. `tables` has each node table's first number, `relations` edges' `_id`s."""

    tables: Numbers
    relations: Numbers
    out: Side
    into: Side

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self.out.starts) - 1

    def numbers(self, ids: Numbers) -> Numbers:
        """The numbers of nodes with these `_id`s."""
        numbers: Numbers = self.tables[ids >> ROW_BITS] + (ids & _ROWS)
        return numbers

    def ids(self, numbers: Numbers) -> Numbers:
        """The `_id`s of nodes with these numbers."""
        # Tables without nodes share their first number with the one that follows.
        table = np.searchsorted(self.tables, numbers, side="right") - 1
        return (table << ROW_BITS) | (numbers - self.tables[table])

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection, relations: Sequence[str]) -> Adjacency:
        """Made from these tables of relations. Raises `duckdb.Error`."""
        last = connection.execute(
            f"SELECT _id >> {ROW_BITS} AS number, max(_id) & {_ROWS} AS row FROM _nodes GROUP BY 1"
        ).fetchnumpy()
        sizes = np.zeros(int(max(last["number"], default=-1)) + 2, dtype=np.int64)
        sizes[last["number"]] = last["row"] + 1
        tables = np.cumsum(sizes) - sizes
        count = int(sizes.sum())
        edges = " UNION ALL ".join(f'SELECT _id, _src, _dst FROM "{name}"' for name in relations)
        nothing = "SELECT 0 AS _id, 0 AS _src, 0 AS _dst WHERE false"
        found = connection.execute(edges or nothing).fetchnumpy()

        sources, targets = (
            tables[ids >> ROW_BITS] + (ids & _ROWS)
            for ids in (found[end].astype(np.int64, copy=False) for end in ("_src", "_dst"))
        )
        by_source = np.argsort(sources, kind="stable")
        sources, targets = sources[by_source], targets[by_source]
        by_target = np.argsort(targets, kind="stable")
        return cls(
            tables=tables,
            relations=found["_id"].astype(np.int64, copy=False)[by_source],
            out=Side(_starts(sources, count), targets.astype(np.int32), None),
            into=Side(
                _starts(targets, count),
                sources[by_target].astype(np.int32),
                by_target.astype(np.int32),
            ),
        )

    @classmethod
    def read(cls, folder: Path) -> Adjacency | None:
        """The arrays of the sealed generation in a folder; None if it has none."""
        held = folder / ADJACENCY
        if not held.is_dir():
            return None
        arrays = [np.load(held / f"{name}.npy", mmap_mode="r").view(np.ndarray) for name in _FILES]
        tables, relations, out, targets, into, sources, edges = arrays
        return cls(tables, relations, Side(out, targets, None), Side(into, sources, edges))

    def write(self, folder: Path) -> None:
        """Write the arrays into a folder that is to be sealed. Raises `OSError`."""
        held = folder / ADJACENCY
        held.mkdir()
        assert self.into.edges is not None
        arrays: tuple[NDArray[Any], ...] = (
            self.tables, self.relations, self.out.starts, self.out.nodes,
            self.into.starts, self.into.nodes, self.into.edges,
        )  # fmt: skip
        for name, array in zip(_FILES, arrays, strict=True):
            np.save(held / f"{name}.npy", array, allow_pickle=False)


def _starts(nodes: Numbers, count: int) -> Numbers:
    starts = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(nodes, minlength=count), out=starts[1:])
    return starts
