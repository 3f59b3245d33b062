"""CloudFront in front of load balancers and functions: what lets only it in is for everybody."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cached_property
from urllib.parse import urlsplit

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.exposure import services
from cloudwarden.analysis.exposure.balancers import Reached
from cloudwarden.analysis.exposure.facts import Balancer
from cloudwarden.analysis.exposure.network_assets import json_list
from cloudwarden.analysis.exposure.readings import unread_operations
from cloudwarden.analysis.exposure.verdicts import Exposure, closed, opened, undecided
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
        if (
            balancer.scheme == "internal"
            and not exposure.possible
            and self._may_be_origin(balancer)
        ):
            return Exposure(
                None,
                Certainty.CONDITIONAL,
                (_TYPE,),
                steps=(*exposure.steps, line),
                condition=f"{fronts[0]} reaches {balancer.name} by a VPC origin",
            )
        return exposure

    def _may_be_origin(self, balancer: Balancer) -> bool:
        """Whether a distribution asks for it by a VPC origin of which nobody knows what it is.

        What is known of VPC origins is an entrance of the load balancer.
        """
        for asset in self._estate.assets("AWSCloudFrontDistribution"):
            if asset.get("enabled") is False:
                continue
            hosts = [str(host).lower() for host in asset.get("origin_domain_names") or ()]
            if balancer.id.lower() not in hosts:
                continue
            if asset.get("origins") is None:
                return True
            for told in json_list(asset.get("origins")):
                origin = told.get("vpc_origin")
                if (
                    origin
                    and str(told.get("host")).lower() == balancer.id.lower()
                    and self._estate.asset("AWSCloudFrontVpcOrigin", str(origin)) is None
                ):
                    return True
        return False

    def function(self, asset: EstateAsset) -> Exposure | None:
        """A function's exposure by a distribution that asks its URL in its own name; None if none.

        The URL is for callers that IAM knows; with origin access control CloudFront is one.
        """
        host = urlsplit(str(asset.get("function_url") or "")).hostname
        name = self._by_control.get(host or "")
        if not name or asset.get("function_url_auth_type") == "NONE":
            return None
        line = f"CloudFront distribution {name} serves from the URL of {asset.name or asset.id}"
        gaps = unread_operations(asset, ("lambda:GetPolicy",))
        if gaps:
            return undecided(_TYPE, gaps, line)
        if services.lets_in_service(asset.get("policy"), "cloudfront.amazonaws.com"):
            return opened(_TYPE, ("tcp/443",), line)
        return closed(line, "its policy does not let CloudFront call it")

    @cached_property
    def _by_control(self) -> dict[str, str]:
        """The distributions that sign what they ask, by the host they ask."""
        return {
            str(told.get("host")).lower(): asset.name or asset.id
            for asset in self._estate.assets("AWSCloudFrontDistribution")
            if asset.get("enabled") is not False
            for told in json_list(asset.get("origins"))
            if told.get("access_control")
        }

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
