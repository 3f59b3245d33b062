"""What Cypher costs on a million nodes and four million relations of 300 labels.

`CLOUDWARDEN_BENCH_ASSETS` sets the size. Each question is also put as SQL that one would write by
hand, knowing the tables, and both must answer the same; the third column has the ratio's bound.
Times are the best of several runs in a process of its own, rows read to the end.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from typing import Any

import duckdb

from benchmarks.support.whole_schema import whole_schema
from benchmarks.support.wide import generation
from cloudwarden.core.clock import FixedClock
from cloudwarden.core.errors import QueryError
from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher.compiler import compile_query
from cloudwarden.graph.cypher.names import Vocabulary
from cloudwarden.graph.graph import Graph
from cloudwarden.graph.packs import load_queries

Row = tuple[str, str, str]

NOW = datetime(2026, 11, 2, tzinfo=UTC)
#: Seconds after which a question counts as not answered.
_PATIENCE = 20.0
_RUNS = 5

ELEVEN = {
    "typed": """
        MATCH (a:AWSAccount)-[:RESOURCE]->(l:AWSLoadBalancerV2)-[:EXPOSE]->(i:AWSEC2Instance)
          -[:INSTANCE_PROFILE]->(f:AWSInstanceProfile)-[:ASSOCIATED_WITH]->(r:AWSRole)
          -[:POLICY]->(p:AWSPolicy)-[:STATEMENT]->(s:AWSPolicyStatement),
          (l)-[:MEMBER_OF_EC2_SECURITY_GROUP]->(g)<-[:MEMBER_OF_EC2_SECURITY_GROUP]-(rule)
          <-[:MEMBER_OF_IP_RULE]-(range), (i)-[:PART_OF_SUBNET]->(n)-[:MEMBER_OF_AWS_VPC]->(v)
        RETURN count(*)""",
    "untyped": """
        MATCH (a:AWSAccount)-->(l:AWSLoadBalancerV2)-->(i:AWSEC2Instance)-->(f)-->(r:AWSRole)
          -->(p)-->(s:AWSPolicyStatement), (l)-->(g)<--(rule)<--(range), (i)-->(n)-->(v:AWSVpc)
        RETURN count(*)""",
    "bare": "MATCH (n0)" + "".join(f"-[r{i}]-(n{i + 1})" for i in range(11)) + " RETURN count(*)",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question in both languages, and in how many milliseconds it should be answered."""

    name: str
    cypher: str
    sql: str
    target: int
    parameters: dict[str, Any] = field(default_factory=dict)


def run() -> list[Row]:
    """Compile and ask in processes of their own; the graph is kept for the next time."""
    size = int(os.environ.get("CLOUDWARDEN_BENCH_ASSETS", "1000000"))
    rows: list[Row] = []
    for step in ("compiling", "asking"):
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.cypher", step, str(size)],
            check=True,
            stdout=subprocess.PIPE,
        )
        rows += [tuple(row) for row in json.loads(done.stdout)]
    return rows


def compiling(size: int) -> list[Row]:
    """CPU of the front end, over a schema of which all is there, and over the wide graph."""
    rows = []
    wide = generation(size).manifest.catalog
    for name, catalog in (("whole schema", whole_schema()), ("wide graph", wide)):
        times = _pack_times(catalog)
        slowest = max(times, key=lambda each: times[each])
        rows.append(
            (
                f"cypher: front end, {len(times)} pack queries, {name}",
                (
                    f"median {median(times.values()):.2f} ms, "
                    f"slowest {times[slowest]:.1f} ms ({slowest}) CPU"
                ),
                "median under 2 ms",
            )
        )
    for name, text in ELEVEN.items():
        milliseconds, sql = _compile_time(text, Vocabulary(wide), {})
        rows.append(
            (
                f"cypher: 11 relations compiled, {name}",
                f"{milliseconds:.1f} ms CPU, {len(sql):,} characters of SQL",
                "under 50 ms",
            )
        )
    return rows


def _pack_times(catalog: Catalog) -> dict[str, float]:
    vocabulary = Vocabulary(catalog)
    clock = FixedClock(NOW)
    return {
        packed.name: _compile_time(packed.text, vocabulary, packed.parameters(clock))[0]
        for packed in load_queries()
    }


def _compile_time(
    text: str, vocabulary: Vocabulary, parameters: dict[str, Any]
) -> tuple[float, str]:
    """Milliseconds of CPU, the best of some, and the SQL."""

    def once() -> str:
        return compile_query(text, vocabulary, parameters, NOW).sql

    sql = once()
    return _best(once, time.process_time), sql


def asking(size: int) -> list[Row]:
    """Each question in Cypher and in SQL, on one graph."""
    sealed = generation(size)
    database = duckdb.connect(str(sealed.folder / "graph.duckdb"), read_only=True)
    rows: list[Row] = []
    with Graph.open(sealed.folder, clock=FixedClock(NOW)) as graph:
        for question in questions(sealed.manifest.catalog, graph):
            rows.append(_ask(graph, database, question))
            print(*rows[-1], sep="; ", file=sys.stderr)
        rows += _carrying(graph)
    return rows


def _carrying(graph: Graph) -> list[Row]:
    """What it costs that answers come from another process."""
    text = (
        "MATCH (i:AWSEC2Instance) "
        "RETURN i.id, i.arn, i.state, i.instancetype, i.privateipaddress, i.launchtimeunix"
    )
    count = len(graph.query(text).rows())

    def measured(work: Callable[[], object]) -> str:
        wall, ours = (_best(work, clock) for clock in (time.perf_counter, time.process_time))
        return f"{wall:.1f} ms, {ours:.1f} ms CPU of whoever asks"

    return [
        (
            "cypher: RETURN 1, there and back",
            measured(lambda: graph.query("RETURN 1 AS one").rows()),
            "",
        ),
        (
            f"cypher: {count:,} rows of 6 columns as Python values",
            measured(lambda: graph.query(text).rows()),
            "",
        ),
        (
            f"cypher: {count:,} rows of 6 columns as Arrow",
            measured(lambda: list(graph.query(text).arrow())),
            "",
        ),
    ]


def _ask(graph: Graph, database: duckdb.DuckDBPyConnection, question: Question) -> Row:
    def in_cypher() -> list[tuple[Any, ...]]:
        rows = graph.query(question.cypher, question.parameters, timeout=_PATIENCE)
        return [tuple(row.values()) for row in rows]

    def in_sql() -> list[tuple[Any, ...]]:
        return database.execute(question.sql, question.parameters or None).fetchall()

    expected = in_sql()
    by_hand = _best(in_sql, time.perf_counter)
    name = f"cypher: {question.name}"
    target = f"under {question.target} ms, 3 times"
    try:
        found = in_cypher()
        taken = _best(in_cypher, time.perf_counter)
    except QueryError as error:
        return name, f"{error} (by hand {by_hand:.0f} ms)", target
    wrong = "" if sorted(map(repr, found)) == sorted(map(repr, expected)) else ", WRONG"
    measured = f"{taken:.0f} ms, {taken / by_hand:.2f} times SQL's {by_hand:.0f} ms{wrong}"
    return name, measured, target


def _best(work: Callable[[], object], clock: Callable[[], float]) -> float:
    """Milliseconds of the fastest of some runs; of a slow one, the first is enough."""
    times = []
    for _ in range(_RUNS):
        begun = clock()
        work()
        times.append((clock() - begun) * 1000)
        if times[0] > 2000:
            break
    return min(times)


def questions(catalog: Catalog, graph: Graph) -> list[Question]:
    """What is asked of the wide graph."""
    types = [table.sql for table in catalog.relations.values()]
    edges = " UNION ALL ".join(f"SELECT _src, _dst FROM {sql}" for sql in types)
    table = {table.labels[0]: table.sql for table in catalog.nodes.values()}
    instances, statements = table["AWSEC2Instance"], table["AWSPolicyStatement"]
    one = {"id": f"i-{1000:017x}"}
    return [
        *(
            Question(
                f"1 to {hops} hops from one node",
                f"MATCH (i:AWSEC2Instance {{id: $id}})-[*1..{hops}]->(n) "
                "RETURN count(DISTINCT n) AS c",
                _reached(edges, f"SELECT _id FROM {instances} WHERE id = $id", hops),
                60,
                one,
            )
            for hops in (1, 2, 3, 4, 5)
        ),
        Question(
            "1 to 3 hops from one node, either way",
            "MATCH (i:AWSEC2Instance {id: $id})-[*1..3]-(n) RETURN count(DISTINCT n) AS c",
            _reached(
                f"{edges} UNION ALL SELECT _dst, _src FROM ({edges})",
                f"SELECT _id FROM {instances} WHERE id = $id",
                3,
            ),
            60,
            one,
        ),
        Question(
            "1 to 5 hops from all exposed instances",
            "MATCH (i:AWSEC2Instance {exposed_internet: true})-[*1..5]->(n) "
            "RETURN count(DISTINCT n) AS c",
            _reached(edges, f"SELECT _id FROM {instances} WHERE exposed_internet", 5),
            1000,
        ),
        Question(
            "shortest path between two nodes",
            "MATCH (i:AWSEC2Instance {id: $id}), (s:AWSPolicyStatement {id: $to}) "
            "MATCH p = shortestPath((i)-[*]->(s)) RETURN length(p) AS c",
            f"""WITH RECURSIVE reached(node, depth) AS (
                SELECT _id, 0 FROM {instances} WHERE id = $id
                UNION
                SELECT e._dst, depth + 1 FROM reached JOIN ({edges}) e ON e._src = node
                WHERE depth < 15)
            SELECT min(depth) FROM reached
            WHERE node = (SELECT _id FROM {statements} WHERE id = $to)""",
            60,
            {**one, "to": _far(graph, one)},
        ),
        Question(
            "labels and counts of all nodes",
            "MATCH (n) RETURN labels(n)[0] AS label, count(*) AS c",
            "SELECT label, c FROM (VALUES "
            + ", ".join(f"({t.number}, '{t.labels[0]}')" for t in catalog.nodes.values())
            + ") AS names(number, label) "
            "JOIN (SELECT _table, count(*) AS c FROM _nodes GROUP BY _table) ON _table = number",
            300,
        ),
    ]


def _far(graph: Graph, one: dict[str, str]) -> str:
    """The id of a statement that one comes to from an instance in five steps."""
    text = (
        "MATCH (:AWSEC2Instance {id: $id})-[:INSTANCE_PROFILE]->()-[:ASSOCIATED_WITH]->()"
        "-[:POLICY]->()-[:STATEMENT]->(s:AWSPolicyStatement) RETURN min(s.id) AS id"
    )
    found: str = graph.query(text, one).rows()[0]["id"]
    return found


def _reached(edges: str, start: str, hops: int) -> str:
    """How many nodes are reached from the starting ones in 1 to `hops` steps, breadth first."""
    return f"""WITH RECURSIVE edges AS ({edges}), reached(node, depth) AS (
            SELECT _id, 0 FROM ({start})
            UNION
            SELECT e._dst, depth + 1 FROM reached JOIN edges e ON e._src = node
            WHERE depth < {hops})
        SELECT count(DISTINCT node) AS c FROM reached WHERE depth > 0"""


if __name__ == "__main__":
    step, assets = sys.argv[1:]
    json.dump({"compiling": compiling, "asking": asking}[step](int(assets)), sys.stdout)
