"""What APIs lead to: functions that they call, and load balancers that they reach privately.

Who may call a method counts here, for what is behind it: an API is on the internet, but a function
behind methods that ask for authorisation is reached by those who have it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import urlsplit

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.exposure import services
from cloudwarden.analysis.exposure.readings import unread_operations
from cloudwarden.analysis.exposure.regions import Gap
from cloudwarden.analysis.exposure.verdicts import Exposure, closed, combine, undecided

TYPE = "api_gateway"
_SERVICE = "apigateway.amazonaws.com"
_SCHEMES = {"http": 80, "https": 443, "tls": 443, "tcp": None}


@dataclass(frozen=True, slots=True)
class Integration:
    """One thing that an API leads to, whether whoever asks gets that far, and in which words.

    `links` are the VPC links it goes by; `port` the one it asks for, None where that is not told.
    With a role of its own it needs no leave of a function's policy.
    """

    exposure: Exposure
    line: str
    functions: tuple[str, ...] = ()
    balancers: tuple[str, ...] = ()
    listeners: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    port: int | None = None
    has_role: bool = False


class Apis:
    """The integrations of all APIs of an estate."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate

    @cached_property
    def integrations(self) -> tuple[Integration, ...]:
        """Every integration that leads to a function or to a load balancer."""
        return (*self._rest(), *self._http())

    @cached_property
    def _by_function(self) -> dict[str, list[Integration]]:
        found: dict[str, list[Integration]] = defaultdict(list)
        for one in self.integrations:
            for function in one.functions:
                found[function].append(one)
        return found

    def function(self, asset: EstateAsset) -> Exposure | None:
        """A function's exposure by the APIs that call it; None if none does."""
        found: dict[bool, list[Exposure]] = {True: [], False: []}
        for one in self._by_function.get(asset.id, ()):
            steps = (*one.exposure.steps, one.line)
            found[one.has_role].append(replace(one.exposure, types=(TYPE,), steps=steps))
        ways = list(found[True])
        if found[False]:
            ways.append(self._permitted(asset, combine(found[False])))
        return combine(ways) if ways else None

    def _permitted(self, asset: EstateAsset, found: Exposure) -> Exposure:
        """The same if the function's own policy lets API Gateway call it."""
        if not found.possible:
            return found
        gaps = unread_operations(asset, ("lambda:GetPolicy",))
        if gaps:
            return undecided(TYPE, gaps, *found.steps, ports=found.ports)
        if services.lets_in_service(asset.get("policy"), _SERVICE):
            return found
        name = asset.name or asset.id
        return closed(*found.steps, f"the policy of {name} does not let API Gateway call it")

    def _rest(self) -> Iterator[Integration]:
        links = {one.id: one for one in self._estate.assets("AWSAPIGatewayVpcLink")}
        for asset in self._estate.assets("AWSAPIGatewayIntegration"):
            api = self._estate.asset("AWSAPIGatewayRestAPI", str(asset.get("api_id")))
            if api is None:
                continue
            name = api.name or api.id
            verb = asset.get("httpmethod")
            allowed = asset.get("authorization_type"), asset.get("api_key_required")
            gaps = _authorised(f"{verb} of {name}", *allowed)
            used = asset.targets("USES_VPC_LINK")
            linked = [links[id_] for id_ in used if id_ in links]
            behind = [*asset.targets("INTEGRATES_WITH")]
            behind += [arn for link in linked for arn in link.targets("LEADS_TO")]
            yield Integration(
                _under(services.rest_api(api), gaps),
                f"{verb} of {name} leads to {', '.join(asset.targets('INVOKES')) or 'it'}",
                tuple(asset.targets("INVOKES")),
                tuple(dict.fromkeys(behind)),
                links=tuple(used),
                port=_port(asset.get("uri")),
                has_role=bool(asset.get("credentials")),
            )

    def _http(self) -> Iterator[Integration]:
        routes: dict[str, list[EstateAsset]] = defaultdict(list)
        for asset in self._estate.assets("AWSAPIGatewayV2Route"):
            target = str(asset.get("target") or "").removeprefix("integrations/")
            routes[f"{asset.get('api_id')}/{target}"].append(asset)
        for asset in self._estate.assets("AWSAPIGatewayV2Integration"):
            api = self._estate.asset("AWSAPIGatewayV2API", str(asset.get("api_id")))
            if api is None:
                continue
            gaps = unread_operations(api, ("apigatewayv2:GetRoutes",))
            own = routes.get(asset.id, ())
            if not own and not gaps:
                continue
            name = api.name or api.id
            for route in own or (None,):
                if route is not None:
                    allowed = route.get("authorization_type"), route.get("api_key_required")
                    gaps = _authorised(f"{route.name} of {name}", *allowed)
                what = f"{route.name} of {name}" if route is not None else name
                yield Integration(
                    _under(services.http_api(api), gaps),
                    f"{what} leads to {', '.join(asset.targets('INVOKES')) or 'it'}",
                    tuple(asset.targets("INVOKES")),
                    listeners=tuple(asset.targets("INTEGRATES_WITH")),
                    links=tuple(asset.targets("USES_VPC_LINK")),
                    has_role=bool(asset.get("credentials_arn")),
                )


def _authorised(what: str, type_: object, key: object) -> tuple[Gap, ...]:
    """The condition that whoever calls is one whom the method lets in."""
    if type_ not in (None, "NONE"):
        return (Gap(f"only who {what} authorises ({type_})", condition=True),)
    return (Gap(f"only who has a key for {what}", condition=True),) if key else ()


def _under(exposure: Exposure, gaps: tuple[Gap, ...]) -> Exposure:
    """An API's exposure, for those alone who get past its authorisation."""
    if not gaps or not exposure.possible:
        return exposure
    extra = (Gap(exposure.condition, condition=True),) if exposure.condition else ()
    return undecided(TYPE, (*gaps, *extra), *exposure.steps, ports=exposure.ports)


def _port(uri: object) -> int | None:
    """The port that a URI asks for; None where it does not say."""
    try:
        parts = urlsplit(str(uri or ""))
        return parts.port or _SCHEMES.get(parts.scheme)
    except ValueError:
        return None
