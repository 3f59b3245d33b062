from __future__ import annotations

import subprocess
import sys


def test_a_notebook_builds_a_graph_of_any_records_and_asks_it() -> None:
    from cloudwarden.graph import Graph, Node

    graph = Graph.from_records(
        nodes=[
            {"id": 1, "labels": ["Person"], "properties": {"name": "one"}},
            {"id": 2, "labels": ["Person"], "properties": {"name": "two"}},
        ],
        relations=[{"type": "KNOWS", "source": 1, "target": 2, "properties": {"since": 2020}}],
    )
    text = "MATCH (a:Person)-[k:KNOWS]->(b) WHERE k.since >= $year RETURN a.name AS name, b"
    (row,) = graph.query(text, {"year": 2000}, timeout=5, max_rows=10)
    assert row["name"] == "one"
    assert isinstance(row["b"], Node)
    assert row["b"].properties == {"name": "two"}


def test_the_package_of_the_graph_loads_no_engine_until_it_is_asked_for() -> None:
    script = "import sys, cloudwarden.graph; sys.exit('duckdb' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)
