"""Which record, delegation or origin leads to what nobody here owns, so that others may claim it.

Each suspicion says how sure it is: `sure` where the name is free for whoever asks for it first,
`conditional` where it depends on what the condition says. Nothing is said of what may belong to
something that was not read: that is unknown, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cloudwarden.analysis.dns.hosts import Host, Kind, host, is_route53_server
from cloudwarden.analysis.dns.owned import (
    ADDRESS,
    DISTRIBUTION,
    INSTANCE,
    INTERFACE,
    Owned,
    unlisted,
)
from cloudwarden.analysis.dns.resolver import Resolution, Resolver
from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.schema.derived import Certainty

ZONE, RECORD = "AWSDNSZone", "AWSDNSRecord"

_HELD_BY_NOBODY = "is in no account that is read"
#: How far a chain of names is followed.
_CHAIN = 16


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One thing that may be taken over, or that cannot be told (`certainty` unknown)."""

    asset: EstateAsset
    kind: str
    target: str
    certainty: Certainty
    reason: str


def suspicions(
    estate: Estate, former: Mapping[str, str] | None = None, resolver: Resolver | None = None
) -> Iterator[Suspicion]:
    """Everything suspect of records and distributions, at most one a record and origin.

    `former` are public addresses that were ours, with the words for when; `resolver` is asked
    about names that belong to others, where given.
    """
    judge = _Judge(estate, Owned.of(estate), dict(former or {}), resolver)
    for record in estate.assets(RECORD):
        found = judge.record(record)
        if found is not None:
            yield found
    for distribution in estate.assets(DISTRIBUTION):
        yield from judge.origins(distribution)


@dataclass(frozen=True, slots=True)
class _Judge:
    estate: Estate
    owned: Owned
    former: Mapping[str, str]
    resolver: Resolver | None

    def record(self, record: EstateAsset) -> Suspicion | None:
        """The worst that can be said of a record's values; what is sure comes first."""
        found = [one for value in _values(record) for one in self._value(record, value)]
        order = (Certainty.SURE, Certainty.CONDITIONAL, Certainty.UNKNOWN)
        return min(found, key=lambda one: order.index(one.certainty), default=None)

    def origins(self, distribution: EstateAsset) -> Iterator[Suspicion]:
        """Origins of a distribution in buckets, or at names, that are free."""
        for name in distribution.get("origin_domain_names") or ():
            known = host(name)
            if known is not None and known.owner is not None and not self.owned.has(known):
                yield self._ownerless(distribution, known, name, f"{known.kind} origin")

    def _value(self, record: EstateAsset, value: str) -> Iterator[Suspicion]:
        type_ = record.get("type")
        if type_ == "NS":
            yield from self._delegation(record, value)
        elif type_ in {"A", "AAAA"}:
            if value in self.former and value not in self.owned.names[Kind.INSTANCE]:
                yield self._address(record, value)
        elif type_ in {"CNAME", "ALIAS"}:
            yield from self._name(record, value)

    def _name(self, record: EstateAsset, value: str) -> Iterator[Suspicion]:
        known = host(value)
        if known is not None:
            yield from self._hosted(record, known, value)
        elif record.get("type") == "CNAME" and not self._ours(value):
            yield from self._elsewhere(record, value)

    def _hosted(self, record: EstateAsset, known: Host, value: str) -> Iterator[Suspicion]:
        name = _record_name(record)
        if known.kind is not Kind.BUCKET:
            if not self.owned.has(known):
                yield self._ownerless(record, known, value, f"{known.kind} missing")
            return
        if known.owner is None:
            if not self.owned.has(known, name):
                yield self._ownerless(
                    record, Host(known.kind, name, known.region), name, "alias without bucket"
                )
            return
        if not self.owned.has(known):
            yield self._ownerless(record, known, value, "bucket missing")
        elif known.owner != name:
            yield self._other_name(record, known, name)

    def _other_name(self, record: EstateAsset, known: Host, name: str) -> Suspicion:
        """S3 finds the bucket by the name that was asked for, not by the record's value."""
        served = Host(Kind.BUCKET, name, known.region)
        kind, target = "bucket name mismatch", f"bucket {name}"
        if self.owned.has(served):
            return Suspicion(
                record, kind, target, Certainty.CONDITIONAL,
                f"{_record_name(record)} points to bucket {known.owner}, but S3 serves the bucket "
                f"called {name}, which is ours; whoever gets that name next would be served",
            )  # fmt: skip
        unread = self.owned.unread(served)
        if unread is not None:
            return Suspicion(record, kind, target, Certainty.UNKNOWN, unread)
        return Suspicion(
            record, kind, target, Certainty.SURE,
            f"{_record_name(record)} points to bucket {known.owner}, but S3 serves the bucket "
            f"called {name}, which {_HELD_BY_NOBODY}",
        )  # fmt: skip

    def _ownerless(self, asset: EstateAsset, known: Host, value: str, kind: str) -> Suspicion:
        unread = self.owned.unread(known)
        if unread is not None:
            return Suspicion(asset, kind, value, Certainty.UNKNOWN, unread)
        certainty, told = self._confirmed(known, value)
        return Suspicion(
            asset, kind, value, certainty,
            f"{_title(asset)} leads to {known.kind} {known.owner}, which {_HELD_BY_NOBODY}{told}",
        )  # fmt: skip

    def _confirmed(self, known: Host, value: str) -> tuple[Certainty, str]:
        """How sure it is that a name which is not ours is nobody's, and the words for it."""
        if known.kind is Kind.BUCKET:
            # A bucket's host name resolves whether there is a bucket or not.
            return Certainty.SURE, ""
        if known.kind in {Kind.INSTANCE, Kind.LOAD_BALANCER}:
            return Certainty.CONDITIONAL, "; whoever is given that address next can answer for it"
        if self.resolver is None:
            return Certainty.CONDITIONAL, "; nobody asked the DNS whether it still exists"
        answer = self.resolver.resolve(value, "A")
        if answer.resolution is Resolution.MISSING:
            return Certainty.SURE, " and does not exist any more: anybody may claim it"
        if answer.resolution is Resolution.FAILED:
            return Certainty.CONDITIONAL, f"; the DNS did not say ({answer.reason})"
        return Certainty.CONDITIONAL, "; it exists, so somebody else has it"

    def _address(self, record: EstateAsset, value: str) -> Suspicion:
        unread = unlisted(self.estate, (INSTANCE, ADDRESS, INTERFACE))
        if unread is not None:
            return Suspicion(record, "released address", value, Certainty.UNKNOWN, unread)
        return Suspicion(
            record, "released address", value, Certainty.CONDITIONAL,
            f"{_record_name(record)} leads to {value}, which was ours {self.former[value]} and is "
            "not any more; whoever is given that address next can answer for it",
        )  # fmt: skip

    def _delegation(self, record: EstateAsset, server: str) -> Iterator[Suspicion]:
        name = _record_name(record)
        zones = self.estate.assets(ZONE)
        own = next((z for z in zones if z.id == record.get("zoneid")), None)
        if own is not None and _zone_name(own) == name:
            return
        same = [zone for zone in zones if _zone_name(zone) == name]
        if any(server in _servers(zone) for zone in same):
            return
        if is_route53_server(server):
            unread = unlisted(self.estate, (ZONE,)) or next(
                (
                    f"the name servers of {zone.id} were not read"
                    for zone in same
                    if zone.get("name_servers") is None and zone.unread
                ),
                None,
            )
            yield self._undelegated(record, server, unread)
        else:
            yield from self._foreign_server(record, server)

    def _undelegated(self, record: EstateAsset, server: str, unread: str | None) -> Suspicion:
        name = _record_name(record)
        if unread is not None:
            return Suspicion(record, "lost delegation", server, Certainty.UNKNOWN, unread)
        certainty, told = Certainty.CONDITIONAL, "; whoever gets a zone there answers for it"
        if self.resolver is not None:
            answer = self.resolver.serves(server, name)
            if answer.resolution is Resolution.LAME:
                certainty = Certainty.SURE
                told = " and that server knows no such zone: anybody may claim it"
            elif answer.resolution is Resolution.FOUND:
                told = "; the server answers for it, so somebody else has the zone"
        return Suspicion(
            record, "lost delegation", server, certainty,
            f"{name} is delegated to {server}, but its zone {_HELD_BY_NOBODY}{told}",
        )  # fmt: skip

    def _foreign_server(self, record: EstateAsset, server: str) -> Iterator[Suspicion]:
        """A delegation to others, which only the DNS can tell about."""
        if self.resolver is None or self._ours(server):
            return
        name = _record_name(record)
        free = self._free(server)
        if free is not None:
            yield Suspicion(
                record, "expired name server", server, free[0],
                f"{name} is delegated to {server}, which does not exist; {free[1]}",
            )  # fmt: skip
        elif self.resolver.serves(server, name).resolution is Resolution.LAME:
            yield Suspicion(
                record, "lost delegation", server, Certainty.CONDITIONAL,
                f"{name} is delegated to {server}, which does not answer for it; whoever can have "
                "a zone there does",
            )  # fmt: skip

    def _elsewhere(self, record: EstateAsset, value: str) -> Iterator[Suspicion]:
        """A name that others host: where its chain of aliases ends in nothing."""
        if self.resolver is None:
            return
        name = value
        for _ in range(_CHAIN):
            answer = self.resolver.resolve(name, "CNAME")
            known = host(answer.values[0]) if answer.values else None
            if known is not None and not self.owned.has(known, name):
                yield self._ownerless(record, known, answer.values[0], f"{known.kind} missing")
                return
            if answer.resolution is not Resolution.FOUND or known is not None:
                break
            name = answer.values[0]
        free = self._free(name)
        if free is not None:
            yield Suspicion(
                record, "target missing", name, free[0],
                f"{_record_name(record)} leads to {name}, which does not exist; {free[1]}",
            )  # fmt: skip

    def _free(self, name: str) -> tuple[Certainty, str] | None:
        """Whether a name is there for the taking, with the condition; None if it exists."""
        if self.resolver is None or self.resolver.resolve(name, "A").resolution is not (
            Resolution.MISSING
        ):
            return None
        labels = name.split(".")
        for start in range(1, len(labels) - 1):
            parent = ".".join(labels[start:])
            if self.resolver.resolve(parent, "NS").resolution is not Resolution.MISSING:
                return Certainty.CONDITIONAL, f"whoever can make names below {parent} may claim it"
        parent = ".".join(labels[-2:])
        return Certainty.SURE, f"{parent} is not registered: anybody may buy it"

    def _ours(self, name: str) -> bool:
        """Whether a name is below a zone of the estate, and hence that zone's own matter."""
        name = name.lower()
        return any(
            name == zone or name.endswith(f".{zone}")
            for zone in map(_zone_name, self.estate.assets(ZONE))
        )


def _values(record: EstateAsset) -> Sequence[str]:
    return [str(value).lower().rstrip(".") for value in record.get("values") or ()]


def _record_name(record: EstateAsset) -> str:
    return (record.name or "").lower().rstrip(".")


def _title(asset: EstateAsset) -> str:
    return asset.name or asset.id


def _zone_name(zone: EstateAsset) -> str:
    return (zone.name or "").lower().rstrip(".")


def _servers(zone: EstateAsset) -> Sequence[str]:
    return [str(server).lower().rstrip(".") for server in zone.get("name_servers") or ()]
