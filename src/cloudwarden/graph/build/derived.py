"""What analysis found, put into the graph: properties of nodes, and relations between them.

`load_derived` takes the columns in as they are: `derived_edge` and `derived_value`. Once every
node that was collected or implied is there, `describe_derived` makes the nodes that derived
relations imply and states the properties, and `link_derived` adds the edges.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cloudwarden.core.errors import GraphError
from cloudwarden.core.json import dumps
from cloudwarden.graph.build.identity import create_nodes, number_labels
from cloudwarden.graph.build.vocabulary import Vocabulary
from cloudwarden.graph.build.work import Work
from cloudwarden.schema.derived import Derived, DerivedProperties, DerivedRelations

#: Rows moved at once; small enough to be nothing in memory.
_CHUNK_ROWS = 50_000

_EDGE = {
    "type": "VARCHAR",
    "source_label": "VARCHAR",
    "source": "VARCHAR",
    "target_label": "VARCHAR",
    "target": "VARCHAR",
    "properties": "VARCHAR",
}
_VALUE = {"label": "VARCHAR", "id": "VARCHAR", "document": "VARCHAR"}
_IMPLIED = {"label": "VARCHAR", "id": "VARCHAR", "document": "VARCHAR"}

#: Of what is known of a node, what analysis says comes before all else.
_PRIORITY = -1
_IMPLIED_PRIORITY = 2_000_000


def load_derived(work: Work, vocabulary: Vocabulary, derived: Iterable[Derived]) -> None:
    """Fill `derived_edge`, `derived_value`, `derived_implied` and `derived_name`.

    Raises `GraphError` where columns are not of one length.
    """
    for table, columns in (
        ("derived_edge", _EDGE),
        ("derived_value", _VALUE),
        ("derived_implied", _IMPLIED),
    ):
        work.run(f"CREATE TABLE {table} ({', '.join(f'{n} {t}' for n, t in columns.items())})")
    names: set[str] = set()
    for found in derived:
        _check(found)
        if isinstance(found, DerivedProperties):
            names.add(found.label)
            _insert(work, "derived_value", _VALUE, _values(found))
        else:
            names |= {found.source_label, found.target_label}
            _insert(work, "derived_edge", _EDGE, _edges(found))
            if found.implied:
                _insert(work, "derived_implied", _IMPLIED, _implied(found))
    work.table(
        "derived_name",
        "name VARCHAR, label VARCHAR",
        [(name, label) for name in sorted(names) for label in sorted(vocabulary.resolve(name))],
    )


def describe_derived(work: Work) -> None:
    """Make the nodes that derived relations imply, and state what analysis says of nodes."""
    labels = [label for (label,) in work.rows("SELECT DISTINCT label FROM derived_implied")]
    number_labels(work, labels)
    create_nodes(work, "SELECT DISTINCT label, id FROM derived_implied")
    work.run(
        f"""INSERT INTO extra
        SELECT k.number, k._id, k.id, d.priority, d.document->>'$.properties.account', NULL,
               NULL, NULL, d.document
        FROM (SELECT label, id, document, {_IMPLIED_PRIORITY} AS priority FROM derived_implied
              UNION ALL
              SELECT n.label, v.id, v.document, {_PRIORITY} FROM derived_value v
              JOIN derived_name n ON n.name = v.label) d
        JOIN label_number n ON n.label = d.label
        JOIN node k ON k.number = n.number AND k.id = d.id"""
    )


def link_derived(work: Work) -> dict[str, int]:
    """Add the edges; say how many have an end that is no node, by type."""
    work.run(
        """CREATE TABLE derived_key AS
        SELECT d.name, k.id AS key, k._id
        FROM derived_name d JOIN label_number n ON n.label = d.label
        JOIN node k ON k.number = n.number"""
    )
    work.run(
        """CREATE TABLE derived_link AS
        SELECT t.number AS type, s._id AS src, o._id AS dst, e.properties, e.type AS name
        FROM derived_edge e JOIN type_number t ON t.type = e.type
        LEFT JOIN derived_key s ON s.name = e.source_label AND s.key = e.source
        LEFT JOIN derived_key o ON o.name = e.target_label AND o.key = e.target"""
    )
    work.run(
        """INSERT INTO edge_raw SELECT type, src, dst, properties FROM derived_link
        WHERE src IS NOT NULL AND dst IS NOT NULL"""
    )
    dangling = dict(
        work.rows(
            """SELECT name, count(*) FROM derived_link WHERE src IS NULL OR dst IS NULL
            GROUP BY name ORDER BY name"""
        )
    )
    for table in ("derived_key", "derived_link", "derived_edge", "derived_value"):
        work.run(f"DROP TABLE {table}")
    return dangling


def _check(found: Derived) -> None:
    if isinstance(found, DerivedProperties):
        wanted, columns = len(found.ids), list(found.columns.values())
    else:
        wanted = len(found.sources)
        columns = [found.targets, found.certainty, *found.columns.values()]
        columns += [found.conditions] if found.conditions else []
    if any(len(column) != wanted for column in columns):
        what = found.label if isinstance(found, DerivedProperties) else found.type
        raise GraphError(f"derived columns of {what} are not of one length ({wanted})")


def _values(found: DerivedProperties) -> Iterator[Sequence[Any]]:
    for row, id_ in enumerate(found.ids):
        properties = _row(found.columns, row)
        if properties:
            yield found.label, id_, dumps({"properties": properties})


def _edges(found: DerivedRelations) -> Iterator[Sequence[Any]]:
    for row, (source, target) in enumerate(zip(found.sources, found.targets, strict=True)):
        properties = {
            "derived": True,
            "certainty": found.certainty[row].value,
            **_row(found.columns, row),
        }
        condition = found.conditions[row] if found.conditions else None
        if condition is not None:
            properties["condition"] = condition
        yield (
            found.type,
            found.source_label,
            source,
            found.target_label,
            target,
            dumps(properties),
        )


def _implied(found: DerivedRelations) -> Iterator[Sequence[Any]]:
    for id_, properties in (found.implied or {}).items():
        yield found.target_label, id_, dumps({"properties": dict(properties)})


def _row(columns: Mapping[str, Sequence[Any]], row: int) -> dict[str, Any]:
    return {name: column[row] for name, column in columns.items() if column[row] is not None}


def _insert(
    work: Work, table: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]
) -> None:
    chunk: list[Sequence[Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK_ROWS:
            work.insert(table, columns, [list(values) for values in zip(*chunk, strict=True)])
            chunk = []
    if chunk:
        work.insert(table, columns, [list(values) for values in zip(*chunk, strict=True)])
