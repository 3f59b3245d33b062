"""What exposure reads of the estate, and what it adds to the schema."""

from __future__ import annotations

from typing import Final

from cloudwarden.analysis.vocabulary import Vocabulary
from cloudwarden.schema.labels import Label, Property, PropertyType, RelationKind

UNKNOWN: Final = "exposed_internet_unknown"
#: The node that stands for everybody.
INTERNET: Final = "Internet"
INTERNET_ID: Final = "internet"
EXPOSED_TO: Final = "EXPOSED_TO"
EXPOSE: Final = "EXPOSE"
LETS_IN: Final = "LETS_IN_BY"

ANYBODY: Final = "open_to_any_account"
ANYBODY_UNKNOWN: Final = "open_to_any_account_unknown"

_TEXT, _TEXTS, _TRUTH = PropertyType.STRING, PropertyType.STRINGS, PropertyType.BOOLEAN

#: What can be exposed.
SUBJECTS: Final = (
    "AWSEC2Instance",
    "AWSNetworkInterface",
    "AWSLoadBalancer",
    "AWSLoadBalancerV2",
    "AWSAutoScalingGroup",
    "AWSECSTask",
    "AWSECSContainer",
    "AWSEMRCluster",
    "AWSRDSInstance",
    "AWSRDSCluster",
    "AWSRedshiftCluster",
    "AWSElasticacheCluster",
    "AWSMSKCluster",
    "AWSEKSCluster",
    "AWSESDomain",
    "AWSLambda",
    "AWSAPIGatewayRestAPI",
    "AWSAPIGatewayV2API",
    "AWSCloudFrontDistribution",
)

PROPERTIES: Final = (
    Property(
        "exposed_internet",
        _TRUTH,
        description="Whether the internet at large reaches it; null where that is not known.",
        unknown_by=UNKNOWN,
    ),
    Property(
        "exposed_internet_type",
        _TEXTS,
        description="How it is reached: `direct`, `elb`, `elbv2`, `cloudfront`, `api_gateway`, "
        "`global_accelerator`.",
    ),
    Property(
        "exposed_internet_certainty", _TEXT, description="`sure`, `conditional` or `unknown`."
    ),
    Property(
        "exposed_internet_condition", _TEXT, description="What a conditional answer depends on."
    ),
    Property(
        "exposed_internet_ports",
        _TEXTS,
        description="The ports that are reached, or may be: `tcp/443`, `udp/1-1024`, `all`.",
    ),
    Property(
        "exposed_internet_sources",
        _TEXTS,
        description="Where one must come from, if only some of the internet reaches it.",
    ),
    Property(
        "exposed_internet_reason",
        _TEXT,
        description="The reasons for the answer, in order.",
    ),
    Property(UNKNOWN, _TEXT, description="What was not read that could change the answer."),
)

_REACH = {"ports": _TEXTS, "types": _TEXTS, "sources": _TEXTS, "reason": _TEXT}

VOCABULARY: Final = Vocabulary(
    properties={
        **dict.fromkeys(SUBJECTS, PROPERTIES),
        "AWSVpcEndpointService": (
            Property(
                ANYBODY,
                _TRUTH,
                description="Whether any AWS account may ask for a connection to the service.",
                unknown_by=ANYBODY_UNKNOWN,
            ),
            Property(ANYBODY_UNKNOWN, _TEXT, description="Why nobody knows who may connect."),
        ),
    },
    labels=(
        Label(
            INTERNET,
            "aws",
            {},
            description="Everybody: any address that is not of a private network.",
            owned=False,
        ),
    ),
    relations=(
        *(
            RelationKind(
                EXPOSED_TO,
                label,
                INTERNET,
                properties=_REACH,
                description="Somebody on the internet reaches it, or may.",
            )
            for label in SUBJECTS
        ),
        RelationKind(
            EXPOSE,
            "AWSLoadBalancerV2",
            "AWSECSContainer",
            properties={"ports": PropertyType.INTEGERS},
            description="The container's task is registered with the load balancer.",
        ),
        RelationKind(
            LETS_IN,
            "AWSPeeringConnection",
            "AWSIpPermissionInbound",
            properties={
                "sources": _TEXTS,
                "ports": _TEXTS,
                "local_vpc": _TEXT,
                "remote_vpc": _TEXT,
                "remote_account": _TEXT,
            },
            description="The rule lets in something of the peered VPC, over routes both ways.",
        ),
    ),
)

#: Everything that exposure reads.
LABELS: Final = frozenset(
    {
        *SUBJECTS,
        "AWSVpc",
        "AWSVpcBlockPublicAccess",
        "AWSVpcBlockPublicAccessExclusion",
        "AWSIpv4CidrBlock",
        "AWSIpv6CidrBlock",
        "AWSEC2Subnet",
        "AWSEC2RouteTable",
        "AWSEC2Route",
        "AWSEC2RouteTableAssociation",
        "AWSInternetGateway",
        "AWSEgressOnlyInternetGateway",
        "AWSNatGateway",
        "AWSEC2NetworkAcl",
        "AWSEC2NetworkAclRule",
        "AWSEC2SecurityGroup",
        "AWSIpPermissionInbound",
        "AWSIpPermissionEgress",
        "AWSManagedPrefixList",
        "AWSEC2PrivateIp",
        "AWSEC2Ipv6Address",
        "AWSElasticIPAddress",
        "AWSELBListener",
        "AWSELBV2Listener",
        "AWSELBV2TargetGroup",
        "AWSAPIGatewayIntegration",
        "AWSAPIGatewayVpcLink",
        "AWSAPIGatewayV2Integration",
        "AWSAPIGatewayV2Route",
        "AWSAPIGatewayV2VpcLink",
        "AWSCloudFrontVpcOrigin",
        "AWSGlobalAccelerator",
        "AWSGlobalAcceleratorListener",
        "AWSGlobalAcceleratorEndpointGroup",
        "AWSVpcEndpoint",
        "AWSVpcEndpointService",
        "AWSPeeringConnection",
        "AWSTransitGateway",
        "AWSTransitGatewayAttachment",
        "AWSTransitGatewayRouteTable",
        "AWSTransitGatewayRoute",
        "AWSTransitGatewayRouteTableAssociation",
        "AWSECSContainerInstance",
        "AWSDBSubnetGroup",
    }
)
