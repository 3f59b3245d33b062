"""AWS services that act for the resources of outsiders, and the sources that they then tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cloudwarden.analysis.iam import requests
from cloudwarden.analysis.iam.external.kinds import Kind, Outsider
from cloudwarden.analysis.iam.external.reading import (
    Reading,
    account_of,
    filled,
)
from cloudwarden.analysis.iam.external.zones import Place
from cloudwarden.analysis.iam.requests import RequestError

#: Keys that tell for whose resource a service acts, and keys that tell which service it is.
SOURCE_KEYS = frozenset(
    {"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths",
     "aws:sourceowner"}
)  # fmt: skip
SERVICE_KEYS = frozenset(
    {"aws:principalservicename", "aws:principalservicenameslist", "aws:principalisawsservice"}
)
#: What services that encrypt for a resource put that resource's ARN under.
ENCRYPTION_ARN = "kms:encryptioncontext:aws:"


def hidden_services(reading: Reading) -> Iterator[str]:
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


def services_of(service: str, reading: Reading, places: list[Place]) -> Iterator[Outsider]:
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
    told = reading.keys & SOURCE_KEYS or any(k.startswith(ENCRYPTION_ARN) for k in reading.keys)
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


def _arns(service: str, reading: Reading, place: Place) -> Iterator[str]:
    """ARNs of sources of a place, among them those that the policy tells apart."""
    short = service.partition(".")[0]
    yield f"arn:{reading.partition}:{short}:{reading.region}:{place.account}:outsider"
    for _, value in reading.values("aws:sourcearn"):
        yield from arns_like(value, place.account, reading)


def arns_like(pattern: str, account: str, reading: Reading) -> Iterator[str]:
    """ARNs that a pattern matches and that a resource of an account can have."""
    parts = pattern.split(":", 5)
    if len(parts) < 6:
        # A wildcard takes the place of the account.
        if "*" in pattern and account_of(pattern) in {None, account}:
            arn = f"arn:{reading.partition}:sns:{reading.region}:{account}:outsider"
            yield filled(pattern, arn)
            yield filled(pattern, f":{account}:outsider")
            yield filled(pattern, "outsider:::")
        return
    owner = parts[4]
    if owner == "":
        # Names without an account, as of buckets: a literal one is taken for ours.
        if set(parts[5].partition("/")[0]) & {"*", "?"}:
            yield filled(pattern)
        return
    if like(owner, account):
        defaults = ("arn", reading.partition, "sns", reading.region)
        head = [filled(part, fill) for part, fill in zip(parts, defaults, strict=False)]
        yield ":".join([*head, account, filled(parts[5])])


def like(pattern: str, text: str) -> bool:
    """Whether a text matches a pattern with wildcards."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.DOTALL) is not None
