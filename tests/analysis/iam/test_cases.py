import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudwarden.analysis.iam.cases import evaluate_cases
from tests.analysis.iam.asking import (
    AWAY,
    FEDERATED,
    HOME,
    KEY,
    QUEUE,
    ROLE,
    SEND,
    SESSION,
    USER,
    allow,
    deny,
    document,
    to,
)

REQUEST = {
    "principal": USER,
    "principal_type": "user",
    "action": SEND,
    "resource": QUEUE,
    "resource_account": HOME,
    "context": {},
}


def case(request=None, **policies):
    """A case with every field, as the format has it."""
    empty = {
        "id": "one",
        "identity": [document(allow(SEND))],
        "boundary": None,
        "session": [],
        "scps": [],
        "rcps": [],
        "resource_policy": None,
        "endpoint_policy": None,
    }
    return {**empty, "request": {**REQUEST, **(request or {})}, **policies}


def answers(*cases):
    return list(evaluate_cases(json.dumps(each) for each in cases))


def answer(request=None, **policies):
    (only,) = answers(case(request, **policies))
    return only


def noted(request=None, **policies):
    """The decision, and what was put right to come to it."""
    found = answer(request, **policies)
    return found["decision"], found["notes"]


def decided(request=None, **policies):
    found = answer(request, **policies)
    return found["decision"], found["certainty"], found["layer"]


def test_a_case_is_answered_with_its_id_decision_layer_and_statements():
    named = {"PolicyName": "senders", "PolicyDocument": document(allow(SEND, Sid="Send"))}

    assert answer(identity=[named]) == {
        "id": "one",
        "decision": "allowed",
        "certainty": "sure",
        "layer": "identity",
        "statements": [
            {
                "sid": "Send",
                "policy": "senders",
                "attached_to": "identity[0]",
                "index": 0,
                "effect": "Allow",
                "layer": "identity",
                "level": None,
                "principal_match": None,
                "certainty": "sure",
                "conditions": {},
            }
        ],
    }


def test_each_layer_of_a_case_counts():
    assert decided(boundary=document(allow("s3:*"))) == ("implicit_deny", "sure", "boundary")
    assert decided(session=[document(allow("s3:*"))]) == ("implicit_deny", "sure", "session")
    assert decided(scps=[[document(allow())], [document(allow("s3:*"))]]) == (
        "implicit_deny",
        "sure",
        "scp",
    )
    assert decided(rcps=[[document(deny("sqs:*", Principal="*"))]]) == (
        "explicit_deny",
        "sure",
        "rcp",
    )
    assert decided(endpoint_policy=document(allow("s3:*", Principal="*"))) == (
        "implicit_deny",
        "sure",
        "endpoint",
    )
    assert decided(resource_policy=document(deny(SEND, **to(HOME)))) == (
        "explicit_deny",
        "sure",
        "resource",
    )


def test_only_the_request_is_needed_and_what_is_not_known_of_is_ignored():
    minimal = {"request": {"principal": USER, "action": SEND, "resource": QUEUE}, "note": "x"}

    (only,) = answers(minimal)

    assert (only["id"], only["decision"]) == (None, "implicit_deny")


@pytest.mark.parametrize(
    "policy",
    [
        json.dumps(document(allow(SEND))),
        {"name": "p", "document": document(allow(SEND))},
        {"PolicyName": "p", "PolicyDocument": json.dumps(document(allow(SEND)))},
        quote(json.dumps(document(allow(SEND)))),
        quote("\n" + json.dumps(document(allow(SEND))), safe="{}"),
        {"Statement": allow(SEND)},
        {**document(allow(SEND)), "Id": "mine"},
    ],
)
def test_a_policy_may_be_text_or_come_with_its_name(policy):
    assert decided(identity=[policy])[0] == "allowed"


def test_of_what_there_is_one_a_list_may_have_one_or_none():
    open_, closed = document(allow()), document(allow("s3:*"))

    assert decided(boundary=[], session=None, scps=None, rcps=None)[0] == "allowed"
    assert decided(boundary=[closed]) == ("implicit_deny", "sure", "boundary")
    assert decided(session=closed) == ("implicit_deny", "sure", "session")
    assert decided(identity=document(allow(SEND)), endpoint_policy=[open_])[0] == "allowed"
    assert "at most one" in answer(boundary=[open_, open_])["error"]


def test_a_level_may_be_a_policy_a_list_or_an_object_with_a_list():
    full, closed = document(allow()), document(allow("s3:*"))

    assert decided(scps=[full, [full], {"name": "unit", "policies": [full]}])[0] == "allowed"
    assert decided(scps=[full, {"policies": [closed]}]) == ("implicit_deny", "sure", "scp")
    assert decided(scps=[full, []]) == ("implicit_deny", "sure", "scp")


def test_a_level_that_is_null_was_not_read_and_one_that_refuses_is_enough():
    full, closed = [document(allow())], [document(allow("s3:*"))]

    assert decided(scps=[full, None]) == ("implicit_deny", "unknown", "scp")
    assert decided(scps=[None, closed]) == ("implicit_deny", "sure", "scp")
    assert decided(rcps=[None]) == ("implicit_deny", "unknown", "rcp")
    assert decided(rcps=[None, [document(deny(Principal="*"))]]) == (
        "explicit_deny",
        "sure",
        "rcp",
    )


def test_what_is_put_right_is_told():
    named = {"Principal": {"AWS": HOME}}

    (who,) = noted(identity=[document(allow(SEND, **named))])[1]
    assert who.startswith("identity[0]: Statement 0 has Principal")
    bare = document(allow(SEND, Principal=[USER]))
    assert noted(identity=[], resource_policy=bare)[0] == "allowed"
    (kind,) = noted(identity=[], resource_policy=bare)[1]
    assert kind.startswith("resource_policy: Statement 0 Principal does not say of what kind")
    assert noted(resource_policy=document(deny(SEND, NotPrincipal=HOME)))[0] == "allowed"
    assert noted(scps=[[{"Comment": "all", "Version": None, "Statement": [allow()]}]]) == (
        "allowed",
        [
            "scps[0][0]: The policy has an element 'Comment', which there is not; it is ignored.",
            "scps[0][0]: The policy's Version is null; it is taken for 2008-10-17.",
        ],
    )


@pytest.mark.parametrize(
    ("request_", "decision"),
    [
        ({"principal_type": "User"}, "allowed"),
        ({"principal_type": None}, "allowed"),
        ({"principal": HOME, "principal_type": "root"}, "allowed"),
        ({"principal": int(HOME), "principal_type": "root"}, "allowed"),
        ({"principal": f"arn:aws:iam::{HOME}:root"}, "error"),
        ({"principal": ROLE, "principal_type": "session"}, "allowed"),
        ({"principal": SESSION, "principal_type": "role"}, "allowed"),
        ({"principal": SESSION, "principal_type": "federated"}, "allowed"),
        ({"principal": FEDERATED, "principal_type": "federated"}, "allowed"),
        ({"principal": "*", "principal_type": "anonymous"}, "implicit_deny"),
        ({"principal": None, "principal_type": "anonymous"}, "implicit_deny"),
        ({"principal": None, "principal_type": None}, "implicit_deny"),
        ({"principal": "sqs.amazonaws.com", "principal_type": "service"}, "implicit_deny"),
        ({"principal": USER.replace("aws", "aws-cn", 1)}, "allowed"),
        ({"principal": "alice", "principal_type": None}, "error"),
        ({"principal": f"{USER}\n"}, "error"),
        ({"resource_account": int(HOME)}, "allowed"),
        ({"resource_account": ""}, "allowed"),
        ({"context": None}, "allowed"),
    ],
)
def test_principals_and_accounts_may_be_given_in_the_ways_that_people_have(request_, decision):
    found = answer(request_)

    assert found.get("decision", "error") == decision


def test_who_brings_the_token_of_a_provider_is_told_by_the_action():
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": "cognito-identity.amazonaws.com"},
    }
    request = {
        "principal": "cognito-identity.amazonaws.com",
        "principal_type": None,
        "action": "sts:AssumeRoleWithWebIdentity",
        "resource": ROLE,
    }

    assert decided(request, resource_policy=document(trust)) == ("allowed", "sure", "resource")


@pytest.mark.parametrize("id_", [None, "one", "", 1, -1.5, True, ["a", 1], {"a": {"b": None}}])
def test_the_id_may_be_any_json_value(id_):
    good, bad = answers({**case(), "id": id_}, {"id": id_})

    assert (good["id"], good["decision"]) == (id_, "allowed")
    assert bad["id"] == id_
    assert "no request" in bad["error"]


def test_an_error_has_the_id_that_a_broken_line_seems_to_have_or_else_its_number():
    lines = ['{"id": "a", "request": {"x": NaN}}', '{"id": 7, "request":', "", "{", '{"id": {"a"']

    found = list(evaluate_cases(lines))

    assert [each["id"] for each in found] == ["a", 7, None, None]
    assert [each["error"].partition(":")[0] for each in found[2:]] == ["Line 4", "Line 5"]


def test_marks_of_windows_and_bytes_that_are_no_text_are_dealt_with():
    good = json.dumps(case()).encode()
    lines = [b"\xef\xbb\xbf" + good, good + b"\r\n", good.replace(b"alice", b"al\xffce"), good]

    found = list(evaluate_cases(lines))

    assert ["error" in each for each in found] == [False, False, True, False]
    assert found[2]["id"] == "one"


def test_answers_can_be_explained():
    (found,) = evaluate_cases([json.dumps(case())], explained=True)

    assert found["explanation"][0].startswith(f"{USER} may {SEND}")


def test_context_values_may_be_of_any_simple_type():
    condition = {
        "Bool": {"aws:MultiFactorAuthPresent": True},
        "NumericLessThan": {"aws:MultiFactorAuthAge": 3600.5},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]},
        "Null": {"aws:SourceVpc": "true"},
    }
    context = {
        "AWS:multifactorauthpresent": True,
        "aws:MultiFactorAuthAge": 300,
        "aws:TagKeys": ["a"],
        "aws:SourceVpc": None,
    }
    identity = [document(allow(SEND, Condition=condition))]

    assert decided({"context": context}, identity=identity)[0] == "allowed"
    assert decided(identity=identity)[0] == "implicit_deny"


def test_a_key_whose_policy_is_null_is_unknown():
    request = {"action": "kms:Decrypt", "resource": KEY}

    assert decided(request) == ("implicit_deny", "unknown", "resource")


def test_a_trust_policy_is_the_policy_of_a_role():
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": USER}}
    request = {"action": "sts:AssumeRole", "resource": ROLE}

    assert decided(request, resource_policy=document(trust)) == ("allowed", "sure", "resource")


def test_the_management_account_is_told_by_a_flag_or_by_its_id():
    denied, restricted = [[document(deny())]], [[document(deny(Principal="*"))]]

    assert decided(scps=denied)[0] == "explicit_deny"
    assert decided({"management_account": True}, scps=denied)[0] == "allowed"
    assert decided({"management_account": HOME}, scps=denied)[0] == "allowed"
    assert decided({"management_account": AWAY}, scps=denied)[0] == "explicit_deny"
    assert decided({"management_account": HOME}, rcps=restricted)[0] == "allowed"


def test_what_was_not_read_can_be_told():
    assert decided(unread=["scp"]) == ("implicit_deny", "unknown", "scp")


def test_an_action_that_nobody_knows_is_no_error():
    identity = [document(allow("sqs:*"))]

    assert decided({"action": "sqs:Teleport"}, identity=identity)[0] == "allowed"


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "nothing",
        "[]",
        "null",
        '"text"',
        "1",
        "{}",
        '{"id": {"a": 1}, "request": {}}',
        '{"id": ' + "[" * 500 + "]" * 500 + ', "request": {}}',
        '{"request": []}',
        "\ud800",
        "[" * 5_000,
    ],
)
def test_a_line_that_is_no_case_is_an_error(line):
    (only,) = evaluate_cases([line])

    assert set(only) == {"id", "error"}
    assert only["error"]


@pytest.mark.parametrize(
    ("request_", "policies"),
    [
        ({"principal": None}, {}),
        ({"principal": 1}, {}),
        ({"principal_type": "robot"}, {}),
        ({"principal_type": ["user"]}, {}),
        ({"principal_type": "role"}, {}),
        ({"action": None}, {}),
        ({"action": ""}, {}),
        ({"action": "SendMessage"}, {}),
        ({"action": " sqs:SendMessage"}, {}),
        ({"resource": None}, {}),
        ({"resource": "orders"}, {}),
        ({"resource_account": "mine"}, {}),
        ({"context": []}, {}),
        ({"context": {"k": {"nested": 1}}}, {}),
        ({"context": {"k": [[]]}}, {}),
        ({"management_account": 1}, {}),
        ({}, {"identity": 1}),
        ({}, {"identity": [None]}),
        ({}, {"identity": [{}]}),
        ({}, {"identity": ["{"]}),
        ({}, {"identity": [[]]}),
        ({}, {"scps": {}}),
        ({}, {"scps": [1]}),
        ({}, {"boundary": document({"Effect": "Maybe", "Action": "*", "Resource": "*"})}),
        ({}, {"boundary": document({"Effect": {}, "Action": "*", "Resource": "*"})}),
        ({}, {"boundary": document({"Effect": "Allow", "Resource": "*"})}),
        ({}, {"boundary": document(allow(1))}),
        ({}, {"boundary": document(allow(NotAction="*"))}),
        ({}, {"boundary": document(allow(Sid=1))}),
        ({}, {"boundary": document(allow(NotPrincipal="*"))}),
        ({}, {"boundary": [document(), document()]}),
        ({}, {"scps": [{"policies": 1}]}),
        ({}, {"boundary": document(allow(Conditions={}))}),
        ({}, {"boundary": document(allow(Condition=[]))}),
        ({}, {"boundary": document(allow(Condition={"Bool": 1}))}),
        ({}, {"boundary": document(allow(Condition={"Bool": {"k": None}}))}),
        ({}, {"boundary": document("text")}),
        ({}, {"boundary": {"Version": [], "Statement": []}}),
        ({}, {"boundary": document(version="2020-01-01")}),
        ({}, {"resource_policy": document(allow(Principal="everybody"))}),
        ({}, {"resource_policy": document(allow(Principal={"Aws": "*"}))}),
        ({}, {"resource_policy": document(allow(Principal={"AWS": 1}))}),
        ({}, {"unread": ["everything"]}),
        ({}, {"unread": [{}]}),
    ],
)
def test_what_aws_would_refuse_is_an_error_with_the_cases_id(request_, policies):
    found = answer(request_, **policies)

    assert set(found) == {"id", "error"}
    assert found["id"] == "one"


def test_an_error_names_the_policy_that_is_wrong():
    found = answer(scps=[[document(allow())], [document(allow()), {"Statement": 1}]])

    assert found["error"].startswith("scps[1][1]: Statement 0")


def test_one_answer_comes_for_each_line_in_order_but_for_blank_ones():
    good = json.dumps(case())

    found = list(evaluate_cases([good, "", "broken", "  \n", good]))

    assert ["error" in each for each in found] == [False, True, False]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.text())
def test_no_line_of_text_raises(line):
    for found in evaluate_cases([line]):
        json.dumps(found)


@given(st.sampled_from(["id", "request", *(set(case()) - {"id", "request"})]), JSON)
def test_no_value_of_a_field_raises(field, value):
    (found,) = answers({**case(), field: value})

    assert {"id"} < set(found)


@given(st.sampled_from([*REQUEST, "management_account", "issuer", "behind"]), JSON)
def test_no_value_of_a_requests_field_raises(field, value):
    found = answer({field: value})

    assert ("error" in found) is ("decision" not in found)


@given(
    st.sampled_from(["identity", "boundary", "scps", "rcps", "resource_policy", "endpoint_policy"]),
    st.sampled_from([*allow(), "Sid", "NotResource", "Principal", "NotPrincipal", "Condition"]),
    JSON,
)
def test_no_value_of_a_statements_element_raises(field, element, value):
    base = allow(SEND) if field in {"identity", "boundary", "scps"} else allow(SEND, Principal="*")
    policy = document({**base, element: value})
    wrapped = {"identity": [policy], "scps": [[policy]], "rcps": [[policy]]}.get(field, policy)

    found = answer(**{field: wrapped})

    assert ("error" in found) is ("decision" not in found)


@given(
    st.text(max_size=12),
    st.text(max_size=8),
    st.lists(st.text(max_size=8) | st.booleans() | st.integers(), max_size=3),
)
def test_no_condition_raises(operator, key, values):
    prefixed = [operator, f"ForAllValues:{operator}", "DateLessThan", "NumericEquals", "ArnLike"]
    block = {
        name: {key or "k": values} for name in [*prefixed, "IpAddress", "BinaryEquals", "Bool"]
    }
    identity = [document(allow(SEND, Condition=block))]

    found = answer({"context": {key or "k": values}}, identity=identity)

    assert found["decision"] in {"allowed", "implicit_deny"}
