"""Objects in S3 that hold code which something runs as a role: scripts, sources and graphs.

Whoever may overwrite one comes by that role, be it by the bucket's own policy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.iam.escalation_roles import roles_of
from cloudwarden.analysis.iam.estate_world import own_policy
from cloudwarden.analysis.iam.techniques import Kind
from cloudwarden.analysis.iam.world import PolicyText

BUCKETS: Final = "AWSS3Bucket"

#: Stands for whatever is in a folder.
_ANY: Final = "*"


class Place(NamedTuple):
    """A bucket and the key of an object in it."""

    bucket: str
    key: str


@dataclass(frozen=True, slots=True)
class CodeObject:
    """An object that holds code, and the roles that it is run as; None: one was not read."""

    arn: str
    account: str
    region: str
    policy: PolicyText | None
    roles: frozenset[str | None]


def _script(job: EstateAsset) -> Place | None:
    scheme, _, rest = str(job.get("script_location") or "").partition("://")
    bucket, _, key = rest.partition("/")
    return Place(bucket, key) if scheme in {"s3", "s3a", "s3n"} and key else None


def _source(project: EstateAsset) -> Place | None:
    if project.get("source_type") != "S3":
        return None
    bucket, _, key = str(project.get("source_location") or "").partition("/")
    # A location that ends in a slash is a folder.
    return Place(bucket, key if key and not key.endswith("/") else f"{key}{_ANY}")


def _graphs(environment: EstateAsset) -> Place | None:
    bucket = str(environment.get("source_bucket_arn") or "").rpartition(":")[2]
    folder = str(environment.get("dag_s3_path") or "").strip("/")
    return Place(bucket, f"{folder}/{_ANY}" if folder else _ANY) if bucket else None


#: What runs code from a bucket, and where it says that the code is.
RUNNING: Final[Mapping[str, Callable[[EstateAsset], Place | None]]] = {
    "AWSCodeBuildProject": _source,
    "AWSGlueJob": _script,
    "AWSMWAAEnvironment": _graphs,
}


def code_objects(estate: Estate, kinds: Iterable[Kind]) -> Iterator[CodeObject]:
    """The objects in buckets of the estate; `kinds` say what leads to the roles of things.

    A bucket of somebody else is left out: nobody here is known to write into it.
    """
    steps = {
        kind.label: tuple(zip(kind.role, kind.told_by, strict=True))
        for kind in kinds
        if kind.label in RUNNING
    }
    buckets = {one.name or one.id: one for one in estate.assets(BUCKETS)}
    found: dict[Place, set[str | None]] = defaultdict(set)
    for label, placed in RUNNING.items():
        for asset in estate.assets(label):
            place = placed(asset)
            if place is not None:
                found[place] |= set(roles_of(estate, asset, steps.get(label, ())))
    for place, roles in sorted(found.items()):
        bucket = buckets.get(place.bucket)
        arn = bucket.get("arn") if bucket is not None else None
        if bucket is not None and arn:
            yield CodeObject(
                f"{arn}/{place.key}",
                bucket.account,
                bucket.region,
                own_policy(bucket),
                frozenset(roles),
            )
