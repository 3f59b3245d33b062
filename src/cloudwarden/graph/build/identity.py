"""Who is who: one node for each (label, id), however many scopes it was read in.

Tables made here (`raw` is there already):

* `facts(row, arn, owner, tags)`: what identity and tags need out of a document;
* `label_number(label, number)`: the tables of the generation;
* `node(_id, number, id)`: every node; grows while nodes are created;
* `piece(row, _id, priority)`: which rows make which node; of several, the lowest priority wins.
"""

from __future__ import annotations

from collections.abc import Iterable

from cloudwarden.core.json import dumps
from cloudwarden.graph.build.vocabulary import Vocabulary
from cloudwarden.graph.build.work import Work, literal
from cloudwarden.graph.catalog import ROW_BITS


def identify(work: Work, vocabulary: Vocabulary) -> None:
    """Number the labels and nodes that were collected, and rank the rows of each node."""
    _read_facts(work, vocabulary)
    work.run("CREATE TABLE label_number (label VARCHAR, number INTEGER)")
    number_labels(work, (label for (label,) in work.rows("SELECT DISTINCT label FROM raw")))
    work.run(
        f"""CREATE TABLE node AS
        SELECT (number::BIGINT << {ROW_BITS})
               | (row_number() OVER (PARTITION BY number ORDER BY account, id) - 1) AS _id,
               number, id
        FROM (SELECT n.number, r.id, min(r.account) AS account
              FROM raw r JOIN label_number n ON n.label = r.label
              GROUP BY ALL)
        ORDER BY _id"""
    )
    _rank_rows(work)


def number_labels(work: Work, labels: Iterable[str]) -> dict[str, int]:
    """Give a number to each label that has none yet, in order of name; answer all numbers."""
    numbers: dict[str, int] = dict(work.rows("SELECT label, number FROM label_number"))
    for label in sorted(set(labels) - numbers.keys()):
        numbers[label] = len(numbers) + 1
        work.run("INSERT INTO label_number VALUES (?, ?)", [label, numbers[label]])
    return numbers


def create_nodes(work: Work, candidates: str) -> None:
    """Add nodes for those (label, id) of the query `candidates` that are not there yet.

    Their labels must have numbers.
    """
    work.run(
        f"""INSERT INTO node
        WITH fresh AS (
            SELECT DISTINCT n.number, c.id
            FROM ({candidates}) c JOIN label_number n ON n.label = c.label
            WHERE NOT EXISTS (FROM node k WHERE k.number = n.number AND k.id = c.id)
        ), sizes AS (
            SELECT number, count(*) AS size FROM node
            WHERE number IN (SELECT number FROM fresh) GROUP BY number
        )
        SELECT (f.number::BIGINT << {ROW_BITS})
               | (coalesce(s.size, 0)
                  + row_number() OVER (PARTITION BY f.number ORDER BY f.id) - 1) AS _id,
               f.number, f.id
        FROM fresh f LEFT JOIN sizes s ON s.number = f.number
        ORDER BY _id"""
    )


def _read_facts(work: Work, vocabulary: Vocabulary) -> None:
    owners = vocabulary.rules.owner_properties
    structure = {
        "properties": dict.fromkeys(("arn", *owners), "VARCHAR"),
        "tags": "MAP(VARCHAR, VARCHAR)",
    }
    owner = ", ".join(f"d.properties.{name}" for name in owners)
    work.run(
        f"""CREATE TABLE facts AS
        SELECT row, nullif(d.properties.arn, '') AS arn,
               CASE WHEN label = {literal(vocabulary.rules.account_label)} THEN id
                    ELSE coalesce({owner}) END AS owner,
               d.tags AS tags
        FROM (SELECT row, label, id, from_json(document, {literal(dumps(structure))}) AS d
              FROM raw)"""
    )


def _rank_rows(work: Work) -> None:
    """Rank each node's rows: its owner's first, then by account, and there the last read first."""
    work.run(
        """CREATE TABLE piece AS
        WITH placed AS (
            SELECT r.row, k._id
            FROM raw r JOIN label_number n ON n.label = r.label
            JOIN node k ON k.number = n.number AND k.id = r.id
        ), several AS (SELECT _id FROM placed GROUP BY _id HAVING count(*) > 1),
        ranked AS (
            SELECT p.row, row_number() OVER (
                PARTITION BY p._id
                ORDER BY coalesce(f.owner = r.account, false) DESC, r.account, r.last_seen DESC,
                         r.region, r.document, r.first_seen, r.name) AS priority
            FROM placed p JOIN several USING (_id)
            JOIN raw r ON r.row = p.row JOIN facts f ON f.row = p.row
        )
        SELECT p.row, p._id, coalesce(k.priority, 1)::INTEGER AS priority
        FROM placed p LEFT JOIN ranked k ON k.row = p.row
        ORDER BY p._id, priority"""
    )
