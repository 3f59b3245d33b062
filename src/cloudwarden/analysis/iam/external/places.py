"""Where outsiders may be: the accounts and organizations that a policy can tell apart."""

from __future__ import annotations

from collections.abc import Iterator

from cloudwarden.analysis.iam.external.reading import ORGANIZATION_KEYS, PATH_KEYS, Reading, filled
from cloudwarden.analysis.iam.external.zones import ITS_OWN, NOWHERE, Place, Zone

_OF_RESOURCE = frozenset({"aws:resourceorgid", "aws:resourceorgpaths"})
_ORGANIZATION_KEYS = ORGANIZATION_KEYS | PATH_KEYS


def places_of(reading: Reading, zone: Zone) -> Iterator[Place]:
    """Where outsiders may be: strangers first, then the accounts that are named."""
    memberships = list(_memberships(reading, zone))
    for organization, path, named in memberships:
        yield Place(reading.stranger, organization, path, named_organization=named)
    for pattern, account in reading.alike.items():
        if not zone.holds_account(account):
            for organization, path, named in memberships:
                yield Place(account, organization, path, named_organization=named, alike=pattern)
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
    # A policy may name the account's own organization by a variable.
    own = (zone.organization or ITS_OWN,) if reading.keys & _OF_RESOURCE else ()
    for organization in dict.fromkeys((*reading.organizations, *own)):
        if zone.holds_organization(organization):
            continue
        paths = [
            text
            for pattern in reading.paths
            if (text := path_of(pattern)).startswith(f"{organization}/")
        ]
        for path in dict.fromkeys([f"{organization}/{NOWHERE}", *paths]):
            yield organization, path, True


def path_of(pattern: str) -> str:
    """A path that a pattern of paths matches."""
    text = filled(pattern, "ou-root-00000000")
    return text if text.endswith("/") else f"{text}/"
