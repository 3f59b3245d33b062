"""Amazon EventBridge: event buses, and who may put events on them."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Path, Resource
from cloudwarden.providers.aws.resource_policies import anonymous
from cloudwarden.schema.labels import PropertyType

_LIST = "events:ListEventBuses"

RESOURCES = (
    Resource(
        label="AWSEventBridgeEventBus",
        aliases=("EventBridgeEventBus",),
        description="A bus that events arrive at, and whose events they may be.",
        list=Call(_LIST, items="EventBuses[]"),
        details=(
            Call(
                "events:ListTagsForResource", tags="Tags", parameters={"ResourceARN": Path("Arn")}
            ),
        ),
        id="Arn",
        arn="Arn",
        name="Name",
        types={"Policy": PropertyType.JSON},
        omit=("Arn",),
        computed=anonymous(_LIST, by="Policy"),
    ),
)
