"""Elastic Load Balancing, the newer kinds: load balancers, listeners, target groups, targets.

One script for all: what a load balancer exposes is known only from its groups' targets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cloudwarden.providers.aws.declarations import (
    Naming,
    Produced,
    Resource,
    pointed_from,
    points_to,
)
from cloudwarden.providers.aws.ec2.balancers import (
    ATTRIBUTE_PROPERTIES,
    ATTRIBUTES,
    BALANCERS,
    GROUP_ATTRIBUTE_PROPERTIES,
    GROUP_ATTRIBUTES,
    GROUPS,
    HEALTH,
    INTERFACES,
    LISTENERS,
    RULES,
    TAGS,
    Facts,
    ask_details,
    ask_interfaces,
    ask_listeners,
    ask_rules,
    ask_tags,
)
from cloudwarden.providers.aws.ec2.listener_rules import rules_of
from cloudwarden.providers.aws.ec2.targets import exposed_by, targets_of
from cloudwarden.schema.labels import PropertyType
from cloudwarden.schema.records import Relation

if TYPE_CHECKING:
    from cloudwarden.providers.aws.reader import ReadContext
    from cloudwarden.providers.base import Steps
    from cloudwarden.schema.records import Asset

_MARKER = {"Marker": "NextMarker"}
_TEXT = PropertyType.STRING


def read_load_balancers(context: ReadContext) -> Steps:
    """List load balancers and target groups, then complete both."""
    balancers = (yield from context.paginate(BALANCERS, tokens=_MARKER)).items("LoadBalancers[]")
    listed = yield from context.paginate(GROUPS, tokens=_MARKER)
    groups = listed.items("TargetGroups[]")
    facts = Facts()
    if listed.failure is not None:
        for balancer in balancers:
            facts.unread.setdefault(balancer["LoadBalancerArn"], {})[GROUPS] = listed.failure
    arns = [balancer["LoadBalancerArn"] for balancer in balancers]
    yield from ask_listeners(context, arns, facts)
    application = {b["LoadBalancerArn"] for b in balancers if b.get("Type") == "application"}
    yield from ask_rules(context, application, facts)
    yield from ask_details(context, arns, groups, facts)
    yield from ask_tags(context, [*arns, *(g["TargetGroupArn"] for g in groups)], facts)
    yield from ask_interfaces(context, groups, facts)
    return context.reading(_assets(context, balancers, groups, facts))


def _assets(
    context: ReadContext,
    balancers: Iterable[Mapping[str, Any]],
    groups: Iterable[Mapping[str, Any]],
    facts: Facts,
) -> Iterator[Asset]:
    exposed = exposed_by(groups, facts.health, facts.interfaces)
    for balancer in balancers:
        arn = balancer["LoadBalancerArn"]
        attributes = facts.attributes.get(arn, {})
        relations = exposed.get(arn, [])
        if attributes.get("access_logs_enabled") and attributes.get("access_logs_bucket"):
            bucket = attributes["access_logs_bucket"]
            relations = [*relations, Relation("SENDS_LOGS_TO_S3", "AWSS3Bucket", bucket)]
        yield context.asset(
            "AWSLoadBalancerV2",
            balancer,
            id_=balancer["DNSName"],
            name=balancer.get("LoadBalancerName"),
            tags=facts.tags.get(arn),
            properties={"arn": arn, **attributes},
            relations=relations,
            unread=facts.unread.get(arn),
        )
        for listener in facts.listeners.get(arn, ()):
            identity = listener["ListenerArn"]
            unread = facts.unread.get(identity)
            rules = facts.rules.get(identity, ())
            told = {} if RULES in (unread or ()) else {"rules": rules_of(listener, rules)}
            yield context.asset(
                "AWSELBV2Listener",
                listener,
                id_=identity,
                properties={"arn": identity, "targetgrouparn": _forwards_to(listener), **told},
                relations=_by_rules(listener, rules),
                unread=unread,
            )
    for group in groups:
        arn = group["TargetGroupArn"]
        registered = facts.health.get(arn, ())
        yield context.asset(
            "AWSELBV2TargetGroup",
            group,
            id_=arn,
            name=group.get("TargetGroupName"),
            tags=facts.tags.get(arn),
            properties={"arn": arn, **facts.attributes.get(arn, {})},
            relations=targets_of(group, registered, facts.interfaces, "TARGETS"),
            unread=facts.unread.get(arn),
        )


def _forwards_to(listener: Mapping[str, Any]) -> str | None:
    """The target group of the first action that has one."""
    for action in listener.get("DefaultActions") or ():
        if action.get("TargetGroupArn"):
            return str(action["TargetGroupArn"])
    return None


def _by_rules(
    listener: Mapping[str, Any], rules: Iterable[Mapping[str, Any]]
) -> Iterator[Relation]:
    """Edges to the target groups of a listener's rules; those of its default come by themselves."""
    found = dict.fromkeys(arn for rule in rules for arn in _groups_in(rule.get("Actions")))
    for arn in found:
        if arn not in _groups_in(listener.get("DefaultActions")):
            yield Relation("FORWARDS_TO", "AWSELBV2TargetGroup", arn)


def _groups_in(actions: Iterable[Mapping[str, Any]] | None) -> list[str]:
    found: list[str] = []
    for action in actions or ():
        weighted = (action.get("ForwardConfig") or {}).get("TargetGroups") or ()
        arns = [action.get("TargetGroupArn"), *(one.get("TargetGroupArn") for one in weighted)]
        found += [arn for arn in arns if arn]
    return found


#: Properties of edges that the script makes by itself: only the paths' types count.
_EDGE = {
    "port": "length(@)",
    "ports": "[length(@)]",
    "protocol": "{account}",
    "target_group_arn": "{account}",
}

RESOURCES = (
    Resource(
        label="AWSLoadBalancerV2",
        read=read_load_balancers,
        operations=(
            BALANCERS,
            GROUPS,
            LISTENERS,
            RULES,
            ATTRIBUTES,
            HEALTH,
            GROUP_ATTRIBUTES,
            TAGS,
            INTERFACES,
        ),
        produces=(
            Produced(
                label="AWSLoadBalancerV2",
                aliases=("LoadBalancerV2",),
                groups=("LoadBalancer",),
                shape=(BALANCERS, "LoadBalancers[]"),
                naming=Naming.SQUASHED,
                names={
                    "State.Code": "state",
                    "CanonicalHostedZoneId": "canonicalhostedzonenameid",
                    "AvailabilityZones": "availabilityzonemappings",
                },
                omit=("SecurityGroups", "LoadBalancerName", "LoadBalancerArn"),
                properties={
                    "arn": (_TEXT, BALANCERS),
                    **{name: (type_, ATTRIBUTES) for name, type_ in ATTRIBUTE_PROPERTIES.values()},
                },
                relations=(
                    points_to(
                        "AWSEC2SecurityGroup", "MEMBER_OF_EC2_SECURITY_GROUP", by="SecurityGroups[]"
                    ),
                    points_to("AWSEC2Subnet", "SUBNET", by="AvailabilityZones[].SubnetId"),
                    points_to("AWSEC2Subnet", "PART_OF_SUBNET", by="AvailabilityZones[].SubnetId"),
                    points_to("AWSVpc", "MEMBER_OF_AWS_VPC", by="VpcId"),
                    points_to(
                        "AWSElasticIPAddress",
                        "ELASTIC_IP_ADDRESS",
                        by="AvailabilityZones[].LoadBalancerAddresses[].IpAddress",
                    ),
                    points_to("AWSEC2Instance", "EXPOSE", by="", properties=_EDGE),
                    points_to("AWSEC2PrivateIp", "EXPOSE", by="", properties=_EDGE),
                    points_to("AWSLambda", "EXPOSE", by="", properties=_EDGE),
                    points_to("AWSLoadBalancerV2", "EXPOSE", by="", properties=_EDGE),
                    points_to("AWSS3Bucket", "SENDS_LOGS_TO_S3", by=""),
                ),
                description="An application, network or gateway load balancer.",
            ),
            Produced(
                label="AWSELBV2Listener",
                aliases=("ELBV2Listener",),
                groups=("Endpoint",),
                shape=(LISTENERS, "Listeners[]"),
                names={
                    "MutualAuthentication.Mode": "mutual_authentication_mode",
                    "MutualAuthentication.TrustStoreArn": "trust_store_arn",
                    "MutualAuthentication.IgnoreClientCertificateExpiry": (
                        "ignore_client_certificate_expiry"
                    ),
                    "MutualAuthentication.TrustStoreAssociationStatus": (
                        "trust_store_association_status"
                    ),
                    "MutualAuthentication.AdvertiseTrustStoreCaNames": (
                        "advertise_trust_store_ca_names"
                    ),
                },
                # The settings of an OIDC action hold a client secret.
                omit=("ListenerArn", "DefaultActions", "Certificates"),
                properties={
                    "arn": (_TEXT, LISTENERS),
                    "targetgrouparn": (_TEXT, LISTENERS),
                    "rules": (PropertyType.JSON, (RULES, LISTENERS)),
                },
                relations=(
                    pointed_from("AWSLoadBalancerV2", "ELBV2_LISTENER", by="LoadBalancerArn"),
                    pointed_from(
                        "AWSACMCertificate", "USED_BY", by="Certificates[].CertificateArn"
                    ),
                    points_to(
                        "AWSELBV2TargetGroup",
                        "FORWARDS_TO",
                        by=(
                            "[DefaultActions[].TargetGroupArn,"
                            " DefaultActions[].ForwardConfig.TargetGroups[].TargetGroupArn][]"
                        ),
                        operations=(RULES,),
                    ),
                ),
                description="A port on which a load balancer listens.",
            ),
            Produced(
                label="AWSELBV2TargetGroup",
                aliases=("ELBV2TargetGroup",),
                shape=(GROUPS, "TargetGroups[]"),
                omit=("TargetGroupArn", "TargetGroupName", "LoadBalancerArns"),
                properties={
                    "arn": (_TEXT, GROUPS),
                    **{
                        name: (type_, GROUP_ATTRIBUTES)
                        for name, type_ in GROUP_ATTRIBUTE_PROPERTIES.values()
                    },
                },
                relations=(
                    pointed_from(
                        "AWSLoadBalancerV2", "ELBV2_TARGET_GROUP", by="LoadBalancerArns[]"
                    ),
                    points_to("AWSVpc", "MEMBER_OF_AWS_VPC", by="VpcId"),
                    points_to("AWSEC2Instance", "TARGETS", by="", properties=_EDGE),
                    points_to("AWSEC2PrivateIp", "TARGETS", by="", properties=_EDGE),
                    points_to("AWSLambda", "TARGETS", by="", properties=_EDGE),
                    points_to("AWSLoadBalancerV2", "TARGETS", by="", properties=_EDGE),
                ),
                description="Where a load balancer sends traffic.",
            ),
        ),
        description="An application, network or gateway load balancer.",
    ),
)
