"""Writes each relation type's edges as one Parquet file, with ids and labels of both ends."""

from __future__ import annotations

from pathlib import Path

from cloudwarden.graph.build.columns import Extraction, name_columns
from cloudwarden.graph.build.naming import RELATION_PREFIX, Names, file_name
from cloudwarden.graph.build.vocabulary import Vocabulary
from cloudwarden.graph.build.work import Work, literal, quoted
from cloudwarden.graph.catalog import ROW_BITS, Column, RelationTable
from cloudwarden.schema.labels import PropertyType


def write_edges(
    work: Work, vocabulary: Vocabulary, folder: Path
) -> tuple[dict[str, RelationTable], list[str]]:
    """Write `<TYPE>.parquet` into `folder`, which is made, for each relation type with edges.

    Beside `_id`, `_src` and `_dst` a file has `_source_label`, `_source`, `_target_label` and
    `_target` as text, for tools that join on those. Answers with the tables and with warnings.
    """
    tables: dict[str, RelationTable] = {}
    warnings: list[str] = []
    folder.mkdir()
    sql_names = Names(RELATION_PREFIX)
    types = work.rows(
        """SELECT t.number, t.type, count(*) FROM type_number t
        JOIN edge e ON e.type = t.number GROUP BY ALL ORDER BY t.number"""
    )
    for number, name, count in types:
        columns, strange = _columns(work, vocabulary, number, name)
        pairs = work.rows(
            f"""SELECT (src >> {ROW_BITS})::INTEGER, (dst >> {ROW_BITS})::INTEGER, count(*)
            FROM edge WHERE type = {number} GROUP BY ALL ORDER BY ALL"""
        )
        table = RelationTable(
            number,
            sql_names.give(name),
            name,
            {column.property: column for column in columns},
            count,
            {(source, target): size for source, target, size in pairs},
        )
        _write(work, number, columns, folder / file_name(table))
        tables[name] = table
        warnings += [f"the schema has no property {p} of relation {name}" for p in strange]
    return tables, warnings


def _columns(
    work: Work, vocabulary: Vocabulary, number: int, name: str
) -> tuple[list[Column], list[str]]:
    keys = work.rows(
        f"""SELECT DISTINCT unnest(json_keys(properties)) AS key
        FROM edge_detail WHERE type = {number} ORDER BY key"""
    )
    known = [(key, vocabulary.edge_property_type(name, key)) for (key,) in keys]
    strange = [key for key, type_ in known if type_ is None]
    typed = [(key, type_ or PropertyType.STRING) for key, type_ in known]
    return name_columns(typed, Names()), strange


def _write(work: Work, number: int, columns: list[Column], file: Path) -> None:
    details, chosen = "", ""
    if columns:
        extraction = Extraction.of(columns)
        # Of several values for one edge the one from the first text wins, whichever came first.
        best = ", ".join(
            f"min_by({value}, properties) AS {quoted(sql)}"
            for sql, value in extraction.values().items()
        )
        details = f"""LEFT JOIN (
            SELECT src, dst, {best}
            FROM (SELECT src, dst, properties{extraction.objects("properties")}
                  FROM edge_detail WHERE type = {number})
            GROUP BY src, dst) d ON d.src = e.src AND d.dst = e.dst"""
        chosen = "".join(f", d.{quoted(column.sql)}" for column in columns)
    work.run(
        f"""COPY (
            SELECT e._id, e.src AS _src, e.dst AS _dst,
                   sl.label AS _source_label, s.id AS _source,
                   tl.label AS _target_label, t.id AS _target{chosen}
            FROM edge e
            JOIN node s ON s._id = e.src JOIN label_number sl ON sl.number = s.number
            JOIN node t ON t._id = e.dst JOIN label_number tl ON tl.number = t.number
            {details}
            WHERE e.type = {number}
            ORDER BY e._id
        ) TO {literal(str(file))} (FORMAT parquet, COMPRESSION zstd)"""
    )
