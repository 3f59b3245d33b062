"""Who may ask from outside a zone: every kind of outsider that a policy can tell apart.

An outsider has what nobody can forge: an account, an organization, a name that its account could
give it. What it can choose is for `domains`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cloudwarden.analysis.iam import requests
from cloudwarden.analysis.iam.external.federation import (
    COGNITO,
    SHARED,
    SharedProvider,
    provider_address,
)
from cloudwarden.analysis.iam.external.reading import (
    DEFAULT_PARTITION,
    ORGANIZATION_KEYS,
    PATH_KEYS,
    Reading,
    account_of,
    filled,
)
from cloudwarden.analysis.iam.external.zones import NOWHERE, Place, Zone
from cloudwarden.analysis.iam.requests import Principal, PrincipalType, RequestError


class Kind(StrEnum):
    """What an outsider is, the widest first."""

    ANONYMOUS = "anonymous"
    #: Any principal of any account.
    AUTHENTICATED = "authenticated"
    #: Any principal of any account of an organization that is named.
    ORGANIZATION = "organization"
    ACCOUNT = "account"
    #: A user, role or session that is named.
    PRINCIPAL = "principal"
    #: A service that acts for a resource of a stranger.
    SERVICE = "service"
    #: An identity of a provider that anybody can have one of.
    FEDERATED = "federated"
    #: A canonical user of S3, or an origin access identity of CloudFront.
    CANONICAL = "canonical"


@dataclass(frozen=True, slots=True)
class Outsider:
    """One kind of caller from outside.

    `who` is for people. `fixed` are the condition keys, in lower case, that its being who it is
    decides; `source` those that a service takes from the resource it acts for. `note` is what has
    to hold, beyond what a request can choose, for it to be outside at all.
    """

    kind: Kind
    who: str
    principal: Principal
    place: Place | None = None
    fixed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: Mapping[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    provider: SharedProvider | None = None
    note: str | None = None


_ORIGIN_ACCESS = re.compile(r"arn:[^:]*:iam::cloudfront:user/.+")
_USER_ID, _ROLE_ID = "AIDAOUTSIDER000000001", "AROAOUTSIDER000000001"
_PRINCIPAL_KEYS = frozenset({"aws:principalarn", "aws:principaltype", "aws:userid", "aws:username"})
_SOURCE_KEYS = frozenset(
    {"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths",
     "aws:sourceowner"}
)  # fmt: skip
_ORGANIZATION_KEYS = ORGANIZATION_KEYS | PATH_KEYS
_SERVICE_KEYS = frozenset(
    {"aws:principalservicename", "aws:principalservicenameslist", "aws:principalisawsservice"}
)


def outsiders(reading: Reading, zone: Zone) -> Iterator[Outsider]:
    """Every outsider, the widest kinds first; several of one kind differ in what is fixed."""
    entries = _entries(reading)
    opens = reading.has_not_principal or "*" in entries.get("AWS", ())
    if opens:
        yield _anonymous()
    places = list(_places(reading, zone))
    for place in places:
        if opens or place.named:
            yield from _generic(reading, place)
    for entry in entries.get("AWS", ()):
        yield from _named(entry, zone, places)
    yield from _patterns(reading, zone, places)
    for entry in entries.get("CanonicalUser", ()):
        yield _canonical(entry, reading)
    services = dict.fromkeys(entry.lower() for entry in entries.get("Service", ()))
    if opens and reading.keys & (_SOURCE_KEYS | _SERVICE_KEYS):
        services |= dict.fromkeys(_hidden_services(reading))
    for service in services:
        yield from _services(service, reading, places)
    for entry in entries.get("Federated", ()):
        yield from _federated(entry, zone)


def _entries(reading: Reading) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {}
    for statement in reading.statements:
        if statement.allows and statement.principals is not None and not statement.not_principal:
            for kind, entry in statement.principals.texts:
                found.setdefault(kind, {})[entry] = None
    return {kind: list(entries) for kind, entries in found.items()}


def _anonymous() -> Outsider:
    fixed = {"aws:principaltype": ("Anonymous",), "aws:userid": ("anonymous",)}
    who = Principal(PrincipalType.ANONYMOUS, "*")
    return Outsider(Kind.ANONYMOUS, "anybody, signed in or not", who, fixed=fixed)


def _places(reading: Reading, zone: Zone) -> Iterator[Place]:
    """Where outsiders may be: strangers first, then the accounts that are named."""
    memberships = list(_memberships(reading, zone))
    for organization, path, named in memberships:
        yield Place(reading.stranger, organization, path, named_organization=named)
    for account in reading.accounts:
        if zone.holds_account(account):
            continue
        if account in zone.colleagues:
            yield from _colleague(account, memberships, zone)
            continue
        for organization, path, named in memberships:
            # Nobody knows whether it is in an organization that the policy names.
            yield Place(account, organization, path, named=True, named_organization=named,
                        supposed=named)  # fmt: skip


def _colleague(
    account: str, memberships: list[tuple[str | None, str | None, bool]], zone: Zone
) -> Iterator[Place]:
    """Where an account may be that is known to be in the zone's organization."""
    own = [(path, named) for one, path, named in memberships if one == zone.organization]
    for path, named in own or [(None, False)]:
        is_certain = path is None or path.endswith(NOWHERE)
        yield Place(account, zone.organization, path, named=True, named_organization=named,
                    supposed=not is_certain)  # fmt: skip


def _memberships(reading: Reading, zone: Zone) -> Iterator[tuple[str | None, str | None, bool]]:
    """No organization, one that nobody names, and those that are named with their paths."""
    yield None, None, False
    if not reading.keys & _ORGANIZATION_KEYS:
        return
    yield "o-outsider00", f"o-outsider00/{NOWHERE}", False
    for organization in reading.organizations:
        if zone.holds_organization(organization):
            continue
        paths = [
            text
            for pattern in reading.paths
            if (text := _path(pattern)).startswith(f"{organization}/")
        ]
        for path in dict.fromkeys([f"{organization}/{NOWHERE}", *paths]):
            yield organization, path, True


def _path(pattern: str) -> str:
    text = filled(pattern, "ou-root-00000000")
    return text if text.endswith("/") else f"{text}/"


def _generic(reading: Reading, place: Place) -> Iterator[Outsider]:
    """Any principal of an account: a user; of other types where the policy tells them apart."""
    kind, who = Kind.AUTHENTICATED, "any AWS principal"
    if place.named:
        kind, who = Kind.ACCOUNT, f"account {place.account}"
    elif place.named_organization:
        kind, who = Kind.ORGANIZATION, f"organization {_where(reading, place)}"
    arn = f"arn:{reading.partition}:iam::{place.account}"
    ids = [f"{arn}:user/outsider"]
    if reading.keys & _PRINCIPAL_KEYS or reading.has_not_principal:
        ids += [f"{arn.replace(':iam:', ':sts:')}:assumed-role/outsider/outsider", f"{arn}:root"]
    for id_ in ids:
        yield _outsider(kind, who, id_, place)


def _where(reading: Reading, place: Place) -> str:
    if place.path is not None and place.path.count("/") > 1:
        for pattern in reading.paths:
            if _path(pattern) == place.path:
                return pattern
    return place.organization or ""


def _named(entry: str, zone: Zone, places: list[Place]) -> Iterator[Outsider]:
    """A user, role or session that Principal names."""
    if _ORIGIN_ACCESS.fullmatch(entry):
        name = entry.rpartition("/")[2]
        who = Principal(PrincipalType.USER, entry, "cloudfront", entry.split(":")[1], name)
        fixed = {"aws:principalarn": (entry,), "aws:principaltype": ("User",)}
        note = "if the origin access identity is not the account's own"
        yield Outsider(Kind.CANONICAL, entry, who, None, fixed, note=note)
        return
    account = account_of(entry)
    if account is None or zone.holds_account(account) or entry.endswith((":root", account)):
        return
    for place in places:
        if place.account == account:
            yield _outsider(Kind.PRINCIPAL, entry, entry, place)


def _patterns(reading: Reading, zone: Zone, places: list[Place]) -> Iterator[Outsider]:
    """Principals whose ARN or user name a condition describes."""
    ids: dict[tuple[str, str], None] = {}
    for _, value in reading.values("aws:principalarn"):
        ids[value, value] = None
    for _, value in reading.values("aws:username"):
        ids[f"arn:*:iam::*:user/{value}", value] = None
    for pattern, value in ids:
        parts = pattern.split(":", 5)
        if len(parts) < 6:
            parts = _loose(pattern)
        account, last = parts[4], parts[5]
        fixed_account = account_of(account)
        if fixed_account is not None and zone.holds_account(fixed_account):
            continue
        for place in places:
            if fixed_account is not None and place.account != fixed_account:
                continue
            service = "sts" if "assumed-role/" in last or "federated-user/" in last else "iam"
            arn = f"arn:{reading.partition}:{service}::{place.account}:{_last(last)}"
            if fixed_account is not None and not (set(last) & {"*", "?"}):
                kind, who = Kind.PRINCIPAL, value
            elif place.named:
                kind, who = Kind.ACCOUNT, f"account {place.account} ({value})"
            elif place.named_organization:
                kind, who = Kind.ORGANIZATION, f"organization {place.organization} ({value})"
            else:
                kind, who = Kind.AUTHENTICATED, f"any AWS principal named {value}"
            yield _outsider(kind, who, arn, place)


def _loose(pattern: str) -> list[str]:
    """The parts of a pattern that leaves colons to a wildcard."""
    for head in ("role/", "user/", "assumed-role/", "root"):
        before, found, after = pattern.rpartition(head)
        if found:
            digits = re.search(r"::(\d{12}):", before)
            return ["arn", "*", "*", "", digits[1] if digits else "*", head + after]
    digits = re.search(r"\d{12}", pattern)
    literal = max(re.split(r"[*?:/]", pattern), key=len)
    name = literal if literal and not literal.isdigit() else "outsider"
    return ["arn", "*", "*", "", digits[0] if digits else "*", f"role/{name}"]


def _last(pattern: str) -> str:
    text = filled(pattern)
    if text.startswith(("user/", "role/", "assumed-role/", "federated-user/")) or text == "root":
        return f"{text}/outsider" if re.fullmatch("assumed-role/[^/]+", text) else text
    return "user/outsider" if text == "outsider" else f"role/{text.rpartition('/')[2]}"


def _outsider(kind: Kind, who: str, arn: str, place: Place) -> Outsider:
    issuer = None
    if ":assumed-role/" in arn:
        role = arn.split("/")[1]
        issuer = f"arn:{arn.split(':')[1]}:iam::{place.account}:role/{role}"
    elif ":iam::" in arn and ":role/" in arn:
        issuer = arn
        name = arn.rpartition("/")[2]
        partition = arn.split(":")[1]
        arn = f"arn:{partition}:sts::{place.account}:assumed-role/{name}/outsider"
    principal = _principal(arn, issuer)
    return Outsider(kind, who, principal, place, _fixed(principal, place), note=place.note)


def _principal(arn: str, issuer: str | None) -> Principal:
    try:
        return requests.principal(arn, issuer=issuer)
    except RequestError:
        # Such an ARN is nobody's; it can then only be named as it stands.
        parts = arn.split(":", 5)
        account = parts[4] if len(parts) > 5 else None
        return Principal(PrincipalType.USER, arn, account, "aws", arn.rpartition("/")[2])


def _fixed(who: Principal, place: Place) -> dict[str, tuple[str, ...]]:
    kinds = {
        PrincipalType.USER: "User",
        PrincipalType.ROOT: "Account",
        PrincipalType.FEDERATED: "FederatedUser",
    }
    fixed: dict[str, tuple[str, ...]] = {
        "aws:principalaccount": (place.account,),
        "kms:calleraccount": (place.account,),
        # SNS sets it to the caller's account.
        "aws:sourceowner": (place.account,),
        "aws:principalarn": (who.role_arn or who.id,),
        "aws:principaltype": (kinds.get(who.type, "AssumedRole"),),
        "aws:principalisawsservice": ("false",),
    }
    match who.type:
        case PrincipalType.USER:
            fixed |= {"aws:username": (who.name,), "aws:userid": (_USER_ID,)}
        case PrincipalType.ROOT:
            fixed["aws:userid"] = (place.account,)
        case PrincipalType.FEDERATED:
            fixed["aws:userid"] = (f"{place.account}:{who.name}",)
    if place.organization is not None:
        fixed["aws:principalorgid"] = (place.organization,)
    if place.path is not None:
        fixed["aws:principalorgpaths"] = (place.path,)
    return fixed


def role_user_ids(reading: Reading) -> Iterator[str]:
    """The values of aws:userid that a session of a stranger's role can have."""
    yield f"{_ROLE_ID}:outsider"
    for _, value in reading.values("aws:userid"):
        role, colon, session = value.partition(":")
        if colon and _like(role, _ROLE_ID):
            yield f"{_ROLE_ID}:{filled(session)}"


def _canonical(entry: str, reading: Reading) -> Outsider:
    place = Place(reading.stranger)
    arn = f"arn:{reading.partition}:iam::{place.account}:user/outsider"
    who = requests.principal(arn, canonical_id=entry)
    note = "if the canonical user is not the account's own"
    return Outsider(
        Kind.CANONICAL, f"canonical user {entry}", who, place, _fixed(who, place), note=note
    )


def _hidden_services(reading: Reading) -> Iterator[str]:
    """Services that a policy means though it lets everybody in: by the sources it asks for."""
    for _, value in reading.values("aws:principalservicename", "aws:principalservicenameslist"):
        yield filled(value, "service").lower()
    found = False
    for _, value in reading.values("aws:sourcearn"):
        parts = value.split(":")
        if len(parts) > 2 and parts[2] and not set(parts[2]) & {"*", "?"}:
            found = True
            yield f"{parts[2]}.amazonaws.com"
    if not found:
        yield "service.amazonaws.com"


def _services(service: str, reading: Reading, places: list[Place]) -> Iterator[Outsider]:
    """A service that acts for a resource in each place outside."""
    try:
        who = requests.principal(service, "service")
    except RequestError:
        return
    fixed: dict[str, tuple[str, ...]] = {
        "aws:principalisawsservice": ("true",),
        "aws:principalservicename": (who.id,),
        "aws:principalservicenameslist": (who.id,),
    }
    told = reading.keys & _SOURCE_KEYS or any(k.startswith(_ENCRYPTION_ARN) for k in reading.keys)
    for place in places if told else places[:1]:
        words = service
        if place.named:
            words = f"{service} for account {place.account}"
        elif place.named_organization:
            words = f"{service} for organization {place.organization}"
        source: dict[str, tuple[tuple[str, ...], ...]] = {
            "aws:sourcearn": ((), *((arn,) for arn in _arns(service, reading, place))),
            "aws:sourceaccount": ((place.account,), ()),
            "aws:sourceowner": ((place.account,), ()),
            "aws:sourceorgid": ((place.organization,), ()) if place.organization else ((),),
            "aws:sourceorgpaths": ((place.path,), ()) if place.path else ((),),
        }
        yield Outsider(Kind.SERVICE, words, who, place, fixed, source, note=place.note)


_ENCRYPTION_ARN = "kms:encryptioncontext:aws:"


def _arns(service: str, reading: Reading, place: Place) -> Iterator[str]:
    """ARNs of sources of a place, among them those that the policy tells apart."""
    short = service.partition(".")[0]
    yield f"arn:{reading.partition}:{short}:us-east-1:{place.account}:outsider"
    for _, value in reading.values("aws:sourcearn"):
        yield from arns_like(value, place.account)


def arns_like(pattern: str, account: str) -> Iterator[str]:
    """ARNs that a pattern matches and that a resource of an account can have."""
    parts = pattern.split(":", 5)
    if len(parts) < 6:
        # A wildcard takes the place of the account.
        if "*" in pattern and account_of(pattern) in {None, account}:
            yield filled(pattern, f"arn:aws:sns:us-east-1:{account}:outsider")
            yield filled(pattern, f":{account}:outsider")
            yield filled(pattern, "outsider:::")
        return
    owner = parts[4]
    if owner == "":
        # Names without an account, as of buckets: a literal one is taken for ours.
        if set(parts[5].partition("/")[0]) & {"*", "?"}:
            yield filled(pattern)
        return
    if _like(owner, account):
        defaults = ("arn", DEFAULT_PARTITION, "sns", "us-east-1")
        head = [filled(part, fill) for part, fill in zip(parts, defaults, strict=False)]
        yield ":".join([*head, account, filled(parts[5])])


def _like(pattern: str, text: str) -> bool:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.DOTALL) is not None


def _federated(entry: str, zone: Zone) -> Iterator[Outsider]:
    account = account_of(entry)
    try:
        who = requests.principal(entry, "federated")
    except RequestError:
        return
    if account is not None and not zone.holds_account(account):
        yield Outsider(Kind.FEDERATED, entry, who)
        return
    address = provider_address(entry)
    provider = SHARED.get(address)
    if provider is None:
        return
    yield Outsider(
        Kind.FEDERATED, f"any {provider.tenant} of {address}", who, provider=provider,
        fixed={"aws:federatedprovider": (entry,)},
    )  # fmt: skip
    if address == COGNITO:
        yield Outsider(
            Kind.FEDERATED, f"guests of an identity pool of {address}", who,
            fixed={"aws:federatedprovider": (entry,),
                   f"{COGNITO}:amr": ("unauthenticated",)},
            note="if the identity pool gives identities to guests",
        )  # fmt: skip
