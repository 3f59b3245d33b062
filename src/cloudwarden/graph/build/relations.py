"""From relations in documents to edges between nodes.

`find_targets` looks up what was collected; `find_created` looks again once nodes have been made
for targets that relations imply. Edges gather in `edge_raw(type, src, dst, properties)`; what
still has no target waits in `lost`.
"""

from __future__ import annotations

from cloudwarden.core.json import dumps
from cloudwarden.graph.build.columns import pointer
from cloudwarden.graph.build.vocabulary import Vocabulary
from cloudwarden.graph.build.work import Work, literal
from cloudwarden.graph.catalog import ROW_BITS

_STRUCTURE = {
    "relations": [
        {
            "type": "VARCHAR",
            "target_label": "VARCHAR",
            "target": "VARCHAR",
            "properties": "JSON",
            "incoming": "BOOLEAN",
            "implied": "JSON",
            "found_by": "VARCHAR",
        }
    ]
}

_EDGE = """type,
    CASE WHEN incoming THEN other ELSE carrier END AS src,
    CASE WHEN incoming THEN carrier ELSE other END AS dst,
    properties"""


def read_relations(work: Work, vocabulary: Vocabulary) -> None:
    """Take the relations out of the documents: tables `rel`, `type_number` and `target_name`."""
    work.run(
        f"""CREATE TABLE rel AS
        SELECT row, x.type, x.target_label, x.target, x.implied,
               coalesce(x.incoming, false) AS incoming, coalesce(x.found_by, '') AS found_by,
               nullif(x.properties::VARCHAR, '{{}}') AS properties
        FROM (SELECT row, unnest(from_json(document, {literal(dumps(_STRUCTURE))}).relations) AS x
              FROM raw)
        WHERE x.target <> '' AND x.type <> ''"""
    )
    types = {
        name for (name,) in work.rows("SELECT type FROM rel UNION SELECT type FROM derived_edge")
    }
    types |= {vocabulary.rules.owns, vocabulary.rules.tagged}
    work.table(
        "type_number",
        "type VARCHAR, number INTEGER",
        [(name, number) for number, name in enumerate(sorted(types), start=1)],
    )
    names = [name for (name,) in work.rows("SELECT DISTINCT target_label FROM rel ORDER BY 1")]
    work.table(
        "target_name",
        "name VARCHAR, label VARCHAR, alone BOOLEAN",
        [
            (name, label, len(labels) == 1)
            for name in names
            for labels in [sorted(vocabulary.resolve(name))]
            for label in labels
        ],
    )


def find_targets(work: Work) -> None:
    """Look targets up among the nodes there are: by id, and where that finds none by ARN.

    A relation that says by which property its target is found is looked up by that alone.

    Makes `edge_raw`, `lost`, and `implied(target_label, target, other, implied)` with all that
    relations say of their targets; `other` is NULL if it was not found.
    """
    _read_keys(work)
    work.run(
        f"""CREATE TABLE link AS
        SELECT p._id AS carrier, t.number AS type, r.incoming, r.properties, r.implied,
               r.target_label, r.target, r.found_by, found._id AS other
        FROM rel r JOIN piece p ON p.row = r.row JOIN type_number t ON t.type = r.type
        LEFT JOIN ({_BY_ID}) found ON found.name = r.target_label
            AND found.key = CASE WHEN r.found_by = '' THEN r.target END"""
    )
    work.run(f"CREATE TABLE edge_raw AS SELECT {_EDGE} FROM link WHERE other IS NOT NULL")
    work.run(
        f"""CREATE TABLE second AS
        SELECT * EXCLUDE (other), found._id AS other
        FROM (FROM link WHERE other IS NULL) l
        LEFT JOIN (SELECT '' AS found_by, * FROM ({_BY_ARN}) UNION ALL FROM target_key) found
            ON found.found_by = l.found_by AND found.name = l.target_label
            AND found.key = CASE WHEN l.found_by = '' THEN l.target ELSE lower(l.target) END"""
    )
    work.run(f"INSERT INTO edge_raw SELECT {_EDGE} FROM second WHERE other IS NOT NULL")
    work.run("CREATE TABLE lost AS SELECT * EXCLUDE (other) FROM second WHERE other IS NULL")
    work.run(
        """CREATE TABLE implied AS
        SELECT DISTINCT target_label, target, other, implied::VARCHAR AS implied
        FROM (SELECT target_label, target, other, implied FROM link WHERE other IS NOT NULL
              UNION ALL
              SELECT target_label, target, other, implied FROM second)
        WHERE implied IS NOT NULL"""
    )
    for table in ("link", "second", "rel", "target_key"):
        work.run(f"DROP TABLE {table}")


def _read_keys(work: Work) -> None:
    """The properties that relations find targets by, in lower case: `target_key`."""
    work.run("CREATE TABLE target_key (found_by VARCHAR, name VARCHAR, key VARCHAR, _id BIGINT)")
    for (name,) in work.rows("SELECT DISTINCT found_by FROM rel WHERE found_by <> '' ORDER BY 1"):
        value = f"json_extract_string(r.document, {pointer('properties', name)})"
        work.run(
            f"""INSERT INTO target_key
            SELECT DISTINCT w.found_by, w.target_label, lower({value}), p._id
            FROM (SELECT DISTINCT found_by, target_label FROM rel WHERE found_by = ?) w
            JOIN target_name t ON t.name = w.target_label
            JOIN raw r ON r.label = t.label JOIN piece p ON p.row = r.row
            WHERE {value} <> ''""",
            [name],
        )


def find_created(work: Work) -> dict[str, int]:
    """Look up what is still lost among the nodes created since; say how many dangle, by type."""
    for lookup in (_BY_ID, _BY_CREATED_ARN):
        work.run(
            f"""CREATE TABLE again AS
            SELECT l.*, found._id AS other FROM lost l
            LEFT JOIN ({lookup}) found ON found.name = l.target_label AND found.key =
                CASE WHEN l.found_by = '' OR l.implied IS NOT NULL THEN l.target END"""
        )
        work.run(f"INSERT INTO edge_raw SELECT {_EDGE} FROM again WHERE other IS NOT NULL")
        work.run("DROP TABLE lost")
        work.run("CREATE TABLE lost AS SELECT * EXCLUDE (other) FROM again WHERE other IS NULL")
        work.run("DROP TABLE again")
    return dict(
        work.rows(
            """SELECT t.type, count(*) FROM lost l JOIN type_number t ON t.number = l.type
            GROUP BY t.type ORDER BY t.type"""
        )
    )


def finish_edges(work: Work) -> None:
    """Make each edge unique by (type, source, target) and number it: `edge` and `edge_detail`."""
    work.run(
        f"""CREATE TABLE edge AS
        SELECT (type::BIGINT << {ROW_BITS})
               | (row_number() OVER (PARTITION BY type ORDER BY src, dst) - 1) AS _id,
               type, src, dst
        FROM (SELECT DISTINCT type, src, dst FROM edge_raw)
        ORDER BY _id"""
    )
    work.run(
        """CREATE TABLE edge_detail AS
        SELECT DISTINCT type, src, dst, properties FROM edge_raw WHERE properties IS NOT NULL"""
    )
    work.run("DROP TABLE edge_raw")


_BY_ID = """SELECT t.name, k.id AS key, k._id
    FROM target_name t JOIN label_number n ON n.label = t.label
    JOIN node k ON k.number = n.number"""

_BY_ARN = """SELECT DISTINCT t.name, f.arn AS key, k._id
    FROM target_name t JOIN label_number n ON n.label = t.label
    JOIN node k ON k.number = n.number
    JOIN piece p ON p._id = k._id JOIN facts f ON f.row = p.row
    WHERE f.arn IS NOT NULL AND f.arn <> k.id"""

_BY_CREATED_ARN = """SELECT DISTINCT t.name, e.arn AS key, e._id
    FROM target_name t JOIN label_number n ON n.label = t.label
    JOIN extra e ON e.number = n.number
    WHERE e.arn IS NOT NULL"""
