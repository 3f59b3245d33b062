"""What a query rests on, told from its text, the graph at hand, and the schema."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cloudwarden.checks.dependencies import ANY, Dependencies, dependencies
from cloudwarden.checks.shape import VagueQueryError, shape_of
from cloudwarden.graph.graph import Graph
from cloudwarden.schema.registry import Registry


@pytest.fixture(scope="module")
def graph() -> Iterator[Graph]:
    """Next to nothing was read."""
    with Graph.from_records([{"id": 1, "labels": ["AWSRole"], "properties": {"arn": "a"}}]) as made:
        yield made


def rests_on(graph: Graph, registry: Registry, query: str, subject: str) -> Dependencies:
    return dependencies(graph.prepare(query), shape_of(query, registry), subject, registry)


def test_a_property_rests_on_every_operation_that_it_is_made_from(
    graph: Graph, registry: Registry
) -> None:
    query = "MATCH (b:AWSS3Bucket {anonymous_access: true}) RETURN b.id AS asset"
    needs = rests_on(graph, registry, query, "AWSS3Bucket")
    assert needs.of("AWSS3Bucket") == {
        "s3:GetBucketAcl",
        "s3:GetBucketOwnershipControls",
        "s3:GetBucketPolicy",
        "s3:GetPublicAccessBlock",
    }
    assert needs.whole == frozenset()


def test_an_id_rests_on_nothing_but_the_listing(graph: Graph, registry: Registry) -> None:
    query = "MATCH (b:AWSS3Bucket) RETURN b.id AS asset, b.arn AS why"
    assert rests_on(graph, registry, query, "AWSS3Bucket").of("AWSS3Bucket") <= {"s3:ListBuckets"}


def test_a_group_stands_for_all_its_labels_even_if_the_graph_has_few_of_them(
    graph: Graph, registry: Registry
) -> None:
    query = (
        "MATCH (r:AWSRole)-[:TRUSTS_AWS_PRINCIPAL]->(p:AWSPrincipal) "
        "RETURN r.id AS asset, p.arn AS why"
    )
    needs = rests_on(graph, registry, query, "AWSRole")
    assert needs.whole >= {"AWSUser", "AWSGroup", "AWSAnonymousPrincipal", "AWSRole"}
    assert needs.of("AWSRole") == {"iam:GetAccountAuthorizationDetails"}


def test_an_older_name_is_its_label(graph: Graph, registry: Registry) -> None:
    query = "MATCH (b:S3Bucket {versioning_status: 'Enabled'}) RETURN b.id AS asset"
    assert "AWSS3Bucket" in rests_on(graph, registry, query, "AWSS3Bucket").operations


def test_a_relation_rests_on_what_its_carrier_tells_and_on_no_other_end(
    graph: Graph, registry: Registry
) -> None:
    query = "MATCH (b:AWSS3Bucket)-[:ENCRYPTED_BY]->(k:AWSKMSKey) RETURN b.id AS asset"
    needs = rests_on(graph, registry, query, "AWSS3Bucket")
    assert needs.of("AWSS3Bucket") == {"s3:GetBucketEncryption"}
    assert needs.of("AWSKMSKey") == frozenset()
    assert needs.whole == {"AWSKMSKey"}


def test_a_relation_of_which_nobody_says_what_tells_it_rests_on_everything(
    graph: Graph, registry: Registry
) -> None:
    query = "MATCH (g:AWSELBV2TargetGroup)-[:TARGETS]->(i:AWSEC2Instance) RETURN g.id AS asset"
    needs = rests_on(graph, registry, query, "AWSELBV2TargetGroup")
    assert ANY in needs.of("AWSELBV2TargetGroup")


def test_a_name_that_a_detail_tells_rests_on_it(graph: Graph, registry: Registry) -> None:
    query = "MATCH (p:AWSOpenIDConnectProvider {name: 'x'}) RETURN p.id AS asset"
    needs = rests_on(graph, registry, query, "AWSOpenIDConnectProvider")
    assert needs.of("AWSOpenIDConnectProvider") == {"iam:GetOpenIDConnectProvider"}


@pytest.mark.parametrize(
    ("query", "compares"),
    [
        ("MATCH (r:AWSRole) RETURN r.id AS asset", False),
        ("MATCH (r:AWSRole) RETURN r.id AS asset LIMIT 1", True),
        ("MATCH (r:AWSRole) WITH r, count(*) AS n WHERE n > 1 RETURN r.id AS asset", False),
        ("MATCH (r:AWSRole) WITH r.id AS id, count(*) AS n RETURN id AS asset", False),
        ("MATCH (r:AWSRole) WITH r.path AS p, collect(r.id) AS ids RETURN ids AS asset", True),
        ("MATCH (r:AWSRole), (s:AWSPrincipal {path: '/'}) RETURN r.id AS asset", True),
        ("MATCH (r:AWSRole) MATCH (s:AWSRole) WHERE r.path = s.path RETURN r.id AS asset", True),
        ("MATCH (r:AWSRole) WHERE (:AWSUser)-[:POLICY]->(:AWSPolicy) RETURN r.id AS asset", False),
        ("MATCH (r:AWSRole) WHERE (r)-[:POLICY]->(:AWSPolicy) RETURN r.id AS asset", False),
    ],
)  # fmt: skip
def test_a_query_that_compares_subjects_needs_all_of_them(
    graph: Graph, registry: Registry, query: str, compares: bool
) -> None:
    needs = rests_on(graph, registry, query, "AWSRole")
    assert ("AWSRole" in needs.whole) is compares


def test_a_path_of_any_length_rests_on_all_that_its_relations_may_join(
    graph: Graph, registry: Registry
) -> None:
    query = "MATCH (r:AWSRole)-[:TAGGED|POLICY*1..3]->(p:AWSManagedPolicy) RETURN r.id AS asset"
    needs = rests_on(graph, registry, query, "AWSRole")
    assert needs.whole >= {"AWSUser", "AWSGroup"}


@pytest.mark.parametrize(
    "query",
    [
        "MATCH (n) RETURN n.id AS asset",
        "MATCH (r:AWSRole) WHERE (r)-[:POLICY]->() RETURN r.id AS asset",
        "MATCH (r:AWSRole)-[x]->(p:AWSPolicy) RETURN r.id AS asset",
        "MATCH (r:AWSRole) WHERE EXISTS { (r)-->(:AWSPolicy) } RETURN r.id AS asset",
    ],
)
def test_a_query_that_does_not_say_what_it_matches_is_refused(
    registry: Registry, query: str
) -> None:
    with pytest.raises(VagueQueryError, match="cannot be told"):
        shape_of(query, registry)
