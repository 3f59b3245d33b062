"""Laws of external access: witnesses are true, silence is true, and a Deny never opens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cloudwarden.analysis.iam import requests
from cloudwarden.analysis.iam.context import Context
from cloudwarden.analysis.iam.evaluator import evaluate
from cloudwarden.analysis.iam.external.report import ExternalReport, external_access
from cloudwarden.analysis.iam.layers import Attached, Layers
from cloudwarden.analysis.iam.policies import PolicyCompiler, PolicyKind
from cloudwarden.analysis.iam.requests import Request
from cloudwarden.schema.derived import Certainty

from .table import CASES, OTHER, OURS, THEIRS, Case

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ORGANIZATION = "o-ours"
_COMPILER = PolicyCompiler()
_EVERYTHING = Attached(
    _COMPILER.compile(
        {"Version": "2012-10-17",
         "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}},
        PolicyKind.IDENTITY,
    ),
    "everything",
)  # fmt: skip

_PRINCIPALS = st.sampled_from(
    ["*", {"AWS": "*"}, {"AWS": THEIRS}, {"AWS": [OTHER, OURS]}, {"AWS": OURS},
     {"AWS": f"arn:aws:iam::{THEIRS}:role/reader"}, {"AWS": f"arn:aws:iam::{THEIRS}:user/reader"}]
)  # fmt: skip
_ACTIONS = st.sampled_from(["s3:GetObject", "s3:Get*", "s3:*", "s3:PutObject", "*", "s3:*Object"])
_RESOURCES = st.sampled_from(
    ["*", "arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/a*", "arn:aws:s3:::bucket/a/b",
     "arn:aws:s3:::bucket"]
)  # fmt: skip
_VALUES: Mapping[str, list[str]] = {
    "aws:PrincipalOrgID": [ORGANIZATION, "o-theirs", "o-*"],
    "aws:PrincipalAccount": [OURS, THEIRS, OTHER],
    "aws:PrincipalArn": [f"arn:aws:iam::{THEIRS}:role/reader", f"arn:aws:iam::{OURS}:*",
                         "arn:aws:iam::*:user/*"],
    "aws:PrincipalType": ["User", "AssumedRole", "Anonymous"],
    "aws:SourceIp": ["203.0.113.0/24", "203.0.113.0/25", "0.0.0.0/0", "10.0.0.0/8"],
    "aws:SourceVpce": ["vpce-1"],
    "aws:Referer": ["abc", "a*", "*c", "ab"],
    "aws:UserAgent": ["abc", "a?c"],
    "aws:SecureTransport": ["true", "false"],
    "aws:username": ["reader", "r*"],
    "s3:max-keys": ["5", "10"],
}  # fmt: skip
_OPERATORS: Mapping[str, list[str]] = {
    "aws:SourceIp": ["IpAddress", "NotIpAddress", "IpAddressIfExists"],
    "aws:SecureTransport": ["Bool", "BoolIfExists", "Null"],
    "s3:max-keys": ["NumericLessThan", "NumericEquals", "NumericGreaterThanIfExists"],
    "aws:PrincipalArn": ["ArnLike", "ArnNotLike", "StringLike", "ArnNotEquals", "ArnLikeIfExists"],
}
_TEXT_OPERATORS = [
    "StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIfExists",
    "StringNotEqualsIfExists", "Null", "ForAllValues:StringLike", "ForAnyValue:StringEquals",
]  # fmt: skip


@st.composite
def _conditions(draw: st.DrawFn) -> dict[str, Any]:
    block: dict[str, Any] = {}
    for key in draw(st.lists(st.sampled_from(list(_VALUES)), max_size=2, unique=True)):
        operator = draw(st.sampled_from(_OPERATORS.get(key, _TEXT_OPERATORS)))
        values = draw(st.lists(st.sampled_from(_VALUES[key]), min_size=1, max_size=2, unique=True))
        if operator == "Null":
            values = [draw(st.sampled_from(["true", "false"]))]
        block.setdefault(operator, {})[key] = values
    return block


@st.composite
def _statements(draw: st.DrawFn, effects: tuple[str, ...] = ("Allow", "Deny")) -> dict[str, Any]:
    effect = draw(st.sampled_from(effects))
    principal = draw(st.sampled_from(["Principal"] * 6 + ["NotPrincipal"]))
    return {
        "Effect": effect,
        principal: draw(_PRINCIPALS),
        draw(st.sampled_from(["Action"] * 5 + ["NotAction"])): draw(_ACTIONS),
        draw(st.sampled_from(["Resource"] * 5 + ["NotResource"])): draw(_RESOURCES),
        "Condition": draw(_conditions()),
    }


_POLICIES = st.lists(_statements(), min_size=1, max_size=4)

_CALLERS = st.sampled_from(
    ["*", *(
        f"arn:aws:{service}::{account}:{name}"
        for account in ("333333333333", THEIRS, OTHER)
        for service, name in (("iam", "user/reader"), ("iam", "user/zed"), ("iam", "root"),
                              ("sts", "assumed-role/reader/s"), ("sts", "assumed-role/zed/s"))
    )]
)  # fmt: skip


@st.composite
def _outside(draw: st.DrawFn) -> Request:
    """A request from outside the organization, of what an outsider can make."""
    caller = requests.principal(draw(_CALLERS))
    context: dict[str, Any] = {
        "aws:SecureTransport": draw(st.sampled_from(["true", "false"])),
        "aws:SourceIp": draw(st.sampled_from(["203.0.113.5", "203.0.113.200", "198.51.100.1"])),
    }
    for key, values in {"aws:Referer": ["abc", "ab", "abcc", "b"], "aws:UserAgent": ["abc", "x"],
                        "s3:max-keys": ["5", "7", "10", "11"],
                        "aws:SourceVpce": ["vpce-2"]}.items():  # fmt: skip
        if draw(st.booleans()):
            context[key] = draw(st.sampled_from(values))
    if caller.account is not None:
        context["aws:userid"] = "AIDAX" if ":user/" in caller.id else "AROAX:s"
        organization = draw(st.sampled_from([None, "o-theirs", "o-elsewhere"]))
        if organization:
            context["aws:PrincipalOrgID"] = organization
    action = draw(st.sampled_from(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]))
    resource = draw(st.sampled_from(["arn:aws:s3:::bucket/a/b", "arn:aws:s3:::bucket/z",
                                     "arn:aws:s3:::bucket"]))  # fmt: skip
    return Request(caller, action, resource, OURS, Context(context))


def judged(statements: list[dict[str, Any]]) -> ExternalReport:
    return external_access(text(statements), OURS, ORGANIZATION, "arn:aws:s3:::bucket", now=NOW)


def text(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def is_allowed(statements: list[dict[str, Any]], request: Request) -> bool:
    policy = _COMPILER.compile(text(statements), PolicyKind.RESOURCE)
    layers = Layers(identity=(_EVERYTHING,), resource=Attached(policy, "policy"))
    decision = evaluate(request, layers)
    return decision.allowed and decision.certainty is Certainty.SURE


def replayed(witness: Mapping[str, Any]) -> Request:
    who = requests.principal(witness["principal"], witness["principal_type"])
    context = Context(dict(witness["context"]))
    return Request(who, witness["action"], witness["resource"], OURS, context)


@settings(max_examples=120, deadline=None)
@given(_POLICIES)
def test_every_witness_is_allowed(statements: list[dict[str, Any]]) -> None:
    for row in judged(statements).rows:
        if row.witness is not None:
            assert is_allowed(statements, replayed(row.witness)), row


@settings(max_examples=250, deadline=None)
@given(_POLICIES, st.lists(_outside(), min_size=8, max_size=16))
def test_where_nobody_is_told_of_nobody_gets_in(
    statements: list[dict[str, Any]], tried: list[Request]
) -> None:
    rows = [row for row in judged(statements).rows if row.zone == "organization"]
    if not rows:
        assert [one for one in tried if is_allowed(statements, one)] == []


@settings(max_examples=120, deadline=None)
@given(_POLICIES, _statements(effects=("Deny",)), st.lists(_outside(), min_size=4, max_size=8))
def test_a_denial_more_lets_nobody_else_in(
    statements: list[dict[str, Any]], denial: dict[str, Any], tried: list[Request]
) -> None:
    before = judged(statements)
    after = judged([*statements, denial])
    if not before.rows:
        assert not after.rows
    for request in tried:
        if is_allowed([*statements, denial], request):
            assert before.rows


def test_witnesses_of_the_table_are_allowed() -> None:
    for case in CASES:
        if not any("CanonicalUser" in str(s) or "cloudfront" in str(s) for s in case.statements):
            _check(case)


def _check(case: Case) -> None:
    document = {"Version": case.version, "Statement": list(case.statements)}
    found = external_access(json.dumps(document), OURS, case.organization, now=NOW)
    for row in found.rows:
        assert row.witness is not None
        request = replayed(row.witness)
        policy = _COMPILER.compile(document, PolicyKind.RESOURCE)
        decision = evaluate(
            request, Layers(identity=(_EVERYTHING,), resource=Attached(policy, "policy"))
        )
        assert decision.allowed, (case.name, row)
