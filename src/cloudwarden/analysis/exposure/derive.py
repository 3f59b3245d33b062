"""Exposure as properties of what can be exposed, and as relations from the internet to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.exposure import services
from cloudwarden.analysis.exposure.apis import Apis
from cloudwarden.analysis.exposure.arrivals import Arrivals
from cloudwarden.analysis.exposure.balancers import Balancers
from cloudwarden.analysis.exposure.databases import Databases
from cloudwarden.analysis.exposure.distributions import Distributions
from cloudwarden.analysis.exposure.entrances import Entrances
from cloudwarden.analysis.exposure.fronts import Fronts
from cloudwarden.analysis.exposure.hops import Hops
from cloudwarden.analysis.exposure.internet import Internet
from cloudwarden.analysis.exposure.network import Network
from cloudwarden.analysis.exposure.passages import Passages
from cloudwarden.analysis.exposure.peerings import Peerings
from cloudwarden.analysis.exposure.readings import everywhere, place_of
from cloudwarden.analysis.exposure.verdicts import Exposure, combine, undecided
from cloudwarden.analysis.exposure.vocabulary import (
    ANYBODY,
    ANYBODY_UNKNOWN,
    EXPOSE,
    EXPOSED_TO,
    INTERNET,
    INTERNET_ID,
    LABELS,
    LETS_IN,
    SUBJECTS,
    UNKNOWN,
    VOCABULARY,
)
from cloudwarden.analysis.exposure.workloads import Workloads
from cloudwarden.schema.derived import (
    Certainty,
    Derived,
    DerivedProperties,
    DerivedRelations,
)

__all__ = ["LABELS", "VOCABULARY", "Exposures", "derive"]

_PERMISSIONS = "ec2:DescribeVpcEndpointServicePermissions"
#: Services that call functions for others, how exposure by them is called, and what shows them.
_CALLERS = (
    (
        "apigateway.amazonaws.com",
        "api_gateway",
        ("AWSAPIGatewayIntegration", "AWSAPIGatewayV2Integration"),
    ),
    ("elasticloadbalancing.amazonaws.com", "elbv2", ("AWSLoadBalancerV2", "AWSELBV2TargetGroup")),
    ("cloudfront.amazonaws.com", "cloudfront", ("AWSCloudFrontDistribution",)),
)
_EVERYWHERE = frozenset({"AWSCloudFrontDistribution"})
_Judge = Callable[[EstateAsset], Exposure]


class Exposures:
    """The exposure of every asset of one estate, each computed when it is asked for."""

    def __init__(self, estate: Estate | Network) -> None:
        self.network = estate if isinstance(estate, Network) else Network(estate)
        internet = Internet(self.network)
        passages = Passages(self.network, internet.filters)
        self._apis = Apis(self.network.estate)
        entrances = Entrances(internet, passages, self._apis)
        self._balancers = Balancers(Arrivals(internet, entrances), Hops(internet, passages))
        self._fronts = Fronts(self.network.estate)
        self.workloads = Workloads(
            internet, self._balancers, self._fronts, Distributions(internet, passages)
        )
        self.peerings = Peerings(self.network, internet.filters)
        databases = Databases(internet)
        self._judges: dict[str, _Judge] = {
            "AWSEC2Instance": self.workloads.instance,
            "AWSNetworkInterface": self._interface,
            "AWSLoadBalancer": self._balancer,
            "AWSLoadBalancerV2": self._balancer,
            "AWSAutoScalingGroup": self.workloads.group,
            "AWSECSTask": self.workloads.task,
            "AWSECSContainer": self.workloads.container,
            "AWSEMRCluster": self.workloads.emr,
            "AWSRDSInstance": databases.instance,
            "AWSRDSCluster": databases.cluster,
            "AWSRedshiftCluster": databases.warehouse,
            "AWSElasticacheCluster": databases.cache,
            "AWSMSKCluster": databases.broker,
            "AWSEKSCluster": services.eks,
            "AWSESDomain": services.search_domain,
            "AWSLambda": self._function,
            "AWSAPIGatewayRestAPI": services.rest_api,
            "AWSAPIGatewayV2API": services.http_api,
            "AWSCloudFrontDistribution": services.distribution,
        }

    def of(self, asset: EstateAsset) -> Exposure:
        """Whether the internet reaches an asset of one of `SUBJECTS`.

        What was not seen when its kind was last read may have changed since: it is unknown.
        """
        gap = self.network.readings.gap(asset.label, place_of(asset))
        if gap is not None:
            return undecided("", (gap,))
        return self._judges[asset.label](asset)

    def _interface(self, asset: EstateAsset) -> Exposure:
        return self.workloads.interface(self.network.interfaces[asset.id])

    def _balancer(self, asset: EstateAsset) -> Exposure:
        balancer = self.network.balancers[asset.id]
        own = self._fronts.balancer(balancer, self._balancers.exposure(balancer))
        behind = self.workloads.reached.get((asset.label, asset.id), ())
        return combine([own, *(one.exposure for one in behind)])

    def _function(self, asset: EstateAsset) -> Exposure:
        behind = self.workloads.reached.get((asset.label, asset.id), ())
        others = (self._apis.function(asset), self._fronts.function(asset))
        ways = [services.function(asset), *(one.exposure for one in behind)]
        ways += [one for one in others if one is not None]
        if not any(one.exposed for one in ways):
            ways += self._callers(asset)
        return combine(ways)

    def _callers(self, asset: EstateAsset) -> Iterator[Exposure]:
        """What may call a function whose policy lets it, where that kind was not read."""
        place = place_of(asset)
        untold = "lambda:GetPolicy" in asset.unread
        for principal, type_, labels in _CALLERS:
            if not untold and not services.lets_in_service(asset.get("policy"), principal):
                continue
            for label in labels:
                at = everywhere(place.account) if label in _EVERYWHERE else place
                gap = self.network.readings.gap(label, at)
                if gap is not None:
                    yield undecided(type_, (gap,))


def derive(estate: Estate) -> Iterator[Derived]:
    """Properties of everything in `SUBJECTS`, the internet's reach, and what peerings let in."""
    exposures = Exposures(estate)
    for label in SUBJECTS:
        found = {asset.id: exposures.of(asset) for asset in estate.assets(label)}
        if not found:
            continue
        yield _properties(label, found)
        reached = {id_: one for id_, one in found.items() if one.possible}
        if reached:
            yield _reach(label, reached)
    yield from _endpoint_services(estate)
    yield from _containers(exposures)
    yield from _peerings(exposures)


def _properties(label: str, found: dict[str, Exposure]) -> DerivedProperties:
    some = list(found.values())
    return DerivedProperties(
        label,
        list(found),
        {
            "exposed_internet": [one.exposed for one in some],
            "exposed_internet_type": _lists(_types(one) for one in some),
            "exposed_internet_certainty": [one.certainty.value for one in some],
            "exposed_internet_condition": [one.condition for one in some],
            "exposed_internet_ports": _lists(one.ports for one in some),
            "exposed_internet_sources": _lists(one.sources for one in some),
            "exposed_internet_reason": ["; ".join(one.steps) or None for one in some],
            UNKNOWN: [_unknown(one) for one in some],
        },
    )


def _lists(texts: Iterable[tuple[str, ...]]) -> list[list[str] | None]:
    """A column of lists, None where there is nothing to list. Equal ones are one list."""
    known: dict[tuple[str, ...], list[str] | None] = {}
    found = []
    for some in texts:
        if some not in known:
            known[some] = [text for text in some if text] or None
        found.append(known[some])
    return found


def _types(exposure: Exposure) -> tuple[str, ...]:
    """How it is exposed; where it may be, that is on the relation."""
    return exposure.types if exposure.exposed else ()


def _unknown(exposure: Exposure) -> str | None:
    if exposure.exposed is not None:
        return None
    return "; ".join(exposure.unknown) or exposure.condition or "what it rests on was not read"


def _reach(label: str, found: dict[str, Exposure]) -> DerivedRelations:
    some = list(found.values())
    return DerivedRelations(
        EXPOSED_TO,
        label,
        INTERNET,
        list(found),
        [INTERNET_ID] * len(some),
        [one.certainty for one in some],
        ["; ".join(filter(None, (one.condition, *one.unknown))) or None for one in some],
        {
            "ports": _lists(one.ports for one in some),
            "types": _lists(one.types for one in some),
            "sources": _lists(one.sources for one in some),
            "reason": ["; ".join(one.steps) or None for one in some],
        },
        {INTERNET_ID: {"name": "the internet"}},
    )


def _endpoint_services(estate: Estate) -> Iterator[Derived]:
    """Whether services offered by PrivateLink are offered to everybody."""
    services_ = estate.assets("AWSVpcEndpointService")
    if services_:
        failed = [one.unread.get(_PERMISSIONS) for one in services_]
        yield DerivedProperties(
            "AWSVpcEndpointService",
            [one.id for one in services_],
            {
                ANYBODY: [
                    None if failure else "*" in (one.get("allowed_principals") or ())
                    for one, failure in zip(services_, failed, strict=True)
                ],
                ANYBODY_UNKNOWN: [
                    f"{_PERMISSIONS} failed ({failure.code})" if failure else None
                    for failure in failed
                ],
            },
        )


def _containers(exposures: Exposures) -> Iterator[Derived]:
    pairs: dict[tuple[str, str], set[int]] = defaultdict(set)
    for reached, container in exposures.workloads.exposing():
        if reached.balancer.type != "elb":
            ports = {port for group in reached.balancer.targets for target in group.targets
                     if target.id == reached.id for port in target.ports}  # fmt: skip
            pairs[reached.balancer.id, container.id] |= ports
    if pairs:
        yield DerivedRelations(
            EXPOSE,
            "AWSLoadBalancerV2",
            "AWSECSContainer",
            [source for source, _ in pairs],
            [target for _, target in pairs],
            [Certainty.SURE] * len(pairs),
            [None] * len(pairs),
            {"ports": [sorted(ports) for ports in pairs.values()]},
        )


def _peerings(exposures: Exposures) -> Iterator[Derived]:
    rules = {(rule.peering, rule.rule): rule for rule in exposures.peerings.rules()}
    if not rules:
        return
    some = list(rules.values())
    columns: dict[str, list[Any]] = {
        "sources": [list(rule.sources) for rule in some],
        "ports": [[rule.ports] for rule in some],
        "local_vpc": [rule.local for rule in some],
        "remote_vpc": [rule.remote for rule in some],
        "remote_account": [rule.remote_account for rule in some],
    }
    yield DerivedRelations(
        LETS_IN,
        "AWSPeeringConnection",
        "AWSIpPermissionInbound",
        [rule.peering for rule in some],
        [rule.rule for rule in some],
        [rule.certainty for rule in some],
        ["; ".join(gap.text for gap in rule.gaps) or None for rule in some],
        columns,
    )
