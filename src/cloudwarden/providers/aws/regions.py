"""Which regions there are, and which services live in them, as botocore's partition data say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import DataNotFoundError, UnknownServiceError
from botocore.loaders import Loader

from cloudwarden.core.errors import UsageError
from cloudwarden.schema.records import GLOBAL_REGION

DEFAULT_PARTITION = "aws"


class Regions:
    """Partitions, regions and services. No I/O beyond botocore's data files."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        endpoints: Mapping[str, Any] = loader.load_data("endpoints")
        self._partitions: dict[str, Mapping[str, Any]] = {
            partition["partition"]: partition for partition in endpoints["partitions"]
        }
        self._suffixes = tuple(
            f".{variant['dnsSuffix']}"
            for partition in endpoints["partitions"]
            for variant in (partition, *partition["defaults"]["variants"])
        )
        self._home: dict[str, str] = {
            partition["id"]: partition["outputs"]["implicitGlobalRegion"]
            for partition in loader.load_data("partitions")["partitions"]
        }
        self._partition_of: dict[str, str] = {
            region: name
            for name, partition in self._partitions.items()
            for region in partition["regions"]
        }

    def names(self, partition: str = "") -> tuple[str, ...]:
        """Every region that botocore knows, or those of one partition, sorted."""
        known = self._partition_of.items()
        return tuple(sorted(r for r, name in known if not partition or name == partition))

    def partition_of(self, region: str) -> str:
        """The partition of a region; of one newer than botocore, by the form of its name.

        Empty if no partition's regions look like that.
        """
        known = self._partition_of.get(region)
        if known is not None:
            return known
        for name, partition in self._partitions.items():
            if re.search(partition["regionRegex"], region):
                return name
        return ""

    def home(self, partition: str) -> str:
        """The region whose endpoints answer for what has no region, and sign for it."""
        return self._home.get(partition) or self._home[DEFAULT_PARTITION]

    def is_global(self, service: str) -> bool:
        """Whether the service has one endpoint for all regions (IAM, Route 53, CloudFront)."""
        entry = self._entry(service, DEFAULT_PARTITION)
        return entry is not None and not entry.get("isRegionalized", True)

    def has(self, service: str, region: str) -> bool:
        """Whether there is reason to ask for a service in a region.

        Of a service that botocore places nowhere, and in a region newer than it, there is.
        """
        if region == GLOBAL_REGION or region not in self._partition_of:
            return True
        if all(self._entry(service, name) is None for name in self._partitions):
            return True
        return self.lists(service, region)

    def lists(self, service: str, region: str) -> bool:
        """Whether botocore places a service in a region."""
        entry = self._entry(service, self.partition_of(region))
        if entry is None:
            return False
        return region in entry["endpoints"] or not entry.get("isRegionalized", True)

    def is_amazon(self, address: str) -> bool:
        """Whether a URL is one of Amazon's own; an empty one counts as such."""
        host = urlsplit(address).hostname or ""
        return not host or host.endswith(self._suffixes)

    def check(self, names: Iterable[str]) -> None:
        """Raises `UsageError`, naming close ones, where a region is unknown."""
        for name in names:
            if name not in self._partition_of:
                close = get_close_matches(name, self.names(), 2)
                hint = f"; did you mean {' or '.join(close)}?" if close else ""
                raise UsageError(f"no AWS region is called {name!r}{hint}")

    def enabled(self, answer: Mapping[str, Any], partition: str) -> tuple[str, ...]:
        """The regions that an account may use, from the answer of `ec2:DescribeRegions`."""
        return tuple(
            sorted(
                region["RegionName"]
                for region in answer.get("Regions", ())
                if region.get("OptInStatus") != "not-opted-in"
                and self.partition_of(region["RegionName"]) == partition
            )
        )

    def _entry(self, service: str, partition: str) -> Mapping[str, Any] | None:
        services = self._partitions.get(partition, {}).get("services", {})
        found: Mapping[str, Any] | None = services.get(self._prefix(service))
        return found

    def _prefix(self, service: str) -> str:
        """The name of a service in the partition data: the first label of its hosts."""
        try:
            model = self._loader.load_service_model(service, "service-2")
        except (UnknownServiceError, DataNotFoundError):
            return service
        return str(model["metadata"]["endpointPrefix"])


def without(regions: Sequence[str], pattern: str) -> tuple[str, ...]:
    """The regions in which a regular expression finds nothing; all of them if it is empty."""
    if not pattern:
        return tuple(regions)
    excluded = re.compile(pattern)
    return tuple(region for region in regions if not excluded.search(region))
