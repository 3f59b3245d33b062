"""External access as properties of resources, and as relations to those who get in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.iam.external import access, anonymous, lapses
from cloudwarden.analysis.iam.external.access import Access, Entry, accesses
from cloudwarden.analysis.iam.external.kinds import Kind
from cloudwarden.analysis.iam.external.report import text_of
from cloudwarden.analysis.iam.external.zones import ZoneName
from cloudwarden.analysis.vocabulary import Vocabulary
from cloudwarden.schema.common import ACCOUNT
from cloudwarden.schema.derived import Certainty, Derived, DerivedProperties, DerivedRelations
from cloudwarden.schema.labels import Property, PropertyType, RelationKind

ACCESSIBLE: Final = "ACCESSIBLE_BY"
UNKNOWN: Final = "external_access_unknown"

LABELS: Final = access.LABELS

_TEXT, _TEXTS = PropertyType.STRING, PropertyType.STRINGS
_PROPERTIES: Final = (
    Property(
        "external_access",
        _TEXTS,
        description="Who outside its account gets in: `anonymous`, `authenticated`, `account …`, "
        "`organization …`, the ARN of a principal, `service … without source`, `federated …`.",
        unknown_by=UNKNOWN,
    ),
    Property(
        "external_access_certainty",
        _TEXT,
        description="`sure` if somebody gets in whatever happens, else `conditional`.",
    ),
    Property("external_access_reason", _TEXT, description="A request that is allowed, in words."),
    Property(
        "external_access_zone",
        _TEXT,
        description="`organization` if somebody outside the organization gets in; `account` if "
        "those who do are in it, or it is not known whether they are.",
    ),
    Property(
        UNKNOWN,
        _TEXT,
        description="What was not read that may let in others, or keep out some of those told; "
        "null if everything was.",
    ),
)
_EDGE: Final = {
    "kind": _TEXT,
    "who": _TEXT,
    "zone": _TEXT,
    "actions": _TEXTS,
    "through": _TEXT,
    "reason": _TEXT,
    "witness": PropertyType.JSON,
}
_ANYBODY, _SERVICE, _FEDERATED = (
    "AWSAnonymousPrincipal",
    "AWSServicePrincipal",
    "AWSFederatedPrincipal",
)

VOCABULARY: Final = Vocabulary(
    properties={
        label: (
            *_PROPERTIES,
            *lapses.properties_of(label),
            *(anonymous.PROPERTIES if label in anonymous.LABELS else ()),
        )
        for label in access.SUBJECTS
    },
    relations=tuple(
        RelationKind(
            ACCESSIBLE,
            label,
            target,
            properties=_EDGE,
            description="Outsiders get in: what they may do, and a request that shows it.",
            carriers=(label,),
            unknown_by=UNKNOWN,
        )
        for label in access.SUBJECTS
        for target in (ACCOUNT, _ANYBODY, _SERVICE, _FEDERATED)
    ),
)


def derive(estate: Estate, now: datetime) -> Iterator[Derived]:
    """Who gets into each resource from outside its account, at a moment."""
    by_label: dict[str, list[Access]] = defaultdict(list)
    for one in accesses(estate, now):
        by_label[one.asset.label].append(one)
    for label, found in by_label.items():
        told = [_told(one) for one in found]
        yield DerivedProperties(
            label,
            [one.asset.id for one in found],
            {p.name: [properties.get(p.name) for properties in told] for p in _PROPERTIES},
        )
        yield from lapses.derive(label, found)
        yield from anonymous.derive(label, found)
        yield from _relations(label, found)


def _told(found: Access) -> dict[str, Any]:
    entries = found.entries
    unknown = "; ".join(found.doubts) or None
    if not entries:
        return {UNKNOWN: unknown} if unknown else {"external_access": []}
    sure = [one for one in entries if one.certainty is Certainty.SURE]
    # Of those that are most certain, one who is farthest outside.
    first = min(sure or entries, key=lambda one: one.zone is not ZoneName.ORGANIZATION)
    gaps = f"; not known: {'; '.join(found.gaps)}" if found.gaps else ""
    condition = f", {first.condition}" if first.certainty is not Certainty.SURE else ""
    outside = any(one.zone is ZoneName.ORGANIZATION for one in entries)
    return {
        "external_access": list(dict.fromkeys(_name(one) for one in entries)),
        "external_access_certainty": (Certainty.SURE if sure else Certainty.CONDITIONAL).value,
        "external_access_reason": f"{first.reason}{condition}{gaps}",
        "external_access_zone": (ZoneName.ORGANIZATION if outside else ZoneName.ACCOUNT).value,
        UNKNOWN: unknown,
    }


def _name(entry: Entry) -> str:
    match entry.kind:
        case Kind.ANONYMOUS | Kind.AUTHENTICATED:
            return str(entry.kind)
        case Kind.SERVICE if entry.account is None and " for " not in entry.who:
            return f"service {entry.who} without source"
        case Kind.SERVICE:
            return f"service {entry.who}"
        case Kind.FEDERATED:
            return f"federated {entry.who}"
    return entry.who


def _relations(label: str, found: Iterable[Access]) -> Iterator[DerivedRelations]:
    edges: dict[str, list[tuple[EstateAsset, str, Entry]]] = defaultdict(list)
    implied: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for one in found:
        for entry in one.entries:
            target = _target(entry)
            if target is not None:
                target_label, id_, properties = target
                edges[target_label].append((one.asset, id_, entry))
                implied[target_label][id_] = properties
    for target_label, several in edges.items():
        entries = [entry for _, _, entry in several]
        yield DerivedRelations(
            ACCESSIBLE,
            label,
            target_label,
            [asset.id for asset, _, _ in several],
            [id_ for _, id_, _ in several],
            [entry.certainty for entry in entries],
            [entry.condition for entry in entries],
            {
                "kind": [str(entry.kind) for entry in entries],
                "who": [entry.who for entry in entries],
                "zone": [entry.zone.value for entry in entries],
                "actions": [list(entry.actions) for entry in entries],
                "through": [entry.through for entry in entries],
                "reason": [entry.reason for entry in entries],
                "witness": [text_of(e.witness) if e.witness else None for e in entries],
            },
            implied[target_label],
        )


def _target(entry: Entry) -> tuple[str, str, Mapping[str, Any]] | None:
    """The node that stands for an outsider; None where none does."""
    if entry.account is not None:
        return ACCOUNT, entry.account, {}
    match entry.kind:
        case Kind.ANONYMOUS | Kind.AUTHENTICATED:
            return _ANYBODY, "*", {"arn": "*", "name": "Anybody"}
        case Kind.SERVICE:
            service = entry.who.partition(" ")[0]
            return _SERVICE, service, {"arn": service, "name": service}
        case Kind.FEDERATED if entry.witness is not None:
            provider = str(entry.witness["principal"])
            return _FEDERATED, provider, {"arn": provider, "name": provider.rpartition("/")[2]}
    return None
