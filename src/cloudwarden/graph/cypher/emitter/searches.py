"""Walks that are searched for over arrays before the statement runs, instead of in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher.bound import RelationSlot, Variable
from cloudwarden.graph.search import Search

Statement = Callable[[], str]

_OPPOSITE = {">": "<", "<": ">", "-": "-"}


@dataclass(frozen=True, slots=True)
class Apart:
    """Statements of `_id`s that walks start from and may end at, to be run before the rest.

    With `pairs`, one of starts `a` and ends `b`. `far` is that of ends even where they are all.
    """

    starts: str
    ends: str | None
    far: Statement | None = None
    pairs: bool = False


@dataclass(frozen=True, slots=True)
class Seeds:
    """Where walks start: a statement of `_id`s, or of lists `l` of relations bound before.

    `useful` is the condition on start and end that tells which walks are of use, if there is one;
    `apart` the same as statements of their own, if there are such.
    """

    starts: Statement
    useful: Callable[[str, str], str] | None = None
    apart: Callable[[], Apart | None] | None = None


def search_for(
    catalog: Catalog,
    slot: RelationSlot,
    seeds: Seeds,
    kind: str,
    name: str,
    *,
    backwards: bool,
    far_only: bool,
    near_only: bool,
) -> Search | None:
    """The search of a kind for the walks of a slot; None if it cannot be run before the statement.

    Where it counts only where walks end, or (if that can be turned round) only where they start,
    all starts are searched from at once.
    """
    apart = None if seeds.apart is None else seeds.apart()
    if apart is None:
        return None
    assert slot.length is not None
    low, high = slot.length
    direction = _direction(slot)
    if backwards:
        direction = _OPPOSITE[direction]
    starts, ends, end = apart.starts, apart.ends, slot.left if backwards else slot.right
    spread = kind == "reached" and not apart.pairs and far_only
    if kind == "reached" and near_only and not far_only and apart.far is not None:
        starts, ends, end = apart.far(), starts, slot.right if backwards else slot.left
        spread, direction = True, _OPPOSITE[direction]
    return Search(
        name=name,
        kind=kind,
        starts=starts,
        ends=ends,
        pairs=apart.pairs,
        ends_in=_tables(catalog, end),
        direction=direction,
        types=_types(catalog, slot),
        low=low,
        high=high,
        closed=slot.closed and low > 0 and direction != "-",
        backwards=backwards,
        spread=spread,
        relations=tuple(table.sql for table in catalog.relations.values()),
    )


def paths_found(name: str, wanted: Sequence[str]) -> str:
    """The paths that a search left, with relations `r` and trails `t` if they are wanted."""
    if not wanted:
        return f"SELECT s, d FROM {name}"
    lists = {"r": "list(r ORDER BY i)", "t": "flatten(list([r, n] ORDER BY i))"}
    made = ", ".join(f"{lists[column]} AS {column}" for column in wanted)
    # A path of no steps has none in the other table.
    columns = ", ".join(f"coalesce(x.{c}, CAST([] AS BIGINT[])) AS {c}" for c in wanted)
    return (
        f"SELECT h.s, h.d, {columns} FROM {name} h "
        f"LEFT JOIN (SELECT p, {made} FROM {name}_steps GROUP BY p) x ON x.p = h.p"
    )


def _direction(slot: RelationSlot) -> str:
    forward = any(edge.forward for edge in slot.edges)
    backward = any(edge.backward for edge in slot.edges)
    return "-" if forward and backward else "<" if backward else ">"


def _types(catalog: Catalog, slot: RelationSlot) -> tuple[int, ...] | None:
    types = {edge.type for edge in slot.edges}
    if types == catalog.relations.keys():
        return None
    return tuple(sorted(catalog.relations[type_].number for type_ in types))


def _tables(catalog: Catalog, end: Variable) -> tuple[int, ...] | None:
    tables = end.type.tables
    return None if not tables or tables == catalog.nodes.keys() else tuple(sorted(tables))
