"""AWS Security Hub: the region's hub and the standards it checks."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Resource, pointed_from

#: Both codes say that the account has not subscribed in this region; with other words the first
#: is a refusal, which is told apart where errors are read.
_NOT_SUBSCRIBED = ("InvalidAccessException", "ResourceNotFoundException")

RESOURCES = (
    Resource(
        label="AWSSecurityHub",
        aliases=("SecurityHub",),
        list=Call("securityhub:DescribeHub", absent=_NOT_SUBSCRIBED),
        id="HubArn",
        arn="HubArn",
        name="HubArn",
        omit=("HubArn",),
        description="Security Hub as enabled in a region.",
    ),
    Resource(
        label="AWSSecurityHubStandardsSubscription",
        list=Call(
            "securityhub:GetEnabledStandards",
            items="StandardsSubscriptions[]",
            absent=_NOT_SUBSCRIBED,
        ),
        id="StandardsSubscriptionArn",
        arn="StandardsSubscriptionArn",
        name="StandardsArn",
        omit=("StandardsSubscriptionArn",),
        relations=(
            # An account has one hub a region, and it has one name.
            pointed_from(
                "AWSSecurityHub",
                "HAS_STANDARD",
                by="arn:{partition}:securityhub:{region}:{account}:hub/default",
            ),
        ),
        description="A standard that a hub checks.",
    ),
)
