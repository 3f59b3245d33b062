"""Answers as Arrow tables: one column for each of the answer's, under its name.

Booleans, integers, floats, strings and lists of those are what they are in Arrow (`bool`, `int64`,
`double`, `string`, `list`). Everything else is text: temporal values as ISO 8601; nodes,
relationships, paths, maps, other lists, and values whose type differs from row to row as JSON.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

import nanoarrow  # type: ignore[import-untyped]
from nanoarrow.ipc import StreamWriter  # type: ignore[import-untyped]

from cloudwarden.core.json import dumps
from cloudwarden.graph.arrow import Batch
from cloudwarden.graph.cypher.types import TEMPORAL, Kind, Type
from cloudwarden.graph.values import to_json

#: Rows, of whose columns only some are there, as Python values.
Hydrate = Callable[[list[tuple[Any, ...]]], Iterable[Sequence[Any]]]

_NATIVE = {
    Kind.BOOLEAN: nanoarrow.bool_,
    Kind.INTEGER: nanoarrow.int64,
    Kind.FLOAT: nanoarrow.float64,
    Kind.STRING: nanoarrow.string,
}
_ISO = TEMPORAL | {Kind.DURATION}
#: Rows that are made Python values of at once.
_SLICE = 2_000


class Table:
    """The columns of an answer. `hydrator` makes what turns rows of some types into values."""

    def __init__(
        self,
        names: Sequence[str],
        types: Sequence[Type],
        hydrator: Callable[[Sequence[Type]], Hydrate],
    ) -> None:
        self._types = types
        self._fields = [_schema(type_) for type_ in types]
        self._texts = [place for place, type_ in enumerate(types) if not _is_native(type_)]
        self._hydrate = hydrator([types[place] for place in self._texts])
        named = zip(names, self._fields, strict=True)
        self.schema = nanoarrow.struct(
            [nanoarrow.Schema(field, name=name) for name, field in named], nullable=False
        )

    def batch(self, array: Any) -> Any:
        """A record batch (`nanoarrow.c_array.CArray`) of rows as they were answered."""
        batch = Batch(array)
        columns: list[Any] = [None] * len(self._types)
        for place, texts in zip(self._texts, self._text_columns(batch), strict=True):
            columns[place] = nanoarrow.c_array(texts, nanoarrow.string())
        for place, type_ in enumerate(self._types):
            if columns[place] is None:
                columns[place] = _native(array.child(place), batch, place, type_)
        return nanoarrow.c_array_from_buffers(
            self.schema, length=len(batch), buffers=[None], children=columns
        )

    def stream(self, batches: Iterable[Any]) -> Iterator[bytes]:
        """Record batches as pieces of an Arrow IPC stream."""
        buffer = io.BytesIO()
        with StreamWriter.from_writable(buffer) as writer:
            writer.write_stream(nanoarrow.Array.from_chunks([], schema=self.schema))
            for batch in batches:
                writer.write_array(batch)
                yield buffer.getvalue()
                buffer.seek(0)
                buffer.truncate()
        yield buffer.getvalue()

    def _text_columns(self, batch: Batch) -> list[list[str | None]]:
        found: list[list[str | None]] = [[] for _ in self._texts]
        if not found:
            return found
        columns = [batch.column(place) for place in self._texts]
        for first in range(0, len(batch), _SLICE):
            rows = list(zip(*(column[first : first + _SLICE] for column in columns), strict=True))
            for values in self._hydrate(rows):
                for texts, value, place in zip(found, values, self._texts, strict=True):
                    texts.append(_text(value, self._types[place]))
        return found


def _is_native(type_: Type) -> bool:
    return _is_native(type_.item) if type_.kind is Kind.LIST else type_.kind in _NATIVE


def _schema(type_: Type) -> Any:
    if not _is_native(type_):
        return nanoarrow.string()
    if type_.kind is Kind.LIST:
        return nanoarrow.list_(_schema(type_.item))
    return _NATIVE[type_.kind]()


def _text(value: Any, type_: Type) -> str | None:
    if value is None:
        return None
    plain = to_json(value)
    return plain if type_.kind in _ISO and isinstance(plain, str) else dumps(plain)


def _native(child: Any, batch: Batch, place: int, type_: Type) -> Any:
    """A column as it came; made anew if the batch is a part of it, or if its type is not ours.

    DuckDB may answer a narrower integer.
    """
    expected = nanoarrow.c_schema(_schema(type_)).format
    if type_.kind in _NATIVE and child.schema.format == expected and len(child) == len(batch):
        return child
    return _array(batch.column(place), type_)


def _array(values: Sequence[Any], type_: Type) -> Any:
    if type_.kind is not Kind.LIST:
        return nanoarrow.c_array(values, _schema(type_))
    ends = [0, *accumulate(len(value or ()) for value in values)]
    items = [item for value in values for item in value or ()]
    validity = nanoarrow.c_buffer([value is not None for value in values], nanoarrow.bool_())
    return nanoarrow.c_array_from_buffers(
        _schema(type_),
        length=len(values),
        buffers=[validity, nanoarrow.c_buffer(ends, nanoarrow.int32())],
        children=[_array(items, type_.item)],
    )
