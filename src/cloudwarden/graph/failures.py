"""What to tell the user when DuckDB fails while a query runs, from the words of its error."""

from __future__ import annotations

import re

from cloudwarden.core.errors import QueryError
from cloudwarden.graph.cypher.errors import CypherError, TimeLimitError

#: DuckDB's own kind of the error stands before its first colon; Arrow may put words before it.
_KIND = re.compile(r"([A-Z]\w*(?: \w+)*) Error: (.*)")
#: Ours may stand in an error of DuckDB's own, up to the mark.
_OURS = re.compile(r"cypher: (.*?)(?: :end.*)?$")
_ZONE = re.compile(r"Unknown TimeZone '(.*)'")

#: Kinds of error that values in the graph bring about.
_OF_A_VALUE = frozenset({"Invalid Input", "Type Mismatch", "Mismatch Type"})


def translated(message: str, *, expired: bool, seconds: float | None) -> QueryError:
    """The error for the user; `expired` says that the time limit of so many seconds was over."""
    message = message.strip().split("\n", 1)[0]
    ours = _OURS.search(message)
    if ours is not None:
        return CypherError(ours.group(1))
    zone = _ZONE.search(message)
    if zone is not None:
        return CypherError(f"there is no time zone {zone.group(1)}")
    found = _KIND.search(message)
    kind, reason = found.groups() if found else ("", message)
    if expired or kind == "INTERRUPT":
        return out_of_time(seconds)
    if kind == "Out of Memory":
        return out_of_memory()
    if "ivision by zero" in message:
        return CypherError("division by zero")
    if kind == "Out of Range":
        return CypherError("a number does not fit 64 bits")
    if kind == "Conversion":
        return CypherError(f"a value cannot be converted: {reason}")
    if kind in _OF_A_VALUE:
        return CypherError(f"the query failed on a value: {reason}")
    return CypherError(
        "not supported yet: this combination of clauses",
        hint="please report the query; the engine said: " + message,
    )


def out_of_time(seconds: float | None) -> TimeLimitError:
    """A query ran longer than it may."""
    limit = "" if seconds is None else f" of {seconds:g} s"
    return TimeLimitError(
        f"the query was stopped at its time limit{limit}; narrow it, or raise the limit"
    )


def out_of_memory() -> QueryError:
    """A query took more memory than it may."""
    return QueryError(
        "the query needs more memory than its limit; narrow it, return fewer columns, "
        "or aggregate before collecting"
    )
