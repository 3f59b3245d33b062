"""AWS IAM: principals and their policies, credentials, identity providers, certificates.

Principals come from the account authorization details, one paged list for the whole account, and
not from a call a principal; how they sign in comes from the credential report. Access keys and
MFA devices exist only user by user, what services were used only principal by principal; both are
scopes of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwarden.providers.aws.declarations import (
    Call,
    Path,
    Produced,
    Resource,
    pointed_from,
    points_to,
)
from cloudwarden.providers.aws.iam import credentials, last_accessed
from cloudwarden.providers.aws.iam.principals import DETAILS, REPORT, Details, Report, assets_of
from cloudwarden.providers.aws.iam.report import COLUMNS, parse_report
from cloudwarden.schema.labels import PropertyType

if TYPE_CHECKING:
    from cloudwarden.providers.aws.reader import ReadContext
    from cloudwarden.providers.base import Steps

GENERATE = "iam:GenerateCredentialReport"

_TEXT, _TEXTS, _JSON = PropertyType.STRING, PropertyType.STRINGS, PropertyType.JSON
_NUMBER, _TRUTH = PropertyType.INTEGER, PropertyType.BOOLEAN

_PRINCIPAL = {
    "path": (_TEXT, DETAILS),
    "createdate": (_TEXT, DETAILS),
    "permissions_boundary_arn": (_TEXT, DETAILS),
}
_CREDENTIALS = {name: (type_, REPORT) for name, (_, type_) in COLUMNS.items()}
_POLICIES = (
    points_to("AWSManagedPolicy", "POLICY", by="", operations=(DETAILS,)),
    points_to("AWSInlinePolicy", "POLICY", by="", operations=(DETAILS,)),
    points_to("AWSManagedPolicy", "PERMISSIONS_BOUNDARY", by="", operations=(DETAILS,)),
)
_TRUST = points_to(
    "AWSPrincipal",
    "TRUSTS_AWS_PRINCIPAL",
    by="",
    # Made by `iam/trust.py`; here only their types count.
    properties={"conditional": "`true`", "external_id": "`true`"},
    operations=(DETAILS,),
)
_STATEMENT = (points_to("AWSPolicyStatement", "STATEMENT", by="", operations=(DETAILS,)),)


def read_principals(context: ReadContext) -> Steps:
    """Have the credential report written while the authorization details are paged through."""
    details = Details()
    _, page = yield from context.requests(
        [context.prepare(GENERATE), context.prepare(DETAILS, MaxItems=1000)]
    )
    while page.document is not None:
        details.add(page.document)
        if not page.document.get("IsTruncated"):
            break
        page = yield from context.request(DETAILS, MaxItems=1000, Marker=page.document["Marker"])
    context.incomplete(DETAILS, page.failure)
    if page.failure is not None and details.is_empty:
        return context.reading(())
    # While it is being written, the call is tried again (see `errors`).
    report = yield from context.request(REPORT)
    content = report.document["Content"] if report.document else b""
    told = Report(parse_report(content), report.failure)
    return context.reading(assets_of(details, told, context.scope, context.partition))


PRINCIPALS = Resource(
    label="AWSPrincipal",
    is_global=True,
    read=read_principals,
    operations=(DETAILS, GENERATE, REPORT),
    produces=(
        Produced(
            label="AWSUser",
            groups=("AWSPrincipal", "UserAccount"),
            description="An IAM user, with what the credential report says of how it signs in.",
            properties={"userid": (_TEXT, DETAILS), **_PRINCIPAL, **_CREDENTIALS},
            relations=(
                *_POLICIES,
                points_to("AWSGroup", "MEMBER_AWS_GROUP", by="", operations=(DETAILS,)),
            ),
            tag_operations=(DETAILS,),
        ),
        Produced(
            label="AWSGroup",
            groups=("AWSPrincipal", "UserGroup"),
            description="A group of IAM users.",
            properties={"groupid": (_TEXT, DETAILS), **_PRINCIPAL},
            relations=_POLICIES,
        ),
        Produced(
            label="AWSRole",
            groups=("AWSPrincipal", "PermissionRole"),
            description="A role: who may take it on, and what it may do.",
            properties={
                "roleid": (_TEXT, DETAILS),
                "assume_role_policy_document": (_JSON, DETAILS),
                "last_used_date": (_TEXT, DETAILS),
                "last_used_region": (_TEXT, DETAILS),
                **_PRINCIPAL,
            },
            relations=(*_POLICIES, _TRUST),
            tag_operations=(DETAILS,),
        ),
        Produced(
            label="AWSRootPrincipal",
            groups=("AWSPrincipal",),
            description="The root user of an account, which no policy binds.",
            properties=_CREDENTIALS,
        ),
        Produced(
            label="AWSServicePrincipal",
            groups=("AWSPrincipal", "ServiceAccount"),
            owned=False,
            description="An AWS service that a policy names.",
        ),
        Produced(
            label="AWSFederatedPrincipal",
            groups=("AWSPrincipal",),
            description="An identity provider, or a session of one, that a policy names.",
        ),
        Produced(
            label="AWSAnonymousPrincipal",
            groups=("AWSPrincipal",),
            owned=False,
            description="Anybody, signed in or not: the principal `*`.",
        ),
        Produced(
            label="AWSManagedPolicy",
            groups=("AWSPolicy",),
            description="A policy that principals share: the account's own, or AWS's if in use.",
            properties={
                "type": (_TEXT, DETAILS),
                "policy": (_JSON, DETAILS),
                "aws_managed": (_TRUTH, DETAILS),
                "policyid": (_TEXT, DETAILS),
                "path": (_TEXT, DETAILS),
                "description": (_TEXT, DETAILS),
                "default_version_id": (_TEXT, DETAILS),
                "other_versions": (_JSON, DETAILS),
                "attachment_count": (_NUMBER, DETAILS),
                "permissions_boundary_usage_count": (_NUMBER, DETAILS),
                "is_attachable": (_TRUTH, DETAILS),
                "createdate": (_TEXT, DETAILS),
                "updatedate": (_TEXT, DETAILS),
            },
            relations=_STATEMENT,
        ),
        Produced(
            label="AWSInlinePolicy",
            groups=("AWSPolicy",),
            description="A policy that belongs to one principal.",
            properties={"type": (_TEXT, DETAILS), "policy": (_JSON, DETAILS)},
            relations=_STATEMENT,
        ),
        Produced(
            label="AWSPolicyStatement",
            owned=False,
            description="A statement of an IAM policy.",
            properties={
                "sid": (_TEXT, DETAILS),
                "effect": (_TEXT, DETAILS),
                "action": (_TEXTS, DETAILS),
                "notaction": (_TEXTS, DETAILS),
                "resource": (_TEXTS, DETAILS),
                "notresource": (_TEXTS, DETAILS),
                "condition": (_JSON, DETAILS),
            },
        ),
    ),
)

CREDENTIALS = Resource(
    label="AWSAccountAccessKey",
    is_global=True,
    read=credentials.read,
    operations=credentials.OPERATIONS,
    produces=(
        Produced(
            label="AWSAccountAccessKey",
            aliases=("AccountAccessKey",),
            groups=("APIKey",),
            description="A user's access key: how old it is, and when it was last used.",
            properties={
                "accesskeyid": (_TEXT, credentials.KEYS),
                "status": (_TEXT, credentials.KEYS),
                "createdate": (_TEXT, credentials.KEYS),
                "lastuseddate": (_TEXT, credentials.LAST_USED),
                "lastusedservice": (_TEXT, credentials.LAST_USED),
                "lastusedregion": (_TEXT, credentials.LAST_USED),
            },
            relations=(
                pointed_from("AWSUser", "AWS_ACCESS_KEY", by="", operations=(credentials.KEYS,)),
                points_to("AWSUser", "OWNED_BY", by="", operations=(credentials.KEYS,)),
            ),
        ),
        Produced(
            label="AWSMfaDevice",
            groups=("MfaDevice",),
            description="A second factor: a user's, the root's, or one nobody has yet.",
            properties={
                "serialnumber": (_TEXT, credentials.DEVICES),
                "username": (_TEXT, credentials.DEVICES),
                "user_arn": (_TEXT, credentials.DEVICES),
                "enabledate": (_TEXT, credentials.DEVICES),
                "virtual": (_TRUTH, credentials.VIRTUAL_DEVICES),
            },
            relations=(points_to("AWSPrincipal", "MFA_DEVICE", by="", incoming=True),),
        ),
    ),
)

_USE = (last_accessed.FETCH, last_accessed.START)

LAST_ACCESSED = Resource(
    label="AWSServiceLastAccessed",
    is_global=True,
    read=last_accessed.read,
    operations=last_accessed.OPERATIONS,
    produces=(
        Produced(
            label="AWSServiceLastAccessed",
            description="Which services a user or role tried to use, and when: refused ones count.",
            properties={
                "used_services": (_TEXTS, _USE),
                "unused_services": (_TEXTS, _USE),
                "services": (_JSON, _USE),
                "job_completion_date": (_TEXT, _USE),
                "last_accessed_service_name": (_TEXT, _USE),
                "last_accessed_service_namespace": (_TEXT, _USE),
                "last_authenticated": (_TEXT, _USE),
                "last_authenticated_entity": (_TEXT, _USE),
                "last_authenticated_region": (_TEXT, _USE),
            },
            # Moments move with every use, and AWS adds services to those that `*` grants.
            volatile=last_accessed.MOVING,
            relations=(
                pointed_from(
                    "AWSPrincipal",
                    "SERVICE_LAST_ACCESSED",
                    by="",
                    operations=(last_accessed.PRINCIPALS,),
                ),
            ),
            owned=False,
            listings=(last_accessed.PRINCIPALS, last_accessed.START),
        ),
    ),
)

RESOURCES = (
    PRINCIPALS,
    CREDENTIALS,
    LAST_ACCESSED,
    Resource(
        label="AWSInstanceProfile",
        list=Call(
            "iam:ListInstanceProfiles", items="InstanceProfiles[]", parameters={"MaxItems": 1000}
        ),
        id="Arn",
        arn="Arn",
        name="InstanceProfileName",
        names={"CreateDate": "createdate"},
        omit=("Roles",),
        relations=(points_to("AWSRole", "ASSOCIATED_WITH", by="Roles[].Arn"),),
        description="What hands a role to an instance.",
    ),
    Resource(
        label="AWSSAMLProvider",
        groups=("IdentityProvider",),
        list=Call("iam:ListSAMLProviders", items="SAMLProviderList[]"),
        id="Arn",
        arn="Arn",
        name="split(Arn, '/')[-1]",
        description="A SAML identity provider that roles may trust.",
    ),
    Resource(
        label="AWSOpenIDConnectProvider",
        groups=("IdentityProvider",),
        list=Call("iam:ListOpenIDConnectProviders", items="OpenIDConnectProviderList[]"),
        details=(
            Call(
                "iam:GetOpenIDConnectProvider", parameters={"OpenIDConnectProviderArn": Path("Arn")}
            ),
        ),
        id="Arn",
        arn="Arn",
        name="Url",
        names={"ClientIDList": "client_ids", "ThumbprintList": "thumbprints"},
        description="An OpenID Connect identity provider that roles may trust.",
    ),
    Resource(
        label="AWSServerCertificate",
        groups=("Certificate",),
        list=Call(
            "iam:ListServerCertificates",
            items="ServerCertificateMetadataList[]",
            parameters={"MaxItems": 1000},
        ),
        id="Arn",
        arn="Arn",
        name="ServerCertificateName",
        description="A TLS certificate kept in IAM.",
    ),
)
