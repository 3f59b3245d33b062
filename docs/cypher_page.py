"""Makes `docs/cypher.md` of the tables of clauses and functions, and of what examples answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from cloudwarden.core.json import dumps
from cloudwarden.graph import Graph
from cloudwarden.graph.cypher.clauses import (
    CLAUSES,
    EXAMPLE_PARAMETERS,
    REFUSED,
    Construct,
    Refused,
)
from cloudwarden.graph.cypher.constructs import OPERATORS, PATTERNS
from cloudwarden.graph.cypher.functions import EXPLAINED
from cloudwarden.graph.cypher.signatures import EXAMPLE_NODES, EXAMPLE_RELATIONS, Explained
from cloudwarden.graph.values import to_json

PAGE = Path(__file__).parent / "cypher.md"

_INTRODUCTION = """\
# Asking in Cypher

The graph answers reading openCypher as Neo4j 5 means it. What is not on this page is refused, with
the place in the query and, where there is one, the way to write it.

```console
$ cloudwarden query "MATCH (a:AWSAccount) RETURN a.name"
$ cloudwarden query --explain "MATCH (a:AWSAccount) RETURN a.name"
$ cloudwarden query lint "MATCH (a:AWSAccount)-->(x) RETURN x.name"
```

On a terminal, `cloudwarden query` alone asks for one query after another, with history and
completion; `:help` lists what else it takes. `--output` is `table`, `json`, `csv`, `ndjson`,
`arrow` (an Arrow IPC stream) or `graph` (`{"nodes": […], "edges": […]}`, everything in the answer
once). `query lint` finds what is suspicious in a query, a file of one, or a pack of them.

From Python:

```python
from cloudwarden.graph import Graph

graph = Graph.from_records(nodes=[…], relations=[…])
for row in graph.query("MATCH (b:Bucket) WHERE b.size > $size RETURN b.name", {"size": 3}):
    print(row["b.name"])
```

Labels, relationship types and properties that nothing has are not errors but empty, and the
answer's notices tell of them; `query lint` calls them errors.

The examples of this page are asked of this graph:
"""


def text() -> str:
    """The whole page."""
    with Graph.from_records(EXAMPLE_NODES, EXAMPLE_RELATIONS) as graph:
        lines = [
            _INTRODUCTION,
            *_records(),
            f"Their parameters are `{dumps(EXAMPLE_PARAMETERS)}`.",
            "",
            "## Clauses",
            "",
            *_constructs(graph, CLAUSES),
            "## Patterns",
            "",
            *_constructs(graph, PATTERNS),
            "## Expressions",
            "",
            *_constructs(graph, OPERATORS),
            "## Functions",
            "",
            "Upper and lower case are alike. A function of null is null, unless it says otherwise.",
            "",
            *_functions(),
            "## What is refused",
            "",
            *_refused(REFUSED),
        ]
    return "\n".join(lines).rstrip() + "\n"


def _records() -> Iterator[str]:
    yield "| node | labels | properties |"
    yield "|---|---|---|"
    for node in EXAMPLE_NODES:
        labels, properties = dumps(node["labels"]), dumps(node["properties"])
        yield f"| {node['id']} | `{labels}` | `{properties}` |"
    yield ""
    yield "| relationship | from | to | properties |"
    yield "|---|---|---|---|"
    for edge in EXAMPLE_RELATIONS:
        ends = f"{edge['source']} | {edge['target']}"
        yield f"| {edge['type']} | {ends} | `{dumps(edge['properties'])}` |"
    yield ""


def _constructs(graph: Graph, constructs: Iterable[Construct]) -> Iterator[str]:
    for construct in constructs:
        yield f"### `{construct.usage}`"
        yield ""
        yield construct.summary
        yield ""
        yield from _code(construct.example)
        yield from _answer(graph, construct.example)


def _answer(graph: Graph, query: str) -> Iterator[str]:
    result = graph.query(query, EXAMPLE_PARAMETERS)
    rows = [[dumps(to_json(value)) for value in row.values()] for row in result]
    yield _row([f"`{column}`" for column in result.columns])
    yield _row(["---"] * len(result.columns))
    # Without ORDER BY rows come in any order, and a page is to stay as it is.
    for row in rows if "ORDER BY" in query else sorted(rows):
        yield _row(row)
    yield ""


def _functions() -> Iterator[str]:
    for section, functions in EXPLAINED.items():
        yield f"### {section}"
        yield ""
        for function in functions:
            yield from _function(function)
        yield ""


def _function(function: Explained) -> Iterator[str]:
    example = function.example.removeprefix("RETURN ").removesuffix(" AS value")
    yield f"* **`{function.usage}`** {function.summary}"
    yield f"  `{example}` is `{function.result}`."


def _refused(refused: Iterable[Refused]) -> Iterator[str]:
    for one in refused:
        yield f"* **{one.usage}**, as in `{one.example}`: {one.instead}" + ("." * (not one.query))
        if one.query:
            yield f"  (`{one.query}`)."


def _code(query: str) -> Iterator[str]:
    yield "```cypher"
    yield query
    yield "```"
    yield ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
