"""Policies and whom they let in, by hand: `Case(name, statements, {who: certainty}, …)`.

The zone is the account 111111111111 unless a case is about its organization, o-ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OURS, THEIRS, OTHER = "111111111111", "999999999999", "222222222222"
OBJECTS = "arn:aws:s3:::bucket/*"
QUEUE = f"arn:aws:sqs:eu-west-1:{OURS}:queue"
GITHUB = f"arn:aws:iam::{OURS}:oidc-provider/token.actions.githubusercontent.com"
OIDC, COGNITO = "token.actions.githubusercontent.com", "cognito-identity.amazonaws.com"

Statement = Mapping[str, Any]

ANYBODY, AUTHENTICATED = "anybody, signed in or not", "any AWS principal"
ACCOUNT, ROLE = f"account {THEIRS}", f"arn:aws:iam::{THEIRS}:role/reader"
SURE, IF = "sure", "conditional"


@dataclass(frozen=True, slots=True)
class Case:
    """A policy, and everybody outside whom it lets in with how certain that is."""

    name: str
    statements: tuple[Statement, ...]
    expected: Mapping[str, str]
    organization: str | None = None
    #: Those outside the organization, where the case is about it.
    outside: Mapping[str, str] | None = None
    version: str = "2012-10-17"


def allow(
    principal: Any = "*",
    action: Any = "s3:GetObject",
    resource: Any = OBJECTS,
    **condition: Mapping[str, Any],
) -> dict[str, Any]:
    """A statement that allows; conditions by operator."""
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": principal, "Action": action}
    if resource is not None:
        statement["Resource"] = resource
    if condition:
        statement["Condition"] = {name.replace("_", ":"): value for name, value in
                                  condition.items()}  # fmt: skip
    return statement


def deny(*arguments: Any, **condition: Mapping[str, Any]) -> dict[str, Any]:
    """A statement that denies."""
    return {**allow(*arguments, **condition), "Effect": "Deny"}


def _only(**condition: Mapping[str, Any]) -> tuple[Statement, ...]:
    return (allow(**condition),)


def _service(**condition: Mapping[str, Any]) -> tuple[Statement, ...]:
    return (allow({"Service": "sns.amazonaws.com"}, "sqs:SendMessage", QUEUE, **condition),)


def _web(principal: str = GITHUB, **condition: Mapping[str, Any]) -> tuple[Statement, ...]:
    return (allow({"Federated": principal}, "sts:AssumeRoleWithWebIdentity", None, **condition),)


def _subscribes(endpoint: str) -> tuple[Statement, ...]:
    topic = f"arn:aws:sns:eu-west-1:{OURS}:t"
    return (allow("*", "sns:Subscribe", topic, StringLike={"sns:Endpoint": endpoint}),)


_REPOSITORY = f"any repository of {OIDC}"
_ORGANIZATION = {"organization o-ours": SURE}
_SNS = "sns.amazonaws.com"

CASES: tuple[Case, ...] = (
    # Every form of Principal.
    Case("a star", (allow("*"),), {ANYBODY: SURE}),
    Case("a star under AWS", (allow({"AWS": "*"}),), {ANYBODY: SURE}),
    Case("a star in a list", (allow({"AWS": ["*", THEIRS]}),), {ANYBODY: SURE}),
    Case("an account by number", (allow({"AWS": THEIRS}),), {ACCOUNT: SURE}),
    Case("an account by root", (allow({"AWS": f"arn:aws:iam::{THEIRS}:root"}),), {ACCOUNT: SURE}),
    Case("a role", (allow({"AWS": ROLE}),), {ROLE: SURE}),
    Case("a role of China", (allow({"AWS": f"arn:aws-cn:iam::{THEIRS}:role/r"}),),
         {f"arn:aws-cn:iam::{THEIRS}:role/r": SURE}),
    Case("a user", (allow({"AWS": f"arn:aws:iam::{THEIRS}:user/u"}),),
         {f"arn:aws:iam::{THEIRS}:user/u": SURE}),
    Case("a session", (allow({"AWS": f"arn:aws:sts::{THEIRS}:assumed-role/r/s"}),),
         {f"arn:aws:sts::{THEIRS}:assumed-role/r/s": SURE}),
    Case("its own account", (allow({"AWS": OURS}),), {}),
    Case("its own role", (allow({"AWS": f"arn:aws:iam::{OURS}:role/r"}),), {}),
    Case("the id of a deleted user", (allow({"AWS": "AIDAEXAMPLE"}),), {}),
    Case("a canonical user", (allow({"CanonicalUser": "abc"}),), {"canonical user abc": IF}),
    Case("an origin access identity",
         (allow({"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}),),
         {"arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1": IF}),
    Case("nobody", ({"Effect": "Allow", "Action": "s3:*", "Resource": OBJECTS},), {}),
    Case("all but one of ours",
         ({"Effect": "Allow", "NotPrincipal": {"AWS": OURS}, "Action": "s3:GetObject",
           "Resource": OBJECTS},), {ANYBODY: SURE}),
    Case("two statements", (allow({"AWS": THEIRS}), allow({"AWS": OTHER}, "s3:PutObject")),
         {ACCOUNT: SURE, f"account {OTHER}": SURE}),
    # Services that nobody may call unsigned.
    Case("a key for all", (allow("*", "kms:Decrypt", "*"),), {AUTHENTICATED: SURE}),
    Case("a role for all", (allow({"AWS": "*"}, "sts:AssumeRole", None),), {AUTHENTICATED: SURE}),
    Case("a repository for all", (allow("*", "ecr:BatchGetImage", None),), {AUTHENTICATED: SURE}),
    Case("a function's address", (allow("*", "lambda:InvokeFunctionUrl",
                                        f"arn:aws:lambda:eu-west-1:{OURS}:function:f",
                                        StringEquals={"lambda:FunctionUrlAuthType": "NONE"}),),
         {ANYBODY: SURE}),
    Case("a function", (allow("*", "lambda:InvokeFunction", "*"),), {AUTHENTICATED: SURE}),
    # Keys that nobody can forge.
    Case("its organization", _only(StringEquals={"aws:PrincipalOrgID": "o-ours"}),
         _ORGANIZATION, "o-ours", {}),
    Case("another organization", _only(StringEquals={"aws:PrincipalOrgID": "o-theirs"}),
         {"organization o-theirs": SURE}, "o-ours", {"organization o-theirs": SURE}),
    Case("a unit of it", _only(ForAnyValue_StringLike={
        "aws:PrincipalOrgPaths": "o-ours/r-1/ou-1/*"}),
         {"organization o-ours/r-1/ou-1/*": SURE}, "o-ours", {}),
    Case("all values of the paths, which are also true of none",
         _only(ForAllValues_StringLike={"aws:PrincipalOrgPaths": "o-ours/*"}),
         {ANYBODY: SURE}, "o-ours", {ANYBODY: SURE}),
    Case("an organization if any", _only(StringEqualsIfExists={"aws:PrincipalOrgID": "o-ours"}),
         {ANYBODY: SURE}, "o-ours", {ANYBODY: SURE}),
    Case("members of organizations", _only(Null={"aws:PrincipalOrgID": "false"}),
         {AUTHENTICATED: SURE}, "o-ours", {AUTHENTICATED: SURE}),
    Case("an account by condition", _only(StringEquals={"aws:PrincipalAccount": THEIRS}),
         {ACCOUNT: SURE}),
    Case("its own account by condition", _only(StringEquals={"aws:PrincipalAccount": OURS}), {}),
    Case("its own account, if there is one",
         _only(StringEqualsIfExists={"aws:PrincipalAccount": OURS}), {}),
    Case("accounts that begin alike", _only(StringLike={"aws:PrincipalAccount": "9999*"}),
         {AUTHENTICATED: IF}),
    Case("a resource that is none", (allow("*", "s3:GetObject", "bucket/*"),), {}),
    Case("not its own account", _only(StringNotEquals={"aws:PrincipalAccount": OURS}),
         {ANYBODY: SURE}),
    Case("a role by condition", _only(ArnEquals={"aws:PrincipalArn": ROLE}), {ROLE: SURE}),
    Case("a name of roles", _only(ArnLike={"aws:PrincipalArn": "arn:aws:iam::*:role/Admin"}),
         {"any AWS principal named arn:aws:iam::*:role/Admin": SURE}),
    Case("its own roles", _only(ArnLike={"aws:PrincipalArn": f"arn:aws:iam::{OURS}:role/*"}), {}),
    Case("an endpoint", _only(StringEquals={"aws:SourceVpce": "vpce-1"}), {}),
    Case("a network", _only(StringEquals={"aws:SourceVpc": "vpc-1"}), {}),
    Case("any endpoint but one", _only(StringNotEquals={"aws:SourceVpce": "vpce-1"}),
         {ANYBODY: SURE}),
    Case("an access point of ours", _only(StringEquals={"s3:DataAccessPointAccount": OURS}), {}),
    Case("an id of a role", _only(StringLike={"aws:userid": "AROAEXAMPLE:*"}), {}),
    Case("any id with a name", _only(StringLike={"aws:userid": "*:admin"}),
         {AUTHENTICATED: SURE}),
    Case("callers of a key", (allow({"AWS": "*"}, "kms:*", "*", StringEquals={
        "kms:CallerAccount": OURS, "kms:ViaService": "s3.eu-west-1.amazonaws.com"}),), {}),
    Case("its own resources by variable",
         _only(StringEquals={"aws:ResourceAccount": "${aws:PrincipalAccount}"}), {}),
    # Keys that callers choose.
    Case("a referer", _only(StringLike={"aws:Referer": "https://example.com/*"}), {ANYBODY: SURE}),
    Case("an agent", _only(StringEquals={"aws:UserAgent": "secret"}), {ANYBODY: SURE}),
    Case("encryption", _only(Bool={"aws:SecureTransport": "true"}), {ANYBODY: SURE}),
    Case("a prefix", (allow("*", "s3:ListBucket", "arn:aws:s3:::bucket",
                            StringLike={"s3:prefix": "public/*"}),), {ANYBODY: SURE}),
    Case("a tag of the caller", _only(StringEquals={"aws:PrincipalTag/team": "red"}),
         {AUTHENTICATED: SURE}),
    Case("a number", (allow("*", "s3:ListBucket", "arn:aws:s3:::bucket",
                            NumericLessThan={"s3:max-keys": "10"}),), {ANYBODY: SURE}),
    Case("an external id", (allow({"AWS": THEIRS}, "sts:AssumeRole", None,
                                  StringEquals={"sts:ExternalId": "x1"}),), {ACCOUNT: IF}),
    Case("a second factor", (allow({"AWS": THEIRS}, "sts:AssumeRole", None,
                                   Bool={"aws:MultiFactorAuthPresent": "true"}),), {ACCOUNT: SURE}),
    Case("a tag of the object", _only(StringEquals={"s3:ExistingObjectTag/public": "yes"}),
         {ANYBODY: IF}),
    Case("a tag of the resource", (allow("*", "sqs:*", QUEUE, StringEquals={
        "aws:ResourceTag/public": "yes"}),), {ANYBODY: IF}),
    # What a caller can give but cannot make its own.
    Case("an endpoint of mail", _subscribes("*@example.com"), {ANYBODY: IF}),
    Case("any endpoint of mail", _subscribes("*@*"), {ANYBODY: SURE}),
    Case("hosts that begin alike", _subscribes("https://example.com*"), {ANYBODY: SURE}),
    Case("hosts of a domain", _subscribes("https://*.example.com/in"), {ANYBODY: IF}),
    Case("a queue of ours as endpoint", _subscribes(QUEUE), {ANYBODY: IF}),
    Case("any queue as endpoint", _subscribes("arn:aws:sqs:*:*:in"), {ANYBODY: SURE}),
    Case("a mount target", (allow("*", "elasticfilesystem:ClientMount", None,
                                  Bool={"elasticfilesystem:AccessedViaMountTarget": "true"}),),
         {ANYBODY: IF}),
    Case("an enclave", (allow("*", "kms:Decrypt", "*", StringEqualsIgnoreCase={
        "kms:RecipientAttestation:ImageSha384": "ab"}),), {AUTHENTICATED: IF}),
    Case("a signed call of a function's address",
         (allow("*", "lambda:InvokeFunctionUrl", None,
                StringEquals={"lambda:FunctionUrlAuthType": "AWS_IAM"}),), {AUTHENTICATED: SURE}),
    Case("a function by its address", (allow("*", "lambda:InvokeFunction", None, Bool={
        "lambda:InvokedViaFunctionUrl": "true"}),), {AUTHENTICATED: IF}),
    # Ways that others have.
    Case("an access point of others", _only(StringEquals={"s3:DataAccessPointAccount": THEIRS}),
         {ACCOUNT: SURE}),
    Case("a named access point of others", _only(ArnLike={
        "s3:DataAccessPointArn": f"arn:aws:s3:*:{THEIRS}:accesspoint/finance"}), {ACCOUNT: SURE}),
    Case("endpoints of others", _only(StringEquals={"aws:VpceAccount": THEIRS}), {ACCOUNT: SURE}),
    Case("endpoints of ours", _only(StringEquals={"aws:VpceAccount": OURS}), {}),
    Case("endpoints of the organization", _only(StringEquals={"aws:VpceOrgID": "o-ours"}),
         _ORGANIZATION, "o-ours", {}),
    Case("networks of others", _only(ArnLike={
        "aws:SourceVpcArn": f"arn:aws:ec2:*:{THEIRS}:vpc/vpc-1"}), {ACCOUNT: SURE}),
    Case("roles of an account by pattern", _only(ArnLike={
        "aws:PrincipalArn": f"arn:aws:iam::{THEIRS}:role/*"}), {ACCOUNT: SURE}),
    # Variables, and what only signed requests tell.
    Case("objects of the caller's own tag", (allow(
        "*", "s3:GetObject", "arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*"),),
         {AUTHENTICATED: SURE}),
    Case("objects of the caller's own name", (allow(
        {"AWS": THEIRS}, "s3:GetObject", "arn:aws:s3:::bucket/${aws:username}/*"),),
         {ACCOUNT: SURE}),
    Case("the resource's organization by variable",
         _only(StringEquals={"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}),
         _ORGANIZATION, "o-ours", {}),
    Case("the resource's organization, if it has one",
         _only(StringEquals={"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}),
         {"organization of the account": IF}),
    Case("through a service", _only(ForAnyValue_StringEquals={
        "aws:CalledVia": "athena.amazonaws.com"}), {AUTHENTICATED: SURE}),
    Case("a signature", _only(StringEquals={"s3:signatureversion": "AWS4-HMAC-SHA256"}),
         {AUTHENTICATED: SURE}),
    Case("any access point in a network", _only(StringEquals={
        "s3:AccessPointNetworkOrigin": "VPC"}), {ANYBODY: SURE}),
    Case("the root user of an account", _only(StringLike={"aws:userid": THEIRS}),
         {ACCOUNT: SURE}),
    Case("an organization and its units", _only(ForAnyValue_StringLike={
        "aws:PrincipalOrgPaths": "o-theirs/*"}), {"organization o-theirs": SURE}),
    # Addresses.
    Case("the widest range that is one", _only(IpAddress={"aws:SourceIp": "203.0.0.0/8"}),
         {ANYBODY: IF}),
    Case("a range that is none", _only(IpAddress={"aws:SourceIp": "202.0.0.0/7"}),
         {ANYBODY: SURE}),
    Case("ranges for documentation", _only(IpAddress={
        "aws:SourceIp": ["198.51.100.0/24", "2001:db8::/32"]}), {ANYBODY: IF}),
    Case("addresses of carriers", _only(IpAddress={"aws:SourceIp": "100.64.0.0/10"}), {}),
    Case("an address", _only(IpAddress={"aws:SourceIp": "203.0.113.7"}), {ANYBODY: IF}),
    Case("a range", _only(IpAddress={"aws:SourceIp": "203.0.113.0/24"}), {ANYBODY: IF}),
    Case("every address", _only(IpAddress={"aws:SourceIp": "0.0.0.0/0"}), {ANYBODY: SURE}),
    Case("every address in two halves",
         _only(IpAddress={"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}), {ANYBODY: SURE}),
    Case("every address of version 6", _only(IpAddress={"aws:SourceIp": "::/0"}), {ANYBODY: SURE}),
    Case("private addresses", _only(IpAddress={"aws:SourceIp": "10.0.0.0/8"}), {}),
    Case("any address but some", _only(NotIpAddress={"aws:SourceIp": "203.0.113.0/24"}),
         {ANYBODY: SURE}),
    Case("a range in a range", _only(IpAddress={"aws:SourceIp": "203.0.113.0/24"},
                                     NotIpAddress={"aws:SourceIp": "203.0.113.0/25"}),
         {ANYBODY: IF}),
    Case("a range within the one denied",
         (allow(IpAddress={"aws:SourceIp": "203.0.113.0/25"}),
          deny(IpAddress={"aws:SourceIp": "203.0.113.0/24"})), {}),
    # Time.
    Case("until a date that is past", _only(DateLessThan={"aws:CurrentTime": "2020-01-01"}), {}),
    Case("until a date to come", _only(DateLessThan={"aws:CurrentTime": "2099-01-01"}),
         {ANYBODY: SURE}),
    # Denials.
    Case("denied to all", (allow(), deny()), {}),
    Case("denied what is granted", (allow("*", "s3:Get*"), deny("*", "s3:*")), {}),
    Case("denied something else", (allow(), deny("*", "s3:PutObject")), {ANYBODY: SURE}),
    Case("denied without TLS", (allow(), deny("*", "s3:*", "*", Bool={
        "aws:SecureTransport": "false"})), {ANYBODY: SURE}),
    Case("denied with and without TLS",
         (allow(), deny("*", "s3:*", "*", Bool={"aws:SecureTransport": "false"}),
          deny("*", "s3:*", "*", Bool={"aws:SecureTransport": "true"})), {}),
    Case("denied outside the organization",
         (allow(), deny("*", "s3:*", "*", StringNotEquals={"aws:PrincipalOrgID": "o-ours"})),
         _ORGANIZATION, "o-ours", {}),
    Case("denied outside the organization, if known",
         (allow(), deny("*", "s3:*", "*", StringNotEqualsIfExists={
             "aws:PrincipalOrgID": "o-ours"})), _ORGANIZATION, "o-ours", {}),
    Case("denied to one account", (allow({"AWS": [THEIRS, OTHER]}), deny({"AWS": THEIRS})),
         {f"account {OTHER}": SURE}),
    Case("denied to all but a role",
         (allow({"AWS": THEIRS}), deny("*", ArnNotEquals={"aws:PrincipalArn": ROLE})),
         {ROLE: SURE}),
    Case("denied on a part", (allow(), deny("*", "s3:*", "arn:aws:s3:::bucket/private/*")),
         {ANYBODY: SURE}),
    Case("denied elsewhere",
         (allow("*", "s3:GetObject", "arn:aws:s3:::bucket/public/*"),
          {"Effect": "Deny", "Principal": "*", "Action": "s3:*",
           "NotResource": "arn:aws:s3:::bucket/public/*"}), {ANYBODY: SURE}),
    Case("denied all but reading",
         (allow("*", "s3:PutObject"),
          {"Effect": "Deny", "Principal": "*", "NotAction": "s3:GetObject", "Resource": "*"}), {}),
    Case("denied by an endpoint that is not theirs",
         (allow(), deny("*", "s3:*", "*", StringNotEquals={"aws:SourceVpce": "vpce-1"})), {}),
    # Not elements, versions and variables.
    Case("all actions but one",
         ({"Effect": "Allow", "Principal": "*", "NotAction": "s3:PutObject",
           "Resource": OBJECTS},), {ANYBODY: SURE}),
    Case("all resources but one",
         ({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
           "NotResource": "arn:aws:s3:::bucket/private/*"},), {ANYBODY: SURE}),
    Case("a home of one's own",
         (allow({"AWS": THEIRS}, "s3:GetObject", "arn:aws:s3:::bucket/${aws:username}/*"),),
         {ACCOUNT: SURE}),
    Case("a variable in the old version",
         (allow({"AWS": "*"}, StringEquals={"aws:PrincipalAccount": "${aws:PrincipalAccount}"}),),
         {}, version="2008-10-17"),
    Case("a variable in the new version",
         (allow({"AWS": "*"}, StringEquals={"aws:PrincipalAccount": "${aws:PrincipalAccount}"}),),
         {ANYBODY: SURE}),
    Case("an operator that there is not", _only(StringEqual={"aws:Referer": "x"}), {}),
    # Services.
    Case("a service", _service(), {_SNS: SURE}),
    Case("a service for an account", _service(StringEquals={"aws:SourceAccount": OURS}), {}),
    Case("a service for all but an account",
         _service(StringNotEquals={"aws:SourceAccount": THEIRS}), {_SNS: SURE}),
    Case("a service for a foreign account", _service(StringEquals={"aws:SourceAccount": THEIRS}),
         {f"{_SNS} for account {THEIRS}": SURE}),
    Case("a service for a source",
         _service(ArnEquals={"aws:SourceArn": f"arn:aws:sns:eu-west-1:{OURS}:topic"}), {}),
    Case("a service for any source of ours",
         _service(ArnLike={"aws:SourceArn": f"arn:aws:sns:*:{OURS}:*"}), {}),
    Case("a service for any source", _service(ArnLike={"aws:SourceArn": "arn:aws:sns:*:*:*"}),
         {_SNS: SURE}),
    Case("a service for a bucket", _service(ArnLike={"aws:SourceArn": "arn:aws:s3:::bucket"}), {}),
    Case("a service for any bucket", _service(ArnLike={"aws:SourceArn": "arn:aws:s3:::*"}),
         {_SNS: SURE}),
    Case("a service for any bucket of ours",
         _service(ArnLike={"aws:SourceArn": "arn:aws:s3:::*"},
                  StringEquals={"aws:SourceAccount": OURS}), {}),
    Case("a service for the organization", _service(StringEquals={"aws:SourceOrgID": "o-ours"}),
         {f"{_SNS} for organization o-ours": SURE}, "o-ours", {}),
    Case("a service, if the account is known",
         _service(StringEqualsIfExists={"aws:SourceAccount": OURS}), {_SNS: SURE}),
    Case("everybody for a source of ours",
         (allow("*", "sqs:SendMessage", QUEUE, ArnEquals={
             "aws:SourceArn": f"arn:aws:sns:eu-west-1:{OURS}:topic"}),), {}),
    Case("everybody for a foreign source",
         (allow("*", "sqs:SendMessage", QUEUE, ArnEquals={
             "aws:SourceArn": f"arn:aws:sns:eu-west-1:{THEIRS}:topic"}),),
         {f"{_SNS} for account {THEIRS}": SURE}),
    Case("what SNS makes of a new topic",
         (allow({"AWS": "*"}, "SNS:Publish", f"arn:aws:sns:eu-west-1:{OURS}:t",
                StringEquals={"AWS:SourceOwner": OURS}),), {}),
    Case("a role for a service", (allow({"Service": "ec2.amazonaws.com"}, "sts:AssumeRole",
                                        None),), {}),
    # Identity providers.
    Case("a provider", _web(), {_REPOSITORY: SURE}),
    Case("its audience alone", _web(StringEquals={f"{OIDC}:aud": "sts.amazonaws.com"}),
         {_REPOSITORY: SURE}),
    Case("one repository", _web(StringEquals={f"{OIDC}:sub": "repo:ours/app:ref:refs/heads/main"}),
         {}),
    Case("one owner", _web(StringLike={f"{OIDC}:sub": "repo:ours/*"}), {}),
    Case("owners that begin alike", _web(StringLike={f"{OIDC}:sub": "repo:ours*"}),
         {_REPOSITORY: SURE}),
    Case("every repository", _web(StringLike={f"{OIDC}:sub": "repo:*"}), {_REPOSITORY: SURE}),
    Case("every repository's branch",
         _web(StringLike={f"{OIDC}:sub": "repo:*:ref:refs/heads/main"}), {_REPOSITORY: SURE}),
    Case("a star that is literal", _web(StringEquals={f"{OIDC}:sub": "repo:*"}), {}),
    Case("all but one owner", _web(StringNotLike={f"{OIDC}:sub": "repo:bad/*"}),
         {_REPOSITORY: SURE}),
    Case("a workflow of ours", _web(StringLike={
        f"{OIDC}:job_workflow_ref": "ours/app/.github/workflows/x.yml@*"}), {_REPOSITORY: IF}),
    Case("a workflow of ours, for ours", _web(StringEquals={f"{OIDC}:repository_owner": "ours"},
        StringLike={f"{OIDC}:job_workflow_ref": "ours/app/.github/workflows/x.yml@*"}), {}),
    Case("any workflow of a name", _web(StringLike={
        f"{OIDC}:job_workflow_ref": "*/.github/workflows/x.yml@*"}), {_REPOSITORY: SURE}),
    Case("Google", _web("accounts.google.com"), {"any application of accounts.google.com": SURE}),
    Case("an application of Google", _web("accounts.google.com", StringEquals={
        "accounts.google.com:aud": "1.apps.googleusercontent.com"}), {}),
    Case("Cognito", _web(COGNITO), {f"any identity pool of {COGNITO}": SURE,
                                    f"guests of an identity pool of {COGNITO}": IF}),
    Case("a pool's guests", _web(COGNITO, StringEquals={f"{COGNITO}:aud": "eu-west-1:1"}),
         {f"guests of an identity pool of {COGNITO}": IF}),
    Case("a pool's members", _web(COGNITO, StringEquals={f"{COGNITO}:aud": "eu-west-1:1"},
                                  ForAnyValue_StringLike={f"{COGNITO}:amr":
                                                                "authenticated"}), {}),
    Case("a cluster's provider",
         _web(f"arn:aws:iam::{OURS}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1"), {}),
    Case("SAML", (allow({"Federated": f"arn:aws:iam::{OURS}:saml-provider/idp"},
                        "sts:AssumeRoleWithSAML", None),), {}),
)  # fmt: skip
