"""Arrow arrays to Python values, the same as DuckDB's own Python client gives for its types.

Only the types that our statements return are known; pyarrow is not needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from nanoarrow.array_stream import c_array_stream  # type: ignore[import-untyped]
from nanoarrow.c_schema import c_schema_view  # type: ignore[import-untyped]
from nanoarrow.ipc import InputStream  # type: ignore[import-untyped]

from cloudwarden.graph.moments import date_of, interval_of, time_of, timestamp_of
from cloudwarden.graph.variants import VariantReader

#: Values of a slice (first, count) of an array.
_Reader = Callable[[Any, int, int], Sequence[Any]]

_VARIANT = "arrow.parquet.variant"
_PLAIN = {"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"}
_PLAIN |= {"float", "double"}


def read_batches(message: bytes | bytearray) -> Iterator[Any]:
    """The record batches (`nanoarrow.c_array.CArray`) of an IPC stream."""
    with c_array_stream(InputStream.from_readable(message)) as stream:
        yield from stream


class Batch:
    """Rows of one record batch, read by slices."""

    def __init__(self, array: Any) -> None:
        self.array = array
        self._view = array.view()
        self._readers = [_reader(child) for child in array.schema.children]

    def __len__(self) -> int:
        return len(self.array)

    def rows(self, first: int, count: int) -> list[tuple[Any, ...]]:
        """Some of its rows, as tuples."""
        count = min(count, len(self) - first)
        children = self._view.children
        columns = [
            read(child, child.offset + first, count)
            for read, child in zip(self._readers, children, strict=True)
        ]
        return list(zip(*columns, strict=True)) if columns else [()] * count

    def column(self, place: int) -> Sequence[Any]:
        """All values of one column."""
        child = self._view.child(place)
        return self._readers[place](child, child.offset, len(self))


def _reader(schema: Any) -> _Reader:
    """How values of a type are read, nulls included."""
    read = _reader_of_some(schema)
    # Asked for no elements, nanoarrow gives all.
    return lambda view, first, count: read(view, first, count) if count else []


def _reader_of_some(schema: Any) -> _Reader:
    view = c_schema_view(schema)
    type_ = view.type
    if view.extension_name == _VARIANT:
        return _variants
    if type_ == "na":
        return lambda _view, _first, count: [None] * count
    if type_ in _PLAIN:
        return _nullable(_numbers)
    if type_ == "struct":
        return _structs([child.name for child in schema.children], _children(schema))
    if type_ in {"list", "large_list"}:
        (items,) = _children(schema)
        return _lists(items)
    if type_ in {"string", "large_string"}:
        return _texts(lambda data: str(data, "utf-8"))
    if type_ in {"binary", "large_binary"}:
        return _texts(bytes)
    if type_ == "bool":
        return _nullable(_booleans)
    if type_ == "decimal128":
        return _nullable(_decimals(view.decimal_scale))
    convert = _moments(schema.format, view)
    return _nullable(lambda array, first, count: list(map(convert, _numbers(array, first, count))))


def _moments(format_: str, view: Any) -> Callable[[Any], Any]:
    match view.type:
        case "date32":
            return date_of
        case "time64" if format_ == "ttu":
            return time_of
        case "timestamp" if view.time_unit == "us":
            zoned = bool(view.timezone)
            return lambda value: timestamp_of(value, zoned=zoned)
        case "timestamp" if view.time_unit == "ns":
            return lambda value: timestamp_of(value // 1000)
        case "interval_month_day_nano":
            return lambda value: interval_of(*value)
    raise ValueError(f"an answer has a column of Arrow type {view.type} ({format_})")


def _children(schema: Any) -> list[_Reader]:
    return [_reader(child) for child in schema.children]


def _validity(view: Any, first: int, count: int) -> Iterable[bool] | None:
    """Which elements are not null; None where all are."""
    if view.null_count == 0 or view.buffer(0).size_bytes == 0:
        return None
    valid: Iterable[bool] = view.buffer(0).elements(first, count)
    return valid


def _nullable(read: _Reader) -> _Reader:
    def nullable(view: Any, first: int, count: int) -> Sequence[Any]:
        values = read(view, first, count)
        valid = _validity(view, first, count)
        if valid is None:
            return values
        return [value if there else None for value, there in zip(values, valid, strict=True)]

    return nullable


def _numbers(view: Any, first: int, count: int) -> Sequence[Any]:
    return list(view.buffer(1).elements(first, count))


def _booleans(view: Any, first: int, count: int) -> Sequence[Any]:
    return list(view.buffer(1).elements(first, count))


def _decimals(scale: int) -> _Reader:
    def read(view: Any, first: int, count: int) -> Sequence[Any]:
        data = memoryview(view.buffer(1)).cast("B")
        whole = [
            int.from_bytes(data[16 * n : 16 * n + 16], "little", signed=True)
            for n in range(first, first + count)
        ]
        return whole if scale == 0 else [Decimal(value).scaleb(-scale) for value in whole]

    return read


def _texts(convert: Callable[[memoryview], Any]) -> _Reader:
    def read(view: Any, first: int, count: int) -> Sequence[Any]:
        ends = memoryview(view.buffer(1))[first : first + count + 1].tolist()
        data = memoryview(view.buffer(2))
        valid = _validity(view, first, count)
        if valid is None:
            return [convert(data[ends[n] : ends[n + 1]]) for n in range(count)]
        return [
            convert(data[ends[n] : ends[n + 1]]) if there else None for n, there in enumerate(valid)
        ]

    return read


def _lists(items: _Reader) -> _Reader:
    def read(view: Any, first: int, count: int) -> Sequence[Any]:
        ends = memoryview(view.buffer(1))[first : first + count + 1].tolist()
        child = view.child(0)
        values = iter(items(child, child.offset + ends[0], ends[-1] - ends[0]))
        lists = [list(islice(values, ends[n + 1] - ends[n])) for n in range(count)]
        valid = _validity(view, first, count)
        if valid is None:
            return lists
        return [value if there else None for value, there in zip(lists, valid, strict=True)]

    return read


def _structs(names: Sequence[str], readers: Sequence[_Reader]) -> _Reader:
    def read(view: Any, first: int, count: int) -> Sequence[Any]:
        columns = [
            each(child, child.offset + first, count)
            for each, child in zip(readers, view.children, strict=True)
        ]
        valid = _validity(view, first, count)
        if not columns:
            return [{} for _ in range(count)]
        rows = zip(*columns, strict=True)
        if valid is None:
            return [dict(zip(names, row, strict=True)) for row in rows]
        return [
            dict(zip(names, row, strict=True)) if there else None
            for row, there in zip(rows, valid, strict=True)
        ]

    return read


def _variants(view: Any, first: int, count: int) -> Sequence[Any]:
    reader = VariantReader()
    metadata, values = view.children
    raw = _texts(bytes)
    pairs = zip(
        raw(metadata, metadata.offset + first, count),
        raw(values, values.offset + first, count),
        strict=True,
    )
    valid = _validity(view, first, count)
    if valid is None:
        return [reader.read(keys, value) for keys, value in pairs]
    return [
        reader.read(keys, value) if there else None
        for (keys, value), there in zip(pairs, valid, strict=True)
    ]
