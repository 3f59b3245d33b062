"""Narrowing a query to an account, wherever in the query it matches."""

from __future__ import annotations

import pytest

from cloudwarden.core.errors import QueryError
from cloudwarden.graph import Graph


@pytest.fixture(scope="module")
def graph() -> Graph:
    accounts = [("1", "alpha"), ("2", "beta")]
    return Graph.from_records(
        nodes=[
            *(
                {
                    "id": i,
                    "labels": ["AWSAccount"],
                    "properties": {"id": i, "name": n, "account": i},
                }
                for i, n in accounts
            ),
            *(
                {"id": f"b{i}", "labels": ["Bucket"], "properties": {"name": n, "account": i}}
                for i, n in accounts
            ),
        ],
        relations=[{"type": "RESOURCE", "source": i, "target": f"b{i}"} for i, _ in accounts],
    )


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("MATCH (a:AWSAccount)-[:RESOURCE]->(b) RETURN b.name", [["alpha"]]),
        ("MATCH (:AWSAccount)-[:RESOURCE]->(b) RETURN b.name", [["alpha"]]),
        ("MATCH (b:Bucket) RETURN b.name", [["alpha"]]),
        ("WITH 1 AS one MATCH (b:Bucket) RETURN b.name", [["alpha"]]),
        ("UNWIND [1] AS one MATCH (b:Bucket) RETURN b.name", [["alpha"]]),
        ("OPTIONAL MATCH (b:Bucket) RETURN b.name", [["alpha"]]),
        ("MATCH (b:Bucket) RETURN b.name UNION ALL MATCH (c:Bucket) RETURN c.name AS `b.name`",
         [["alpha"], ["alpha"]]),
        ("CALL { MATCH (b:Bucket) RETURN count(b) AS c } RETURN c", [[1]]),
        ("CALL { MATCH (b:Bucket) RETURN count(b) AS c } MATCH (a:AWSAccount) RETURN a.name, c",
         [["alpha", 1]]),
        ("MATCH (a:AWSAccount) CALL (a) { MATCH (a)-->(b) RETURN count(b) AS c } RETURN a.name, c",
         [["alpha", 1]]),
    ],
)  # fmt: skip
def test_only_the_accounts_rows_are_answered(
    graph: Graph, text: str, rows: list[list[object]]
) -> None:
    for account in ("alpha", "1"):
        assert [list(row.values()) for row in graph.query(text, account=account)] == rows


@pytest.mark.parametrize("text", ["RETURN 1 AS x", "RETURN COUNT { MATCH (b:Bucket) } AS c"])
def test_what_cannot_be_narrowed_is_refused(graph: Graph, text: str) -> None:
    with pytest.raises(QueryError, match="cannot be narrowed to an account"):
        graph.query(text, account="alpha")


def test_an_unknown_account_has_no_rows(graph: Graph) -> None:
    assert graph.query("MATCH (b:Bucket) RETURN b", account='x" OR 1=1 //').rows() == []
