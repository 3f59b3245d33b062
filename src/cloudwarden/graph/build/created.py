"""Nodes that nobody collected as such: accounts, tags, and what relations imply.

What is known of them, and what relations add to nodes that were collected, goes to
`extra(number, _id, id, priority, account, arn, first_seen, last_seen, document)`, with
`document` of the same form as in `raw`. Collected rows have priorities from 1; what relations
imply comes after them, what we state ourselves before.
"""

from __future__ import annotations

from collections.abc import Mapping

from cloudwarden.graph.build.identity import create_nodes, number_labels
from cloudwarden.graph.build.vocabulary import Vocabulary
from cloudwarden.graph.build.work import Work, literal
from cloudwarden.graph.catalog import ROW_BITS

_IMPLIED_PRIORITY = 1_000_000


def create_scope_accounts(work: Work, vocabulary: Vocabulary, accounts: Mapping[str, str]) -> None:
    """Make nodes of the accounts in scope: those we were given and those that were read."""
    label = vocabulary.rules.account_label
    work.table("given_account", "id VARCHAR, name VARCHAR", sorted(accounts.items()))
    work.run(
        """CREATE TABLE scope_account AS
        SELECT id, min(first_seen) AS first_seen, max(last_seen) AS last_seen
        FROM (SELECT account AS id, first_seen, last_seen FROM raw
              UNION ALL SELECT id, NULL, NULL FROM given_account)
        WHERE id <> '' GROUP BY id"""
    )
    if work.value("SELECT count(*) FROM scope_account"):
        number_labels(work, [label])
        create_nodes(work, f"SELECT {literal(label)} AS label, id FROM scope_account")
    work.run(
        """CREATE TABLE extra (number INTEGER, _id BIGINT, id VARCHAR, priority INTEGER,
            account VARCHAR, arn VARCHAR, first_seen TIMESTAMP, last_seen TIMESTAMP,
            document VARCHAR)"""
    )


def create_implied(work: Work, vocabulary: Vocabulary) -> list[str]:
    """Make nodes of targets that relations imply, and of the accounts these are said to be in.

    Answers with warnings: a target under a name of several labels cannot be made.
    """
    account = vocabulary.rules.account_label
    wanted = work.rows(
        """SELECT DISTINCT t.name, t.label, t.alone
        FROM implied i JOIN target_name t ON t.name = i.target_label WHERE i.other IS NULL"""
    )
    unclear = sorted({name for name, _, alone in wanted if not alone})
    number_labels(work, (label for _, label, alone in wanted if alone))
    create_nodes(
        work,
        """SELECT t.label, i.target AS id
        FROM implied i JOIN target_name t ON t.name = i.target_label AND t.alone
        WHERE i.other IS NULL""",
    )
    named = f"SELECT {literal(account)} AS label, implied->>'$.account' AS id FROM implied"
    if work.value(f"SELECT count(*) FROM ({named}) WHERE id <> ''"):
        number_labels(work, [account])
        create_nodes(work, f"SELECT * FROM ({named}) WHERE id <> ''")
    work.run(
        f"""INSERT INTO extra
        SELECT k.number, k._id, k.id,
               {_IMPLIED_PRIORITY} + row_number() OVER (PARTITION BY k._id ORDER BY i.implied),
               i.implied->>'$.account', i.implied->>'$.arn',
               NULL, NULL, '{{"properties":' || i.implied || '}}'
        FROM (SELECT DISTINCT coalesce(i.other, made._id) AS _id, i.implied
              FROM implied i
              LEFT JOIN (SELECT t.name, k.id, k._id
                         FROM target_name t JOIN label_number n ON n.label = t.label
                         JOIN node k ON k.number = n.number
                         WHERE t.alone) made
                   ON made.name = i.target_label AND made.id = i.target) i
        JOIN node k ON k._id = i._id"""
    )
    return [
        f"relations imply targets under {name}, which stands for several labels; none was made"
        for name in unclear
    ]


def describe_accounts(work: Work, vocabulary: Vocabulary) -> None:
    """State of every account whether it is in scope: given to us, or read; foreign is the rest."""
    work.run(
        """INSERT INTO extra
        SELECT k.number, k._id, k.id, 0, k.id, NULL, s.first_seen, s.last_seen,
               json_object('properties', json_merge_patch(
                   json_object('inscope', s.id IS NOT NULL, 'foreign', s.id IS NULL),
                   CASE WHEN coalesce(g.name, '') <> '' THEN json_object('name', g.name)
                        ELSE '{}' END))
        FROM node k JOIN label_number n ON n.number = k.number AND n.label = ?
        LEFT JOIN scope_account s ON s.id = k.id
        LEFT JOIN given_account g ON g.id = k.id""",
        [vocabulary.rules.account_label],
    )


def link_owners(work: Work, vocabulary: Vocabulary) -> None:
    """Point from each account to what it owns: once for each account that read it.

    What nobody collected belongs to the account that its relations say, if they say any.
    """
    numbers = dict(work.rows("SELECT label, number FROM label_number"))
    owned = [number for label, number in numbers.items() if vocabulary.owned(label)]
    work.run(
        f"""INSERT INTO edge_raw
        SELECT kind.number, a._id, o._id, NULL
        FROM (SELECT p._id, r.account FROM piece p JOIN raw r ON r.row = p.row
              UNION ALL
              SELECT e._id, min_by(e.account, e.priority) FROM extra e
              WHERE NOT EXISTS (FROM piece p WHERE p._id = e._id)
              GROUP BY e._id) o
        JOIN (SELECT k._id, k.id FROM node k
              JOIN label_number n ON n.number = k.number AND n.label = ?) a ON a.id = o.account
        JOIN type_number kind ON kind.type = ?
        WHERE (o._id >> {ROW_BITS}) IN ({", ".join(map(str, owned)) or "NULL"})""",
        [vocabulary.rules.account_label, vocabulary.rules.owns],
    )


def create_tags(work: Work, vocabulary: Vocabulary) -> None:
    """Make a node of each tag (key and value), and point to it from what carries it.

    Its id is `key:value`. Where a colon within a key or value makes two tags look alike, the
    later one's id is numbered.
    """
    label = vocabulary.rules.tag_label
    work.run(
        """CREATE TABLE tag_use AS
        SELECT row, t.key, coalesce(t.value, '') AS value
        FROM (SELECT row, unnest(map_entries(tags)) AS t FROM facts WHERE cardinality(tags) > 0)"""
    )
    if not work.value("SELECT count(*) FROM tag_use"):
        return
    work.run(
        """CREATE TABLE tag AS
        SELECT key, value, first_seen, last_seen, key || ':' || value
               || CASE WHEN same > 1 THEN '#' || same ELSE '' END AS id
        FROM (SELECT u.key, u.value, min(r.first_seen) AS first_seen,
                     max(r.last_seen) AS last_seen,
                     row_number() OVER (PARTITION BY u.key || ':' || u.value ORDER BY u.key) AS same
              FROM tag_use u JOIN raw r ON r.row = u.row
              GROUP BY u.key, u.value)"""
    )
    number_labels(work, [label])
    create_nodes(work, f"SELECT {literal(label)} AS label, id FROM tag")
    work.run(
        """CREATE TABLE tag_node AS
        SELECT t.*, k.number, k._id
        FROM tag t JOIN label_number n ON n.label = ?
        JOIN node k ON k.number = n.number AND k.id = t.id""",
        [label],
    )
    work.run(
        """INSERT INTO extra
        SELECT number, _id, id, 0, NULL, NULL, first_seen, last_seen,
               json_object('properties', json_object('key', key, 'value', value))
        FROM tag_node"""
    )
    work.run(
        """INSERT INTO edge_raw
        SELECT kind.number, p._id, t._id, NULL
        FROM tag_use u JOIN tag_node t ON t.key = u.key AND t.value = u.value
        JOIN piece p ON p.row = u.row
        JOIN type_number kind ON kind.type = ?""",
        [vocabulary.rules.tagged],
    )
