"""An answer as the user has it: rows of Python values, or Arrow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from cloudwarden.graph.answers import Engine
from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher.compiler import Compiled
from cloudwarden.graph.hydration import Hydrator, may_hold_entities

if TYPE_CHECKING:
    from cloudwarden.graph.tables import Table

_BATCH = 2_000


class Row(dict[str, Any]):
    """A row: values by column name, and by place."""

    __slots__ = ()

    def __getitem__(self, key: str | int) -> Any:
        """The value of a column, by its name or its place."""
        if isinstance(key, int):
            return list(self.values())[key]
        return super().__getitem__(key)


class Result:
    """Rows of an answer, read once: by iteration, or as Arrow.

    `truncated` says, once they were read to the end, that there were more rows than asked for.
    Raises `QueryError` while they are read if the query fails or runs out of time.
    """

    def __init__(
        self,
        engine: Engine,
        catalog: Catalog,
        compiled: Compiled,
        timeout: float | None,
        max_rows: int | None,
    ) -> None:
        self.columns = compiled.binding.columns
        self.notices = compiled.binding.notices
        self.truncated = False
        self._types = compiled.types
        self._catalog = catalog
        self._left = max_rows
        self._answer = engine.answer(
            compiled,
            timeout=timeout,
            # One more than wanted tells whether there were more.
            max_rows=None if max_rows is None else max_rows + 1,
            entities=any(map(may_hold_entities, compiled.types)),
        )
        self._rows = self._read()

    def __iter__(self) -> Iterator[Row]:
        return self._rows

    def __enter__(self) -> Result:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def rows(self) -> list[Row]:
        """All rows that are left."""
        return list(self)

    def arrow(self, names: Sequence[str] | None = None) -> Iterator[bytes]:
        """All rows as an Arrow IPC stream, in pieces; `tables` tells the columns' types.

        `names` may be other ones for the columns, as many as there are.
        """
        table = self._table(names)
        return table.stream(self._batches(table))

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """All rows, for whoever speaks Arrow: `pyarrow.table(result)`, `polars.DataFrame(result)`.

        They are read before this returns, so bound them with `max_rows`.
        """
        import nanoarrow  # type: ignore[import-untyped]

        table = self._table()
        batches = list(self._batches(table))
        schema = None if batches else table.schema
        whole = nanoarrow.Array.from_chunks(batches, schema=schema)
        return whole.__arrow_c_stream__(requested_schema)

    def close(self) -> None:
        """Leave the rest unread."""
        self._answer.close()

    def _read(self) -> Iterator[Row]:
        columns = self.columns
        hydrator = Hydrator(self._catalog, self._types, self._answer.look_up)
        try:
            while not self.truncated:
                batch = self._answer.rows(_BATCH)
                if not batch:
                    return
                batch = batch[: self._counted(len(batch))]
                for values in hydrator.rows(batch):
                    yield Row(zip(columns, values))  # noqa: B905
        finally:
            self.close()

    def _table(self, names: Sequence[str] | None = None) -> Table:
        from cloudwarden.graph.tables import Table

        return Table(
            names or self.columns,
            self._types,
            lambda types: Hydrator(self._catalog, types, self._answer.look_up).rows,
        )

    def _batches(self, table: Table) -> Iterator[Any]:
        try:
            for array in self._answer.batches():
                yield table.batch(array[: self._counted(len(array))])
                if self.truncated:
                    return
        finally:
            self.close()

    def _counted(self, count: int) -> int:
        """How many of the next rows are wanted."""
        if self._left is None:
            return count
        wanted = min(count, self._left)
        self.truncated = count > self._left
        self._left -= wanted
        return wanted
