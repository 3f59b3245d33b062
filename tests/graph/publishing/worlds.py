"""Small estates to publish, and what a database must hold after each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.graph.generation_estates import SEEN, asset, edge, edges, nodes, registry
from tests.support.neo4j_store import HASH, KEY, LABELS, NODE, Neo4jStore

from cloudwarden.core.clock import FixedClock
from cloudwarden.graph.generation import Generation
from cloudwarden.graph.generations import Generations

#: Names that quoting, escaping or sorting might trip over.
ODD = ("a'b", 'a"b', "a`b", "a\\u0060b", "ü/ß", "a\nb", "}) DETACH DELETE n //", "a/b", " ", "🦄")

LABELS_OF = {
    "Server": {"Server", "OldServer"},
    "User": {"User", "Principal"},
    "Role": {"Role", "Principal"},
    "AWSTag": {"AWSTag", "Tag"},
}


def build(folder: Path, *documents: Any) -> Generation:
    return Generations(folder, FixedClock(SEEN), 9).build([documents], registry(), {}, 7, SEEN)


def estate(folder: Path, servers: int = 3, size: int = 1) -> Generation:
    """Servers in a row, each using the next; a role that a user trusts; an odd name each."""
    ids = [f"s{n}" for n in range(servers)]
    return build(
        folder,
        *(
            asset(
                "Server", id_, "111", edge("USES", "Server", following), size=size,
                addresses=["10.0.0.1", "10.0.0.2"], ports=[], load=0.5, public=True,
                policy={"Statement": [{"Effect": "Allow"}]}, tags={"team": id_},
            )
            for id_, following in zip(ids, [*ids[1:], ids[0]], strict=True)
        ),
        asset("User", "u"),
        asset("Role", "r", "111", edge("TRUSTS", "User", "u", since=2020)),
        *(asset("Server", odd, "222", name=odd) for odd in ODD),
    )  # fmt: skip


def held(store: Neo4jStore) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
    """What was published: nodes by `label/id` with labels and properties, and relations."""
    named: dict[int, str] = {}
    found: dict[str, Any] = {}
    for number in store.ours().values():
        node = store.nodes[number]
        main = node.properties[KEY].split("/")[0]
        named[number] = f"{main}/{node.properties['id']}"
        properties = {k: v for k, v in node.properties.items() if k not in {KEY, HASH, LABELS}}
        found[named[number]] = (node.labels - {NODE}, properties)
    relations = sorted(
        (named[r.source], r.type, named[r.target])
        for r in store.relations.values()
        if KEY in r.properties
    )
    return found, relations


def expected(generation: Generation) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
    """The same of a generation."""
    found = {}
    for table in generation.manifest.catalog.nodes.values():
        label = table.labels[0]
        for id_, properties in nodes(generation, label).items():
            found[f"{label}/{id_}"] = (LABELS_OF.get(label, {label}), properties)
    return found, edges(generation)
