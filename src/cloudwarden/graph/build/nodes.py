"""Writes each label's nodes as one Parquet file of typed columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from cloudwarden.graph.build.columns import Extraction, name_columns, pointer
from cloudwarden.graph.build.naming import NODE_PREFIX, Names, file_name
from cloudwarden.graph.build.vocabulary import Vocabulary
from cloudwarden.graph.build.work import Work, literal, quoted
from cloudwarden.graph.catalog import ROW_BITS, Column, NodeTable
from cloudwarden.schema.labels import COMMON_PROPERTIES, PropertyType

#: Columns that every node table has; `arn` only where it occurs.
_ALWAYS = ("id", "name", "account", "region", "firstseen", "lastupdated")

#: What a document's own name and region are called here; they complete the row's.
_HELPERS = (
    Column("name", "_own_name", PropertyType.STRING),
    Column("region", "_own_region", PropertyType.STRING),
)

_ALWAYS_FITS = {PropertyType.STRING, PropertyType.JSON}


def write_nodes(
    work: Work, vocabulary: Vocabulary, folder: Path
) -> tuple[dict[int, NodeTable], list[str]]:
    """Write `<Label>.parquet` into `folder`, which is made, for each label that has nodes.

    Answers with the tables and with warnings of what the schema does not know or does not fit.
    """
    work.run(
        """CREATE TABLE merged AS
        SELECT _id FROM (SELECT _id FROM piece UNION ALL SELECT _id FROM extra)
        GROUP BY _id HAVING count(*) > 1"""
    )
    occurring = _occurring(work)
    tables: dict[int, NodeTable] = {}
    warnings: list[str] = []
    folder.mkdir()
    sql_names = Names(NODE_PREFIX)
    labels = work.rows(
        """SELECT n.number, n.label, count(*) FROM label_number n
        JOIN node k ON k.number = n.number GROUP BY ALL ORDER BY n.number"""
    )
    for number, label, count in labels:
        counts = occurring.get(number, {})
        columns, strange = _columns(vocabulary, counts)
        table = NodeTable(
            number,
            sql_names.give(label),
            vocabulary.labels(label),
            {column.property: column for column in columns},
            count,
        )
        file = folder / file_name(table)
        _write(work, number, columns, file)
        tables[number] = table
        if not vocabulary.declared(label):
            warnings.append(f"the schema has no label {label}")
        warnings += [f"the schema has no property {name} (of {label})" for name in strange]
        warnings += _misfits(work, number, label, columns, counts, file)
    return tables, warnings


def _occurring(work: Work) -> dict[int, dict[str, int]]:
    """How often each property occurs, by label number."""
    rows = work.rows(
        """SELECT number, key, sum(times)::BIGINT
        FROM (SELECT number, unnest(keys) AS key, times
              FROM (SELECT n.number, json_keys(r.document, '$.properties') AS keys,
                           count(*) AS times
                    FROM raw r JOIN label_number n ON n.label = r.label GROUP BY ALL
                    UNION ALL
                    SELECT number, json_keys(document, '$.properties'), count(*)
                    FROM extra GROUP BY ALL))
        GROUP BY ALL ORDER BY number, key"""
    )
    found: dict[int, dict[str, int]] = {}
    for number, key, times in rows:
        found.setdefault(number, {})[key] = times
    return found


def _columns(vocabulary: Vocabulary, counts: Mapping[str, int]) -> tuple[list[Column], list[str]]:
    """The columns of a label's table and the properties that nobody declared."""
    properties = [(name, PropertyType.STRING) for name in _ALWAYS]
    if "arn" in counts:
        properties.insert(2, ("arn", PropertyType.STRING))
    strange = []
    for name in sorted(counts.keys() - COMMON_PROPERTIES.keys()):
        type_ = vocabulary.property_type(name)
        if type_ is None:
            strange.append(name)
        properties.append((name, type_ or PropertyType.STRING))
    return name_columns(properties, Names()), strange


def _write(work: Work, number: int, columns: Sequence[Column], file: Path) -> None:
    own = [column for column in columns if column.property not in _ALWAYS]
    extraction = Extraction.of([*_HELPERS, *own])
    values = extraction.values()
    values["name"] = f"coalesce(nullif(_name, ''), {values.pop('_own_name')})"
    values["region"] = f"coalesce(nullif({values.pop('_own_region')}, ''), _region)"
    values["account"] = "_account"
    flat = ", ".join(f"{value} AS {quoted(sql)}" for sql, value in values.items())
    names = [quoted(sql) for sql in values]
    best = ", ".join(f"min_by({name}, _priority) AS {name}" for name in names)
    merged = f"_id IN (SELECT _id FROM merged WHERE {_within(number)})"
    work.run(
        f"""COPY (
            WITH flat AS (
                SELECT _id, _priority, id, _first, _last, {flat}
                FROM ({_pieces(work, number, extraction)})
            ), whole AS (
                SELECT _id, id, _first, _last, {", ".join(names)} FROM flat WHERE NOT {merged}
                UNION ALL
                SELECT _id, any_value(id), min(_first), max(_last), {best}
                FROM flat WHERE {merged} GROUP BY _id
            )
            SELECT _id, {", ".join(quoted(column.sql) for column in columns)}
            FROM (SELECT *, {_moment("_first")} AS firstseen, {_moment("_last")} AS lastupdated
                  FROM whole)
            ORDER BY _id
        ) TO {literal(str(file))} (FORMAT parquet, COMPRESSION zstd)"""
    )


def _pieces(work: Work, number: int, extraction: Extraction) -> str:
    """All that is known of a label's nodes, row by row, with the objects of `extraction`."""
    return f"""
        SELECT p._id, p.priority AS _priority, r.id, r.name AS _name, r.account AS _account,
               r.region AS _region, r.first_seen AS _first, r.last_seen AS _last,
               r.document AS _document{extraction.objects("r.document", "properties")}
        FROM piece p JOIN raw r ON r.row = p.row
        WHERE {_within(number, "p.")} AND {_rows(work, number)}
        UNION ALL
        SELECT _id, priority, id, NULL, account, NULL, first_seen, last_seen,
               document{extraction.objects("document", "properties")}
        FROM extra WHERE number = {number}"""


def _rows(work: Work, number: int) -> str:
    """A condition that spares reading the rows of other labels."""
    first, last = work.rows(f"SELECT min(row), max(row) FROM piece WHERE {_within(number)}")[0]
    return "false" if first is None else f"r.row BETWEEN {first} AND {last}"


def _within(number: int, prefix: str = "") -> str:
    return f"{prefix}_id BETWEEN {number << ROW_BITS} AND {((number + 1) << ROW_BITS) - 1}"


def _moment(timestamp: str) -> str:
    """The spelling of `core.clock.format_moment`."""
    return (
        f"strftime({timestamp}, '%Y-%m-%dT%H:%M:%S') || CASE"
        f" WHEN microsecond({timestamp}) % 1000000 = 0 THEN 'Z'"
        f" ELSE strftime({timestamp}, '.%fZ') END"
    )


def _misfits(
    work: Work,
    number: int,
    label: str,
    columns: Sequence[Column],
    counts: Mapping[str, int],
    file: Path,
) -> list[str]:
    """Warnings of values that are not of their property's type and were therefore left out."""
    typed = [c for c in columns if c.property in counts and c.type not in _ALWAYS_FITS]
    if not typed:
        return []
    kept = work.rows(
        f"SELECT {', '.join(f'count({quoted(c.sql)})' for c in typed)}"
        f" FROM read_parquet({literal(str(file))})"
    )[0]
    # Fewer values than keys may also come from nulls and merged rows; only then look closely.
    suspects = [c for c, n in zip(typed, kept, strict=True) if n < counts[c.property]]
    if not suspects:
        return []
    extraction = Extraction.of([*_HELPERS, *suspects])
    values = extraction.values()
    lost = ", ".join(
        f"count(*) FILTER (coalesce(json_type(_document, {pointer('properties', c.property)}),"
        f" 'NULL') <> 'NULL' AND {values[c.sql]} IS NULL)"
        for c in suspects
    )
    counted = work.rows(f"SELECT {lost} FROM ({_pieces(work, number, extraction)})")[0]
    return [
        f"{times} values of {label}.{column.property} are no {column.type} and were left out"
        for column, times in zip(suspects, counted, strict=True)
        if times
    ]
