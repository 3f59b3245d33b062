from urllib.parse import quote

from cloudwarden.providers.aws.iam.policies import (
    document_text,
    parse_document,
    statement_properties,
)

DOCUMENT = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "s3:*", "NotResource": ["a", "b"]},
}


def test_a_document_reads_the_same_however_it_is_spelled() -> None:
    text = document_text(DOCUMENT)

    assert parse_document(text) == parse_document(quote(text)) == DOCUMENT


def test_what_is_no_policy_has_no_statements() -> None:
    assert list(statement_properties("p", "not json")) == []
    assert list(statement_properties("p", None)) == []


def test_a_single_statement_becomes_lists_under_its_number() -> None:
    assert list(statement_properties("p", DOCUMENT)) == [
        (
            "p/statement/1",
            {"effect": "Allow", "action": ["s3:*"], "notresource": ["a", "b"]},
        )
    ]


def test_a_statement_goes_by_its_sid_unless_another_has_it_too() -> None:
    document = {
        "Statement": [
            {"Sid": "Read", "Effect": "Allow", "Condition": {"Bool": {"a": "true"}}},
            {"Sid": "Twice", "Effect": "Deny"},
            {"Sid": "Twice", "Effect": "Deny"},
        ]
    }

    found = dict(statement_properties("p", document))

    assert list(found) == ["p/statement/Read", "p/statement/2", "p/statement/3"]
    assert found["p/statement/Read"]["condition"] == '{"Bool":{"a":"true"}}'
