"""From text to a statement: parse, bind, emit, in one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from cloudwarden.graph.cypher.ast import Query
from cloudwarden.graph.cypher.binder import Binding, bind
from cloudwarden.graph.cypher.emitter.statement import emit_query
from cloudwarden.graph.cypher.errors import CypherError, NotSupportedYetError
from cloudwarden.graph.cypher.names import Vocabulary
from cloudwarden.graph.cypher.parser import parse
from cloudwarden.graph.cypher.types import Type

if TYPE_CHECKING:
    import duckdb


class Search(Protocol):
    """Work that is done on a statement's connection before it runs, in whatever process that is.

    It is sent there pickled. What it finds it leaves in temporary tables for the statement to read.
    """

    def run(self, connection: duckdb.DuckDBPyConnection, kept: dict[Any, Any]) -> None:
        """Do it. `kept` is there for what is worth keeping between queries on the same graph."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement whose columns `u0`, `u1`… are of these types, and what it was made of.

    Its `searches` must be run before it.
    """

    sql: str
    types: tuple[Type, ...]
    binding: Binding
    searches: tuple[Search, ...] = ()


def compile_query(
    text: str,
    vocabulary: Vocabulary,
    parameters: Mapping[str, Any],
    now: datetime,
    rewrite: Callable[[Query], Query] | None = None,
) -> Compiled:
    """Compile a query with the values of its parameters. Raises `CypherError`.

    `rewrite` may change the parsed query before it is bound.
    """
    parsed = parse(text)
    binding = bind(text, rewrite(parsed) if rewrite else parsed, vocabulary, parameters, now)
    try:
        sql, searches = emit_query(binding.query, vocabulary.catalog)
    except NotSupportedYetError as error:
        raise CypherError(str(error), text, error.at) from error
    except RecursionError:
        raise CypherError("the query is nested too deeply", text, 0) from None
    if not sql.isascii():
        try:
            sql.encode()
        except UnicodeEncodeError as error:
            raise CypherError("a text in the query or its parameters is not Unicode") from error
    types = tuple(variable.type for variable in binding.query.columns)
    return Compiled(sql, types, binding, searches)
