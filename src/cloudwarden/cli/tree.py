"""The rows of the pack's `internet_to_data` query as a small tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwarden.core.errors import UsageError

if TYPE_CHECKING:
    from cloudwarden.graph.graph import Graph

_QUERY = "internet_to_data"

#: The columns of the query from the root to the leaves, each level's text made from its row.
_LEVELS = (
    "{net.id}",
    "security group {sg.name}, {ports}",
    "instance {i.name} ({i.instanceid})",
    "role {r.name}",
    "policy {p.name}",
    "bucket {b.name}",
)


def internet_tree(graph: Graph) -> str:
    """The first path of each instance from the internet to a bucket, drawn with lines."""
    from cloudwarden.graph.packs import load_queries

    packed = next((q for q in load_queries() if q.name == _QUERY), None)
    if packed is None:
        raise UsageError(f"the built-in packs have no query {_QUERY}")
    root: dict[str, Any] = {}
    for row in graph.query(packed.text):
        values = {
            **row,
            "ports": _ports(row["perm.protocol"], row["perm.fromport"], row["perm.toport"]),
        }
        place = root
        for level in _LEVELS:
            place = place.setdefault(_fill(level, values), {})
    if not root:
        return "No path."
    return "\n".join(line for top, below in root.items() for line in (top, *_lines(below, "")))


def _lines(level: dict[str, Any], indent: str) -> list[str]:
    lines: list[str] = []
    for number, (text, below) in enumerate(level.items(), 1):
        last = number == len(level)
        lines.append(f"{indent}{'└─' if last else '├─'} {text}")
        lines += _lines(below, indent + ("   " if last else "│  "))
    return lines


def _fill(level: str, values: dict[str, Any]) -> str:
    for name, value in values.items():
        level = level.replace("{" + name + "}", str(value))
    return level


def _ports(protocol: str, first: int | None, last: int | None) -> str:
    if protocol == "all":
        return "all traffic"
    ports = str(first) if first == last else f"{first}-{last}"
    return f"{protocol} {ports}"
