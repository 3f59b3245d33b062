"""What is not a reading query: clauses and functions that are refused, and what to write instead.

The parser admits only clauses it knows to be reading ones; this table lets it say why the others
are refused. A function that is not in `functions.py` is refused there.
"""

from __future__ import annotations

from collections.abc import Mapping

_WRITES = "the graph is read-only: it is rebuilt from the inventory after each collection"

#: First keyword of a refused clause, and the hint that goes with its refusal.
REFUSED_CLAUSES: Mapping[str, str] = {
    "CREATE": _WRITES,
    "MERGE": _WRITES,
    "SET": _WRITES,
    "DELETE": _WRITES,
    "DETACH": _WRITES,
    "NODETACH": _WRITES,
    "REMOVE": _WRITES,
    "FOREACH": _WRITES,
    "INSERT": _WRITES,
    "DROP": "the schema follows from what was collected; see `cloudwarden schema`",
    "ALTER": "there is nothing to alter",
    "LOAD": "files cannot be read from a query; pass data as a parameter and UNWIND it",
    "USE": "there is one graph; choose an earlier one with --as-of",
    "USING": "hints are not needed: the planner looks at the data",
    "PROFILE": "ask for the plan with `cloudwarden query --explain`",
    "EXPLAIN": "ask for the plan with `cloudwarden query --explain`",
    "SHOW": "see `cloudwarden schema`",
    "GRANT": "there are no users in the graph",
    "DENY": "there are no users in the graph",
    "REVOKE": "there are no users in the graph",
    "START": "begin with MATCH",
    "TERMINATE": "a query is stopped by its time limit",
    "FINISH": "end with RETURN",
    "FILTER": "write WITH * WHERE …",
    "LET": "write WITH *, … AS name",
    "NEXT": "write WITH instead of RETURN … NEXT",
    "CYPHER": "query options are not needed",
    "COMMIT": "there are no transactions: reading needs none",
    "BEGIN": "there are no transactions: reading needs none",
    "PERIODIC": "there are no transactions: reading needs none",
}

#: What a refused procedure call may be looking for.
PROCEDURE_HINT = (
    "procedures cannot be called; CALL { … } subqueries can, and `cloudwarden schema` lists "
    "labels, relation types and properties"
)

#: Functions that reach beyond the query or the graph, by their first name part or whole name.
REFUSED_FUNCTIONS: Mapping[str, str] = {
    "apoc": "APOC is not available; comprehensions, reduce and subqueries cover most of it",
    "gds": "Graph Data Science is not available",
    "file": "files cannot be read from a query",
    "linenumber": "files cannot be read from a query",
    "graph": "there is one graph",
    "point": "the graph holds no coordinates",
    "distance": "the graph holds no coordinates",
    "vector": "there are no vectors in the graph",
    "genai": "models cannot be asked from a query",
    "db": "there is one graph",
}


def refusal_of(keyword: str) -> tuple[str, str] | None:
    """Why the clause that begins with this keyword is refused, and a hint; None if it is not."""
    hint = REFUSED_CLAUSES.get(keyword)
    if hint is None:
        return None
    return f"{keyword} is refused: only reading clauses are accepted", hint
