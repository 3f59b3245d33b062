"""What an engine is: it runs compiled queries and gives their rows.

`engine` has the one for graphs in memory, `remote` the one for sealed files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from cloudwarden.graph.cypher.compiler import Compiled

Rows = list[tuple[Any, ...]]


class Answer(Protocol):
    """Rows of a running query, read once: either by `rows` or by `batches`.

    Everything raises `QueryError` when the query fails, or runs out of time or memory.
    """

    def rows(self, count: int) -> Rows:
        """The next rows, at most so many; none at the end."""

    def batches(self) -> Iterator[Any]:
        """All rows that are left, as Arrow record batches (`nanoarrow.c_array.CArray`)."""

    def look_up(self, sql: str, ids: list[int]) -> Rows:
        """The rows of another statement, whose one parameter is a list of ids."""

    def close(self) -> None:
        """Leave the rest unread."""


class Engine(Protocol):
    """Runs compiled queries. Safe to use from several threads."""

    def answer(
        self,
        compiled: Compiled,
        *,
        timeout: float | None,
        max_rows: int | None,
        entities: bool = True,
    ) -> Answer:
        """Run one; `max_rows` is how many rows are wanted at most. Raises as answers do.

        `timeout` is in seconds, over running and reading. Without `entities` nothing will be
        looked up.
        """

    def close(self) -> None:
        """Let the database go. Answers still being read end with an error."""


def limited(sql: str, max_rows: int | None) -> str:
    """The statement, bounded where it is known how many rows will be read."""
    return sql if max_rows is None else f"SELECT * FROM ({sql}) limited LIMIT {max_rows}"
