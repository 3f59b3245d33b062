"""What the manual says of the language: its clauses, and what is refused.

`constructs` has what stands in clauses.

Every example is a query over the graph of `signatures.EXAMPLE_NODES` and `EXAMPLE_RELATIONS`, with
the parameters of `EXAMPLE_PARAMETERS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Construct:
    """A way to write something: how it looks, what it means, and a query that has it."""

    usage: str
    summary: str
    example: str


@dataclass(frozen=True, slots=True)
class Refused:
    """What is not accepted: a query that has it, and what to do or, as a query, write instead."""

    usage: str
    example: str
    instead: str
    query: str = ""


#: Parameters of the examples.
EXAMPLE_PARAMETERS: Mapping[str, object] = {
    "least": 4,
    "rows": [{"name": "logs"}, {"name": "old"}],
}

CLAUSES = (
    Construct(
        "MATCH pattern, …",
        "A row for each way in which the patterns occur in the graph; no relationship is "
        "used twice in one MATCH.",
        "MATCH (a:Account)-[o:OWNS]->(b:Bucket) RETURN a.name, o.since, b.name ORDER BY o.since",
    ),
    Construct(
        "OPTIONAL MATCH pattern, …",
        "As MATCH; a row for which nothing is found stays, with nulls.",
        "MATCH (b:Bucket) OPTIONAL MATCH (b)-[:OWNS]->(x) RETURN b.name, x ORDER BY b.name",
    ),
    Construct(
        "WHERE condition",
        "Keeps the rows for which the condition is true, which is neither false nor null. "
        "Follows MATCH, OPTIONAL MATCH or WITH.",
        "MATCH (b:Bucket) WHERE b.size >= $least RETURN b.name",
    ),
    Construct(
        "WITH expression AS name, …",
        "Goes on with these names only. Aggregates, sorts and cuts as RETURN does, and may "
        "have a WHERE.",
        "MATCH (a:Account)-[:OWNS]->(b) WITH a, count(b) AS buckets WHERE buckets > 1 "
        "RETURN a.name, buckets",
    ),
    Construct(
        "RETURN expression AS name, …",
        "The columns of the answer. `*` is every name. Where an aggregate is among them, "
        "the others tell the groups apart.",
        "MATCH (a:Account)-[:OWNS]->(b) RETURN a.name AS account, sum(b.size) AS size",
    ),
    Construct(
        "DISTINCT",
        "Without duplicates: of rows after RETURN and WITH, of values in an aggregate.",
        "MATCH (n)-[:OWNS]->() RETURN DISTINCT n.name",
    ),
    Construct(
        "ORDER BY expression DESC, …",
        "Sorts; null is the greatest.",
        "MATCH (n) RETURN n.name, n.size ORDER BY n.size DESC, n.name",
    ),
    Construct(
        "SKIP n LIMIT n",
        "Leaves out the first rows, keeps the first of the others. `OFFSET` is `SKIP`.",
        "MATCH (n) RETURN n.name ORDER BY n.name SKIP 1 LIMIT 1",
    ),
    Construct(
        "UNWIND list AS name",
        "A row for each element of a list.",
        "UNWIND $rows AS row OPTIONAL MATCH (b:Bucket {name: row.name}) RETURN row.name, "
        "b.size ORDER BY row.name",
    ),
    Construct(
        "CALL (name, …) { query }",
        "For each row, the rows of a query that sees these names. `OPTIONAL CALL` keeps "
        "rows for which there is none.",
        "MATCH (a:Account) CALL (a) { MATCH (a)-[:OWNS]->(b) RETURN max(b.size) AS largest "
        "} RETURN a.name, largest",
    ),
    Construct(
        "query UNION query",
        "The rows of both, without duplicates; `UNION ALL` with them. Both return the same "
        "columns.",
        "MATCH (a:Account) RETURN a.name AS name UNION MATCH (b:Bucket) RETURN b.name AS name",
    ),
)

_READ_ONLY = "the graph is read-only: it is rebuilt from the inventory after each collection"

REFUSED = (
    Refused(
        "CREATE, INSERT, MERGE",
        "CREATE (b:Bucket)",
        _READ_ONLY,
    ),
    Refused(
        "SET, REMOVE",
        "MATCH (b:Bucket) SET b.old = true",
        "the graph is read-only; return what a node lacks beside what it has",
        "MATCH (b:Bucket) RETURN b {.*, old: true} AS b",
    ),
    Refused(
        "DELETE, DETACH DELETE, NODETACH DELETE",
        "MATCH (b:Bucket) DETACH DELETE b",
        _READ_ONLY,
    ),
    Refused(
        "FOREACH",
        "FOREACH (x IN [1] | CREATE ())",
        "unwind the list",
        "UNWIND [1] AS x RETURN x",
    ),
    Refused(
        "LOAD CSV",
        "LOAD CSV FROM 'rows.csv' AS row RETURN row",
        "pass the rows as a parameter",
        "UNWIND $rows AS row RETURN row.name",
    ),
    Refused(
        "CALL of a procedure",
        "CALL db.labels()",
        "ask the graph, or `cloudwarden schema`",
        "MATCH (n) UNWIND labels(n) AS label RETURN DISTINCT label",
    ),
    Refused(
        "CALL { … } IN TRANSACTIONS",
        "CALL { RETURN 1 AS x } IN TRANSACTIONS RETURN x",
        "leave IN TRANSACTIONS out",
        "CALL { RETURN 1 AS x } RETURN x",
    ),
    Refused(
        "START",
        "START n RETURN n",
        "begin with MATCH",
        "MATCH (n) RETURN n.name",
    ),
    Refused(
        "FINISH",
        "MATCH (n) FINISH",
        "end with RETURN",
        "MATCH (n) RETURN count(n)",
    ),
    Refused(
        "USE",
        "USE other MATCH (n) RETURN n",
        "choose an earlier graph with `--as-of`",
    ),
    Refused(
        "USING INDEX, USING SCAN, USING JOIN",
        "MATCH (b:Bucket) USING SCAN b:Bucket RETURN b",
        "leave the hint out",
        "MATCH (b:Bucket) RETURN b.name",
    ),
    Refused(
        "EXPLAIN, PROFILE",
        "EXPLAIN MATCH (n) RETURN n",
        "`cloudwarden query --explain`, or `:explain` where queries are asked for",
    ),
    Refused(
        "SHOW, CREATE INDEX, DROP, ALTER",
        "SHOW INDEXES",
        "`cloudwarden schema` shows the schema, which follows from what was collected",
    ),
    Refused(
        "FILTER",
        "MATCH (b:Bucket) FILTER b.public RETURN b",
        "keep rows with WITH and WHERE",
        "MATCH (b:Bucket) WITH * WHERE b.public RETURN b.name",
    ),
    Refused(
        "LET",
        "MATCH (b:Bucket) LET size = b.size RETURN size",
        "name values with WITH",
        "MATCH (b:Bucket) WITH *, b.size AS size RETURN size",
    ),
    Refused(
        "NEXT",
        "RETURN 1 AS x NEXT RETURN x",
        "go on with WITH",
        "WITH 1 AS x RETURN x",
    ),
    Refused(
        "CYPHER options",
        "CYPHER 5 RETURN 1",
        "leave them out: there are none",
        "RETURN 1 AS one",
    ),
    Refused(
        "GRANT, DENY, REVOKE",
        "GRANT ROLE reader TO someone",
        "there are no users in the graph",
    ),
    Refused(
        "BEGIN, COMMIT, USING PERIODIC COMMIT, TERMINATE",
        "BEGIN",
        "reading needs no transactions",
    ),
    Refused(
        "APOC, GDS",
        "RETURN apoc.coll.sum([1, 2])",
        "comprehensions, `reduce` and subqueries cover most of them",
        "RETURN reduce(total = 0, x IN [1, 2] | total + x) AS sum",
    ),
)
