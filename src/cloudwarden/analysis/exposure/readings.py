"""Whether what an answer rests on was read, and if not, in which words to say so."""

from __future__ import annotations

from collections.abc import Iterable

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.exposure.facts import Place
from cloudwarden.analysis.exposure.regions import Gap
from cloudwarden.schema.records import GLOBAL_REGION, Verdict

_WORDS = {
    "AWSVpc": "VPCs",
    "AWSEC2Subnet": "subnets",
    "AWSVpcBlockPublicAccess": "block public access settings",
    "AWSVpcBlockPublicAccessExclusion": "exclusions from block public access",
    "AWSEC2RouteTable": "route tables",
    "AWSEC2NetworkAcl": "network ACLs",
    "AWSEC2SecurityGroup": "security groups",
    "AWSNetworkInterface": "network interfaces",
    "AWSElasticIPAddress": "elastic addresses",
    "AWSManagedPrefixList": "prefix lists",
    "AWSInternetGateway": "internet gateways",
    "AWSPeeringConnection": "VPC peerings",
    "AWSTransitGatewayAttachment": "transit gateway attachments",
    "AWSTransitGatewayRouteTable": "transit gateway route tables",
    "AWSTransitGatewayRoute": "transit gateway routes",
    "AWSLoadBalancer": "classic load balancers",
    "AWSLoadBalancerV2": "load balancers",
    "AWSELBV2Listener": "load balancer listeners",
    "AWSCloudFrontDistribution": "CloudFront distributions",
    "AWSDBSubnetGroup": "database subnet groups",
    "AWSEC2Instance": "instances",
    "AWSRDSInstance": "database instances",
    "AWSNatGateway": "NAT gateways",
    "AWSVpcEndpoint": "VPC endpoints",
    "AWSVpcEndpointService": "endpoint services",
    "AWSELBV2TargetGroup": "target groups",
    "AWSTransitGatewayRouteTableAssociation": "transit gateway associations",
    "AWSGlobalAcceleratorEndpointGroup": "global accelerators",
    "AWSCloudFrontVpcOrigin": "CloudFront VPC origins",
    "AWSAPIGatewayIntegration": "API integrations",
    "AWSAPIGatewayVpcLink": "VPC links of APIs",
    "AWSAPIGatewayV2Integration": "integrations of HTTP APIs",
    "AWSAPIGatewayV2VpcLink": "VPC links of HTTP APIs",
}


class Readings:
    """Asks the estate what was read whole; each answer is made once."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._known: dict[tuple[str, Place], Gap | None] = {}

    def gap(self, label: str, place: Place) -> Gap | None:
        """None if what is known of the label there is all there is, else why it may not be."""
        key = (label, place)
        if key not in self._known:
            self._known[key] = self._gap(label, place)
        return self._known[key]

    def failed(self, label: str, place: Place) -> Gap | None:
        """As `gap`, but what a place does not offer is not held against an answer."""
        listing = self._estate.listing(label, place.account, place.region)
        if listing is not None and listing.verdict is Verdict.UNSUPPORTED:
            return None
        return self.gap(label, place)

    def _gap(self, label: str, place: Place) -> Gap | None:
        if self._estate.whole(label, place.account, place.region):
            return None
        what = f"{_WORDS.get(label, label)} of {place.account} in {place.region}"
        listing = self._estate.listing(label, place.account, place.region)
        if listing is None:
            return Gap(f"{what} were never read")
        return Gap(f"{what} were not read ({listing.reason or listing.verdict})")


def unread_operations(asset: EstateAsset, operations: Iterable[str]) -> tuple[Gap, ...]:
    """A gap for each of these operations that failed for the asset."""
    return tuple(
        Gap(f"{operation} failed for {asset.id} ({asset.unread[operation].code})")
        for operation in operations
        if operation in asset.unread
    )


def everywhere(account: str) -> Place:
    """The place of what an account has in no region."""
    return Place(account, GLOBAL_REGION)


def place_of(asset: EstateAsset) -> Place:
    """The place that the asset was read in."""
    return Place(asset.account, asset.region)


def owner_of(asset: EstateAsset) -> Place:
    """The place of the account that owns it, where a shared thing's surroundings are told."""
    owner = asset.get("owner_id") or asset.get("ownerid")
    return Place(str(owner) if owner else asset.account, asset.region)
