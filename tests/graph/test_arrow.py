"""Arrow's arrays are read as DuckDB's own client reads the same values."""

from __future__ import annotations

import io

import duckdb
import pytest
from nanoarrow.ipc import StreamWriter

from cloudwarden.graph.arrow import Batch, read_batches
from cloudwarden.graph.variants import VariantReader

#: Over a column `i` of 0 to 4.
PLAIN = [
    "i", "NULL", "CASE WHEN i % 3 = 0 THEN i END", "'x' || i", "'é' || chr(0)", "i % 2 = 0",
    "i * 1.5::DOUBLE", "'infinity'::DOUBLE", "i::TINYINT", "i::UBIGINT", "i::FLOAT", "1::HUGEINT",
    "-1::HUGEINT", "sum(i) OVER ()", "1.25::DECIMAL(5, 2)", "'\\x00ab'::BLOB",
    "DATE '2020-01-01' + i::INT", "DATE '9999-12-30' + i::INT", "DATE '0001-01-02' - i::INT * 1000",
    "DATE 'infinity'", "DATE '-infinity'", "TIME '23:59:59.5'", "TIME '24:00:00'",
    "TIMESTAMP '2020-01-01' + to_microseconds(i)", "TIMESTAMPTZ '2020-01-01 10:00:00+02'",
    "TIMESTAMP '9999-12-31 23:59:59.000010' + to_seconds(i)", "TIMESTAMP 'infinity'",
    "TIMESTAMPTZ '0001-01-01 00:00:01+00' - to_seconds(i)",
    "TIMESTAMP_NS '2020-01-01 01:02:03.123456789'", "to_months(i::INT)",
    "INTERVAL '-1 microsecond'", "INTERVAL '1 year 13 months -3 days 100 hours'",
    "[i, NULL, 3]", "CASE WHEN i % 2 = 0 THEN ['a', 'é'] END", "[[1, i], NULL, []]",
    "CAST([] AS VARCHAR[])", "{'f0': i, 'f1': 'x'}",
    "CASE WHEN i = 1 THEN {'f0': i, 'f1': [DATE '2020-01-01', NULL]} END",
]  # fmt: skip
VARIANTS = [
    "i", "NULL::INT", "'x' || i", "repeat('long', 20)", "''", "i % 2 = 0", "1.5::DOUBLE",
    "TIMESTAMPTZ '2020-01-01 10:00:00+02'", "DATE '2020-01-01'", "DATE '-0044-03-15'",
    "TIME '10:00:00.5'", "TIMESTAMP '2020-01-01 01:02:03'", "'2020-01-01'::TIMESTAMP_NS",
    "[1, i, NULL]", "[]", "{'a': i, 'b': 'x', 'c': NULL, 'd': [1.5::DOUBLE]}", "range(300)",
    "CAST([CAST(1 AS VARIANT), CAST('a' AS VARIANT), CAST([2.5::DOUBLE] AS VARIANT)] AS VARIANT)",
    "'{\"a\": 1.0, \"b\": [], \"c\": {}}'::JSON", "1.25::DECIMAL(5, 2)", "1.25::DECIMAL(15, 2)",
    "1.25::DECIMAL(30, 2)", "-5::TINYINT", "300::SMALLINT", "9223372036854775807",
    "'infinity'::DOUBLE", "1.5::FLOAT", "'\\x00'::BLOB",
    "'c8e9caad-ab8a-4e34-adaf-4c290e1c3e4a'::UUID",
]  # fmt: skip
WRAPPERS = [
    "CAST({} AS VARIANT)",
    "[CAST({} AS VARIANT), NULL]",
    "CASE WHEN i % 2 = 0 THEN {{'f0': CAST({} AS VARIANT)}} END",
]


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    return connection


@pytest.mark.parametrize("wrapper", ["{}", *WRAPPERS])
def test_values_are_what_duckdb_makes_of_them(
    connection: duckdb.DuckDBPyConnection, wrapper: str
) -> None:
    differing = []
    for expression in PLAIN if wrapper == "{}" else VARIANTS:
        sql = f"SELECT {wrapper.format(expression)} AS u0, i AS u1 FROM range(5) t(i)"
        expected = connection.execute(sql).fetchall()
        found = [row for batch in batches(connection, sql) for row in batch.rows(0, len(batch))]
        if found != expected or shown(found) != shown(expected):
            differing.append((sql, expected, found))
    assert differing == []


def test_rows_are_read_by_slices(connection: duckdb.DuckDBPyConnection) -> None:
    sql = """SELECT i, CASE WHEN i % 7 > 0 THEN [i, NULL] END, 'x' || i, i % 3 = 0,
        CASE WHEN i % 5 > 0 THEN {'f0': CAST(i AS VARIANT)} END, CAST([i, i] AS VARIANT)
        FROM range(5000) t(i)"""
    (batch,) = batches(connection, sql)
    found = [row for first in range(0, 5000, 997) for row in batch.rows(first, 997)]
    assert found == connection.execute(sql).fetchall()
    assert batch.column(2)[4999] == "x4999"
    assert batch.rows(10, 0) == []


def test_a_variant_of_a_type_not_known_is_told() -> None:
    with pytest.raises(ValueError, match="unknown type 33"):
        VariantReader().read(b"\x01\x00\x00", bytes([33 << 2]))


def batches(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Batch]:
    stream = io.BytesIO()
    with StreamWriter.from_writable(stream) as writer:
        writer.write_stream(connection.sql(sql))
    return [Batch(array) for array in read_batches(stream.getvalue())]


def shown(rows: list[tuple[object, ...]]) -> str:
    """Rows with what equality overlooks: types, order of keys, zones."""
    return repr(rows).replace("zoneinfo.ZoneInfo(key='UTC')", "datetime.timezone.utc")
