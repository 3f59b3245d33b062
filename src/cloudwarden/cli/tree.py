"""The rows of the pack's `internet_to_data` query as a small tree.

What leads on to the same is told once: four instances behind one security group are one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from cloudwarden.core.errors import UsageError

if TYPE_CHECKING:
    from cloudwarden.graph.graph import Graph

_QUERY = "internet_to_data"

#: The way from the internet to data: what each step is, and the columns that tell it.
_LEVELS = (
    ("security group", "sg.name"),
    ("instance", "i.name", "i.instanceid"),
    ("role", "r.name"),
    ("policy", "p.name"),
    ("bucket", "b.name"),
)

_PLURAL = {"policy": "policies"}

Tree = dict[str, "Tree"]


def internet_tree(graph: Graph) -> str:
    """Every path from the internet over an instance to a bucket, drawn with lines."""
    from cloudwarden.graph.packs import load_queries

    packed = next((q for q in load_queries() if q.name == _QUERY), None)
    if packed is None:
        raise UsageError(f"the built-in packs have no query {_QUERY}")
    return draw(graph.query(packed.text))


def draw(rows: Iterable[Mapping[str, Any]]) -> str:
    """The rows as a tree from the internet down."""
    root: Tree = {}
    open_to: dict[str, tuple[set[str], set[str]]] = {}
    for row in rows:
        ports, networks = open_to.setdefault(str(row["sg.name"]), (set(), set()))
        ports.add(_ports(row["perm.protocol"], row["perm.fromport"], row["perm.toport"]))
        networks.add(str(row["net.id"]))
        place = root
        for _, *columns in _LEVELS:
            name = next(str(row[column]) for column in columns if row[column] is not None)
            place = place.setdefault(name, {})
    if not root:
        return "No path."
    named = {
        f"{name}, open to {' and '.join(sorted(networks))} on {', '.join(sorted(ports))}": below
        for name, below in sorted(root.items(), key=_widest_first)
        for ports, networks in [open_to[name]]
    }
    return "\n".join(("the internet", *_lines(named, 0, "")))


def _widest_first(branch: tuple[str, Tree]) -> tuple[int, str]:
    """What leads to most first, whatever order rows came in; by name where that is equal."""
    name, below = branch
    return -len(below), name


def _lines(level: Tree, depth: int, indent: str) -> Iterator[str]:
    if not level:
        return
    kind = _LEVELS[depth][0]
    joined = _joined(level, depth)
    for number, (names, below) in enumerate(joined, 1):
        last = number == len(joined)
        noun = kind if len(names) == 1 else _PLURAL.get(kind, kind + "s")
        yield f"{indent}{'└─' if last else '├─'} {noun} {', '.join(sorted(names))}"
        yield from _lines(below, depth + 1, indent + ("   " if last else "│  "))


def _joined(level: Tree, depth: int) -> list[tuple[list[str], Tree]]:
    """Names that lead on to the same, together; below the top in order of name."""
    found: list[tuple[list[str], Tree]] = []
    for name, below in sorted(level.items(), key=itemgetter(0)) if depth else level.items():
        same = next((names for names, other in found if other == below), None)
        if same is None:
            found.append(([name], below))
        else:
            same.append(name)
    return found


def _ports(protocol: str, first: int | None, last: int | None) -> str:
    if protocol in {"-1", "all"}:
        return "all ports"
    ports = str(first) if first == last else f"{first}-{last}"
    return f"{protocol} {ports}"
