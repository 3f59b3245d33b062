"""What techniques declare is checked when they are loaded."""

from __future__ import annotations

import pytest
import yaml

from cloudwarden.analysis.iam.techniques import (
    Outcome,
    load_techniques,
    parse_kinds,
    parse_techniques,
)
from cloudwarden.core.errors import DeclarationError

KINDS = parse_kinds("function: {title: Lambda function}", "kinds.yaml")
GOOD = {
    "id": "example-001",
    "class": "new-passrole",
    "title": "Make a function with a role",
    "requires": [
        {"action": "iam:PassRole", "target": "role"},
        {"action": "lambda:CreateFunction", "target": "new function"},
    ],
    "passed_to_service": "lambda.amazonaws.com",
    "result": "ACTS_AS role",
    "references": ["https://docs.aws.amazon.com/lambda/"],
}


def parsed(*rows: object) -> object:
    return parse_techniques([("example.yaml", yaml.safe_dump(list(rows)))], KINDS)


def test_all_that_come_with_us_load_with_a_reference_each() -> None:
    catalogue = load_techniques()
    assert len(catalogue.techniques) > 110
    assert all(one.references and one.title for one in catalogue.techniques)
    assert {one.outcome for one in catalogue.techniques} == set(Outcome)


def test_a_technique_takes_ten_lines() -> None:
    parsed(GOOD)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"requires": [{"action": "lambda:Nothing", "target": "*"}]}, "no action lambda:Nothing"),
        ({"requires": [{"action": "iam:passrole", "target": "role"}]}, "spelled iam:PassRole"),
        ({"requires": [{"action": "iam:PassRole", "target": "thing"}]}, "'thing' is no target"),
        ({"requires": [{"action": "iam:PassRole"}]}, "an action and a target"),
        ({"passed_to_service": None}, "passed_to_service goes with"),
        ({"result": "ACTS_AS user"}, "leads through what nothing is required of"),
        ({"result": "WINS"}, "is no result"),
        ({"needs": ["policy is attached to role"]}, "policy that is not bound"),
        ({"needs": ["the moon is full"]}, "is no need"),
        ({"class": "magic"}, "no class 'magic'"),
        ({"references": []}, "it has no references"),
        ({"colour": "red"}, "unknown keys colour"),
        ({"conditions": "if so"}, "is a list of texts"),
    ],
)
def test_a_mistake_is_told_with_file_and_record(change: dict[str, object], message: str) -> None:
    with pytest.raises(DeclarationError, match=r"example\.yaml example-001") as error:
        parsed({**GOOD, **change})
    assert message in str(error.value)


def test_an_id_is_given_once() -> None:
    with pytest.raises(DeclarationError, match="another technique of this id"):
        parsed(GOOD, GOOD)


def test_what_is_no_list_of_techniques_is_refused() -> None:
    for text in ("{}", "- 1", "- [", "id: x"):
        with pytest.raises(DeclarationError):
            parse_techniques([("example.yaml", text)], KINDS)
