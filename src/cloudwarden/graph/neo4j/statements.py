"""Every Cypher statement that the publisher sends. Values are parameters, never text."""

from __future__ import annotations

from collections.abc import Sequence

from cloudwarden.graph.neo4j.names import HASH, KEY, LABELS, NODE, PUBLICATION, quoted

READ_PUBLICATION = f"MATCH (p:{PUBLICATION}) RETURN properties(p) AS publication"

WRITE_PUBLICATION = f"MERGE (p:{PUBLICATION} {{name: 'cloudwarden'}}) SET p += $publication"

#: Labels and types of what is there, for a server whose publication node somebody removed.
FIND_KEYS = f"MATCH (n:{NODE}) RETURN DISTINCT split(n.{KEY}, '/')[0] AS name"
FIND_TYPES = f"MATCH (:{NODE})-[r]->() WHERE r.{KEY} IS NOT NULL RETURN DISTINCT type(r) AS name"

NODE_PAGE = f"""MATCH (n:{NODE})
WHERE n.{KEY} > $after AND n.{KEY} < $before
RETURN n.{KEY} AS key, n.{HASH} AS hash, n.{LABELS} AS labels
ORDER BY n.{KEY} LIMIT $limit"""

REMOVE_NODES = f"""UNWIND $keys AS key
MATCH (n:{NODE} {{{KEY}: key}})
DETACH DELETE n"""


def schema_statements(labels: Sequence[str], types: Sequence[str]) -> dict[str, str]:
    """What makes constraints and indexes, by the name of each.

    Keys are unique over all nodes; `id` has an index for every label that has nodes.
    """
    found = {
        "cloudwarden_node": f"CREATE CONSTRAINT cloudwarden_node IF NOT EXISTS "
        f"FOR (n:{NODE}) REQUIRE n.{KEY} IS UNIQUE"
    }
    for label in labels:
        name = f"cloudwarden_id_{label}"
        found[name] = f"CREATE INDEX {quoted(name)} IF NOT EXISTS FOR (n:{quoted(label)}) ON (n.id)"
    for type_ in types:
        name = f"cloudwarden_relation_{type_}"
        found[name] = (
            f"CREATE INDEX {quoted(name)} IF NOT EXISTS FOR ()-[r:{quoted(type_)}]-() ON (r.{KEY})"
        )
    return found


def write_nodes(labels: Sequence[str], stale: Sequence[str]) -> str:
    """Writes `$rows` of `key` and `properties`; `stale` labels are ours no longer."""
    given = "".join(f":{quoted(label)}" for label in labels)
    taken = f"\nREMOVE n{''.join(f':{quoted(label)}' for label in stale)}" if stale else ""
    return f"""UNWIND $rows AS row
MERGE (n:{NODE} {{{KEY}: row.key}})
SET n = row.properties, n{given}{taken}"""


def write_relations(type_: str) -> str:
    """Writes `$rows` of `key`, `source`, `target` and `properties`; answers how many it could."""
    return f"""UNWIND $rows AS row
MATCH (s:{NODE} {{{KEY}: row.source}})
MATCH (t:{NODE} {{{KEY}: row.target}})
MERGE (s)-[r:{quoted(type_)} {{{KEY}: row.key}}]->(t)
SET r = row.properties
RETURN count(r) AS written"""


def relation_page(type_: str) -> str:
    """A page of keys and hashes of a type's relations, in order of key."""
    return f"""MATCH ()-[r:{quoted(type_)}]->()
WHERE r.{KEY} > $after AND r.{KEY} < $before
RETURN r.{KEY} AS key, r.{HASH} AS hash
ORDER BY r.{KEY} LIMIT $limit"""


def remove_relations(type_: str) -> str:
    """Removes relations by `$keys`."""
    return f"""UNWIND $keys AS key
MATCH ()-[r:{quoted(type_)} {{{KEY}: key}}]->()
DELETE r"""
