"""What a query is said to read, and the notices about names: `Graph.prepare`."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.graph.cypher.conftest import NOW

from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher.binder import Binding, bind
from cloudwarden.graph.cypher.names import Vocabulary
from cloudwarden.graph.cypher.parser import parse
from cloudwarden.graph.graph import Graph


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """Accounts with users, roles and buckets; queues are known, and none was found."""
    nodes = [
        {"id": "acc", "labels": ["AWSAccount"], "properties": {"id": "1", "name": "hub"}},
        {"id": "u", "labels": ["AWSUser"], "properties": {"name": "u", "arn": "arn:u"}},
        {"id": "r", "labels": ["AWSRole"], "properties": {"name": "r", "arn": "arn:r"}},
        {"id": "b", "labels": ["AWSS3Bucket"], "properties": {"name": "b", "public": True}},
    ]
    relations = [
        *({"type": "RESOURCE", "source": "acc", "target": t} for t in ("u", "r", "b")),
        {"type": "CAN_READ", "source": "r", "target": "b"},
        {"type": "TRUSTS", "source": "r", "target": "u"},
    ]
    catalog = Graph.from_records(nodes, relations).catalog
    names = dict(catalog.names)
    names["AWSPrincipal"] = names["AWSUser"] | names["AWSRole"]
    names["S3Bucket"] = names["AWSS3Bucket"]
    return replace(
        catalog,
        names=names,
        known_labels=frozenset({"AWSSQSQueue"}),
        known_types=frozenset({"ENCRYPTED_BY"}),
        known_properties=frozenset({"kms_key"}),
    )


def prepare(catalog: Catalog, text: str) -> Binding:
    return bind(text, parse(text), Vocabulary(catalog), None, NOW)


def test_a_property_is_read_of_the_concrete_label_behind_an_alias(catalog: Catalog) -> None:
    binding = prepare(catalog, "MATCH (s:S3Bucket) WHERE s.public = true RETURN s.name")
    assert binding.reads == {("AWSS3Bucket", "public"), ("AWSS3Bucket", "name")}
    assert binding.labels == {"AWSS3Bucket"}
    assert binding.columns == ("s.name",)


def test_a_property_is_read_of_every_label_of_a_group(catalog: Catalog) -> None:
    binding = prepare(catalog, "MATCH (a:AWSAccount)-[:RESOURCE]->(p:AWSPrincipal) RETURN p.arn")
    assert binding.reads == {("AWSUser", "arn"), ("AWSRole", "arn")}
    assert binding.labels == {"AWSAccount", "AWSUser", "AWSRole"}
    assert binding.relation_types == {"RESOURCE"}


def test_an_unlabelled_node_is_narrowed_by_its_pattern(catalog: Catalog) -> None:
    binding = prepare(catalog, "MATCH (x)-[r]->(:AWSS3Bucket) RETURN x.name")
    assert binding.labels == {"AWSAccount", "AWSRole", "AWSS3Bucket"}
    assert binding.reads == {("AWSAccount", "name"), ("AWSRole", "name")}
    assert binding.relation_types == {"RESOURCE", "CAN_READ"}


def test_a_label_that_nothing_has_is_still_read(catalog: Catalog) -> None:
    binding = prepare(catalog, "MATCH (q:AWSSQSQueue) WHERE q.kms_key IS NULL RETURN q.name")
    assert binding.labels == {"AWSSQSQueue"}
    assert binding.reads == {("AWSSQSQueue", "kms_key"), ("AWSSQSQueue", "name")}
    assert binding.notices == ()


def test_a_label_in_a_condition_is_read(catalog: Catalog) -> None:
    binding = prepare(catalog, "MATCH (q) WHERE q.kms_key = 1 AND q:AWSSQSQueue RETURN 1 AS one")
    assert "AWSSQSQueue" in binding.labels
    assert ("AWSSQSQueue", "kms_key") in binding.reads


def test_a_pattern_in_a_condition_is_read(catalog: Catalog) -> None:
    text = "MATCH (b:S3Bucket) WHERE NOT (b)-[:ENCRYPTED_BY]->(:AWSSQSQueue) RETURN 1 AS one"
    binding = prepare(catalog, text)
    assert binding.labels == {"AWSS3Bucket", "AWSSQSQueue"}
    assert binding.relation_types == {"ENCRYPTED_BY"}
    assert binding.notices == ()


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (b:S3Bucket) RETURN b",
        "MATCH (b:S3Bucket) RETURN properties(b) AS p",
        "MATCH (b:S3Bucket) RETURN b {.*} AS p",
        "MATCH (b:S3Bucket) RETURN collect(b) AS p",
        "MATCH (b:S3Bucket) WITH b AS c RETURN c",
        "MATCH p = (b:S3Bucket) RETURN p",
        "MATCH (b:S3Bucket) RETURN {b: b} AS p",
        "MATCH (b:S3Bucket) RETURN [b, 1] AS p",
        "MATCH (b:S3Bucket) RETURN keys(b) AS p",
    ],
)
def test_a_whole_node_is_all_its_properties(catalog: Catalog, text: str) -> None:
    binding = prepare(catalog, text)
    assert {("AWSS3Bucket", name) for name in ("name", "public", "*")} <= binding.reads


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (b:S3Bucket) WITH b AS c, 1 AS x RETURN c.public",
        "MATCH (b:S3Bucket) WITH collect(b) AS bs RETURN [x IN bs | x.public] AS p",
        "MATCH (b:S3Bucket) WITH collect(b) AS bs UNWIND bs AS x RETURN x.public",
        "MATCH (b:S3Bucket) RETURN EXISTS { (b) WHERE b.public } AS p",
        "MATCH (b:S3Bucket) RETURN count(CASE WHEN b.public THEN 1 END) AS p",
        "MATCH p = (b:S3Bucket) RETURN [n IN nodes(p) | n.public] AS p",
        "MATCH (b:S3Bucket) CALL (b) { RETURN b.public AS x } RETURN x",
        "MATCH (b:S3Bucket) RETURN b['public'] AS p",
        "MATCH (b:S3Bucket {public: true}) RETURN 1 AS one",
        "MATCH (b:S3Bucket) RETURN 1 AS one ORDER BY b.public",
        "MATCH (b:S3Bucket) WITH {b: b} AS m RETURN m.b.public",
        "MATCH (b:S3Bucket) WITH collect(b) AS bs UNWIND bs AS x RETURN x:AWSUser AS u, x.public",
        "MATCH (b:S3Bucket) WITH [b, 1] AS l RETURN l[0].public AS p",
    ],
)
def test_a_read_is_found_wherever_it_hides(catalog: Catalog, text: str) -> None:
    assert ("AWSS3Bucket", "public") in prepare(catalog, text).reads


@pytest.mark.parametrize(
    ("text", "notice"),
    [
        ("MATCH (n:S3Buckets) RETURN 1 AS x",
         "no label is called S3Buckets; did you mean S3Bucket?"),
        ("MATCH (n:awsuser) RETURN 1 AS x", "no label is called awsuser; did you mean AWSUser?"),
        ("MATCH ()-[:TRUST]->() RETURN 1 AS x",
         "no relation type is called TRUST; did you mean TRUSTS?"),
        ("MATCH (n:AWSUser) RETURN n.nam", "no property is called nam; did you mean name?"),
        ("MATCH (n) WHERE n:Zzz RETURN 1 AS x", "no label is called Zzz"),
    ],
)  # fmt: skip
def test_an_unknown_name_is_told_with_the_closest(catalog: Catalog, text: str, notice: str) -> None:
    assert prepare(catalog, text).notices == (notice,)
