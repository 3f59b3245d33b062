"""Everything that is asked about load balancers and target groups beside their lists."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudwarden.providers.aws.ec2.targets import Interfaces, addresses
from cloudwarden.providers.aws.tags import read_tags
from cloudwarden.schema.labels import PropertyType
from cloudwarden.schema.records import Failure

if TYPE_CHECKING:
    from cloudwarden.providers.aws.context import Asked, ReadContext
    from cloudwarden.providers.base import Answer

BALANCERS = "elbv2:DescribeLoadBalancers"
LISTENERS = "elbv2:DescribeListeners"
RULES = "elbv2:DescribeRules"
GROUPS = "elbv2:DescribeTargetGroups"
HEALTH = "elbv2:DescribeTargetHealth"
ATTRIBUTES = "elbv2:DescribeLoadBalancerAttributes"
GROUP_ATTRIBUTES = "elbv2:DescribeTargetGroupAttributes"
TAGS = "elbv2:DescribeTags"
INTERFACES = "ec2:DescribeNetworkInterfaces"

_TAGS_SIZE = 20
_FILTER_SIZE = 200

_TEXT, _TRUTH, _NUMBER = PropertyType.STRING, PropertyType.BOOLEAN, PropertyType.INTEGER

#: Attributes that become properties, with their types; the answer spells all as text.
ATTRIBUTE_PROPERTIES = {
    "access_logs.s3.enabled": ("access_logs_enabled", _TRUTH),
    "access_logs.s3.bucket": ("access_logs_bucket", _TEXT),
    "access_logs.s3.prefix": ("access_logs_prefix", _TEXT),
    "connection_logs.s3.enabled": ("connection_logs_enabled", _TRUTH),
    "deletion_protection.enabled": ("deletion_protection_enabled", _TRUTH),
    "load_balancing.cross_zone.enabled": ("cross_zone_enabled", _TEXT),
    "routing.http.drop_invalid_header_fields.enabled": ("drop_invalid_header_fields", _TRUTH),
    "routing.http.desync_mitigation_mode": ("desync_mitigation_mode", _TEXT),
    "routing.http2.enabled": ("http2_enabled", _TRUTH),
    "waf.fail_open.enabled": ("waf_fail_open", _TRUTH),
    "idle_timeout.timeout_seconds": ("idle_timeout_seconds", _NUMBER),
}


GROUP_ATTRIBUTE_PROPERTIES = {
    "preserve_client_ip.enabled": ("preserve_client_ip_enabled", _TRUTH),
}
#: Protocols of target groups of network load balancers, whose targets may see clients' addresses.
_NETWORK = frozenset({"TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC"})


@dataclass(slots=True)
class Facts:
    """Everything read, by the ARN that it is about; `unread` has what failed, likewise."""

    listeners: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    rules: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    attributes: dict[str, dict[str, Any]] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    health: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    interfaces: Interfaces = field(default_factory=Interfaces)
    unread: dict[str, dict[str, Failure]] = field(default_factory=dict)

    def fail(self, arn: str, answer: Answer) -> None:
        """Note that a detail of one thing was not read."""
        if answer.failure is not None:
            self.unread.setdefault(arn, {})[answer.request.operation] = answer.failure


def ask_listeners(context: ReadContext, arns: Iterable[str], facts: Facts) -> Asked:
    """A load balancer's listeners are assets: without its answer none may be called gone."""
    pending = [context.prepare(LISTENERS, LoadBalancerArn=arn) for arn in arns]
    while pending:
        following = []
        for answer in (yield from context.requests(pending)):
            arn = answer.request.parameters["LoadBalancerArn"]
            if answer.document is None:
                context.incomplete(LISTENERS, answer.failure)
                facts.fail(arn, answer)
                continue
            facts.listeners.setdefault(arn, []).extend(answer.document.get("Listeners") or ())
            if answer.document.get("NextMarker"):
                marker = answer.document["NextMarker"]
                following.append(context.prepare(LISTENERS, LoadBalancerArn=arn, Marker=marker))
        pending = following


def ask_rules(context: ReadContext, application: Container[str], facts: Facts) -> Asked:
    """The rules of listeners of `application` load balancers; others have only the default."""
    pending = [
        context.prepare(RULES, ListenerArn=listener["ListenerArn"])
        for balancer, listeners in facts.listeners.items()
        if balancer in application
        for listener in listeners
    ]
    while pending:
        following = []
        for answer in (yield from context.requests(pending)):
            arn = answer.request.parameters["ListenerArn"]
            facts.fail(arn, answer)
            if answer.document is None:
                continue
            facts.rules.setdefault(arn, []).extend(answer.document.get("Rules") or ())
            if answer.document.get("NextMarker"):
                marker = answer.document["NextMarker"]
                following.append(context.prepare(RULES, ListenerArn=arn, Marker=marker))
        pending = following


def ask_details(
    context: ReadContext, arns: Iterable[str], groups: Iterable[Mapping[str, Any]], facts: Facts
) -> Asked:
    """Each load balancer's attributes and each target group's registered targets."""
    answers = yield from context.requests(
        [context.prepare(ATTRIBUTES, LoadBalancerArn=arn) for arn in arns]
        + [context.prepare(HEALTH, TargetGroupArn=group["TargetGroupArn"]) for group in groups]
        + [
            context.prepare(GROUP_ATTRIBUTES, TargetGroupArn=group["TargetGroupArn"])
            for group in groups
            if group.get("Protocol") in _NETWORK
        ]
    )
    balancers_of = {g["TargetGroupArn"]: g.get("LoadBalancerArns") or () for g in groups}
    for answer in answers:
        arn = next(iter(answer.request.parameters.values()))
        facts.fail(arn, answer)
        if answer.request.operation == HEALTH:
            for balancer in balancers_of.get(arn, ()):
                facts.fail(balancer, answer)
        if answer.document is None:
            continue
        if answer.request.operation == HEALTH:
            facts.health[arn] = answer.document.get("TargetHealthDescriptions") or []
        else:
            known = (
                GROUP_ATTRIBUTE_PROPERTIES
                if answer.request.operation == GROUP_ATTRIBUTES
                else ATTRIBUTE_PROPERTIES
            )
            facts.attributes[arn] = _attributes(answer.document.get("Attributes") or (), known)


def ask_tags(context: ReadContext, arns: list[str], facts: Facts) -> Asked:
    """Tags of load balancers and target groups, as many in a call as AWS allows."""
    chunks = [arns[start : start + _TAGS_SIZE] for start in range(0, len(arns), _TAGS_SIZE)]
    answers = yield from context.requests(
        [context.prepare(TAGS, ResourceArns=chunk) for chunk in chunks]
    )
    for chunk, answer in zip(chunks, answers, strict=True):
        for arn in chunk:
            facts.fail(arn, answer)
        for description in (answer.document or {}).get("TagDescriptions") or ():
            facts.tags[description["ResourceArn"]] = read_tags(description.get("Tags"))


def ask_interfaces(
    context: ReadContext, groups: Iterable[Mapping[str, Any]], facts: Facts
) -> Asked:
    """Which network interfaces hold the addresses that are targets; asked only if some are."""
    wanted = addresses(groups, facts.health)
    for start in range(0, len(wanted), _FILTER_SIZE):
        values = wanted[start : start + _FILTER_SIZE]
        condition = {"Name": "addresses.private-ip-address", "Values": values}
        token: dict[str, Any] = {}
        while True:
            answer = yield from context.request(INTERFACES, Filters=[condition], **token)
            if answer.document is None:
                _addresses_unknown(groups, facts, answer)
                return
            facts.interfaces.add(answer.document)
            if not answer.document.get("NextToken"):
                break
            token = {"NextToken": answer.document["NextToken"]}


def _addresses_unknown(groups: Iterable[Mapping[str, Any]], facts: Facts, answer: Answer) -> None:
    for group in groups:
        if group.get("TargetType") == "ip":
            for arn in (group["TargetGroupArn"], *(group.get("LoadBalancerArns") or ())):
                facts.fail(arn, answer)


def _attributes(
    pairs: Iterable[Mapping[str, str]], known: Mapping[str, tuple[str, PropertyType]]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for pair in pairs:
        name, type_ = known.get(pair.get("Key", ""), ("", _TEXT))
        value = pair.get("Value")
        if not name or value in (None, ""):
            continue
        if type_ is _TRUTH:
            found[name] = value == "true"
        else:
            found[name] = int(value) if type_ is _NUMBER else value
    return found
