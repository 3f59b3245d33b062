"""What lint finds in a query, where, and what it leaves alone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from cloudwarden.analysis.run import with_analysis
from cloudwarden.graph.cypher.lint import Linter
from cloudwarden.graph.cypher.lint_problems import Problem, Severity
from cloudwarden.graph.pack_lint import lint_queries
from cloudwarden.graph.packs import PackedQuery, load_pack, load_queries
from cloudwarden.providers.aws.loader import load_catalogue
from cloudwarden.schema.labels import Label, Property, PropertyType, RelationKind
from cloudwarden.schema.registry import Registry

#: Queries of the ecosystem, as they stand upstream.
UPSTREAM = Path(__file__).resolve().parents[3] / "shared" / "data" / "queries.json"

_TEXT = PropertyType.STRING
REGISTRY = Registry(
    [
        Label("Server", "x", {"size": Property("size", PropertyType.INTEGER)}, aliases=("Host",)),
        Label("User", "x", {"mail": Property("mail", _TEXT)}, groups=("Person",)),
        Label("Guest", "x", {}, groups=("Person",)),
    ],
    [
        RelationKind("USES", "Person", "Server", properties={"since": _TEXT}),
        RelationKind("KNOWS", "Person", "Person"),
    ],
)


BACKWARDS = "MATCH (:Server)-[:USES]->(:User) RETURN 1"


def lint(text: str) -> list[Problem]:
    return Linter(REGISTRY).lint(text)


def rules(text: str) -> list[str]:
    return [problem.rule for problem in lint(text)]


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (u:User)-[:USES]->(s:Server) RETURN u.mail, s.size",
        "MATCH (h:Host)<-[r:USES]-(:Person) RETURN h.name, r.since",
        "MATCH (p:Person) WHERE p.mail IS NOT NULL RETURN p.id",
        "MATCH (a:User), (b:User) WHERE a.mail = b.mail AND a.id < b.id RETURN a.id, b.id",
        "MATCH (a:User) MATCH (a)-[:KNOWS]->(b:User) RETURN a.id, b.id",
        "MATCH (u:User) WITH u.mail AS row RETURN row",
        "MATCH (u:User) WITH {size: 1, odd: u.id} AS s RETURN s.odd",
        "MATCH p = (:User)-[:KNOWS*1..3]->(:User) RETURN length(p)",
        "MATCH (u:User), (v:User {mail: u.mail}) RETURN u.id, v.id",
        "MATCH (u:User) CALL (u) { MATCH (u)-[:KNOWS]->(v:User) RETURN count(v) AS n } RETURN n",
    ],
)
def test_nothing_is_wrong_with(text: str) -> None:
    assert lint(text) == []


@pytest.mark.parametrize(
    ("text", "rule", "message"),
    [
        ("MATCH (u:Usr) RETURN u.id", "unknown-label", "no label is called Usr"),
        ("MATCH (:User)-[:USE]->() RETURN 1", "unknown-relation", "no relation type is called USE"),
        ("MATCH (u:User) RETURN u.mial", "unknown-property", "no property is called mial"),
        ("MATCH (s:Server) RETURN s.mail", "unknown-property", "Server has no property mail"),
        ("MATCH (:Server {mail: 'x'}) RETURN 1", "unknown-property", "Server has no property mail"),
        (BACKWARDS, "unknown-relation", "no USES runs from Server to User"),
        ("MATCH (n) WHERE n:Usr RETURN n.id", "unknown-label", "no label is called Usr"),
    ],
)
def test_names_that_the_schema_does_not_know_are_errors(text: str, rule: str, message: str) -> None:
    (problem,) = lint(text)
    assert (problem.rule, problem.severity, problem.message) == (rule, Severity.ERROR, message)


def test_a_problem_has_its_place_and_a_way_out() -> None:
    (problem,) = lint("MATCH (s:Server)\nMATCH (u:Usr)-[:USES]->(s)\nRETURN u.id")
    assert (problem.line, problem.column, problem.hint) == (2, 10, "did you mean User?")
    (backwards,) = lint(BACKWARDS)
    assert backwards.hint == "it runs the other way"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("MATCH (u:User)-->(s:Server) RETURN u.id, s.id", "untyped-relation"),
        ("MATCH (u:User), (s:Server) RETURN u.id, s.id", "cartesian-product"),
        ("MATCH (u:User), (:Server) WHERE u.mail = 'x' RETURN u.id", "cartesian-product"),
        ("MATCH (u:User)-[r:USES]->(s:Server) RETURN u.id, s.id", "unused-variable"),
        ("UNWIND [1, 2] AS x RETURN 1 AS one", "unused-variable"),
    ],
)
def test_what_is_only_suspicious_is_a_warning(text: str, rule: str) -> None:
    (problem,) = lint(text)
    assert (problem.rule, problem.severity) == (rule, Severity.WARNING)


def test_a_type_written_as_a_variable_is_recognised() -> None:
    (untyped,) = lint("MATCH (u:User)-[USES]->(s:Server) WHERE USES.since = '' RETURN u.id, s.id")
    assert untyped.hint == "write -[:USES]-"
    found = lint("MATCH (u:User)-[HAS_USED]->(s:Server) RETURN u.id, s.id, HAS_USED.since")
    assert [problem.rule for problem in found] == ["unknown-relation", "untyped-relation"]


def test_what_is_no_reading_query_is_told_with_its_place() -> None:
    (problem,) = lint("MATCH (u:User)\nDETACH DELETE u")
    assert (problem.rule, problem.line, problem.column) == ("invalid", 2, 1)


def test_a_star_uses_everything() -> None:
    assert rules("MATCH (u:User)-[r:USES]->(s:Server) RETURN *") == []


def packed(name: str, text: str, *tags: str, headers: tuple[str, ...] = ()) -> PackedQuery:
    return PackedQuery(name, text, tags, headers=headers, where=f"pack:{name}")


def of_pack(*queries: PackedQuery) -> list[tuple[str, str, str]]:
    return [(p.query, p.problem.rule, p.problem.message) for p in lint_queries(queries, REGISTRY)]


def test_headers_are_as_many_as_columns() -> None:
    text = "MATCH (u:User) RETURN u.id AS a, u.mail AS b"
    assert of_pack(packed("q", text, headers=("one",))) == [
        ("q", "header-mismatch", "1 headers for 2 columns (a, b)")
    ]


def test_what_matches_the_same_is_a_duplicate() -> None:
    found = of_pack(
        packed("a", "MATCH (u:User) RETURN u.id"),
        packed("b", "match  (u:User)\nreturn u.id"),
        packed("c", "MATCH (u:User) RETURN u.mail"),
        packed("d", "MATCH (u:Guest) RETURN u.id"),
        packed("a", "MATCH (s:Server) RETURN s.id"),
    )
    assert found == [
        ("b", "duplicate-query", "it asks the same as a"),
        ("c", "duplicate-query", "it matches the same, for other columns, as a"),
        ("a", "duplicate-name", "pack:a has that name, too"),
    ]


def test_a_rare_tag_that_is_nearly_a_common_one_is_misspelt() -> None:
    labels = ("User", "Guest", "Server")
    queries = [packed(x, f"MATCH (n:{x}) RETURN n.id", "misconfig", "user") for x in labels]
    odd = packed("odd", "MATCH (n:Person) RETURN n.id", "misonfig", "users")
    assert of_pack(*queries, odd) == [
        ("odd", "misspelt-tag", "the tag misonfig looks like misconfig")
    ]


@pytest.fixture(scope="module")
def schema() -> Registry:
    return with_analysis(load_catalogue().registry())


@pytest.mark.skipif(not UPSTREAM.exists(), reason="the ecosystem's queries are not at hand")
def test_e2_lint_of_the_upstream_file_finds_its_defects(schema: Registry) -> None:
    found = Counter(p.problem.rule for p in lint_queries(load_pack(UPSTREAM), schema))
    assert found["untyped-relation"] >= 26
    assert found["unknown-relation"] >= 3
    assert found["misspelt-tag"] == 4
    assert found["duplicate-query"] == 3
    assert found["invalid"] == 0


def test_our_own_packs_have_no_errors(schema: Registry) -> None:
    problems = lint_queries(load_queries(), schema)
    assert [p for p in problems if p.problem.severity is Severity.ERROR] == []
