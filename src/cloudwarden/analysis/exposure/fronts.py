"""CloudFront in front of load balancers: what lets only CloudFront in is still for everybody."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cached_property

from cloudwarden.analysis.estate import Estate
from cloudwarden.analysis.exposure.balancers import Reached
from cloudwarden.analysis.exposure.facts import Balancer
from cloudwarden.analysis.exposure.verdicts import Exposure
from cloudwarden.schema.derived import Certainty

#: How the name of AWS's list of the addresses ends that CloudFront fetches from.
_LIST = "cloudfront.origin-facing"
_TYPE = "cloudfront"


class Fronts:
    """Which distributions serve from which load balancers."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate

    @cached_property
    def _by_host(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for asset in self._estate.assets("AWSCloudFrontDistribution"):
            if asset.get("enabled") is not False:
                for host in asset.get("origin_domain_names") or ():
                    found[str(host).lower()].append(asset.name or asset.id)
        return found

    def balancer(self, balancer: Balancer, exposure: Exposure) -> Exposure:
        """A load balancer's exposure, with the distributions that serve from it."""
        fronts = self._by_host.get(balancer.id.lower())
        if not fronts:
            return exposure
        line = f"CloudFront distribution {fronts[0]} serves from {balancer.name}"
        if exposure.exposed:
            return replace(exposure, types=_with(exposure.types))
        if _let_in(exposure):
            return _opened(exposure, line)
        if balancer.scheme == "internal":
            return Exposure(
                None,
                Certainty.CONDITIONAL,
                (_TYPE,),
                steps=(*exposure.steps, line),
                condition=f"{fronts[0]} reaches {balancer.name} by a VPC origin",
            )
        return exposure

    def behind(self, reached: Reached) -> Reached:
        """What is behind a load balancer is exposed through the distributions in front as well."""
        if self._by_host.get(reached.balancer.id.lower()) and _let_in(reached.exposure):
            line = f"CloudFront serves from {reached.balancer.name}"
            return replace(reached, exposure=_opened(reached.exposure, line))
        return reached


def _let_in(exposure: Exposure) -> bool:
    return exposure.certainty is Certainty.CONDITIONAL and any(
        source.endswith(_LIST) for source in exposure.sources
    )


def _opened(exposure: Exposure, line: str) -> Exposure:
    types = exposure.types if exposure.types != ("direct",) else ()
    return replace(
        exposure,
        exposed=True,
        certainty=Certainty.SURE,
        types=_with(types),
        sources=(),
        steps=(*exposure.steps, line),
        condition=None,
    )


def _with(types: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*types, _TYPE)))
