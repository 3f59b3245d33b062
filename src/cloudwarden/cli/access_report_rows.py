"""Rows of the access report for a terminal and for CSV: lists as words, and what is unknown.

Where something applies and was not read a cell says `unknown`: an empty one means that there is
none, or that it does not apply.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

TABLE = [
    "account", "kind", "name", "level", "has", "groups", "console", "mfa", "keys", "use",
    "last_used", "unread",
]  # fmt: skip
CSV = [
    "account", "account_name", "kind", "name", "arn", "read_at", "created", "used_by", "level",
    "level_certainty", "admin", "admin_in", "policies", "groups", "boundary", "identity_center",
    "assigned", "trusted", "roles", "resource_policies", "console", "password_age_days",
    "password_last_used", "mfa", "mfa_type", "keys", "use", "last_used", "last_used_by",
    "services_used", "services_unused", "services_not_tracked", "resource", "actions", "condition",
    "unknown",
]  # fmt: skip

_UNKNOWN = "unknown"


def flat(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its lists as words, and `unknown` for what applies and was not read."""
    kind = row["kind"]
    signs_in, has_policies = kind in _SIGN_IN, kind in _WITH_POLICIES
    second_factor = signs_in or kind == "person"
    used_services = has_policies and kind != "person"
    password, services = row["password"] or {}, row["services"] or {}
    unread_services = _UNKNOWN if used_services and row["services"] is None else None
    unread_password = _UNKNOWN if signs_in and row["console"] is None and not password else None
    keys, unread_use = row["keys"], row["use"] == _UNKNOWN and kind != "external"
    return {
        **row,
        "level": row["level"] or _UNKNOWN,
        "policies": _words(row["policies"], _policy, applies=has_policies),
        "groups": _words(row["groups"], str, applies=kind in {"user", "person", "unread"}),
        "assigned": _words(row["assigned"], str, applies=bool(row["identity_center"])),
        "trusted": _words(row["trusted"], _trust, applies=kind in {"role", "unread"}),
        "roles": _words(row["roles"], _role, applies=has_policies),
        "resource_policies": _words(row["resource_policies"], _grant, applies=used_services),
        "console": _UNKNOWN if row["console"] is None and signs_in else row["console"],
        "password_age_days": unread_password or password.get("age_days"),
        "password_last_used": unread_password or password.get("last_used"),
        "mfa": _UNKNOWN if row["mfa"] is None and second_factor else row["mfa"],
        "mfa_type": _UNKNOWN if row["mfa_type"] is None and second_factor else row["mfa_type"],
        "keys": _words(keys, _key, applies=signs_in),
        "services_used": unread_services or [one["service"] for one in services.get("used", ())],
        "services_unused": unread_services or services.get("unused"),
        "services_not_tracked": unread_services or services.get("not_tracked"),
        "use": None if kind == "external" else row["use"],
        "last_used": _UNKNOWN if unread_use and row["last_used"] is None else row["last_used"],
        "admin": _UNKNOWN if kind == "unread" else row["admin"],
    }


#: Rows of those who may have passwords and keys, and of those who may have policies.
_SIGN_IN = frozenset({"user", "root", "unread"})
_WITH_POLICIES = frozenset({"user", "role", "person", "unread"})


def short(row: dict[str, Any]) -> dict[str, Any]:
    """A flat row for a terminal."""
    kind, level, certainty = row["kind"], row["level"], row["level_certainty"]
    if level == "becomes admin":
        level = f"{level} in {row['admin_in']}"
    if certainty == _UNKNOWN and level != _UNKNOWN:
        level = f"{level} or more"
    elif certainty == "conditional":
        level = f"{level} ({certainty})"
    has = row["policies"]
    if kind == "external":
        has = f"{', '.join(row['actions'] or ()) or _UNKNOWN} on {row['resource']}"
    mfa = row["mfa_type"]
    if mfa == _UNKNOWN and row["mfa"] is True:
        mfa = "yes"
    name = row["name"] or f"({_UNKNOWN})"
    if row["identity_center"]:
        name = f"{name} (permission set)"
    return {
        **row,
        "name": name,
        "level": level,
        "has": has,
        "mfa": mfa,
        "last_used": (row["last_used"] or "")[:10] or None,
        "unread": len(row["unknown"]) or None,
    }


def _words(found: Any, told: Callable[[Any], str], *, applies: bool) -> Any:
    if found is None:
        return _UNKNOWN if applies else None
    return [told(one) for one in found]


def _policy(one: dict[str, Any]) -> str:
    name = one["policy"].rpartition("/")[2]
    return f"{name} ({one['through']}{'' if one['read'] else ', its text was not read'})"


def _trust(one: dict[str, Any]) -> str:
    return f"{one['who']}{' (conditional)' if one['conditional'] else ''}"


def _role(one: dict[str, Any]) -> str:
    return one["role"] if one["certainty"] == "sure" else f"{one['role']} ({one['certainty']})"


def _grant(one: dict[str, Any]) -> str:
    return f"{', '.join(one['actions'])} on {one['resource']}"


def _key(one: dict[str, Any]) -> str:
    states = {True: "active", False: "inactive", None: "state unknown"}
    age = _UNKNOWN + " age" if one["age_days"] is None else f"{one['age_days']} d"
    return f"{one['id'] or 'key'} ({states[one['active']]}, {age}, {one['use']})"
