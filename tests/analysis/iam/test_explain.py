from dataclasses import replace

from cloudwarden.analysis.iam.context import Context
from cloudwarden.analysis.iam.evaluator import evaluate
from cloudwarden.analysis.iam.explain import explain
from cloudwarden.analysis.iam.layers import Layer
from cloudwarden.analysis.iam.policies import PolicyKind
from cloudwarden.analysis.iam.requests import Request, principal
from cloudwarden.analysis.iam.traps import traps
from tests.analysis.iam.asking import (
    ANYBODY,
    KEY,
    QUEUE,
    ROLE,
    SEND,
    SESSION,
    USER,
    allow,
    compiled,
    deny,
    layers,
    to,
)


def told(policies, who=USER, action=SEND, resource=QUEUE, context=None):
    request = Request(principal(who), action, resource, context=Context(context))
    return explain(request, policies, evaluate(request, policies))


def test_an_allow_is_told_with_its_statements_and_what_would_forbid_it():
    lines = told(layers([allow(SEND, Sid="Send")], scps=[[allow()]]))

    assert lines == [
        f"{USER} may {SEND} on {QUEUE}: allowed by identity policies.",
        "- Allow: statement 'Send' of identity, attached to the identity (identity policies)",
        "- Allow: statement 0 of scp, attached to the scp (service control policies, level 0)",
        "To forbid it: remove the allow from identity, or deny it in any layer.",
    ]


def test_a_denial_is_told_with_what_has_to_give_way():
    condition = {"StringNotEquals": {"aws:SourceVpc": ["vpc-1", "vpc-2"]}}
    lines = told(layers([allow()], resource=[deny(Sid="Vpc", Condition=condition, **ANYBODY)]))

    assert lines[0] == f"{USER} may not {SEND} on {QUEUE}: denied by the resource's policy."
    assert lines[1] == (
        "- Deny: statement 'Vpc' of resource, attached to the resource (the resource's policy); "
        "names everybody; as required: StringNotEquals aws:SourceVpc vpc-1 or vpc-2 "
        "(the request has no value for it)"
    )
    assert lines[2].startswith("To allow it: narrow or remove each of these denials")
    assert any("is true where aws:SourceVpc is missing" in line for line in lines)


def test_what_is_not_allowed_is_told_with_the_statements_that_nearly_do():
    near = allow(
        SEND,
        "arn:aws:sqs:us-east-1:*:other",
        Sid="Near",
        Condition={"Bool": {"aws:SecureTransport": "true"}},
    )
    nearer = allow(SEND, Sid="Nearer", Condition={"Bool": {"aws:SecureTransport": "true"}})
    lines = told(layers([near, nearer]), context={"aws:SecureTransport": "false"})

    assert lines[:2] == [
        f"{USER} may not {SEND} on {QUEUE}: not allowed by identity policies.",
        f"To allow it: identity policies must allow {SEND} on {QUEUE}.",
    ]
    assert lines[2] == (
        "- Statement Nearer of identity nearly allows: Bool aws:SecureTransport wants true, "
        "and the request has false."
    )
    assert "its Resource is arn:aws:sqs:us-east-1:*:other" in lines[3]


def test_the_level_of_an_organization_that_must_allow_is_told():
    lines = told(layers([allow()], scps=[[allow()], [allow("s3:*")]]))

    assert lines[0].endswith("not allowed by service control policies, level 1.")
    assert any("at level 1 must allow" in line for line in lines)


def test_a_resource_that_must_name_the_caller_is_told():
    across = told(layers([allow()]), resource=QUEUE.replace("111111111111", "222222222222"))
    key = told(layers([allow()], resource=[allow(**to(ROLE))]), action="kms:Decrypt", resource=KEY)

    assert any("the resource's policy must allow the caller" in line for line in across)
    assert across[-1] == "- The resource has no policy."
    assert any("the key's policy must name the caller, or name its account" in x for x in key)
    assert any("it does not name the caller" in line for line in key)


def test_what_each_kind_of_caller_needs_is_told():
    for who, needed in [
        ("*", "the resource's policy must allow everybody"),
        ("sns.amazonaws.com", "the resource's policy must allow sns.amazonaws.com"),
        (USER, "or the resource's policy must name the caller in allowing it"),
    ]:
        lines = told(layers([allow("s3:*")], resource=[allow(**to(ROLE))]), who=who)

        assert needed in lines[1]
        assert lines[2] == "- Statement 0 of resource nearly allows: it does not name the caller."


def test_that_nothing_is_about_the_action_is_told():
    assert told(layers())[-1] == "- The caller has no identity policies."
    assert told(layers([allow("s3:*")]))[-1] == f"- No statement there is about {SEND}."
    assert told(replace(layers([allow()]), scps=((),)))[-1].startswith("- There are no service")


def test_all_that_allows_by_itself_is_told():
    lines = told(layers([allow()], resource=[allow(**to(USER))]))

    assert lines[-1].startswith("To forbid it: remove the allow from identity and resource,")


def test_a_denial_that_exempts_the_caller_but_for_its_boundary_is_told():
    resource = [deny(NotPrincipal={"AWS": [USER, "111111111111"]})]

    assert "exempts the caller, but hits whoever has a permissions boundary" in " ".join(
        told(layers([allow()], resource=resource, boundary=[allow()]))
    )


def test_what_variables_stand_for_is_told():
    mine = allow(SEND, "arn:aws:sqs:*:*:${aws:username}-${aws:PrincipalTag/Team}")
    lines = told(layers([mine]))

    assert lines[2].endswith("(${aws:username} is alice and ${aws:PrincipalTag/Team} is missing).")


def test_a_root_user_needs_no_policy():
    lines = told(layers(), who="111111111111")

    assert lines[0].endswith("root users need no policy in their own account.")


def test_the_levels_that_were_not_read_are_told():
    some = replace(layers([allow()], scps=[[allow()], []]), unread_levels={(Layer.SCP, 1)})

    assert told(some)[1] == "Not read: service control policies at level 1."


def test_what_is_unknown_or_conditional_is_told_as_such():
    unknown = told(layers([allow()]), action="kms:Decrypt", resource=KEY)
    limited = [allow(SEND, Condition={"StringLike": {"aws:userid": "AROA*"}})]
    conditional = told(layers(limited), who=SESSION)

    assert unknown[0].startswith(f"Whether {USER} may kms:Decrypt on {KEY} is not known")
    assert unknown[1] == "Not read: the key's policy."
    assert conditional[0].endswith("under conditions; decided by identity policies.")
    assert "; only if StringLike aws:userid AROA*" in conditional[1]


def test_what_aws_decides_itself_is_told_with_its_reason():
    lines = told(layers(), action="sts:GetCallerIdentity", resource="*")

    assert lines[1] == "AWS allows this action to everyone who has credentials."


def found(statement, kind=PolicyKind.IDENTITY, version="2012-10-17"):
    policy = compiled(kind, statement, version=version)
    return " ".join(traps(policy, policy.statements[0]))


def test_traps_in_conditions_are_found():
    all_values = {"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}}
    guarded = {**all_values, "Null": {"aws:TagKeys": "false"}}

    assert "add Null: false" in found(allow(Condition=all_values))
    assert found(allow(Condition=guarded)) == ""
    assert found(deny(Condition=all_values)) == ""
    assert "is missing" in found(allow(Condition={"StringNotEquals": {"k": "v"}}))
    variable = {"StringLike": {"k": "${aws:username}"}}
    assert "plain text" in found(allow(Condition=variable), version="2008-10-17")
    assert found(allow(Condition=variable)) == ""
    assert "literally" in found(allow(Condition={"StringEquals": {"k": "v*"}}))
    assert "service makes the call" in found(
        allow(Condition={"IpAddress": {"aws:SourceIp": "::/0"}})
    )
    assert "no condition operator" in found(allow(Condition={"StringIs": {"k": "v"}}))
    assert "ARN of its role" in found(allow(Condition={"ArnLike": {"aws:PrincipalArn": SESSION}}))


def test_traps_in_elements_are_found():
    other = {"NotPrincipal": {"AWS": USER}}

    assert "whole world" in found(allow(**other), PolicyKind.RESOURCE)
    assert "permissions boundary" in found(deny(**other), PolicyKind.RESOURCE)
    assert "about nobody" in found(allow(), PolicyKind.RESOURCE)
    assert "matches no resource" in found(allow(resources="arn:aws:ec2:*:*:*/i"))
    assert "matches no action" in found(allow("s3*:Get"))
    assert "matches no action" in found(allow("Get Object"))
    assert "never applies" in found({"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3"})
    assert "plain text" in found(allow(resources="arn:aws:s3:::${a}"), version="2008-10-17")
    assert "Without Resource" in found({"Effect": "Allow", "Action": "*"})
    assert found({"Effect": "Allow", "Action": "*", **ANYBODY}, PolicyKind.RESOURCE) == ""
