"""AWS Organizations: the organization, its roots, units and policies, and its member accounts.

Only the management account and delegated administrators may see the tree; any other account
learns whose organization it is in, and no more.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudwarden.providers.aws.declarations import Produced, Resource, pointed_from, points_to
from cloudwarden.providers.aws.organizations.tree import Tree, assets_of, enabled_policy_types
from cloudwarden.schema.labels import PropertyType
from cloudwarden.schema.records import Reading, Verdict

if TYPE_CHECKING:
    from cloudwarden.providers.aws.reader import ReadContext
    from cloudwarden.providers.base import Answer, Request, Steps

    Asking = Generator[Sequence[Request], Sequence[Answer], None]

DESCRIBE = "organizations:DescribeOrganization"
ROOTS = "organizations:ListRoots"
UNITS = "organizations:ListOrganizationalUnitsForParent"
ACCOUNTS = "organizations:ListAccountsForParent"
POLICIES = "organizations:ListPolicies"
POLICY = "organizations:DescribePolicy"
TARGETS = "organizations:ListTargetsForPolicy"

_NOT_IN_USE = ("AWSOrganizationsNotInUseException",)
#: The kinds of policy that limit what accounts, or others with their resources, may do.
_KINDS = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")

_TEXT, _TRUTH, _JSON = PropertyType.STRING, PropertyType.BOOLEAN, PropertyType.JSON
_TEXTS = PropertyType.STRINGS


def read_organization(context: ReadContext) -> Steps:
    """Describe the organization, then walk its tree level by level."""
    described = yield from context.request(DESCRIBE, absent=_NOT_IN_USE)
    organization = (described.document or {}).get("Organization")
    if organization is None:
        context.incomplete(DESCRIBE, described.failure)
        return context.reading(())
    tree = Tree(organization)
    roots = yield from context.paginate(ROOTS)
    tree.roots = roots.items("Roots")
    if roots.failure is None:
        yield from _read_members(context, tree)
        yield from _read_policies(context, tree)
    reading = context.reading(assets_of(tree, context.scope))
    is_member = organization.get("MasterAccountId") != context.account
    if is_member and roots.failure is not None and roots.failure.verdict is Verdict.DENIED:
        return _of_member(reading)
    return reading


def _read_members(context: ReadContext, tree: Tree) -> Asking:
    """Fill in units and accounts, a level of the tree at a time."""
    level = [root["Id"] for root in tree.roots]
    while level:
        accounts = yield from context.listings(
            [context.prepare(ACCOUNTS, ParentId=parent) for parent in level], "Accounts"
        )
        units = yield from context.listings(
            [context.prepare(UNITS, ParentId=parent) for parent in level], "OrganizationalUnits"
        )
        tree.accounts.update(zip(level, accounts, strict=True))
        tree.units.update(zip(level, units, strict=True))
        level = [unit["Id"] for below in units for unit in below]


def _read_policies(context: ReadContext, tree: Tree) -> Asking:
    """Fill in service and resource control policies, as far as a root has the kind enabled."""
    enabled = {kind for root in tree.roots for kind in enabled_policy_types(root)}
    summaries: list[Any] = []
    for kind in _KINDS:
        if kind in enabled:
            summaries += (yield from context.paginate(POLICIES, Filter=kind)).items("Policies")
    ids = [summary["Id"] for summary in summaries]
    contents = yield from context.requests([context.prepare(POLICY, PolicyId=id_) for id_ in ids])
    targets = yield from context.listings(
        [context.prepare(TARGETS, PolicyId=id_) for id_ in ids], "Targets"
    )
    for summary, answer, attached in zip(summaries, contents, targets, strict=True):
        content = ((answer.document or {}).get("Policy") or {}).get("Content")
        tree.policies.append({**summary, "Content": content})
        tree.policy_targets[summary["Id"]] = attached
        if answer.failure is not None:
            tree.unread[summary["Id"]] = {POLICY: answer.failure}


def _of_member(reading: Reading) -> Reading:
    """What an ordinary member learns: nothing is wrong with it, and nothing is concluded."""
    reason = "only the management account and delegated administrators may see the organization"
    return replace(reading, verdict=Verdict.UNSUPPORTED, reason=reason)


RESOURCES = (
    Resource(
        label="AWSOrganization",
        is_global=True,
        read=read_organization,
        operations=(DESCRIBE, ROOTS, UNITS, ACCOUNTS, POLICIES, POLICY, TARGETS),
        produces=(
            Produced(
                label="AWSOrganization",
                groups=("Tenant",),
                owned=False,
                description="An organization: accounts under one management account.",
                properties={
                    "feature_set": (_TEXT, DESCRIBE),
                    "management_account_arn": (_TEXT, DESCRIBE),
                    "management_account_id": (_TEXT, DESCRIBE),
                    "management_account_email": (_TEXT, DESCRIBE),
                },
                relations=(
                    points_to("AWSOrganizationRoot", "RESOURCE", by=""),
                    pointed_from("AWSOrganizationRoot", "PARENT", by=""),
                ),
            ),
            Produced(
                label="AWSOrganizationRoot",
                owned=False,
                description="The root of an organization's tree.",
                properties={
                    "org_id": (_TEXT, ROOTS),
                    "root_id": (_TEXT, ROOTS),
                    "enabled_policy_types": (_TEXTS, ROOTS),
                },
                relations=(
                    points_to("AWSOrganizationalUnit", "RESOURCE", by=""),
                    pointed_from("AWSOrganizationalUnit", "PARENT", by=""),
                    points_to("AWSAccount", "RESOURCE", by=""),
                    pointed_from("AWSAccount", "PARENT", by=""),
                ),
            ),
            Produced(
                label="AWSOrganizationalUnit",
                owned=False,
                description="A branch of an organization's tree.",
                properties=dict.fromkeys(
                    ("org_id", "root_id", "ou_id", "parent_root_id", "parent_ou_id"), (_TEXT, UNITS)
                ),
                relations=(
                    points_to("AWSOrganizationalUnit", "RESOURCE", by=""),
                    pointed_from("AWSOrganizationalUnit", "PARENT", by=""),
                    points_to("AWSAccount", "RESOURCE", by=""),
                    pointed_from("AWSAccount", "PARENT", by=""),
                ),
            ),
            Produced(
                label="AWSOrganizationsPolicy",
                owned=False,
                description=(
                    "A service or resource control policy: what member accounts may do at most, "
                    "or what may be done with their resources."
                ),
                properties={
                    "org_id": (_TEXT, POLICIES),
                    "policyid": (_TEXT, POLICIES),
                    "type": (_TEXT, POLICIES),
                    "description": (_TEXT, POLICIES),
                    "aws_managed": (_TRUTH, POLICIES),
                    "policy": (_JSON, POLICY),
                },
                relations=(
                    points_to("AWSOrganizationRoot", "ATTACHED_TO", by=""),
                    points_to("AWSOrganizationalUnit", "ATTACHED_TO", by=""),
                    points_to("AWSAccount", "ATTACHED_TO", by=""),
                ),
            ),
        ),
    ),
)
