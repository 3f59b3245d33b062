"""What AWS itself puts on the internet: API servers, domains, function URLs, APIs, distributions.

Who may call them is a matter of policies; here is whether an unknown caller gets as far as that,
and, where a policy is all there is, whether it lets everybody in.
"""

from __future__ import annotations

import re
from dataclasses import replace

from cloudwarden.analysis.estate import EstateAsset
from cloudwarden.analysis.exposure.addresses import FAMILIES, INTERNET, addresses_of
from cloudwarden.analysis.exposure.policies import WHOLE_API, WHOLE_DOMAIN, strangers
from cloudwarden.analysis.exposure.readings import unread_operations
from cloudwarden.analysis.exposure.regions import TCP, Bounds, Gap, exactly, traffic
from cloudwarden.analysis.exposure.verdicts import (
    Exposure,
    closed,
    judge,
    opened,
    provided,
    undecided,
)
from cloudwarden.core.json import loads

_HTTPS = "tcp/443"
_CUSTOM = "a custom domain name leads to it; those are not read"
_EVERYBODY = ("0.0.0.0/0", "::/0")


def eks(asset: EstateAsset) -> Exposure:
    """An EKS cluster, by the address of its API server."""
    gaps = unread_operations(asset, ("eks:DescribeCluster",))
    if gaps:
        return undecided("direct", gaps)
    name = asset.name or asset.id
    if not asset.get("endpoint_public_access"):
        return closed(f"the API server of {name} has no public address")
    ranges = tuple(asset.get("public_access_cidrs") or _EVERYBODY)
    bounds: dict[int, Bounds] = {
        family: exactly(traffic(TCP, 443, 443, addresses_of(ranges, family) & INTERNET[family]))
        for family in FAMILIES
    }
    found = judge(bounds, "direct")
    first = f"the API server of {name} has a public address for {', '.join(ranges[:8])}"
    return Exposure(
        found.exposed,
        found.certainty,
        found.types,
        found.ports,
        found.sources,
        (first,),
        condition=found.condition,
    )


def search_domain(asset: EstateAsset) -> Exposure:
    """An OpenSearch domain: outside any VPC its policy alone says who gets in."""
    gaps = unread_operations(asset, ("opensearch:DescribeDomains",))
    if gaps:
        return undecided("direct", gaps)
    name = asset.name or asset.id
    if asset.get("vpc_id"):
        return closed(f"{name} is in {asset.get('vpc_id')} and has no public address")
    line = f"{name} has a public address"
    policy = asset.get("policy")
    if policy:
        return _by_policy(policy, "es:ESHttpGet", name, line, WHOLE_DOMAIN)
    if asset.get("anonymous_access"):
        return opened("direct", (_HTTPS,), line, "its policy lets anybody in")
    if asset.get("anonymous_access") is None:
        # A policy that is no JSON lets in nobody knows whom.
        return undecided("direct", unread_operations(asset, asset.unread), f"{name} is public")
    return closed(f"the policy of {name} lets in nobody whom it does not know")


def _by_policy(policy: str, action: str, name: str, line: str, whole: re.Pattern[str]) -> Exposure:
    """What has a public address, for whom its policy lets in without asking who they are."""
    bounds: dict[int, Bounds] = {}
    for family in FAMILIES:
        found = strangers(policy, action, family, whole)
        if found is None:
            gap = Gap(f"the policy of {name} cannot be read")
            return undecided("direct", (gap,), line)
        world = INTERNET[family]
        bounds[family] = found.within(world) & exactly(traffic(TCP, 443, 443, world))
    verdict = judge(bounds, "direct")
    if not verdict.possible:
        return closed(line, f"the policy of {name} lets in nobody whom it does not know")
    steps = (line, "its policy lets anybody in") if verdict.exposed else (line,)
    return replace(verdict, steps=steps)


def function(asset: EstateAsset) -> Exposure:
    """A Lambda function, by its URL."""
    gaps = unread_operations(asset, ("lambda:GetFunctionUrlConfig",))
    if gaps:
        return undecided("direct", gaps)
    name = asset.name or asset.id
    url = asset.get("function_url")
    if not url:
        return closed(f"{name} has no URL")
    if asset.get("function_url_auth_type") != "NONE":
        return closed(f"the URL of {name} is for callers that IAM knows")
    gaps = unread_operations(asset, ("lambda:GetPolicy",))
    if gaps:
        return undecided("direct", gaps, f"{name} has the URL {url}")
    actions = asset.get("anonymous_actions")
    if actions is None:
        return undecided("direct", (), f"{name} has the URL {url}")
    wanted = {"lambda:invokefunctionurl", "lambda:*", "lambda:invoke*", "*"}
    if wanted.isdisjoint(str(one).lower() for one in actions):
        return closed(f"the policy of {name} does not let everybody call its URL")
    return opened(
        "direct",
        (_HTTPS,),
        f"{name} has the URL {url}, which asks for no authorisation",
        "its policy lets anybody call it",
    )


def lets_in_service(policy: str | None, service: str) -> bool:
    """Whether a policy has a statement that allows a service of AWS anything."""
    if not policy:
        return False
    try:
        told = loads(policy)
    except ValueError:
        return True
    statements = told.get("Statement") if isinstance(told, dict) else None
    for statement in statements if isinstance(statements, list) else [statements]:
        if not isinstance(statement, dict) or statement.get("Effect") != "Allow":
            continue
        principal = statement.get("Principal")
        told_of = principal if isinstance(principal, dict) else {"AWS": principal}
        for key, wanted in (("Service", service), ("AWS", "*")):
            named = told_of.get(key)
            if wanted in (named if isinstance(named, list) else [named]):
                return True
    return False


def rest_api(asset: EstateAsset) -> Exposure:
    """A REST API: every endpoint type but a private one is on the internet, if its policy says so.

    Whom its methods let in besides is not asked here.
    """
    name = asset.name or asset.id
    type_ = asset.get("endpoint_type") or "EDGE"
    if type_ == "PRIVATE":
        return closed(f"{name} is private: reached by VPC endpoints alone")
    line = f"{name} has a public address ({type_})"
    policy = asset.get("policy")
    if not policy:
        return _api(asset, line)
    return _disabled(asset, _by_policy(policy, "execute-api:Invoke", name, line, WHOLE_API))


def http_api(asset: EstateAsset) -> Exposure:
    """An HTTP or WebSocket API, which is on the internet unless its address is disabled."""
    return _api(asset, f"{asset.name or asset.id} has a public address")


def _api(asset: EstateAsset, line: str) -> Exposure:
    return _disabled(asset, opened("direct", (_HTTPS,), line))


def _disabled(asset: EstateAsset, found: Exposure) -> Exposure:
    if asset.get("disableexecuteapiendpoint"):
        return provided(found, _CUSTOM)
    return found


def distribution(asset: EstateAsset) -> Exposure:
    """A CloudFront distribution is there to be reached, while it is enabled."""
    name = asset.name or asset.id
    if asset.get("enabled") is False:
        return closed(f"{name} is disabled")
    policy = asset.get("viewer_protocol_policy")
    ports = (_HTTPS,) if policy == "https-only" else ("tcp/80", _HTTPS)
    return opened("direct", ports, f"{name} serves from every edge location")
