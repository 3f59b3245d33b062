"""Any small estate gives the edges that a plain reading of the rules gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.graph.generation_estates import SEEN, Document, asset, edge, edges, registry

from cloudwarden.core.clock import FixedClock
from cloudwarden.core.json import dumps, loads
from cloudwarden.graph.generations import Generations

Node = tuple[str, str]

_IDS = ["a", "b", "c", "arn:a", "arn:b"]
_ACCOUNTS = ["111", "222"]
_OWNED = {"Server", "User", "Role"}

_relations = st.builds(
    lambda type_, label, target, incoming, implied, found_by: edge(
        type_, label, target, incoming=incoming, implied=implied, found_by=found_by
    ),
    st.sampled_from(["USES", "TRUSTS"]),
    st.sampled_from(["Server", "OldServer", "Principal", "User", "Range", "AWSAccount"]),
    st.sampled_from([*_IDS, "111", "999"]),
    st.booleans(),
    st.sampled_from([None, None, {}, {"account": "888"}, {"account": "999", "arn": "arn:b"}]),
    st.sampled_from(["", "", "policy"]),
)


def _document(
    label: str, id_: str, account: str, arn: str, policy: str, tags: Any, rels: Any
) -> Document:
    given = {"arn": arn, "policy": policy}
    properties = {name: value for name, value in given.items() if value}
    return asset(label, id_, account, *rels, tags=tags, **properties)


_documents = st.builds(
    _document,
    st.sampled_from(["Server", "User", "Role"]),
    st.sampled_from(_IDS),
    st.sampled_from(_ACCOUNTS),
    st.sampled_from(["", "arn:a", "arn:b"]),
    st.sampled_from(["", "a", "B", "Arn:A"]),
    st.dictionaries(st.sampled_from(["k", "l"]), st.sampled_from(["1", "2"]), max_size=2),
    st.lists(_relations, max_size=4),
)


@dataclass(frozen=True, slots=True)
class _Told:
    """A relation as a row tells it."""

    carrier: Node
    type: str
    labels: frozenset[str]
    target: str
    incoming: bool
    implied: Mapping[str, Any] | None
    found_by: str

    def between(self, other: Node) -> tuple[Node, str, Node]:
        if self.incoming:
            return (other, self.type, self.carrier)
        return (self.carrier, self.type, other)

    def by_id(self, nodes: Iterable[Node]) -> set[Node]:
        return {node for node in nodes if node[0] in self.labels and node[1] == self.target}

    def by_arn(self, arns: Iterable[tuple[Node, str]]) -> set[Node]:
        return {node for node, arn in arns if node[0] in self.labels and arn == self.target}

    def by_policy(self, policies: Iterable[tuple[Node, str]]) -> set[Node]:
        target = self.target.lower()
        return {n for n, text in policies if n[0] in self.labels and text.lower() == target}


def _expected(documents: Sequence[Document]) -> set[tuple[Node, str, Node]]:
    contents = [loads(document.document) for document in documents]
    rows = [((d.label, d.id), d.account, c) for d, c in zip(documents, contents, strict=True)]
    nodes = {node for node, _, _ in rows} | {("AWSAccount", account) for _, account, _ in rows}
    arns, policies = (
        [(node, c["properties"][name]) for node, _, c in rows if name in c["properties"]]
        for name in ("arn", "policy")
    )
    told = [
        _Told(
            node,
            relation["type"],
            registry().resolve(relation["target_label"]) or frozenset({relation["target_label"]}),
            relation["target"],
            relation["incoming"],
            relation["implied"],
            relation.get("found_by", ""),
        )
        for node, _, content in rows
        for relation in content["relations"]
    ]
    found: set[tuple[Node, str, Node]] = set()
    lost: list[_Told] = []
    made: dict[Node, list[str]] = {}
    for relation in told:
        if relation.found_by:
            hits = relation.by_policy(policies)
        else:
            hits = relation.by_id(nodes) or relation.by_arn(arns)
        found |= {relation.between(node) for node in hits}
        if not hits:
            lost.append(relation)
        if relation.implied is None:
            continue
        if not hits and len(relation.labels) == 1:
            (label,) = relation.labels
            hits = {(label, relation.target)}
        for node in hits:
            made.setdefault(node, []).append(dumps(relation.implied))
    created = made.keys() - nodes
    accounts = {
        ("AWSAccount", relation.implied["account"])
        for relation in told
        if relation.implied and "account" in relation.implied
    }
    implied = [(node, loads(text)) for node, texts in made.items() for text in sorted(texts)]
    implied_arns = [(node, content["arn"]) for node, content in implied if "arn" in content]
    for relation in lost:
        if relation.found_by and relation.implied is None:
            continue
        hits = relation.by_id(nodes | created | accounts) or relation.by_arn(implied_arns)
        found |= {relation.between(node) for node in hits}
    found |= {(("AWSAccount", account), "RESOURCE", node) for node, account, _ in rows}
    for node in created:
        owners = [c["account"] for other, c in implied if other == node and "account" in c]
        if owners and node[0] in _OWNED:
            found.add((("AWSAccount", owners[0]), "RESOURCE", node))
    for node, _, content in rows:
        for key, value in content["tags"].items():
            found.add((node, "TAGGED", ("AWSTag", f"{key}:{value}")))
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_documents, max_size=8))
def test_edges_are_those_of_a_naive_model(documents: list[Document]) -> None:
    with TemporaryDirectory() as folder:
        generations = Generations(Path(folder), FixedClock(SEEN))
        generation = generations.build([documents], registry(), {}, 1, SEEN)
        built = edges(generation)
    expected = [(f"{s[0]}/{s[1]}", type_, f"{t[0]}/{t[1]}") for s, type_, t in _expected(documents)]
    assert built == sorted(expected)
