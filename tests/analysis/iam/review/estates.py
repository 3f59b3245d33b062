"""Small estates to review, in one line each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from cloudwarden.analysis.estate import Estate, EstateAsset, Listing
from cloudwarden.analysis.iam.escalation_paths import paths
from cloudwarden.analysis.iam.escalation_setting import setting_of
from cloudwarden.analysis.iam.estate_world import world_of
from cloudwarden.analysis.iam.review.entry import Entry
from cloudwarden.analysis.iam.review.report import report
from cloudwarden.analysis.iam.review.uses import Moments
from cloudwarden.inventory.records import PastState
from cloudwarden.schema.records import Failure, Relation, Verdict

ONE = "111111111111"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
MOMENTS = Moments(NOW, 90)
DENIED = Failure(Verdict.DENIED, "AccessDenied", "you may not")
LISTED = ("AWSUser", "AWSRole", "AWSGroup", "AWSAccountAccessKey", "AWSMfaDevice",
          "AWSServiceLastAccessed", "AWSS3Bucket", "AWSOrganization")  # fmt: skip


def arn(kind: str, name: str) -> str:
    return f"arn:aws:iam::{ONE}:{kind}/{name}"


def asset(label: str, id_: str, *relations: Relation, **more: Any) -> EstateAsset:
    more = {"name": id_.rpartition("/")[2], "since": NOW, "seen": NOW, **more}
    return EstateAsset(label, id_, ONE, "global", relations=relations, **more)


def user(name: str = "ann", *relations: Relation, **more: Any) -> EstateAsset:
    return asset("AWSUser", arn("user", name), *relations, **more)


def role(name: str = "job", *relations: Relation, **more: Any) -> EstateAsset:
    path, _, _ = name.rpartition("/")
    trust = '{"Statement": []}'
    told = {"assume_role_policy_document": trust, "path": f"/{path}/" if path else "/"}
    more["properties"] = {**told, **more.get("properties", {})}
    return asset("AWSRole", arn("role", name), *relations, **more)


def root(**properties: Any) -> EstateAsset:
    return asset("AWSRootPrincipal", f"arn:aws:iam::{ONE}:root", properties=properties)


def key(id_: str = "AKIA1", owner: str = "ann", **more: Any) -> EstateAsset:
    return asset("AWSAccountAccessKey", id_, Relation("OWNED_BY", "AWSUser", arn("user", owner)),
                 **more)  # fmt: skip


def device(serial: str, owner: str) -> EstateAsset:
    return asset("AWSMfaDevice", serial, Relation("MFA_DEVICE", "AWSUser", owner, incoming=True),
                 properties={"serialnumber": serial})  # fmt: skip


def has(policy: str) -> Relation:
    return Relation("POLICY", "AWSManagedPolicy", policy)


def estate(*assets: EstateAsset, verdicts: Mapping[str, Verdict] | None = None) -> Estate:
    """Everything of `LISTED` was read, but for what `verdicts` says otherwise of."""
    judged = {**dict.fromkeys(LISTED, Verdict.COMPLETE), **(verdicts or {})}
    listings = [
        Listing(label, ONE, "global", verdict, verdict is Verdict.COMPLETE,
                "" if verdict is Verdict.COMPLETE else "refused", read_at=NOW, run=1)
        for label, verdict in judged.items()
    ]  # fmt: skip
    return Estate(assets, listings, {ONE: "one"})


def rows(
    of: Estate, past: Iterable[PastState] = (), moments: Moments = MOMENTS
) -> dict[str, Entry]:
    """The rows of a report, by name."""
    world = world_of(of)
    ways = paths(world, setting_of(of), moments.now)
    return {row.name or "": row for row in report(of, world, moments, ways, past)}
