"""Names of tables, columns and files: plain identifiers, unique without regard to case."""

from __future__ import annotations

import re

from cloudwarden.graph.catalog import NodeTable, RelationTable

NODE_PREFIX = "n_"
RELATION_PREFIX = "r_"

_PLAIN = re.compile(r"[^A-Za-z0-9_]+")


class Names:
    """Hands out identifiers. The same names in the same order always give the same ones.

    None begins with an underscore: those are for the columns and tables we add ourselves.
    """

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._taken: set[str] = set()

    def give(self, name: str) -> str:
        """An identifier as like `name` as can be, that was not given before."""
        plain = self._prefix + _PLAIN.sub("_", name)
        if not plain or not plain[0].isalpha():
            plain = f"p{plain}" if plain.startswith("_") else f"p_{plain}"
        identifier, again = plain, 1
        while identifier.lower() in self._taken:
            again += 1
            identifier = f"{plain}_{again}"
        self._taken.add(identifier.lower())
        return identifier


def file_name(table: NodeTable | RelationTable) -> str:
    """The name of a table's Parquet file within `nodes/` or `relations/`."""
    prefix = NODE_PREFIX if isinstance(table, NodeTable) else RELATION_PREFIX
    return f"{table.sql.removeprefix(prefix)}.parquet"
