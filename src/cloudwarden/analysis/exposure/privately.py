"""What a load balancer's groups let in of PrivateLink, whose addresses are not told."""

from __future__ import annotations

from cloudwarden.analysis.exposure.addresses import NAMED, WHOLE
from cloudwarden.analysis.exposure.facts import Balancer
from cloudwarden.analysis.exposure.internet import Internet
from cloudwarden.analysis.exposure.regions import ALL, Bounds, Gap, exactly
from cloudwarden.analysis.exposure.spans import Spans

_ENFORCED = "enforcesecuritygroupinboundrulesonprivatelinktraffic"


def privately(internet: Internet, balancer: Balancer, family: int) -> Bounds:
    """What comes to a load balancer by PrivateLink; its groups may be told not to filter that.

    What lets everybody in lets it in for certain, what lets somebody in perhaps.
    """
    asset = internet.network.estate.asset(balancer.label, balancer.id)
    if balancer.groups is None or (asset is not None and asset.get(_ENFORCED) == "off"):
        return ALL
    allowed = internet.filters.groups(balancer.groups, family, outbound=False)
    certain = allowed.certain.spread(_Everything(family), family)
    possible = allowed.possible.spread(bool, family)
    if certain == possible:
        return exactly(certain)
    groups = ", ".join(sorted(balancer.groups))
    gap = Gap(f"what {groups} lets in is where PrivateLink comes from", condition=True)
    return Bounds(certain, possible, (*allowed.gaps, gap))


class _Everything:
    """Whether addresses are all there are."""

    def __init__(self, family: int) -> None:
        self._family = family

    def __call__(self, addresses: Spans) -> bool:
        return addresses.covers(WHOLE[self._family] - NAMED[self._family])
