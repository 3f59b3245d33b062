"""AWS Global Accelerator: accelerators, their listeners, and what those lead to.

One region answers for all of them.
"""

from __future__ import annotations

from typing import Any

from cloudwarden.providers.aws.declarations import (
    Call,
    Computed,
    Document,
    Part,
    Resource,
    points_to,
)
from cloudwarden.providers.aws.ec2.identifiers import starting_with
from cloudwarden.schema.labels import PropertyType

#: A path's literal: the region whose endpoint answers for all.
_HOME = "'us-west-2'"
_LIST = "globalaccelerator:ListAccelerators"
_GROUPS = "globalaccelerator:ListEndpointGroups"


def _addresses(accelerator: Document) -> list[str]:
    sets = accelerator.get("IpSets") or ()
    return sorted(address for one in sets for address in one.get("IpAddresses") or ())


def _balancer(endpoint: Any, _document: Document) -> str | None:
    return str(endpoint) if ":loadbalancer/" in str(endpoint) else None


_GROUP = Part(
    label="AWSGlobalAcceleratorEndpointGroup",
    description="Where a listener sends what it takes, in one region.",
    list=Call(_GROUPS, items="EndpointGroups[]", region=_HOME),
    id="EndpointGroupArn",
    arn="EndpointGroupArn",
    parent_relation="HAS_ENDPOINT_GROUP",
    parent_incoming=True,
    # Health changes by itself, and would be a version of the asset each time.
    omit=(
        "EndpointDescriptions",
        "HealthCheckPort",
        "HealthCheckProtocol",
        "HealthCheckPath",
        "HealthCheckIntervalSeconds",
        "ThresholdCount",
    ),
    computed=(
        Computed(
            "endpoints",
            PropertyType.JSON,
            lambda document: [
                {
                    "id": one.get("EndpointId"),
                    "weight": one.get("Weight"),
                    "keeps_clients": one.get("ClientIPPreservationEnabled"),
                }
                for one in document.get("EndpointDescriptions") or ()
            ],
            _GROUPS,
            "Its endpoints: whether they see clients' own addresses, and their weights.",
        ),
    ),
    relations=(
        points_to(
            "AWSLoadBalancerV2",
            "LEADS_TO",
            by="EndpointDescriptions[].EndpointId",
            transform=_balancer,
        ),
        points_to(
            "AWSEC2Instance",
            "LEADS_TO",
            by="EndpointDescriptions[].EndpointId",
            transform=starting_with("i-"),
        ),
        points_to(
            "AWSElasticIPAddress",
            "LEADS_TO",
            by="EndpointDescriptions[].EndpointId",
            transform=starting_with("eipalloc-"),
            found_by="allocation_id",
        ),
    ),
)

_LISTENER = Part(
    label="AWSGlobalAcceleratorListener",
    description="Ports on which an accelerator listens.",
    list=Call("globalaccelerator:ListListeners", items="Listeners[]", region=_HOME),
    id="ListenerArn",
    arn="ListenerArn",
    parent_relation="HAS_LISTENER",
    parent_incoming=True,
    parts=(_GROUP,),
)

RESOURCES = (
    Resource(
        label="AWSGlobalAccelerator",
        description="Fixed addresses on the internet that lead to endpoints in many regions.",
        list=Call(_LIST, items="Accelerators[]", region=_HOME),
        id="AcceleratorArn",
        arn="AcceleratorArn",
        name="Name",
        is_global=True,
        omit=("IpSets", "Events"),
        computed=(
            Computed(
                "ip_addresses",
                PropertyType.STRINGS,
                _addresses,
                _LIST,
                "Its addresses on the internet.",
            ),
        ),
        parts=(_LISTENER,),
    ),
)
