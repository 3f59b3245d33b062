"""VPC block public access: what keeps a subnet from the internet, whatever its routes say.

Subnets and VPCs tell their own state, exclusions counted. Where they do not, the region's setting
and its exclusions do.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.exposure.facts import Place, Subnet, Vpc
from cloudwarden.analysis.exposure.readings import Readings, place_of
from cloudwarden.analysis.exposure.regions import Gap

_SETTING = "AWSVpcBlockPublicAccess"
_EXCLUSION = "AWSVpcBlockPublicAccessExclusion"


class Blocks(StrEnum):
    """How far a subnet is closed: not at all, to what comes in, or both ways."""

    NOTHING = "off"
    INWARD = "block-ingress"
    BOTH = "block-bidirectional"


#: What an exclusion leaves of a setting.
_LEFT = {"allow-bidirectional": Blocks.NOTHING, "allow-egress": Blocks.INWARD}


class Blocking:
    """Answers for the subnets of one estate."""

    def __init__(self, estate: Estate, readings: Readings) -> None:
        self._estate = estate
        self._readings = readings

    def of(self, subnet: Subnet, vpc: Vpc | None) -> tuple[Blocks, Gap | None]:
        """How far a subnet is closed, and why it may be closed further."""
        told = subnet.block_mode or (vpc.block_mode if vpc is not None else None)
        if told is not None:
            return _mode(told), None
        gap = self._readings.failed(_SETTING, subnet.owner)
        if gap is not None:
            return Blocks.NOTHING, gap
        setting = self._settings.get(subnet.owner)
        mode = _mode(setting.get("internet_gateway_block_mode")) if setting else Blocks.NOTHING
        if mode is Blocks.NOTHING:
            return mode, None
        excluded = [
            self._exclusions[subnet.owner, id_]
            for id_ in (subnet.id, subnet.vpc)
            if (subnet.owner, id_) in self._exclusions
        ]
        if excluded:
            return _LEFT.get(excluded[0], mode), None
        # Whether it is excluded decides: without the list it may be open.
        return mode, self._readings.failed(_EXCLUSION, subnet.owner)

    @cached_property
    def _settings(self) -> dict[Place, EstateAsset]:
        return {place_of(asset): asset for asset in self._estate.assets(_SETTING)}

    @cached_property
    def _exclusions(self) -> dict[tuple[Place, str], str]:
        """The mode of each exclusion, by its place and the id of its VPC or subnet."""
        return {
            (place_of(asset), str(asset.get("resource_arn")).rpartition("/")[2]): str(
                asset.get("internet_gateway_exclusion_mode")
            )
            for asset in self._estate.assets(_EXCLUSION)
        }


def _mode(text: str | None) -> Blocks:
    try:
        return Blocks(text or Blocks.NOTHING)
    except ValueError:
        return Blocks.NOTHING
