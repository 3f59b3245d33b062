"""Answers as Arrow: an IPC stream, or a table of whatever library speaks Arrow."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc
import pytest
from tests.graph.generation_estates import SEEN, asset

from cloudwarden.core.clock import FixedClock
from cloudwarden.core.errors import QueryError
from cloudwarden.graph.generations import Generations
from cloudwarden.graph.graph import Graph
from cloudwarden.graph.packs import load_queries
from cloudwarden.graph.result import Result
from cloudwarden.schema.labels import Label, Property, PropertyType
from cloudwarden.schema.registry import Registry

COUNT = 3_000
INSTANCES = 5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed graph of some instances, and of many things."""
    text, number = PropertyType.STRING, PropertyType.INTEGER
    names = ("instanceid", "state", "instancetype")
    vocabulary = Registry(
        [
            Label("AWSAccount", "aws", {}, owned=False),
            Label("AWSEC2Instance", "aws", {name: Property(name, text) for name in names}),
            Label("Thing", "aws", {"size": Property("size", number)}),
        ]
    )
    batches = [
        [
            asset("AWSEC2Instance", f"i-{n}", "111", instanceid=f"i-{n}", state="running")
            for n in range(INSTANCES)
        ],
        [asset("Thing", f"t{n}", "111", size=n if n % 3 else None) for n in range(COUNT)],
    ]
    shelf = Generations(tmp_path_factory.mktemp("arrow"), FixedClock(SEEN))
    return shelf.build(batches, vocabulary, {"111": "one"}, 1, SEEN).folder


@pytest.fixture(scope="module", params=["sealed", "in memory"])
def graph(folder: Path, request: pytest.FixtureRequest) -> Graph:
    if request.param == "sealed":
        return Graph.open(folder, clock=FixedClock(SEEN))
    return Graph.from_records(
        [
            {"id": n, "labels": ["Thing"], "properties": {"size": n} if n % 3 else {}}
            for n in range(COUNT)
        ]
    )


def read(result: Result) -> pa.Table:
    table = pa.ipc.open_stream(b"".join(result.arrow())).read_all()
    table.validate(full=True)
    return table


def test_plain_columns_have_arrows_own_types(graph: Graph) -> None:
    text = (
        "MATCH (n:Thing) RETURN n.size AS size, n.size * 0.5 AS half, n.size > 7 AS large, "
        "toString(n.size) AS name, [n.size, 1] AS pair, size(labels(n)) AS labels ORDER BY size"
    )
    table = read(graph.query(text))
    assert [str(field.type) for field in table.schema] == [
        "int64", "double", "bool", "string", "list<item: int64>", "int64",
    ]  # fmt: skip
    assert table.schema.names == ["size", "half", "large", "name", "pair", "labels"]
    assert table.to_pylist() == [dict(row) for row in graph.query(text)]


def test_what_arrow_has_no_type_for_is_text(graph: Graph) -> None:
    text = (
        "MATCH (n:Thing) WHERE n.size = 1 RETURN n, {a: n.size} AS map, [{b: [1]}] AS list, "
        "date('2020-01-01') AS day, duration('P1D') AS span, [date('2020-01-01')] AS days, "
        "null AS nothing"
    )
    table = read(graph.query(text))
    assert {str(field.type) for field in table.schema} == {"string"}
    (row,) = table.to_pylist()
    assert json.loads(row["n"])["properties"]["size"] == 1
    assert json.loads(row["map"]) == {"a": 1}
    assert json.loads(row["list"]) == [{"b": [1]}]
    assert (row["day"], row["span"], row["nothing"]) == ("2020-01-01", "P1D", None)
    assert json.loads(row["days"]) == ["2020-01-01"]


def test_a_node_in_each_row_comes_in_its_place(graph: Graph) -> None:
    table = read(graph.query("MATCH (n:Thing) RETURN n.size AS size, n ORDER BY size"))
    assert table.num_rows == COUNT
    found = [json.loads(text)["properties"].get("size") for text in table["n"].to_pylist()]
    assert found == table["size"].to_pylist()


@pytest.mark.parametrize("wanted", [0, 1, 2, COUNT - 1])
def test_rows_are_cut_at_the_limit_and_it_is_said(graph: Graph, wanted: int) -> None:
    text = "MATCH (n:Thing) RETURN n.size AS size, labels(n) AS l, n ORDER BY size DESC"
    result = graph.query(text, max_rows=wanted)
    assert read(result).num_rows == wanted
    assert result.truncated
    whole = graph.query(text, max_rows=COUNT)
    assert read(whole).num_rows == COUNT
    assert not whole.truncated


def test_an_answer_without_rows_has_its_columns(graph: Graph) -> None:
    for text in ("MATCH (n:Thing) WHERE false RETURN n, n.size AS size", "MATCH (n:Nix) RETURN n"):
        result = graph.query(text)
        assert read(result).schema.names == list(result.columns)
        assert pa.table(graph.query(text)).num_rows == 0


def test_a_result_is_a_table_for_who_speaks_arrow(graph: Graph) -> None:
    text = "MATCH (n:Thing) RETURN n.size AS size, n ORDER BY size"
    assert pa.table(graph.query(text)).equals(read(graph.query(text)))


def test_what_fails_while_it_is_read_is_told(graph: Graph) -> None:
    with pytest.raises(QueryError, match="division by zero"):
        read(graph.query("UNWIND range(-300000, 1) AS x RETURN 1 / x AS y"))


def test_a_large_answer_comes_in_pieces(graph: Graph) -> None:
    pieces = list(graph.query("UNWIND range(1, 400000) AS x RETURN x").arrow())
    assert len(pieces) > 2
    assert pa.ipc.open_stream(b"".join(pieces)).read_all().num_rows == 400_000


CLIENT = """
    import sys
    from pathlib import Path
    import pyarrow
    from cloudwarden.graph import Graph
    from cloudwarden.graph.packs import load_queries

    query = next(query for query in load_queries() if query.name == "ec2_list")
    with Graph.open(Path(sys.argv[1])) as graph:
        table = pyarrow.table(graph.query(query.text)).rename_columns(list(query.headers))
    print(table.num_rows, *table.column_names)
"""


def test_a_client_of_ten_lines_has_the_packs_instances_as_a_table(folder: Path) -> None:
    client = textwrap.dedent(CLIENT).strip()
    assert len(client.splitlines()) <= 10
    done = subprocess.run(
        [sys.executable, "-c", client, str(folder)], capture_output=True, text=True, check=True
    )
    (headers,) = [query.headers for query in load_queries() if query.name == "ec2_list"]
    assert done.stdout.split() == [str(INSTANCES), *headers]
