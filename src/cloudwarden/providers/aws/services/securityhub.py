"""AWS Security Hub: the region's hub and the standards it checks."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Part, Resource

RESOURCES = (
    Resource(
        label="AWSSecurityHub",
        aliases=("SecurityHub",),
        # Both codes say that the account has not subscribed in this region.
        list=Call(
            "securityhub:DescribeHub",
            absent=("InvalidAccessException", "ResourceNotFoundException"),
        ),
        id="HubArn",
        arn="HubArn",
        name="HubArn",
        omit=("HubArn",),
        parts=(
            Part(
                label="AWSSecurityHubStandardsSubscription",
                list=Call("securityhub:GetEnabledStandards", items="StandardsSubscriptions[]"),
                id="StandardsSubscriptionArn",
                arn="StandardsSubscriptionArn",
                name="StandardsArn",
                omit=("StandardsSubscriptionArn",),
                parent_relation="HAS_STANDARD",
                parent_incoming=True,
                description="A standard that a hub checks.",
            ),
        ),
        description="Security Hub as enabled in a region.",
    ),
)
