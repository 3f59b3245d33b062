"""Which services users and roles used: what IAM's reports tell, for the graph and for people.

There are three answers for a service: it was used, and when; it was not used in IAM's window of at
least 400 days; IAM does not track it. A report that was not read says nothing at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.iam.policies import PolicyCompiler, PolicyError, PolicyKind
from cloudwarden.analysis.iam.world import Principal, Unread
from cloudwarden.analysis.vocabulary import Vocabulary
from cloudwarden.core.json import loads
from cloudwarden.schema.derived import Derived, DerivedProperties
from cloudwarden.schema.labels import Property, PropertyType

REPORT: Final = "AWSServiceLastAccessed"
UNKNOWN: Final = "last_accessed_unknown"
LABELS: Final = frozenset({REPORT, "AWSUser", "AWSRole"})

_ACTORS: Final = ("AWSUser", "AWSRole")
_TEXT = PropertyType.STRING

#: Properties of principals, by the names of the ecosystem, with what they say.
_LATEST: Final = {
    "last_accessed_service_name": "The service that it used last, or tried to.",
    "last_accessed_service_namespace": "That service as policies spell it.",
    "last_authenticated": "When it used that service last.",
    "last_authenticated_entity": "The ARN that used it.",
    "last_authenticated_region": "The region that it was used in.",
}

VOCABULARY: Final = Vocabulary(
    properties=dict.fromkeys(
        _ACTORS,
        (
            *(
                Property(name, _TEXT, description=words, unknown_by=UNKNOWN)
                for name, words in _LATEST.items()
            ),
            Property(
                UNKNOWN,
                _TEXT,
                description="Why it is not known which services it used; null if it is.",
            ),
        ),
    )
)


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """The services that a principal used, those it could and did not, and those nobody tracks.

    `used` are `{"service", "name", "last_used", "region"}`, the latest first; `as_of` is when IAM
    wrote that down. `unknown` says why nothing is known; the rest is then empty and means nothing.
    """

    used: Sequence[Mapping[str, Any]] = ()
    unused: Sequence[str] = ()
    not_tracked: Sequence[str] = ()
    as_of: str | None = None
    unknown: str | None = None


def derive(estate: Estate) -> Iterator[Derived]:
    """The service that each user and role used last."""
    reports = Reports(estate)
    for label in _ACTORS:
        assets = estate.assets(label)
        found = [reports.of(asset.id, asset.account) for asset in assets]
        told = [one if isinstance(one, EstateAsset) else None for one in found]
        columns: dict[str, list[Any]] = {
            name: [one.get(name) if one else None for one in told] for name in _LATEST
        }
        columns[UNKNOWN] = [one if isinstance(one, str) else None for one in found]
        yield DerivedProperties(label, [asset.id for asset in assets], columns)


class Reports:
    """The reports of an estate by the principals that they are about."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._compiler = PolicyCompiler()
        self._named: dict[str, frozenset[str]] = {}
        self._by_principal = {
            target: report
            for report in estate.assets(REPORT)
            for target in report.targets("SERVICE_LAST_ACCESSED", incoming=True)
        }

    def of(self, principal: str, account: str) -> EstateAsset | str:
        """The report about a principal, or why there is none that says something."""
        report = self._by_principal.get(principal)
        if report is None:
            return self._missing(account)
        for operation, failure in report.unread.items():
            return f"{operation}: {failure.code}: {failure.message}"
        if report.stale:
            return f"{self._missing(account)}; the report that there is, is an older one"
        return report

    def use(self, principal: Principal) -> ServiceUse:
        """What is known of a principal's use of services."""
        report = self.of(principal.arn, principal.account)
        if isinstance(report, str):
            return ServiceUse(unknown=report)
        used = loads(report.get("services") or "[]")
        unused = report.get("unused_services") or []
        listed = {*unused, *(one["service"] for one in used)}
        not_tracked = sorted(self._granted(principal) - listed)
        return ServiceUse(used, unused, not_tracked, report.get("job_completion_date"))

    def _missing(self, account: str) -> str:
        listing = self._estate.listing(REPORT, account)
        if listing is None:
            return "the use of services was not asked for"
        if not listing.shows_absence:
            reason = f": {listing.reason}" if listing.reason else ""
            return f"the use of services is {listing.verdict.value}{reason}"
        return "the use of services was read before it was there"

    def _granted(self, principal: Principal) -> frozenset[str]:
        """The services that a principal's policies allow something of, by name."""
        return frozenset().union(
            *(self._services(one.document) for one in principal.policies
              if not isinstance(one.document, Unread))
        )  # fmt: skip

    def _services(self, document: str) -> frozenset[str]:
        known = self._named.get(document)
        if known is None:
            try:
                policy = self._compiler.compile(document, PolicyKind.IDENTITY)
            except PolicyError:
                statements: Sequence[Any] = ()
            else:
                statements = policy.statements
            known = self._named[document] = frozenset(
                pattern.service
                for statement in statements
                if statement.allows and not statement.not_action
                for pattern in statement.actions
                if pattern.service is not None
            )
        return known
