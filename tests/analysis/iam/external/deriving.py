"""What external access derives of an estate, by node."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cloudwarden.analysis.estate import Estate, EstateAsset, Listing
from cloudwarden.analysis.iam.external.derive import derive
from cloudwarden.schema.derived import DerivedProperties
from tests.support.estates import estate, listed

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Found:
    """Properties by node, and edges as (source, target label, target, properties)."""

    nodes: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    edges: list[tuple[str, str, str, dict[str, Any]]] = field(default_factory=list)


def derived(whole: Estate) -> Found:
    """Everything that is derived."""
    found = Found()
    for one in derive(whole, NOW):
        if isinstance(one, DerivedProperties):
            for position, id_ in enumerate(one.ids):
                found.nodes[id_] |= {n: column[position] for n, column in one.columns.items()}
        else:
            for position, source in enumerate(one.sources):
                properties = {n: column[position] for n, column in one.columns.items()}
                properties |= {"certainty": one.certainty[position],
                               "condition": one.conditions[position]}  # fmt: skip
                target = one.target_label, one.targets[position]
                found.edges.append((source, *target, properties))
    return found


def told(*assets: EstateAsset, listings: Iterable[Listing] = ()) -> dict[str, dict[str, Any]]:
    """Properties by node of an estate that is in no organization."""
    return derived(estate(assets, listed("AWSOrganization"), listings)).nodes
