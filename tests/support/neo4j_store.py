"""What a Neo4j database would hold after the publisher's statements, and after no others.

Each statement is recognised by its whole shape, so that one that is changed fails the tests until
this has been taught what it means. Nodes and relations carry numbers of their own, as in Neo4j.
"""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from tests.support.bolt import StatementError

NODE, PUBLICATION = "CloudwardenNode", "CloudwardenPublication"
KEY, HASH, LABELS = "cloudwarden_key", "cloudwarden_hash", "cloudwarden_labels"

Answer = tuple[list[str], list[list[Any]]]
_QUOTED = r"`(?:``|[^`])*`"


@dataclass
class Node:
    labels: set[str]
    properties: dict[str, Any]


@dataclass
class Relation:
    type: str
    source: int
    target: int
    properties: dict[str, Any]


@dataclass
class Neo4jStore:
    """Nodes and relations by number, and the names of constraints and indexes."""

    nodes: dict[int, Node] = field(default_factory=dict)
    relations: dict[int, Relation] = field(default_factory=dict)
    schema: set[str] = field(default_factory=set)
    next: int = 0

    def copy(self) -> Neo4jStore:
        return deepcopy(self)

    def add_node(self, labels: set[str], properties: dict[str, Any]) -> int:
        self.next += 1
        self.nodes[self.next] = Node(set(labels), dict(properties))
        return self.next

    def add_relation(self, type_: str, source: int, target: int, properties: dict[str, Any]) -> int:
        self.next += 1
        self.relations[self.next] = Relation(type_, source, target, dict(properties))
        return self.next

    def ours(self) -> dict[str, int]:
        """The numbers of published nodes by key."""
        found = {n.properties[KEY]: i for i, n in self.nodes.items() if NODE in n.labels}
        assert len(found) == sum(NODE in n.labels for n in self.nodes.values()), "doubles"
        return found

    def run(self, text: str, parameters: dict[str, Any]) -> Answer:
        for pattern, action in _STATEMENTS:
            match = pattern.fullmatch(" ".join(text.split()))
            if match is not None:
                names = [match.group(n) for n in range(1, (pattern.groups or 0) + 1)]
                answer: Answer = action(self, parameters, *names)
                return answer
        raise StatementError("Neo.ClientError.Statement.SyntaxError", f"not understood: {text}")

    def put(self, holder: Node | Relation, properties: dict[str, Any]) -> None:
        for name, value in properties.items():
            items = value if isinstance(value, list) else [value]
            if not all(isinstance(item, str | int | float | bool) for item in items):
                raise StatementError("Neo.ClientError.Statement.TypeError", f"{name}: {value!r}")
        holder.properties = dict(properties)


def _names(text: str | None) -> list[str]:
    return [name[1:-1].replace("``", "`") for name in re.findall(_QUOTED, text or "")]


def _read_publication(store: Neo4jStore, _: dict[str, Any]) -> Answer:
    rows = [[n.properties] for n in store.nodes.values() if PUBLICATION in n.labels]
    return ["publication"], deepcopy(rows)


def _write_publication(store: Neo4jStore, parameters: dict[str, Any]) -> Answer:
    for node in store.nodes.values():
        if PUBLICATION in node.labels:
            node.properties |= parameters["publication"]
            return [], []
    store.add_node({PUBLICATION}, {"name": "cloudwarden", **parameters["publication"]})
    return [], []


def _find_keys(store: Neo4jStore, _: dict[str, Any]) -> Answer:
    return ["name"], [[name] for name in sorted({key.split("/")[0] for key in store.ours()})]


def _find_types(store: Neo4jStore, _: dict[str, Any]) -> Answer:
    types = {r.type for r in store.relations.values() if KEY in r.properties}
    return ["name"], [[name] for name in sorted(types)]


def _define(store: Neo4jStore, _: dict[str, Any], name: str, *__: str) -> Answer:
    store.schema.add(name.strip("`"))
    return [], []


def _node_page(store: Neo4jStore, parameters: dict[str, Any]) -> Answer:
    ours = store.ours()
    found = sorted(key for key in ours if parameters["after"] < key < parameters["before"])
    nodes = [store.nodes[ours[key]].properties for key in found[: parameters["limit"]]]
    return ["key", "hash", "labels"], [[n[KEY], n.get(HASH), n.get(LABELS)] for n in nodes]


def _relation_page(store: Neo4jStore, parameters: dict[str, Any], type_: str) -> Answer:
    found = sorted(
        (r.properties[KEY], r.properties.get(HASH))
        for r in store.relations.values()
        if [r.type] == _names(type_)
        and parameters["after"] < r.properties.get(KEY, "") < parameters["before"]
    )
    return ["key", "hash"], [list(row) for row in found[: parameters["limit"]]]


def _write_nodes(
    store: Neo4jStore, parameters: dict[str, Any], given: str, taken: str | None
) -> Answer:
    for row in parameters["rows"]:
        number = store.ours().get(row["key"])
        if number is None:
            number = store.add_node({NODE}, {})
        node = store.nodes[number]
        store.put(node, row["properties"])
        node.labels |= set(_names(given))
        node.labels -= set(_names(taken))
    return [], []


def _write_relations(store: Neo4jStore, parameters: dict[str, Any], type_: str) -> Answer:
    ours, written = store.ours(), 0
    for row in parameters["rows"]:
        source, target = ours.get(row["source"]), ours.get(row["target"])
        if source is None or target is None:
            continue
        (name,) = _names(type_)
        same = [
            i
            for i, r in store.relations.items()
            if (r.type, r.source, r.target, r.properties.get(KEY))
            == (name, source, target, row["key"])
        ]
        number = same[0] if same else store.add_relation(name, source, target, {})
        store.put(store.relations[number], row["properties"])
        written += 1
    return ["written"], [[written]]


def _remove_nodes(store: Neo4jStore, parameters: dict[str, Any]) -> Answer:
    for key in parameters["keys"]:
        number = store.ours().get(key)
        if number is not None:
            del store.nodes[number]
            hanging = [i for i, r in store.relations.items() if number in {r.source, r.target}]
            for i in hanging:
                del store.relations[i]
    return [], []


def _remove_relations(store: Neo4jStore, parameters: dict[str, Any], type_: str) -> Answer:
    gone = [
        i
        for i, r in store.relations.items()
        if [r.type] == _names(type_) and r.properties.get(KEY) in parameters["keys"]
    ]
    for i in gone:
        del store.relations[i]
    return [], []


def _shape(text: str) -> re.Pattern[str]:
    """A statement with `‹Q›` for a quoted name and `‹QS›` for some of them with colons."""
    escaped = re.escape(text).replace("‹QS›", f"((?::{_QUOTED})*)")
    return re.compile(escaped.replace("‹Q›", f"({_QUOTED})"))


_STATEMENTS: list[tuple[re.Pattern[str], Any]] = [
    (_shape(f"MATCH (p:{PUBLICATION}) RETURN properties(p) AS publication"), _read_publication),
    (
        _shape(f"MERGE (p:{PUBLICATION} {{name: 'cloudwarden'}}) SET p += $publication"),
        _write_publication,
    ),
    (_shape(f"MATCH (n:{NODE}) RETURN DISTINCT split(n.{KEY}, '/')[0] AS name"), _find_keys),
    (
        _shape(
            f"MATCH (:{NODE})-[r]->() WHERE r.{KEY} IS NOT NULL RETURN DISTINCT type(r) AS name"
        ),
        _find_types,
    ),
    (
        re.compile(
            rf"CREATE CONSTRAINT (\w+) IF NOT EXISTS FOR \(n:{NODE}\) REQUIRE n\.{KEY} IS UNIQUE"
        ),
        _define,
    ),
    (
        _shape("CREATE INDEX ‹Q› IF NOT EXISTS FOR (n:‹Q›) ON (n.id)"),
        _define,
    ),
    (
        _shape(f"CREATE INDEX ‹Q› IF NOT EXISTS FOR ()-[r:‹Q›]-() ON (r.{KEY})"),
        _define,
    ),
    (
        _shape(
            f"MATCH (n:{NODE}) WHERE n.{KEY} > $after AND n.{KEY} < $before "
            f"RETURN n.{KEY} AS key, n.{HASH} AS hash, n.{LABELS} AS labels "
            f"ORDER BY n.{KEY} LIMIT $limit"
        ),
        _node_page,
    ),
    (
        _shape(
            f"MATCH ()-[r:‹Q›]->() WHERE r.{KEY} > $after AND r.{KEY} < $before "
            f"RETURN r.{KEY} AS key, r.{HASH} AS hash ORDER BY r.{KEY} LIMIT $limit"
        ),
        _relation_page,
    ),
    (
        re.compile(
            _shape(
                f"UNWIND $rows AS row MERGE (n:{NODE} {{{KEY}: row.key}}) "
                "SET n = row.properties, n‹QS›"
            ).pattern
            + rf"(?: REMOVE n((?::{_QUOTED})+))?"
        ),
        _write_nodes,
    ),
    (
        _shape(
            f"UNWIND $rows AS row MATCH (s:{NODE} {{{KEY}: row.source}}) "
            f"MATCH (t:{NODE} {{{KEY}: row.target}}) "
            f"MERGE (s)-[r:‹Q› {{{KEY}: row.key}}]->(t) "
            "SET r = row.properties RETURN count(r) AS written"
        ),
        _write_relations,
    ),
    (
        _shape(f"UNWIND $keys AS key MATCH (n:{NODE} {{{KEY}: key}}) DETACH DELETE n"),
        _remove_nodes,
    ),
    (
        _shape(f"UNWIND $keys AS key MATCH ()-[r:‹Q› {{{KEY}: key}}]->() DELETE r"),
        _remove_relations,
    ),
]
