"""Who may ask from outside a zone: every kind of outsider that a policy can tell apart.

An outsider has what nobody can forge: an account, an organization, a name that its account could
give it. What it can choose is for `domains`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cloudwarden.analysis.iam import requests
from cloudwarden.analysis.iam.external.federation import (
    COGNITO,
    SHARED,
    provider_address,
)
from cloudwarden.analysis.iam.external.kinds import UNLESS_OWN, Kind, Outsider
from cloudwarden.analysis.iam.external.places import path_of, places_of
from cloudwarden.analysis.iam.external.reading import (
    DEFAULT_PARTITION,
    Reading,
    account_of,
    filled,
    partition_of,
)
from cloudwarden.analysis.iam.external.services import (
    SERVICE_KEYS,
    SOURCE_KEYS,
    hidden_services,
    like,
    services_of,
)
from cloudwarden.analysis.iam.external.zones import ITS_OWN, Place, Zone
from cloudwarden.analysis.iam.requests import Principal, PrincipalType, RequestError

_ORIGIN_ACCESS = re.compile(r"arn:[^:]*:iam::cloudfront:user/.+")
_USER_ID, _ROLE_ID = "AIDAOUTSIDER000000001", "AROAOUTSIDER000000001"
_PRINCIPAL_KEYS = frozenset({"aws:principalarn", "aws:principaltype", "aws:userid", "aws:username"})


def outsiders(reading: Reading, zone: Zone) -> Iterator[Outsider]:
    """Every outsider, the widest kinds first; several of one kind differ in what is fixed."""
    entries = _entries(reading)
    opens = reading.has_not_principal or "*" in entries.get("AWS", ())
    if opens:
        yield _anonymous()
    places = list(places_of(reading, zone))
    for place in places:
        if opens or place.named:
            yield from _generic(reading, place)
    for entry in entries.get("AWS", ()):
        yield from _named(entry, zone, places)
    yield from _patterns(reading, zone, places)
    for entry in entries.get("CanonicalUser", ()):
        yield _canonical(entry, reading)
    services = dict.fromkeys(entry.lower() for entry in entries.get("Service", ()))
    if opens and reading.keys & (SOURCE_KEYS | SERVICE_KEYS):
        services |= dict.fromkeys(hidden_services(reading))
    for service in services:
        yield from services_of(service, reading, places)
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
    fixed = {
        "aws:principalaccount": ("anonymous",),
        "aws:principaltype": ("Anonymous",),
        "aws:userid": ("anonymous",),
        # Whoever calls a function's address unsigned finds one that asks for no signature.
        "lambda:functionurlauthtype": ("NONE",),
    }
    who = Principal(PrincipalType.ANONYMOUS, "*")
    return Outsider(Kind.ANONYMOUS, "anybody, signed in or not", who, fixed=fixed)


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
    if place.organization == ITS_OWN:
        return "of the account"
    if place.path is not None and place.path.count("/") > 1:
        for pattern in reading.paths:
            if path_of(pattern) == place.path:
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
        partition = partition_of(arn) or DEFAULT_PARTITION
        return Principal(PrincipalType.USER, arn, account, partition, arn.rpartition("/")[2])


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
        if colon and like(role, _ROLE_ID):
            yield f"{_ROLE_ID}:{filled(session)}"


def _canonical(entry: str, reading: Reading) -> Outsider:
    place = Place(reading.stranger)
    arn = f"arn:{reading.partition}:iam::{place.account}:user/outsider"
    who = requests.principal(arn, canonical_id=entry)
    return Outsider(
        Kind.CANONICAL, f"canonical user {entry}", who, place, _fixed(who, place),
        note=UNLESS_OWN,
    )  # fmt: skip


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
    if address in COGNITO:
        yield Outsider(
            Kind.FEDERATED, f"guests of an identity pool of {address}", who,
            fixed={"aws:federatedprovider": (entry,),
                   f"{address}:amr": ("unauthenticated",)},
            note="if the identity pool gives identities to guests",
        )  # fmt: skip
