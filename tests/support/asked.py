"""A small sealed estate in a data directory, for commands that ask the graph."""

from __future__ import annotations

from pathlib import Path

from cloudwarden.core.clock import FixedClock
from cloudwarden.graph.generations import Generations
from cloudwarden.schema.labels import Label, Property, PropertyType, RelationKind
from cloudwarden.schema.registry import Registry
from tests.graph.generation_estates import SEEN, asset, edge


def seal(folder: Path) -> Path:
    """Two accounts, in one of them two roles of which one trusts the other, and three buckets."""
    text, number = PropertyType.STRING, PropertyType.INTEGER
    registry = Registry(
        [
            Label("AWSAccount", "aws", {}),
            Label("S3Bucket", "aws", {"size": Property("size", number)}, aliases=("Bucket",)),
            Label("AWSRole", "aws", {"path": Property("path", text)}, groups=("AWSPrincipal",)),
        ],
        [RelationKind("TRUSTS", "AWSRole", "AWSPrincipal", properties={"since": number})],
    )
    one, other = "111111111111", "222222222222"
    documents = [
        asset("AWSAccount", one, one, name="alpha"),
        asset("AWSAccount", other, other, name="beta"),
        asset("AWSRole", "arn:admin", one, name="admin", path="/"),
        asset("AWSRole", "arn:app", one, edge("TRUSTS", "AWSRole", "arn:admin", since=2020),
              name="app", path="/"),
        asset("S3Bucket", "logs", one, name="logs", size=3),
        asset("S3Bucket", "site", one, name="site", size=5),
        asset("S3Bucket", "old", other, name="old", size=1),
    ]  # fmt: skip
    Generations(folder / "graph", FixedClock(SEEN)).build(
        [documents], registry, {one: "alpha", other: "beta"}, run_id=None, as_of=SEEN
    )
    return folder
