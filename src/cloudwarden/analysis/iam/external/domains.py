"""The values of each condition key that an outsider can have and that a policy can tell apart.

The language compares keys with constants only, so for each key a few values exhaust it: absent, a
value that nobody mentions, each constant, each wildcard filled in, each boundary. Keys that an
outsider cannot forge only get values of outsiders.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from cloudwarden.analysis.iam.actions import is_multi_valued
from cloudwarden.analysis.iam.conditions import Clause
from cloudwarden.analysis.iam.external.addresses import addresses
from cloudwarden.analysis.iam.external.federation import claims_of_strangers
from cloudwarden.analysis.iam.external.kinds import Kind, Outsider
from cloudwarden.analysis.iam.external.needs import is_needy, need
from cloudwarden.analysis.iam.external.outsiders import role_user_ids
from cloudwarden.analysis.iam.external.reading import ARN_KEYS, Reading, filled
from cloudwarden.analysis.iam.external.services import ENCRYPTION_ARN, SOURCE_KEYS, arns_like
from cloudwarden.analysis.iam.external.zones import ITS_OWN, NOWHERE, Zone
from cloudwarden.analysis.iam.operators import moment, number
from cloudwarden.analysis.iam.requests import PrincipalType
from cloudwarden.core.clock import format_moment

Values = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """The values of one key, none where it is absent.

    `note` says what has to hold that is not at the outsider's will; None where nothing has to.
    """

    values: Values
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """What is the same for every request about one policy.

    `tags` are those of what the policy is attached to, by name in lower case; None where they are
    not known.
    """

    reading: Reading
    zone: Zone
    now: datetime
    tags: Mapping[str, str] | None = None


_ABSENT = Candidate(())
_FRESH = Candidate(("outsider",))

#: Keys that say who asks: of an outsider that has none of its own they are absent.
_OF_PRINCIPAL = frozenset(
    {
        "aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths",
        "aws:principaltype", "aws:principalisawsservice", "aws:principalservicename",
        "aws:principalservicenameslist", "aws:userid", "aws:username", "kms:calleraccount",
        "aws:federatedprovider",
    }
)  # fmt: skip
#: What AWS says of the way of a request; of an outsider's it is the outsider's.
_OF_WAY = {
    "aws:sourcevpc": "vpc-0outsider",
    "aws:sourcevpce": "vpce-0outsider",
    "aws:sourcevpcarn": "arn:{partition}:ec2:{region}:{account}:vpc/vpc-0outsider",
    "aws:vpceaccount": "{account}",
    "aws:vpceorgid": "{organization}",
    "aws:vpceorgpaths": "{path}",
    "aws:ec2instancesourcevpc": "vpc-0outsider",
    "s3:dataaccesspointaccount": "{account}",
    "s3:dataaccesspointarn": "arn:{partition}:s3:{region}:{account}:accesspoint/outsider",
    "elasticfilesystem:accesspointarn": "",
    "lambda:eventsourcetoken": "outsider",
    "aws:userpool": "outsider",
}
#: Keys of requests that are signed, or made by a service for whoever signed.
_OF_SIGNED = re.compile(
    r"aws:(calledvia|multifactorauth|tokenissuetime|sourceidentity|ec2instancesource|rolesessionname)"
    r"|s3:(signature|authtype)"
)
#: AWS tells these of every request.
_ALWAYS_TOLD = frozenset({"aws:securetransport", "aws:viaawsservice"})
_TIMES = frozenset({"aws:currenttime", "aws:epochtime"})
_CLAIM = re.compile(r"(?P<provider>[a-z0-9.-]+\.[a-z]+(?:/[^:]*)?):(?P<claim>[^:]+)")
_RESOURCE_TAG = re.compile(r"[a-z0-9-]+:(resourcetag|accesspointtag|buckettag)/(?P<name>.+)")
_OBJECT_TAG = "s3:existingobjecttag/"
_MOST_COMBINED = 6


def candidates(key: str, who: Outsider, setting: Setting) -> list[Candidate]:
    """What a key, in lower case, can be for an outsider; what it needs nothing for comes first."""
    found = dict.fromkeys(_found(key, who, setting))
    return sorted(found, key=lambda one: one.note is not None)


def _found(key: str, who: Outsider, setting: Setting) -> Iterator[Candidate]:
    reading, zone = setting.reading, setting.zone
    clauses = reading.clauses.get(key, ())
    if key == "aws:userid" and who.principal.type is PrincipalType.SESSION:
        for value in role_user_ids(reading):
            yield Candidate((value,))
    elif key in who.fixed:
        yield Candidate(who.fixed[key])
    elif key in who.source:
        yield from (Candidate(values) for values in who.source[key])
    elif _is_of_others(key, who):
        yield _ABSENT
    elif key in _OF_WAY:
        yield from _way(key, who, reading, clauses)
    elif key in _ALWAYS_TOLD:
        yield from (Candidate(("true",)), Candidate(("false",)))
    elif key in _TIMES:
        epoch = key == "aws:epochtime"
        yield Candidate((str(int(setting.now.timestamp())) if epoch else _text(setting.now),))
    elif key == "aws:tokenissuetime":
        yield from (_ABSENT, Candidate((_text(setting.now),)))
    elif key in {"aws:resourceaccount", "s3:resourceaccount"}:
        yield Candidate((zone.account,))
    elif key in {"aws:resourceorgid", "aws:resourceorgpaths"}:
        yield from _resource_organization(key, zone, clauses)
    elif found := _RESOURCE_TAG.fullmatch(key):
        yield from _of_tag(found["name"], key, setting, clauses)
    elif key.startswith(_OBJECT_TAG):
        yield from (_noted(one, f"if {key} is so") for one in _chosen(key, clauses))
    elif key in {"aws:sourceip", "aws:vpcsourceip"}:
        private = key == "aws:vpcsourceip"
        if private:
            yield _ABSENT
        texts = [value for clause in clauses for value in clause.values]
        yield from (Candidate((one,), note) for one, note in addresses(texts, private=private))
    elif key.startswith(ENCRYPTION_ARN) and who.kind is Kind.SERVICE:
        yield _ABSENT
        for clause in clauses:
            for value in clause.values:
                account = who.place.account if who.place else reading.stranger
                yield from (Candidate((arn,)) for arn in arns_like(value, account, reading))
    elif (claim := _CLAIM.fullmatch(key)) and who.principal.is_provider:
        yield from _claim(claim["claim"], who, clauses, key)
    elif is_needy(key):
        for one in _chosen(key, clauses):
            notes = (need(key, value, reading.stranger) for value in one.values)
            yield Candidate(one.values, None if one == _FRESH else next(filter(None, notes), None))
    else:
        yield from _chosen(key, clauses)


def _is_of_others(key: str, who: Outsider) -> bool:
    """Whether a key tells only of requests that such an outsider does not make."""
    if key in _OF_PRINCIPAL or key in SOURCE_KEYS:
        return True
    if key.startswith("aws:principaltag/"):
        return who.place is None
    return who.kind is Kind.ANONYMOUS and _OF_SIGNED.match(key) is not None


def is_resource_tag(key: str) -> bool:
    """Whether a key, in lower case, is a tag of what a policy is attached to."""
    return _RESOURCE_TAG.fullmatch(key) is not None


def _of_tag(
    name: str, key: str, setting: Setting, clauses: Sequence[Clause]
) -> Iterator[Candidate]:
    if setting.tags is not None:
        yield Candidate((setting.tags[name],)) if name in setting.tags else _ABSENT
        return
    for one in _chosen(key, clauses):
        if one == _ABSENT:
            yield Candidate((), f"if there is no {key}")
        else:
            word = "so" if one != _FRESH else "something else"
            yield Candidate(one.values, f"if {key} is {word}")


def _noted(one: Candidate, note: str) -> Candidate:
    return one if one in {_ABSENT, _FRESH} else Candidate(one.values, note)


def _text(when: datetime) -> str:
    return format_moment(when)


def _way(
    key: str, who: Outsider, reading: Reading, clauses: Sequence[Clause]
) -> Iterator[Candidate]:
    yield _ABSENT
    place = who.place
    account = place.account if place else reading.stranger
    text = _OF_WAY[key].format(
        partition=reading.partition,
        region=reading.region,
        account=account,
        organization=(place.organization if place else None) or "",
        path=(place.path if place else None) or "",
    )
    if text:
        yield Candidate((text,))
    if key in ARN_KEYS:
        for clause in clauses:
            for value in clause.values:
                yield from (Candidate((arn,)) for arn in arns_like(value, account, reading))


def _resource_organization(key: str, zone: Zone, clauses: Sequence[Clause]) -> Iterator[Candidate]:
    if zone.organization is None:
        yield from (_noted(one, f"if {key} is so") for one in _chosen(key, clauses))
        its = ITS_OWN if key == "aws:resourceorgid" else f"{ITS_OWN}/{NOWHERE}"
        yield Candidate((its,), "if the account is in an organization")
    elif key == "aws:resourceorgid":
        yield Candidate((zone.organization,))
    else:
        own = [
            Candidate((filled(value),), f"if {key} is so")
            for clause in clauses
            for value in clause.values
            if value.startswith(f"{zone.organization}/")
        ]
        yield from (Candidate((f"{zone.organization}/r-root/",)), *own)


def _claim(claim: str, who: Outsider, clauses: Sequence[Clause], key: str) -> Iterator[Candidate]:
    provider = who.provider
    if provider is not None and claim in provider.claims:
        patterns = [(value, _is_like(c)) for c in clauses for value in c.values]
        for text in claims_of_strangers(provider, claim, patterns):
            yield Candidate((text,))
        if claim in provider.lent:
            yield from (Candidate((filled(text),), provider.lent[claim]) for text, _ in patterns)
        if f"{key.rpartition(':')[0]}:amr" in who.fixed:
            # Whose pool it is does not keep its guests out.
            yield from (Candidate((filled(value),)) for value, _ in patterns)
        return
    yield from _chosen(key, clauses)


def _is_like(clause: Clause) -> bool:
    operator = clause.name.operator
    return operator is not None and "like" in operator.name.lower()


def _chosen(key: str, clauses: Sequence[Clause]) -> Iterator[Candidate]:
    """Values of a key that the caller can choose."""
    yield _ABSENT
    yield _FRESH
    texts = dict.fromkeys(text for clause in clauses for text in _of_clause(clause))
    yield from (Candidate((text,)) for text in texts)
    if is_multi_valued(key) and texts:
        yield Candidate(("outsider", *texts))
        yield Candidate(tuple(texts))


def _of_clause(clause: Clause) -> Iterator[str]:
    operator = clause.name.operator
    if operator is None:
        return
    name = operator.name
    if name == "Bool":
        yield from ("true", "false")
        return
    combined = clause.values if len(clause.values) <= _MOST_COMBINED else clause.values[:1]
    for value in clause.values:
        if name.startswith("Numeric"):
            yield from _around(value)
        elif name.startswith("Date"):
            yield from _around_moment(value)
        elif name.startswith("Arn"):
            parts = value.split(":", 5)
            yield ":".join(filled(part) for part in parts)
            yield ":".join(filled(part, "") for part in parts)
        elif "Like" in name:
            yield filled(value)
            yield filled(value, "")
            if "*" in value:
                yield from (filled(value, filled(other)) for other in combined if other != value)
        else:
            yield value
            if name.endswith("IgnoreCase"):
                yield value.swapcase()


def _around(value: str) -> Iterator[str]:
    exact = number(value)
    if exact is not None:
        yield from (f"{exact + step:f}" for step in (Decimal(0), Decimal(-1), Decimal(1)))


def _around_moment(value: str) -> Iterator[str]:
    seconds = moment(value)
    if seconds is not None:
        try:
            exact = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds))
            yield from (_text(exact + timedelta(seconds=step)) for step in (0, -1, 1))
        except OverflowError:
            return
