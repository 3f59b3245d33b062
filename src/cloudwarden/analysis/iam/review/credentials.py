"""How principals sign in: passwords, second factors and keys, from two sources.

The credential report tells of everybody at once but may be four hours old and names no key; keys
and devices are also listed user by user. Where one source was not read the other speaks, and where
neither was the answer is None: not known, never "none".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.iam.review.uses import Moments, Use
from cloudwarden.schema.records import Verdict

KEY, DEVICE, ROOT = "AWSAccountAccessKey", "AWSMfaDevice", "AWSRootPrincipal"
LABELS: Final = frozenset({KEY, DEVICE, ROOT})

REPORT: Final = "iam:GetCredentialReport"
_KEY_USE: Final = "iam:GetAccessKeyLastUsed"
_USERS, _KEYS, _DEVICES, _VIRTUAL = (
    "iam:ListUsers",
    "iam:ListAccessKeys",
    "iam:ListMFADevices",
    "iam:ListVirtualMFADevices",
)


class Factor(StrEnum):
    """What kind of second factor somebody has; `NONE` is known to have none."""

    VIRTUAL = "virtual"
    HARDWARE = "hardware"
    SECURITY_KEY = "security key"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Key:
    """One access key; ages are in whole days. `id` is None where only the report tells of it."""

    id: str | None
    active: bool | None
    created: str | None
    age_days: int | None
    use: Use
    last_used: str | None
    service: str | None
    region: str | None

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "id": self.id,
            "active": self.active,
            "created": self.created,
            "age_days": self.age_days,
            "use": self.use.value,
            "last_used": self.last_used,
            "service": self.service,
            "region": self.region,
        }


@dataclass(frozen=True, slots=True)
class Password:
    """A password that is there; `age_days` counts from when it was last changed."""

    last_changed: str | None
    age_days: int | None
    use: Use
    last_used: str | None

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "last_changed": self.last_changed,
            "age_days": self.age_days,
            "use": self.use.value,
            "last_used": self.last_used,
        }


@dataclass(frozen=True, slots=True)
class Credentials:
    """How a user or the root signs in. None means that it is not known.

    `factor` is also None where there is a second factor of which the kind is not known. The root
    of an account always can have a password; whether it has, nobody tells: `console` is None.
    """

    console: bool | None = None
    password: Password | None = None
    mfa: bool | None = None
    factor: Factor | None = None
    keys: tuple[Key, ...] | None = None


class SignIns:
    """The credentials of an estate's users and roots."""

    def __init__(self, estate: Estate, moments: Moments) -> None:
        self._estate = estate
        self._moments = moments
        self._keys: dict[str, list[EstateAsset]] = defaultdict(list)
        self._devices: dict[str, list[EstateAsset]] = defaultdict(list)
        for key in estate.assets(KEY):
            for owner in key.targets("OWNED_BY"):
                if not key.stale:
                    self._keys[owner].append(key)
        for device in estate.assets(DEVICE):
            for owner in device.targets("MFA_DEVICE", incoming=True):
                if not device.stale:
                    self._devices[owner].append(device)

    def of(self, asset: EstateAsset) -> Credentials:
        """How a user, or the root, signs in."""
        told = None if REPORT in asset.unread else asset.properties
        reported = None if told is None else self._reported(told)
        is_root = asset.label == ROOT
        # Nobody lists the root's keys, and of its devices only virtual ones.
        keys = reported if is_root else self._joined(asset, reported)
        mfa, factor = self._mfa(asset, told)
        console = None if told is None or is_root else told.get("password_enabled")
        return Credentials(console, self._password(told, is_root=is_root), mfa, factor, keys)

    def _password(self, told: Mapping[str, Any] | None, *, is_root: bool) -> Password | None:
        if told is None or not (is_root or told.get("password_enabled")):
            return None
        changed, used = told.get("password_last_changed"), told.get("passwordlastused")
        moments = self._moments
        return Password(changed, moments.age(changed), moments.use(used), used)

    def _whole(self, account: str, *operations: str) -> bool:
        """Whether these lists, of the users' among others, were read to their ends."""
        listing = self._estate.listing(KEY, account)
        if listing is None:
            return False
        partial = listing.verdict is Verdict.PARTIAL
        return listing.shows_absence or (partial and not listing.failures.keys() & {*operations})

    def _mfa(
        self, asset: EstateAsset, told: Mapping[str, Any] | None
    ) -> tuple[bool | None, Factor | None]:
        devices = self._devices[asset.id]
        if devices:
            return True, min((_factor(device) for device in devices), key=_STRENGTH.index)
        reported = None if told is None else told.get("mfa_active")
        if asset.label == ROOT:
            whole = self._whole(asset.account, _VIRTUAL)
            if reported:
                # Virtual devices were listed, and none of them is the root's.
                return True, Factor.HARDWARE if whole else None
            return reported, Factor.NONE if reported is False else None
        if self._whole(asset.account, _USERS, _DEVICES) or reported is False:
            return False, Factor.NONE
        return reported, None

    def _joined(self, asset: EstateAsset, reported: Sequence[Key] | None) -> tuple[Key, ...] | None:
        """Keys as they were listed, and what only the report tells."""
        by_creation = {_second(key.created): key for key in reported or ()}
        listed = tuple(self._listed(key, by_creation) for key in self._keys[asset.id])
        if self._whole(asset.account, _USERS, _KEYS):
            return listed
        if reported is None:
            return None
        known = {_second(key.created) for key in listed}
        return (*listed, *(key for key in reported if _second(key.created) not in known))

    def _listed(self, key: EstateAsset, reported: Mapping[str, Key]) -> Key:
        created, used = key.get("createdate"), key.get("lastuseddate")
        status = key.get("status")
        found = Key(
            key.id,
            None if status is None else status == "Active",
            created,
            self._moments.age(created),
            self._moments.use(used),
            used,
            key.get("lastusedservice"),
            key.get("lastusedregion"),
        )
        if _KEY_USE not in key.unread:
            return found
        # What is known of its use then is of an earlier reading, or the report's.
        other = reported.get(_second(created)) if created else None
        if other is not None:
            return replace(other, id=key.id, active=found.active)
        return replace(found, use=Use.UNKNOWN, last_used=None, service=None, region=None)

    def _reported(self, told: Mapping[str, Any]) -> tuple[Key, ...]:
        """The keys that the credential report tells of: it has two places for them."""
        found = []
        for number in (1, 2):
            stem = f"access_key_{number}"
            active, created = told.get(f"{stem}_active"), told.get(f"{stem}_last_rotated")
            if not active and not created:
                continue
            used = told.get(f"{stem}_last_used_date")
            found.append(
                Key(
                    None,
                    active,
                    created,
                    self._moments.age(created),
                    self._moments.use(used),
                    used,
                    told.get(f"{stem}_last_used_service"),
                    told.get(f"{stem}_last_used_region"),
                )
            )
        return tuple(found)


#: Of several second factors the weakest counts: it suffices to sign in.
_STRENGTH: Final = (Factor.VIRTUAL, Factor.HARDWARE, Factor.SECURITY_KEY, Factor.NONE)


def _second(moment: str | None) -> str:
    """A moment to the second: the report does not tell it closer, and lists may."""
    return (moment or "")[:19]


def _factor(device: EstateAsset) -> Factor:
    """A device's kind: those that are no hardware of AWS's own bear ARNs that say so."""
    serial = str(device.get("serialnumber") or device.id)
    if ":u2f/" in serial:
        return Factor.SECURITY_KEY
    return Factor.VIRTUAL if device.get("virtual") or ":mfa/" in serial else Factor.HARDWARE
