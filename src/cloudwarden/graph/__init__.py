"""The estate as a graph: sealed generations, and Cypher over them.

`from cloudwarden.graph import Graph` is the way in for notebooks and other tools. The engine
behind it loads when it is asked for, so that commands which need no graph start quickly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudwarden.graph.cypher.errors import CypherError
    from cloudwarden.graph.graph import Graph, Result, Row
    from cloudwarden.graph.values import Node, Path, Relationship

__all__ = ["CypherError", "Graph", "Node", "Path", "Relationship", "Result", "Row"]

_HOMES = {
    "CypherError": "cloudwarden.graph.cypher.errors",
    "Node": "cloudwarden.graph.values",
    "Path": "cloudwarden.graph.values",
    "Relationship": "cloudwarden.graph.values",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES.get(name, "cloudwarden.graph.graph")), name)
