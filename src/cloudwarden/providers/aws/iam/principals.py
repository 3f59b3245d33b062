"""Users, groups, roles, the root and their policies, from the account authorization details."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cloudwarden.core.clock import format_moment
from cloudwarden.core.json import dumps
from cloudwarden.providers.aws.iam.policies import (
    document_text,
    is_readable,
    parse_document,
    statement_properties,
)
from cloudwarden.providers.aws.iam.trust import trust_relations
from cloudwarden.schema.records import Asset, Failure, Relation, Scope, Verdict

Document = Mapping[str, Any]

REPORT = "iam:GetCredentialReport"
DETAILS = "iam:GetAccountAuthorizationDetails"

_GROUP_UNREAD = Failure(
    Verdict.PARTIAL, "GroupNotRead", "a group that it is in was not read, nor what that grants"
)
_TOO_NEW = Failure(
    Verdict.PARTIAL, "NotInReport", "the credential report does not list it: it may be older"
)


@dataclass(frozen=True, slots=True)
class Report:
    """The credential report: a row for each ARN, or why there is none."""

    rows: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    failure: Failure | None = None

    def of(self, arn: str) -> tuple[Mapping[str, Any], Mapping[str, Failure]]:
        """What it says of a principal, and what of it is unread."""
        if self.failure is None and arn in self.rows:
            return self.rows[arn], {}
        return {}, {REPORT: self.failure or _TOO_NEW}


@dataclass(slots=True)
class Details:
    """The answers of `iam:GetAccountAuthorizationDetails`, page by page."""

    users: list[Document] = field(default_factory=list)
    groups: list[Document] = field(default_factory=list)
    roles: list[Document] = field(default_factory=list)
    policies: list[Document] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was told."""
        return not (self.users or self.groups or self.roles or self.policies)

    def add(self, page: Document) -> None:
        """Take in one page."""
        self.users += page.get("UserDetailList") or ()
        self.groups += page.get("GroupDetailList") or ()
        self.roles += page.get("RoleDetailList") or ()
        self.policies += page.get("Policies") or ()


def assets_of(details: Details, report: Report, scope: Scope, partition: str) -> Iterator[Asset]:
    """Every principal and policy as an asset, statements included.

    Of AWS's own policies only those that something here is attached to or bounded by.
    """
    build = _Builder(scope, partition, report)
    arns = {group["GroupName"]: group["Arn"] for group in details.groups}
    yield build.root()
    for user in details.users:
        yield from build.user(user, arns)
    for group in details.groups:
        yield from build.group(group)
    for role in details.roles:
        yield from build.role(role)
    wanted = _referred(details)
    for policy in details.policies:
        if policy["Arn"] in wanted or not _is_aws_managed(policy["Arn"]):
            yield from build.managed_policy(policy)


@dataclass(frozen=True, slots=True)
class _Builder:
    scope: Scope
    partition: str
    report: Report

    def root(self) -> Asset:
        arn = f"arn:{self.partition}:iam::{self.scope.account}:root"
        row, unread = self.report.of(arn)
        return self._asset("AWSRootPrincipal", arn, "root", {"arn": arn, **row}, unread=unread)

    def user(self, user: Document, group_arns: Mapping[str, str]) -> Iterator[Asset]:
        row, unread = self.report.of(user["Arn"])
        properties = {**_common(user), "userid": user["UserId"], **row}
        names = user.get("GroupList") or ()
        groups = [
            Relation("MEMBER_AWS_GROUP", "AWSGroup", group_arns[name])
            for name in names
            if name in group_arns
        ]
        if len(groups) < len(names):
            unread = {**unread, DETAILS: _GROUP_UNREAD}
        yield self._principal("AWSUser", user, "User", properties, groups, unread)
        yield from self._inline_policies(user, "UserPolicyList")

    def group(self, group: Document) -> Iterator[Asset]:
        properties = {**_common(group), "groupid": group["GroupId"]}
        yield self._principal("AWSGroup", group, "Group", properties)
        yield from self._inline_policies(group, "GroupPolicyList")

    def role(self, role: Document) -> Iterator[Asset]:
        trust = role.get("AssumeRolePolicyDocument")
        last_used = role.get("RoleLastUsed") or {}
        properties = {
            **_common(role),
            "roleid": role["RoleId"],
            "assume_role_policy_document": document_text(trust),
            "last_used_date": _moment(last_used.get("LastUsedDate")),
            "last_used_region": last_used.get("Region"),
        }
        trusts = trust_relations(trust, self.partition, self.scope.account)
        yield self._principal("AWSRole", role, "Role", properties, trusts)
        yield from self._inline_policies(role, "RolePolicyList")

    def managed_policy(self, policy: Document) -> Iterator[Asset]:
        arn = policy["Arn"]
        versions = policy.get("PolicyVersionList") or ()
        document = next((v.get("Document") for v in versions if v.get("IsDefaultVersion")), None)
        properties = {
            "arn": arn,
            "type": "managed",
            "aws_managed": _is_aws_managed(arn),
            "policyid": policy.get("PolicyId"),
            "path": policy.get("Path"),
            "description": policy.get("Description"),
            "default_version_id": policy.get("DefaultVersionId"),
            "other_versions": None if _is_aws_managed(arn) else _other_versions(versions),
            "attachment_count": policy.get("AttachmentCount"),
            "permissions_boundary_usage_count": policy.get("PermissionsBoundaryUsageCount"),
            "is_attachable": policy.get("IsAttachable"),
            "createdate": _moment(policy.get("CreateDate")),
            "updatedate": _moment(policy.get("UpdateDate")),
        }
        name = arn.rpartition("/")[2]
        yield from self._policy("AWSManagedPolicy", arn, name, document, properties)

    def _inline_policies(self, principal: Document, member: str) -> Iterator[Asset]:
        for policy in principal.get(member) or ():
            yield from self._policy(
                "AWSInlinePolicy",
                _inline_id(principal["Arn"], policy["PolicyName"]),
                policy["PolicyName"],
                policy.get("PolicyDocument"),
                {"type": "inline"},
            )

    def _policy(
        self, label: str, policy_id: str, name: str, document: Any, properties: dict[str, Any]
    ) -> Iterator[Asset]:
        statements = dict(statement_properties(policy_id, document))
        if document is not None:
            properties["policy"] = document_text(document)
        relations = [Relation("STATEMENT", "AWSPolicyStatement", key) for key in statements]
        yield self._asset(label, policy_id, name, properties, relations)
        for key, members in statements.items():
            yield self._asset("AWSPolicyStatement", key, members.get("sid"), members)

    def _principal(
        self,
        label: str,
        item: Document,
        kind: str,
        properties: dict[str, Any],
        relations: Iterable[Relation] = (),
        unread: Mapping[str, Failure] | None = None,
    ) -> Asset:
        arn = item["Arn"]
        managed = [p["PolicyArn"] for p in item.get("AttachedManagedPolicies") or ()]
        inline = [_inline_id(arn, p["PolicyName"]) for p in item.get(f"{kind}PolicyList") or ()]
        found = [
            *relations,
            *(Relation("POLICY", "AWSManagedPolicy", policy) for policy in managed),
            *(Relation("POLICY", "AWSInlinePolicy", policy) for policy in inline),
        ]
        boundary = _boundary(item)
        if boundary:
            found.append(Relation("PERMISSIONS_BOUNDARY", "AWSManagedPolicy", boundary))
        return self._asset(
            label, arn, item[f"{kind}Name"], properties, found, unread, _tags(item.get("Tags"))
        )

    def _asset(
        self,
        label: str,
        asset_id: str,
        name: str | None,
        properties: Mapping[str, Any],
        relations: Sequence[Relation] = (),
        unread: Mapping[str, Failure] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> Asset:
        return Asset(
            label=label,
            id=asset_id,
            account=self.scope.account,
            region=self.scope.region,
            name=name,
            properties={key: value for key, value in properties.items() if value is not None},
            tags=tags or {},
            relations=tuple(relations),
            unread=unread or {},
        )


def _common(item: Document) -> dict[str, Any]:
    return {
        "arn": item["Arn"],
        "path": item.get("Path"),
        "createdate": _moment(item.get("CreateDate")),
        "permissions_boundary_arn": _boundary(item),
    }


def _referred(details: Details) -> set[str]:
    """The managed policies that a principal has, or is bounded by."""
    found: set[str] = set()
    for principal in (*details.users, *details.groups, *details.roles):
        found.update(p["PolicyArn"] for p in principal.get("AttachedManagedPolicies") or ())
        boundary = _boundary(principal)
        if boundary:
            found.add(boundary)
    return found


def _other_versions(versions: Sequence[Document]) -> str | None:
    """What a policy would say if another version were the default, by version id.

    None where that is not told of each of them.
    """
    others = [version for version in versions if not version.get("IsDefaultVersion")]
    if not versions or any(not (one.get("VersionId") and one.get("Document")) for one in others):
        return None
    if not all(is_readable(one["Document"]) for one in others):
        return None
    return dumps({one["VersionId"]: parse_document(one["Document"]) for one in others})


def _boundary(principal: Document) -> str | None:
    return (principal.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")


def _inline_id(principal: str, name: str) -> str:
    return f"{principal}/inline_policy/{name}"


def _is_aws_managed(arn: str) -> bool:
    return arn.split(":")[4] == "aws"


def _tags(tags: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags or ()}


def _moment(value: Any) -> str | None:
    if isinstance(value, datetime):
        return format_moment(value)
    return str(value) if value else None
