"""What a policy forgot to ask: for whose resource a service acts, whose identity a provider's is.

Each is a property of its own, known or unknown by the policy alone: what an ACL or a grant opens
beside it does not bear on it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cloudwarden.analysis.iam.external.access import POLICY_LABELS, Access, Entry
from cloudwarden.analysis.iam.external.kinds import Kind
from cloudwarden.analysis.iam.external.policy_rows import ROLE
from cloudwarden.schema.derived import DerivedProperties
from cloudwarden.schema.labels import Property, PropertyType


@dataclass(frozen=True, slots=True)
class Lapse:
    """A property that names those whom a policy lets in because it forgot to ask."""

    name: str
    description: str
    labels: tuple[str, ...]
    names: Callable[[Entry], str | None]

    @property
    def unknown(self) -> str:
        """The property that says why it is not known."""
        return f"{self.name}_unknown"

    @property
    def properties(self) -> tuple[Property, Property]:
        """What it adds to the schema."""
        return (
            Property(
                self.name,
                PropertyType.STRINGS,
                description=self.description,
                unknown_by=self.unknown,
            ),
            Property(
                self.unknown,
                PropertyType.STRING,
                description="Why it is not known; null if it is.",
            ),
        )


def _deputy(entry: Entry) -> str | None:
    is_for_anybody = entry.kind is Kind.SERVICE and entry.account is None
    return entry.who if is_for_anybody and " for " not in entry.who else None


def _provider(entry: Entry) -> str | None:
    return entry.who if entry.kind is Kind.FEDERATED else None


LAPSES: Final = (
    Lapse(
        "confused_deputies",
        "Services that its policy lets act for anybody's resource: no aws:SourceArn, "
        "aws:SourceAccount or aws:SourceOrgID says for whose.",
        tuple(label for label in POLICY_LABELS if label != ROLE),
        _deputy,
    ),
    Lapse(
        "open_federation",
        "Identity providers all of whose tenants it trusts: no claim says whose identities are "
        "meant.",
        (ROLE,),
        _provider,
    ),
)


def properties_of(label: str) -> tuple[Property, ...]:
    """What lapses add to a label."""
    return tuple(one for lapse in LAPSES if label in lapse.labels for one in lapse.properties)


def derive(label: str, found: Sequence[Access]) -> Iterator[DerivedProperties]:
    """The lapses of assets of one label."""
    for lapse in LAPSES:
        if label in lapse.labels:
            told = [_told(lapse, one) for one in found]
            yield DerivedProperties(
                label,
                [one.asset.id for one in found],
                {
                    lapse.name: [names for names, _ in told],
                    lapse.unknown: [unknown for _, unknown in told],
                },
            )


def _told(lapse: Lapse, access: Access) -> tuple[list[str] | None, str | None]:
    """Who is let in, and why it is not known; what is certain of one makes it known."""
    named = [(name, one.doubt) for one in access.entries if (name := lapse.names(one)) is not None]
    names = _once(name for name, _ in named)
    if any(doubt is None for _, doubt in named):
        return names, None
    unread = _once([*access.policy_gaps, *(doubt for _, doubt in named if doubt is not None)])
    return (names or None, "; ".join(unread)) if unread else (names, None)


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
