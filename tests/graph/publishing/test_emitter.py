"""A query as a server is asked it: the text as written but for aliases, accounts and escapes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.graph.publishing.worlds import estate

from cloudwarden.analysis.run import with_analysis
from cloudwarden.core.errors import QueryError
from cloudwarden.graph.build.vocabulary import GraphRules
from cloudwarden.graph.build.vocabulary import Vocabulary as BuildVocabulary
from cloudwarden.graph.catalog import Catalog, NodeTable
from cloudwarden.graph.cypher.errors import CypherError
from cloudwarden.graph.cypher.names import Vocabulary
from cloudwarden.graph.cypher.parser import parse
from cloudwarden.graph.cypher.restrict import ACCOUNTS
from cloudwarden.graph.neo4j.emitter import emit
from cloudwarden.graph.packs import load_queries
from cloudwarden.providers.aws.loader import load_catalogue

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NARROW = f"$`{ACCOUNTS}`"


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    folder: Path = tmp_path_factory.mktemp("asked")
    return Vocabulary(estate(folder).manifest.catalog)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("MATCH (s:OldServer)  RETURN s // why", "MATCH (s:`Server`)  RETURN s // why"),
        ("MATCH (s) WHERE s:OldServer RETURN s", "MATCH (s) WHERE s:`Server` RETURN s"),
        ("MATCH (s:!OldServer|User) RETURN s", "MATCH (s:!`Server`|User) RETURN s"),
        ("MATCH (s:Server {name: 'OldServer'}) RETURN s.OldServer AS OldServer",) * 2,
        ("MATCH (p:Principal) RETURN p",) * 2,
        ("MATCH (x:Nobody) RETURN x",) * 2,
        ("MATCH (s:oldserver) RETURN s",) * 2,
        ("MATCH (:Server)-[:USES]->(s) RETURN EXISTS { (s)-->(:OldServer) } AS e",
         "MATCH (:Server)-[:USES]->(s) RETURN EXISTS { (s)-->(:`Server`) } AS e"),
        ("RETURN [(s:OldServer)-->(t) | t.name] AS names;",
         "RETURN [(s:`Server`)-->(t) | t.name] AS names;"),
    ],
)  # fmt: skip
def test_aliases_become_labels_and_all_else_stays(
    vocabulary: Vocabulary, text: str, sent: str
) -> None:
    assert emit(text, vocabulary, NOW).text == sent


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("MATCH (a:AWSAccount)-->(b) RETURN b",
         "MATCH (a:AWSAccount)-->(b) WHERE `a`.`id` IN {} RETURN b"),
        ("MATCH (b:Server) // where?\nWHERE b.size = 1 OR true // x\nRETURN b",
         ("MATCH (b:Server) // where?\nWHERE (b.size = 1 OR true) AND `b`.`account` IN {} // x\n"
          "RETURN b")),
        ("MATCH (b:Server WHERE b.size = 1) RETURN b",
         "MATCH (b:Server WHERE b.size = 1) WHERE `b`.`account` IN {} RETURN b"),
        ("MATCH (:AWSAccount)-->(b) RETURN b",
         "MATCH (`node 0 at 6`:AWSAccount)-->(b) WHERE `node 0 at 6`.`id` IN {} RETURN b"),
        ("MATCH (x:User)--(`w``h`) RETURN x",
         "MATCH (x:User)--(`w``h`) WHERE (`w``h`.`account` IN {} OR `x`.`account` IN {}) RETURN x"),
        ("MATCH (b:User) RETURN b UNION ALL CALL { MATCH (b:User) RETURN b } RETURN b",
         ("MATCH (b:User) WHERE `b`.`account` IN {} RETURN b UNION ALL "
          "CALL { MATCH (b:User) WHERE `b`.`account` IN {} RETURN b } RETURN b")),
    ],
)  # fmt: skip
def test_an_account_is_a_bound_condition_on_what_matches_first(
    vocabulary: Vocabulary, text: str, sent: str
) -> None:
    told = emit(text, vocabulary, NOW, accounts=["1' OR true //"])
    assert told.text == sent.replace("{}", NARROW)
    assert told.parameters == {ACCOUNTS: ["1' OR true //"]}
    parse(told.text)


def test_what_cannot_be_narrowed_is_refused(vocabulary: Vocabulary) -> None:
    with pytest.raises(QueryError, match="cannot be narrowed"):
        emit("RETURN 1 AS one", vocabulary, NOW, accounts=["1"])


def test_parameters_pass_through_but_for_the_accounts(vocabulary: Vocabulary) -> None:
    told = emit(
        f"MATCH (b:Server) WHERE b.name = $name OR true IN {NARROW} RETURN b",
        vocabulary,
        NOW,
        {"name": "x", ACCOUNTS: [True]},
        accounts=["1"],
    )
    assert told.parameters == {"name": "x", ACCOUNTS: ["1"]}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"RETURN '\u0027 + 1 //' AS x", "' + 1 //"),
        (r"RETURN '\\u0027' AS x", r"\u0027"),
        (r"RETURN 'a\U0001F984' AS x", "a🦄"),
    ],
)
def test_a_text_with_a_unicode_escape_is_sent_as_a_parameter(
    vocabulary: Vocabulary, text: str, value: str
) -> None:
    told = emit(text, vocabulary, NOW)
    assert told.text == "RETURN $`cloudwarden text 0` AS x"
    assert told.parameters == {"cloudwarden text 0": value}


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (n) DETACH DELETE n",
        "MATCH (n) SET n.x = 1 RETURN n",
        "MATCH (n) RETURN n; MATCH (m) DELETE m",
        "CALL dbms.shutdown()",
        "CALL { MATCH (n) DELETE n } RETURN 1 AS x",
        "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line",
        "EXPLAIN MATCH (n) RETURN n",
        "RETURN apoc.cypher.runFirstColumn('MATCH (n) DELETE n', {}) AS x",
        "MATCH (n) RETURN n // \r DELETE n",
        "MATCH (n:Server) //\rDETACH DELETE n //\nRETURN n",
        r"MATCH (n:`a\u0060) DELETE n //`) RETURN n",
        r"MATCH (n) /* \u002a\u002f DELETE n \u002f\u002a */ RETURN n",
        "MATCH (n) // \\u000aDELETE n\nRETURN n",
        r"MATCH (n) RETURN n.`\U00000060` AS x",
    ],
)
def test_nothing_gets_past_that_a_server_could_read_as_a_write(
    vocabulary: Vocabulary, text: str
) -> None:
    with pytest.raises(CypherError):
        emit(text, vocabulary, NOW)


def test_a_comment_that_ends_as_windows_ends_lines_is_one(vocabulary: Vocabulary) -> None:
    text = "MATCH (n:Server) // all\r\nRETURN n"
    assert emit(text, vocabulary, NOW).text == text


@pytest.fixture(scope="module")
def everything() -> Vocabulary:
    """A graph that has nodes of every label there is."""
    declared = with_analysis(load_catalogue().registry())
    build = BuildVocabulary(declared, GraphRules())
    numbers = {label: number for number, label in enumerate(sorted(declared.labels), 1)}
    tables = {n: NodeTable(n, f"n{n}", build.labels(label), {}, 1) for label, n in numbers.items()}
    return Vocabulary(Catalog(tables, {}, build.names(numbers)))


@pytest.mark.parametrize("accounts", [None, ["111111111111"]])
def test_every_query_of_the_packs_parses_again_and_is_rewritten_once(
    everything: Vocabulary, accounts: list[str] | None
) -> None:
    for query in load_queries():
        once = emit(query.text, everything, NOW, accounts=accounts)
        parse(once.text)
        again = emit(once.text, everything, NOW, once.parameters)
        assert (again.text, again.parameters) == (once.text, once.parameters), query.name
