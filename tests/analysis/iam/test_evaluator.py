"""Layers, and who may grant within an account and across: the rules one by one."""

from dataclasses import replace

import pytest

from cloudwarden.analysis.iam.context import Context
from cloudwarden.analysis.iam.layers import Layer
from tests.analysis.iam.asking import (
    ANYBODY,
    AWAY,
    FEDERATED,
    FOREIGN_QUEUE,
    HOME,
    KEY,
    QUEUE,
    ROLE,
    ROOT,
    SEND,
    SESSION,
    USER,
    allow,
    ask,
    deny,
    layers,
    to,
    verdict,
)

ALLOWED = "allowed"
IMPLICIT, EXPLICIT = "implicit_deny", "explicit_deny"
OTHER = allow("s3:*")
CALLERS = [USER, ROLE, SESSION, FEDERATED]


def decide(who, policies, resource=QUEUE, action=SEND, **more):
    return verdict(ask(who, action, resource, policies, **more))


# Within an account


@pytest.mark.parametrize("who", CALLERS)
def test_the_callers_own_policies_suffice_within_the_account(who):
    assert decide(who, layers([allow(SEND)])) == (ALLOWED, "identity")
    assert decide(who, layers([OTHER])) == (IMPLICIT, "identity")
    assert decide(who, layers()) == (IMPLICIT, "identity")
    assert decide(who, layers([allow(SEND), deny(SEND)])) == (EXPLICIT, "identity")


@pytest.mark.parametrize("who", CALLERS)
def test_a_boundary_and_a_session_policy_limit_what_the_callers_own_policies_grant(who):
    own = [allow(SEND)]

    assert decide(who, layers(own, boundary=[allow()], session=[allow()])) == (ALLOWED, "identity")
    assert decide(who, layers(own, boundary=[OTHER])) == (IMPLICIT, "boundary")
    assert decide(who, layers(own, session=[OTHER])) == (IMPLICIT, "session")
    assert decide(who, layers(own, boundary=[])) == (IMPLICIT, "boundary")
    assert decide(who, layers(own, boundary=[allow(), deny(SEND)])) == (EXPLICIT, "boundary")
    assert decide(who, layers(own, session=[allow(), deny(SEND)])) == (EXPLICIT, "session")
    assert decide(who, layers(boundary=[allow()], session=[allow()])) == (IMPLICIT, "identity")


@pytest.mark.parametrize("who", [USER, SESSION, FEDERATED])
@pytest.mark.parametrize("named", ["itself", "everybody"])
def test_a_caller_that_the_resource_names_needs_nothing_else(who, named):
    principal = to(who) if named == "itself" else ANYBODY
    resource = [allow(SEND, QUEUE, **principal)]

    assert decide(who, layers(resource=resource)) == (ALLOWED, "resource")
    assert decide(who, layers(resource=resource, boundary=[OTHER], session=[OTHER])) == (
        ALLOWED,
        "resource",
    )


@pytest.mark.parametrize(("who", "behind"), [(SESSION, ROLE), (ROLE, ROLE), (FEDERATED, USER)])
def test_a_caller_whose_role_or_user_the_resource_names_is_still_limited(who, behind):
    resource = [allow(SEND, QUEUE, **to(behind))]

    assert decide(who, layers(resource=resource)) == (ALLOWED, "resource")
    assert decide(who, layers(resource=resource, boundary=[allow()])) == (ALLOWED, "resource")
    assert decide(who, layers(resource=resource, boundary=[OTHER])) == (IMPLICIT, "boundary")
    assert decide(who, layers(resource=resource, session=[OTHER])) == (IMPLICIT, "session")


def test_a_role_is_asked_about_as_any_of_its_sessions_so_that_everybody_is_final_for_it():
    resource = [allow(SEND, QUEUE, **ANYBODY)]

    assert decide(ROLE, layers(resource=resource, boundary=[OTHER])) == (ALLOWED, "resource")
    assert decide(ROLE, layers(resource=[allow(SEND, QUEUE, **to(SESSION))])) == (
        IMPLICIT,
        "identity",
    )


@pytest.mark.parametrize("who", CALLERS)
def test_a_resource_that_names_the_account_only_leaves_it_to_the_callers_policies(who):
    resource = [allow(SEND, QUEUE, **to(HOME))]

    assert decide(who, layers(resource=resource)) == (IMPLICIT, "identity")
    assert decide(who, layers([allow(SEND)], resource=resource)) == (ALLOWED, "identity")


def test_a_denial_in_the_resources_policy_ends_it_however_the_caller_is_named():
    for principal in (to(USER), to(HOME), ANYBODY):
        resource = [deny(SEND, QUEUE, **principal)]

        assert decide(USER, layers([allow()], resource=resource)) == (EXPLICIT, "resource")
    assert decide(USER, layers([allow()], resource=[deny(SEND, QUEUE, **to(AWAY))])) == (
        ALLOWED,
        "identity",
    )


def test_an_allow_with_not_principal_is_open_to_the_world():
    resource = [allow(SEND, QUEUE, NotPrincipal={"AWS": f"arn:aws:iam::{HOME}:user/bob"})]

    assert decide(USER, layers(resource=resource)) == (ALLOWED, "resource")
    assert decide("*", layers(resource=resource)) == (ALLOWED, "resource")


def test_a_denial_with_not_principal_hits_a_caller_with_a_boundary_though_it_is_exempt():
    resource = [deny(SEND, QUEUE, NotPrincipal={"AWS": [USER, HOME]})]

    assert decide(USER, layers([allow()], resource=resource)) == (ALLOWED, "identity")
    assert decide(USER, layers([allow()], resource=resource, boundary=[allow()])) == (
        EXPLICIT,
        "resource",
    )


def test_whether_a_denial_with_not_principal_hits_is_unknown_with_whether_there_is_a_boundary():
    resource = [deny(SEND, QUEUE, NotPrincipal={"AWS": [USER, HOME]})]
    unread = layers([allow()], resource=resource, unread=[Layer.BOUNDARY])

    assert ask(USER, SEND, QUEUE, unread).certainty == "unknown"
    assert decide(USER, replace(unread, bounded=True)) == (EXPLICIT, "resource")
    other = layers([allow()], resource=[deny(SEND, QUEUE, NotPrincipal={"AWS": AWAY})])
    assert decide(USER, replace(other, unread=unread.unread)) == (EXPLICIT, "resource")


# Across accounts


@pytest.mark.parametrize("who", CALLERS)
@pytest.mark.parametrize("named", ["itself", "account", "everybody"])
def test_across_accounts_both_sides_must_allow(who, named):
    principal = {"itself": to(who), "account": to(HOME), "everybody": ANYBODY}[named]
    resource = [allow(SEND, FOREIGN_QUEUE, **principal)]
    own = [allow(SEND)]

    def across(policies):
        return decide(who, policies, FOREIGN_QUEUE)

    assert across(layers(own, resource=resource)) == (ALLOWED, "resource")
    assert across(layers(resource=resource)) == (IMPLICIT, "identity")
    assert across(layers(own)) == (IMPLICIT, "resource")
    assert across(layers(own, resource=resource, boundary=[OTHER])) == (IMPLICIT, "boundary")
    assert across(layers(own, resource=resource, session=[OTHER])) == (IMPLICIT, "session")
    assert across(layers(own, resource=[allow(SEND, FOREIGN_QUEUE, **to(AWAY))])) == (
        IMPLICIT,
        "resource",
    )


def test_the_account_of_a_bucket_is_the_one_that_is_given():
    bucket, own = "arn:aws:s3:::b/k", layers([allow("s3:*")])

    assert decide(USER, own, bucket, "s3:GetObject", account=HOME) == (ALLOWED, "identity")
    assert decide(USER, own, bucket, "s3:GetObject", account=AWAY) == (IMPLICIT, "resource")


def test_without_the_account_of_a_bucket_only_what_it_does_not_depend_on_is_certain():
    bucket, action = "arn:aws:s3:::b/k", "s3:GetObject"
    both = layers([allow("s3:*")], resource=[allow("s3:*", bucket, **to(USER))])

    unknown = ask(USER, action, bucket, layers([allow("s3:*")]))

    assert (unknown.outcome, unknown.certainty) == (IMPLICIT, "unknown")
    assert decide(USER, both, bucket, action)[0] == ALLOWED
    assert decide(USER, layers(), bucket, action) == (IMPLICIT, "identity")
    assert decide(USER, layers([deny()]), bucket, action) == (EXPLICIT, "identity")


# Organizations


def test_every_level_of_service_control_policies_must_allow():
    own, full = [allow(SEND)], [allow()]

    assert decide(USER, layers(own, scps=[full, full, full])) == (ALLOWED, "identity")
    assert decide(USER, layers(own, scps=[full, [OTHER], full])) == (IMPLICIT, "scp")
    assert decide(USER, layers(own, scps=[full, []])) == (IMPLICIT, "scp")
    assert decide(USER, layers(own, scps=[full, [allow(), deny(SEND)]])) == (EXPLICIT, "scp")
    assert decide(USER, layers(scps=[full])) == (IMPLICIT, "identity")


def test_the_level_that_does_not_allow_is_told():
    refused = ask(USER, SEND, QUEUE, layers([allow()], scps=[[allow()], [OTHER], [OTHER]]))
    denied = ask(USER, SEND, QUEUE, layers([allow()], scps=[[allow()], [allow(), deny()]]))

    assert (refused.layer, refused.level) == (Layer.SCP, 1)
    assert (denied.layer, denied.level) == (Layer.SCP, 1)


def test_service_control_policies_have_the_full_language():
    scps = [
        [
            allow("sqs:*", QUEUE, Condition={"StringEquals": {"aws:RequestedRegion": "us-east-1"}}),
            {"Effect": "Allow", "NotAction": "sqs:*", "NotResource": "arn:aws:s3:::secret/*"},
        ]
    ]
    policies = layers([allow()], scps=scps)
    here = {"aws:RequestedRegion": "us-east-1"}

    assert decide(USER, policies, context=here) == (ALLOWED, "identity")
    assert decide(USER, policies) == (IMPLICIT, "scp")
    assert decide(USER, policies, "arn:aws:s3:::open/x", "s3:GetObject", account=HOME)[0] == ALLOWED
    assert decide(USER, policies, "arn:aws:s3:::secret/x", "s3:GetObject", account=HOME) == (
        IMPLICIT,
        "scp",
    )


LINKED = f"arn:aws:iam::{HOME}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"


@pytest.mark.parametrize(
    ("who", "facts", "bound"),
    [
        (USER, {}, True),
        (ROLE, {}, True),
        (SESSION, {}, True),
        (FEDERATED, {}, True),
        (ROOT, {}, True),
        (USER, {"from_management_account": True}, False),
        (ROOT, {"from_management_account": True}, False),
        (LINKED, {}, False),
        (f"arn:aws:sts::{HOME}:assumed-role/AWSServiceRoleForX/x", {}, False),
        ("sns.amazonaws.com", {}, False),
        ("*", {}, False),
    ],
)
def test_whom_service_control_policies_bind(who, facts, bound):
    resource = [allow(SEND, QUEUE, Principal={"AWS": "*", "Service": "sns.amazonaws.com"})]
    policies = layers([allow()], resource=resource, scps=[[deny()]])

    assert decide(who, policies, **facts)[0] == (EXPLICIT if bound else ALLOWED)


@pytest.mark.parametrize(
    ("who", "facts", "bound"),
    [
        (USER, {}, True),
        (ROOT, {}, True),
        ("sns.amazonaws.com", {}, True),
        ("*", {}, True),
        (f"arn:aws:iam::{AWAY}:user/eve", {}, True),
        (USER, {"on_management_account": True}, False),
        (USER, {"from_management_account": True}, True),
        (LINKED, {}, False),
    ],
)
def test_whom_resource_control_policies_bind(who, facts, bound):
    resource = [allow(SEND, QUEUE, Principal={"AWS": "*", "Service": "sns.amazonaws.com"})]
    rcps = [[deny("sqs:*", **ANYBODY)]]
    policies = layers([allow()], resource=resource, rcps=rcps)

    assert decide(who, policies, **facts) == (
        (EXPLICIT, "rcp") if bound else (ALLOWED, decide(who, policies, **facts)[1])
    )


def test_resource_control_policies_need_not_allow():
    policies = layers([allow()], rcps=[[deny("s3:*", **ANYBODY)], []])

    assert decide(USER, policies) == (ALLOWED, "identity")


def test_resource_control_policies_bind_only_services_that_have_them():
    policies = layers([allow()], rcps=[[deny(**ANYBODY)]])
    instance = f"arn:aws:ec2:us-east-1:{HOME}:instance/i"

    assert decide(USER, policies, instance, "ec2:StopInstances") == (ALLOWED, "identity")
    assert decide(USER, policies) == (EXPLICIT, "rcp")


def test_resource_control_policies_spare_keys_that_aws_manages():
    key_policy = [allow("kms:*", "*", **to(HOME))]
    policies = layers([allow()], resource=key_policy, rcps=[[deny(**ANYBODY)]])

    assert decide(USER, policies, KEY, "kms:Decrypt") == (EXPLICIT, "rcp")
    assert decide(USER, policies, KEY, "kms:Decrypt", aws_managed_key=True)[0] == ALLOWED


# Endpoints


@pytest.mark.parametrize("who", [USER, SESSION, ROOT, "*", "sns.amazonaws.com"])
def test_an_endpoints_policy_must_allow_whoever_asks(who):
    resource = [allow(SEND, QUEUE, Principal={"AWS": "*", "Service": "sns.amazonaws.com"})]

    def through(*endpoint):
        return decide(who, layers([allow()], resource=resource, endpoint=endpoint))

    assert through(allow(**ANYBODY))[0] == ALLOWED
    assert through(allow("s3:*", **ANYBODY)) == (IMPLICIT, "endpoint")
    assert through(allow(**ANYBODY), deny(SEND, **ANYBODY)) == (EXPLICIT, "endpoint")


# Callers of other kinds


def test_a_service_must_be_named_by_the_resource():
    service = "sns.amazonaws.com"
    named = [allow(SEND, QUEUE, Principal={"Service": service})]

    assert decide(service, layers(resource=named)) == (ALLOWED, "resource")
    assert decide(service, layers(resource=[allow(SEND, QUEUE, **ANYBODY)])) == (
        ALLOWED,
        "resource",
    )
    assert decide(service, layers(resource=[allow(SEND, QUEUE, **to(HOME))])) == (
        IMPLICIT,
        "resource",
    )
    assert decide(service, layers([allow()])) == (IMPLICIT, "resource")
    assert decide(service, layers(resource=named), FOREIGN_QUEUE.replace(AWAY, HOME))[0] == ALLOWED


def test_nobody_in_particular_gets_in_only_where_everybody_does():
    assert decide("*", layers(resource=[allow(SEND, QUEUE, **ANYBODY)])) == (ALLOWED, "resource")
    assert decide("*", layers(resource=[allow(SEND, QUEUE, **to(HOME))])) == (IMPLICIT, "resource")
    assert decide("*", layers([allow()])) == (IMPLICIT, "resource")


def test_a_root_user_needs_no_policy_and_is_bound_by_its_organization_and_resources():
    assert decide(ROOT, layers()) == (ALLOWED, "identity")
    assert decide(ROOT, layers([deny()], boundary=[deny()])) == (ALLOWED, "identity")
    assert decide(ROOT, layers(scps=[[OTHER]])) == (IMPLICIT, "scp")
    assert decide(ROOT, layers(resource=[deny(SEND, QUEUE, **to(HOME))])) == (EXPLICIT, "resource")
    assert decide(ROOT, layers(), FOREIGN_QUEUE) == (IMPLICIT, "resource")
    foreign = [allow(SEND, FOREIGN_QUEUE, **to(HOME))]
    assert decide(ROOT, layers(resource=foreign), FOREIGN_QUEUE) == (ALLOWED, "resource")


def test_a_boundary_does_not_limit_service_linked_roles():
    assert decide(LINKED, layers([allow()], boundary=[OTHER])) == (ALLOWED, "identity")


# Keys and roles


DECRYPT = "kms:Decrypt"


def test_the_callers_policies_open_a_key_only_if_its_policy_leaves_it_to_the_account():
    delegating = [allow("kms:*", "*", **to(HOME))]
    naming_another = [allow("kms:*", "*", **to(ROLE))]
    own = [allow(DECRYPT)]

    assert decide(USER, layers(own, resource=delegating), KEY, DECRYPT) == (ALLOWED, "identity")
    assert decide(USER, layers(resource=delegating), KEY, DECRYPT) == (IMPLICIT, "identity")
    assert decide(USER, layers(own, resource=naming_another), KEY, DECRYPT) == (
        IMPLICIT,
        "resource",
    )
    assert decide(USER, layers(resource=[allow("kms:*", "*", **to(USER))]), KEY, DECRYPT) == (
        ALLOWED,
        "resource",
    )
    assert decide(ROOT, layers(resource=naming_another), KEY, DECRYPT) == (IMPLICIT, "resource")
    assert decide(ROOT, layers(resource=delegating), KEY, DECRYPT) == (ALLOWED, "identity")


def test_a_key_leaves_to_the_account_only_what_its_statement_is_about():
    encrypting = [allow("kms:Encrypt", "*", **to(HOME))]

    assert decide(USER, layers([allow()], resource=encrypting), KEY, DECRYPT) == (
        IMPLICIT,
        "resource",
    )


@pytest.mark.parametrize(("resource", "action"), [(KEY, DECRYPT), (ROLE, "sts:AssumeRole")])
@pytest.mark.parametrize("own", [[], [allow()]])
def test_a_key_or_role_whose_policy_is_not_known_is_neither_open_nor_closed(resource, action, own):
    decision = ask(USER, action, resource, layers(own))

    assert (decision.outcome, decision.certainty) == (IMPLICIT, "unknown")
    assert decision.unread == (Layer.RESOURCE,)


def test_what_is_denied_elsewhere_is_denied_whatever_a_key_says():
    assert decide(USER, layers([deny()]), KEY, DECRYPT) == (EXPLICIT, "identity")
    assert decide(USER, layers([allow()], scps=[[OTHER]]), KEY, DECRYPT) == (IMPLICIT, "scp")


def test_listing_keys_needs_no_key_policy():
    assert decide(USER, layers([allow()]), "*", "kms:ListKeys") == (ALLOWED, "identity")


ASSUME = "sts:AssumeRole"


def trust(*aws, action=ASSUME, **more):
    principal = more.pop("Principal", {"AWS": list(aws)})
    return [{"Effect": "Allow", "Action": action, "Principal": principal, **more}]


def test_assuming_a_role_of_the_account_takes_the_callers_name_or_the_accounts_and_a_grant():
    own = [allow(ASSUME, ROLE)]

    assert decide(USER, layers(trust=trust(USER)), ROLE, ASSUME) == (ALLOWED, "resource")
    assert decide(USER, layers(own, trust=trust(HOME)), ROLE, ASSUME) == (ALLOWED, "identity")
    assert decide(USER, layers(trust=trust(HOME)), ROLE, ASSUME) == (IMPLICIT, "identity")
    assert decide(USER, layers(own, trust=trust(AWAY)), ROLE, ASSUME) == (IMPLICIT, "resource")


def test_assuming_a_role_of_another_account_takes_both():
    theirs = f"arn:aws:iam::{AWAY}:role/shared"
    own = [allow(ASSUME, theirs)]

    assert decide(USER, layers(own, trust=trust(HOME)), theirs, ASSUME) == (ALLOWED, "resource")
    assert decide(USER, layers(trust=trust(USER)), theirs, ASSUME) == (IMPLICIT, "identity")
    assert decide(USER, layers(own, trust=trust(AWAY)), theirs, ASSUME) == (IMPLICIT, "resource")


def test_a_role_has_no_implicit_right_to_assume_itself():
    assert decide(SESSION, layers(trust=trust(USER)), ROLE, ASSUME) == (IMPLICIT, "resource")
    assert decide(SESSION, layers(trust=trust(ROLE)), ROLE, ASSUME) == (ALLOWED, "resource")


def test_an_external_id_is_a_condition_of_the_trust():
    required = trust(USER, Condition={"StringEquals": {"sts:ExternalId": "42"}})

    assert decide(USER, layers(trust=required), ROLE, ASSUME) == (IMPLICIT, "resource")
    assert decide(USER, layers(trust=required), ROLE, ASSUME, context={"sts:ExternalId": "42"}) == (
        ALLOWED,
        "resource",
    )


PROVIDER = f"arn:aws:iam::{HOME}:oidc-provider/ci.example.com"


def test_an_identity_of_a_provider_takes_the_trust_policy_alone():
    action = "sts:AssumeRoleWithWebIdentity"
    trusting = trust(
        action=action,
        Principal={"Federated": PROVIDER},
        Condition={"StringEquals": {"ci.example.com:aud": "us"}},
    )
    claims = {"ci.example.com:aud": "us"}

    def asked(**more):
        return decide(PROVIDER, layers(trust=trusting, **more), ROLE, action, context=claims)

    assert asked() == (ALLOWED, "resource")
    assert asked(scps=[[deny()]]) == (ALLOWED, "resource")
    assert asked(rcps=[[deny("sts:*", **ANYBODY)]]) == (EXPLICIT, "rcp")
    assert decide(PROVIDER, layers(trust=trusting), ROLE, action) == (IMPLICIT, "resource")
    assert decide(PROVIDER, layers(trust=trusting), ROLE, ASSUME, context=claims)[0] == IMPLICIT


def test_other_actions_on_a_role_do_not_need_its_trust_policy():
    assert decide(USER, layers([allow("iam:GetRole", ROLE)]), ROLE, "iam:GetRole") == (
        ALLOWED,
        "identity",
    )


# What AWS itself decides


def test_asking_who_one_is_cannot_be_denied():
    policies = layers([deny()], scps=[[deny()]])

    assert decide(USER, policies, "*", "sts:GetCallerIdentity") == (ALLOWED, "service")
    assert decide("*", policies, "*", "sts:GetCallerIdentity")[0] != ALLOWED


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("iam:CreatePolicyVersion", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
        ("iam:PutRolePolicy", f"arn:aws:iam::{HOME}:role/aws-reserved/sso.amazonaws.com/R"),
        ("iam:UpdateAssumeRolePolicy", LINKED),
        ("iam:PassRole", LINKED),
        ("kms:UpdateAlias", f"arn:aws:kms:us-east-1:{HOME}:alias/aws/s3"),
        ("iam:CreatePolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
        ("iam:CreateServiceLinkedRole", f"arn:aws:iam::{HOME}:role/aws-reserved/x/R"),
        ("iam:TagRole", f"arn:aws:iam::{HOME}:role/aws-reserved/x/R"),
    ],
)
def test_what_belongs_to_aws_cannot_be_changed_by_customers(action, resource):
    assert decide(ROOT, layers([allow()]), resource, action) == (IMPLICIT, "service")
    assert decide(USER, layers([allow(), deny(action)]), resource, action) == (
        EXPLICIT,
        "identity",
    )
    assert decide(USER, layers([allow()], unread=[Layer.SCP]), resource, action) == (
        IMPLICIT,
        "service",
    )


def test_service_linked_roles_are_made_and_taken_away_by_their_account():
    for action in ("iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole", "iam:GetRole"):
        assert decide(USER, layers([allow()]), LINKED, action) == (ALLOWED, "identity")


def test_what_belongs_to_aws_can_be_read():
    policy = "arn:aws:iam::aws:policy/ReadOnlyAccess"

    assert decide(USER, layers([allow()]), policy, "iam:GetPolicy") == (ALLOWED, "identity")


# Access points


def test_an_access_point_takes_its_own_policy_and_the_buckets():
    point = f"arn:aws:s3:us-east-1:{AWAY}:accesspoint/p/object/k"
    bucket = "arn:aws:s3:::b/k"
    through = [allow("s3:GetObject", point, **to(HOME))]
    into = [allow("s3:GetObject", bucket, **to(HOME))]

    def asked(point_policy, bucket_policy):
        policies = layers([allow()], resource=point_policy, behind=bucket_policy)
        return decide(USER, policies, point, "s3:GetObject", behind=bucket)

    assert asked(through, into) == (ALLOWED, "resource")
    assert asked(through, None) == (IMPLICIT, "resource")
    assert asked(None, into) == (IMPLICIT, "resource")
    assert asked(through, [*into, deny("s3:*", bucket, **ANYBODY)]) == (EXPLICIT, "resource")


# Actions and resources


def test_an_action_that_nobody_knows_is_compared_as_text():
    assert decide(USER, layers([allow("sqs:Teleport*")]), action="sqs:TeleportMessage") == (
        ALLOWED,
        "identity",
    )
    assert decide(USER, layers([allow("sqs:*")]), action="nothing") == (IMPLICIT, "identity")


def test_not_action_and_not_resource_are_about_everything_else():
    policies = layers([{"Effect": "Allow", "NotAction": "iam:*", "NotResource": FOREIGN_QUEUE}])

    assert decide(USER, policies) == (ALLOWED, "identity")
    assert decide(USER, policies, ROLE, "iam:GetRole") == (IMPLICIT, "identity")
    assert decide(USER, policies, FOREIGN_QUEUE, account=HOME) == (IMPLICIT, "identity")


def test_listing_buckets_is_asked_for_on_all_buckets():
    def asked(*statements):
        return decide(USER, layers(statements), "*", "s3:ListAllMyBuckets")

    assert asked(allow("s3:*", "arn:aws:s3:::*")) == (ALLOWED, "identity")
    assert asked(allow("s3:*")) == (ALLOWED, "identity")
    assert asked(allow("s3:*", "arn:aws:s3:::b")) == (IMPLICIT, "identity")
    assert asked(allow(), deny("s3:*", "arn:aws:s3:::*log*")) == (ALLOWED, "identity")
    assert asked(allow(), deny("s3:*", "arn:aws:s3:::*")) == (EXPLICIT, "identity")
    assert decide(USER, layers([allow("ec2:*", "arn:aws:ec2:*:*:*")]), "*", "ec2:DescribeVpcs") == (
        IMPLICIT,
        "identity",
    )


def test_a_wildcard_in_the_request_is_literal():
    assert decide(USER, layers([allow("sqs:SendMessage")]), action="sqs:Send*")[0] == IMPLICIT
    assert decide(USER, layers([allow(SEND, QUEUE)]), QUEUE[:-1] + "*")[0] == IMPLICIT


# Keys that follow from the request


@pytest.mark.parametrize(
    ("who", "key", "value"),
    [
        (USER, "aws:PrincipalArn", USER),
        (USER, "aws:username", "alice"),
        (USER, "aws:PrincipalType", "User"),
        (USER, "aws:PrincipalIsAWSService", "false"),
        (SESSION, "aws:PrincipalArn", f"arn:aws:iam::{HOME}:role/worker"),
        (ROLE, "aws:PrincipalArn", ROLE),
        (ROLE, "aws:PrincipalType", "AssumedRole"),
        (FEDERATED, "aws:PrincipalArn", FEDERATED),
        (FEDERATED, "aws:userid", f"{HOME}:alice"),
        (ROOT, "aws:PrincipalArn", ROOT),
        (HOME, "aws:PrincipalArn", ROOT),
        (ROOT, "aws:userid", HOME),
        (USER, "aws:PrincipalAccount", HOME),
        (USER, "aws:ResourceAccount", HOME),
    ],
)
def test_keys_that_follow_from_the_request_need_not_be_given(who, key, value):
    resource = [deny(SEND, QUEUE, Condition={"StringEquals": {key: value}}, **ANYBODY)]

    assert decide(who, layers([allow()], resource=resource)) == (EXPLICIT, "resource")


def test_a_key_that_is_given_outranks_what_follows_from_the_request():
    condition = {"Condition": {"ArnEquals": {"aws:PrincipalArn": ROLE}}}
    policies = layers([allow(SEND, **condition)])

    assert decide(SESSION, policies) == (IMPLICIT, "identity")
    assert decide(SESSION, policies, context={"aws:principalarn": ROLE}) == (ALLOWED, "identity")
    null = layers([allow(SEND, Condition={"Null": {"aws:PrincipalArn": "true"}})])
    assert decide(SESSION, null, context={"aws:PrincipalArn": []}) == (ALLOWED, "identity")


def test_what_rests_on_a_unique_id_that_nobody_gave_is_conditional():
    policies = layers([allow(SEND, Condition={"StringLike": {"aws:userid": "AROA*:run"}})])

    decision = ask(SESSION, SEND, QUEUE, policies)

    assert (decision.outcome, decision.certainty) == (ALLOWED, "conditional")
    assert decide(SESSION, policies, context={"aws:userid": "AROAX:run"}) == (ALLOWED, "identity")


# Audits


def test_an_audit_tells_what_holds_under_conditions():
    inside = {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
    audit = Context(closed=False)

    def asked(*statements):
        return ask(USER, SEND, QUEUE, layers(statements), context=audit)

    maybe, limited = asked(allow(SEND, **inside)), asked(allow(SEND), deny(SEND, **inside))
    assert (maybe.outcome, maybe.certainty) == (ALLOWED, "conditional")
    assert (limited.outcome, limited.certainty) == (ALLOWED, "conditional")
    assert verdict(asked(allow(SEND), deny(SEND))) == (EXPLICIT, "identity")
    assert verdict(asked(deny(SEND, **inside))) == (IMPLICIT, "identity")
    assert verdict(asked(allow(SEND), allow(SEND, **inside))) == (ALLOWED, "identity")


@pytest.mark.parametrize("layer", [layer for layer in Layer if layer is not Layer.SERVICE])
def test_what_was_not_read_makes_the_answer_unknown_and_no_denial_undone(layer):
    unread = ask(USER, SEND, QUEUE, layers([allow()], rcps=[[]], unread=[layer]))

    assert (unread.outcome, unread.certainty) == (IMPLICIT, "unknown")
    assert layer in unread.unread
    assert decide(USER, layers([deny()], unread=[layer])) == (EXPLICIT, "identity")


def test_a_level_that_was_read_and_refuses_is_enough_whatever_the_others_hold():
    own, full = [allow(SEND)], [allow()]

    def with_unread(level, *scps, identity=own):
        return ask(
            USER, SEND, QUEUE, layers(identity, scps=scps, unread_levels=[(Layer.SCP, level)])
        )

    refused = with_unread(0, [], [OTHER])
    assert (verdict(refused), refused.level) == ((IMPLICIT, "scp"), 1)
    assert verdict(with_unread(0, [], [allow(), deny(SEND)])) == (EXPLICIT, "scp")
    assert verdict(with_unread(1, full, [deny(SEND)])) == (EXPLICIT, "scp")
    assert verdict(with_unread(0, [], full, identity=[OTHER])) == (IMPLICIT, "identity")
    for unknown in (with_unread(1, full, []), with_unread(1, full, [OTHER], full)):
        assert (unknown.outcome, unknown.certainty) == (IMPLICIT, "unknown")
        assert unknown.unread == (Layer.SCP,)


def test_a_layer_that_was_read_and_refuses_is_enough_whatever_the_others_hold():
    own, everything = [allow(SEND)], [layer for layer in Layer if layer is not Layer.SERVICE]

    def without(layer, **more):
        unread = [other for other in everything if other is not layer]
        return decide(USER, layers(unread=unread, **more))

    assert without(Layer.ENDPOINT, identity=own, endpoint=[OTHER]) == (IMPLICIT, "endpoint")
    assert without(Layer.SCP, identity=own, scps=[[OTHER]]) == (IMPLICIT, "scp")
    assert ask(USER, SEND, QUEUE, layers(own, unread=everything)).certainty == "unknown"


def test_layers_that_do_not_apply_need_not_be_read():
    assert decide(ROOT, layers(unread=[Layer.IDENTITY, Layer.BOUNDARY])) == (ALLOWED, "identity")
    spared = layers([allow()], unread=[Layer.SCP])
    assert decide(USER, spared, from_management_account=True) == (ALLOWED, "identity")


# The statements that mattered


def test_the_decisive_statement_comes_first_with_where_it_stands():
    resource = [allow(SEND, QUEUE, Sid="Open", **to(ROLE))]
    policies = layers(resource=resource, boundary=[allow(Sid="Limit")], scps=[[allow(Sid="Full")]])

    decision = ask(SESSION, SEND, QUEUE, policies)

    assert [(m.statement.sid, str(m.layer)) for m in decision.statements] == [
        ("Open", "resource"),
        ("Limit", "boundary"),
        ("Full", "scp"),
    ]
    assert decision.as_json()["statements"][0] == {
        "sid": "Open",
        "policy": "resource",
        "attached_to": "the resource",
        "index": 0,
        "effect": "Allow",
        "layer": "resource",
        "level": None,
        "principal_match": "role-behind-session",
        "certainty": "sure",
        "conditions": {},
    }


def test_every_denial_that_matches_is_told():
    policies = layers([deny(Sid="Own")], scps=[[allow(), deny(SEND, Sid="Guard")]])

    decision = ask(USER, SEND, QUEUE, policies)

    assert [match.statement.sid for match in decision.statements] == ["Guard", "Own"]
