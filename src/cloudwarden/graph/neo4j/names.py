"""What published things are called in Neo4j: labels, keys, and names safely quoted."""

from __future__ import annotations

from cloudwarden.core.errors import GraphError
from cloudwarden.graph.catalog import Catalog, NodeTable

#: The label of every node that we write; what lacks it is not ours and is never touched.
NODE = "CloudwardenNode"
#: The label of the one node that says how far a publication has got.
PUBLICATION = "CloudwardenPublication"
#: The property by which a node or relation is found again; only what we write has it.
KEY = "cloudwarden_key"
#: The property that holds a hash of everything else that we wrote.
HASH = "cloudwarden_hash"
#: The property of a node that holds the labels that we gave it.
LABELS = "cloudwarden_labels"


def quoted(name: str) -> str:
    """A label, type or index name as Cypher may hold it. Raises `GraphError` if none can."""
    # Neo4j reads such escapes before it looks for quotes, so that no quoting is proof against them.
    if "\\u" in name or "\\U" in name or not name:
        raise GraphError(f"{name!r} cannot be a name in Neo4j")
    return f"`{name.replace('`', '``')}`"


def main_label(table: NodeTable) -> str:
    """The label that a table's nodes are known by: their identity is this and their id."""
    return table.labels[0]


def labels_of(table: NodeTable, catalog: Catalog) -> tuple[str, ...]:
    """All labels of a table's nodes: their own, and every alias and group that spans them."""
    others = {name for name, tables in catalog.names.items() if table.number in tables}
    return (*table.labels, *sorted(others - set(table.labels)))
