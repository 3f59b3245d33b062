"""The world of access out of a saved `aws iam get-account-authorization-details`.

The file may be what the CLI prints, one page of it, a list of pages, or pages one after another;
policies may be objects, text, or percent-encoded text. It tells of users, groups, roles, policies
and instance profiles. Organizations, resources and credentials it does not tell of.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cloudwarden.analysis.iam import documents
from cloudwarden.analysis.iam.documents import PolicyError
from cloudwarden.analysis.iam.escalation_setting import Setting
from cloudwarden.analysis.iam.world import (
    UNREAD,
    Account,
    Attachment,
    PolicyText,
    Principal,
    PrincipalKind,
    World,
)
from cloudwarden.core.errors import UsageError
from cloudwarden.core.json import dumps

_LISTS: Final = {
    "UserDetailList": "users", "GroupDetailList": "groups", "RoleDetailList": "roles",
    "Policies": "policies",
}  # fmt: skip
#: Without one of these, it is not known who is there.
_PRINCIPALS: Final = ("UserDetailList", "RoleDetailList")

#: The one policy of AWS that is known without being read: nobody else can change it, and a file
#: that was filtered lacks it.
_ADMINISTRATOR: Final = ":iam::aws:policy/AdministratorAccess"
_EVERYTHING: Final = dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)

#: What such a file cannot tell, said once.
NOTES: Final = (
    (
        "Service control policies, resource control policies and the organization are not told by "
        "this file: they may forbid what is shown here."
    ),
    (
        "Resources are not told by this file: techniques that act through one that exists already "
        "are unknown, not absent. What resources' own policies grant, and which objects in buckets "
        "hold code that is run, is not counted."
    ),
)


@dataclass(frozen=True, slots=True)
class AuthorizationDetails:
    """What a file tells: principals, and what techniques need beside."""

    world: World
    setting: Setting
    notes: tuple[str, ...]


def read_authorization_details(text: str, where: str = "the file") -> AuthorizationDetails:
    """The world that a file tells. Raises `UsageError` for what is none."""
    return _Reading(_joined(_pages(text, where), where), where).read()


@dataclass(frozen=True, slots=True)
class _Joined:
    """The rows of all pages. `cut` are the accounts of whose pages the last is missing.

    `missing` are lists that no page has.
    """

    rows: Mapping[str, list[dict[str, Any]]]
    cut: frozenset[str]
    missing: tuple[str, ...]


def _pages(text: str, where: str) -> Iterator[Mapping[str, Any]]:
    decoder, position = json.JSONDecoder(), 0
    text = text.lstrip("\ufeff")
    while True:
        while position < len(text) and text[position] in " \t\r\n,":
            position += 1
        if position == len(text):
            return
        try:
            value, position = decoder.raw_decode(text, position)
        except (json.JSONDecodeError, RecursionError) as error:
            raise UsageError(f"{where} is not JSON: {error}") from None
        for page in value if isinstance(value, list) else [value]:
            if not isinstance(page, dict):
                raise UsageError(
                    f"{where} holds {type(page).__name__} where the output of "
                    "`aws iam get-account-authorization-details`, a JSON object, was expected"
                )
            yield page


def _joined(pages: Iterator[Mapping[str, Any]], where: str) -> _Joined:
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in _LISTS}
    there: set[str] = set()
    waiting: set[str] = set()
    goes_on = False
    for page in pages:
        for name in _LISTS:
            rows = page.get(name)
            if rows is None:
                continue
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise UsageError(f"{where}: {name} must be a list of {_LISTS[name]}")
            there.add(name)
            found[name] += rows
            waiting.update(filter(None, (_account(row.get("Arn")) for row in rows)))
        # The CLI says the first, and where it was told to stop early, the second.
        goes_on = page.get("IsTruncated") in (True, "true", "True") or bool(page.get("NextToken"))
        if not goes_on:
            waiting = set()
    if not there:
        raise UsageError(
            f"{where} has none of {', '.join(_LISTS)}: is it the output of "
            "`aws iam get-account-authorization-details`?"
        )
    missing = tuple(name for name in _LISTS if name not in there)
    return _Joined(found, frozenset(waiting) if goes_on else frozenset(), missing)


def _account(arn: object) -> str | None:
    """The account that an ARN names; AWS's own policies name none."""
    parts = arn.split(":", 5) if isinstance(arn, str) else []
    return parts[4] if len(parts) > 5 and parts[4].isdigit() else None


class _Reading:
    """Reads the rows of all pages."""

    def __init__(self, joined: _Joined, where: str) -> None:
        self._joined = joined
        self._rows = joined.rows
        self._where = where
        self._texts: dict[str, str] = {}
        self._documents: dict[str, PolicyText] = {}
        self._versions: dict[str, tuple[PolicyText, ...]] = {}
        self._groups: dict[tuple[str, str], Principal] = {}

    def read(self) -> AuthorizationDetails:
        """Everything that the file tells."""
        for row in self._rows["Policies"]:
            self._policy(row)
        groups = [self._group(row) for row in self._rows["GroupDetailList"]]
        users = [self._user(row) for row in self._rows["UserDetailList"]]
        roles = [self._role(row) for row in self._rows["RoleDetailList"]]
        principals = list({one.arn: one for one in (*groups, *users, *roles)}.values())
        accounts = {one.account: one.arn.split(":")[1] for one in principals}
        missing = [name for name in self._joined.missing if name in _PRINCIPALS]
        world = World(
            [
                Account(id_, partition=part, organization=UNREAD,
                        lists_principals=not (missing or id_ in self._joined.cut))
                for id_, part in accounts.items()
            ],
            principals,
        )  # fmt: skip
        setting = Setting(
            versions=self._versions,
            profiles_read=frozenset(accounts),
            notes=(*NOTES, *self._notes()),
            untold="is not told by this file",
        )
        return AuthorizationDetails(world, setting, setting.notes)

    def _notes(self) -> Iterator[str]:
        for name in self._joined.missing:
            yield f"This file has no {name}: what its {_LISTS[name]} would add is unknown."
        for account in sorted(self._joined.cut):
            yield (
                f"This file ends before the last page of account {account}: collect the rest "
                "(the CLI does by itself, without --max-items and --no-paginate)."
            )

    def _policy(self, row: Mapping[str, Any]) -> None:
        arn = self._text(row, "Arn", "a policy")
        default: PolicyText = UNREAD
        others: list[PolicyText] = []
        for version in self._list(row, "PolicyVersionList", arn):
            text = self._document(version.get("Document"))
            if version.get("IsDefaultVersion") or (
                version.get("VersionId") and version.get("VersionId") == row.get("DefaultVersionId")
            ):
                default = text
            else:
                others.append(text)
        if default is UNREAD and len(others) == 1 and "DefaultVersionId" not in row:
            # The only one there is.
            default, others = others[0], []
        self._documents[arn] = default
        self._versions[arn] = tuple(others)

    def _group(self, row: Mapping[str, Any]) -> Principal:
        principal = self._principal(row, PrincipalKind.GROUP, "GroupPolicyList")
        self._groups[principal.account, principal.name] = principal
        return principal

    def _user(self, row: Mapping[str, Any]) -> Principal:
        return self._principal(row, PrincipalKind.USER, "UserPolicyList")

    def _role(self, row: Mapping[str, Any]) -> Principal:
        return self._principal(row, PrincipalKind.ROLE, "RolePolicyList")

    def _principal(self, row: Mapping[str, Any], kind: PrincipalKind, inline: str) -> Principal:
        arn = self._text(row, "Arn", f"a {kind}")
        parts = arn.split(":", 5)
        if len(parts) < 6 or parts[2] != "iam" or not parts[4].isdigit():
            raise UsageError(f"{self._where}: {arn!r} is not the ARN of a {kind}")
        name = row.get(f"{kind.value.capitalize()}Name") or arn.rpartition("/")[2]
        policies = list(self._attached(row, inline, arn))
        groups = []
        if kind is PrincipalKind.USER:
            for group in self._names(row, "GroupList", arn):
                known = self._groups.get((parts[4], str(group)))
                groups.append(known.arn if known else f"{arn.rpartition(':')[0]}:group/{group}")
                through = f"group {group}"
                if known is None:
                    policies.append(Attachment(str(group), UNREAD, through))
                policies += [
                    Attachment(one.policy, one.document, through)
                    for one in (known.policies if known else ())
                ]
        boundary = None
        if isinstance(row.get("PermissionsBoundary"), dict):
            limit = row["PermissionsBoundary"].get("PermissionsBoundaryArn")
            if limit:
                boundary = self._managed(str(limit), "boundary")
        trust: PolicyText | None = None
        if kind is PrincipalKind.ROLE:
            trust = self._document(row.get("AssumeRolePolicyDocument"))
        return Principal(
            kind, arn, parts[4], str(name),
            id=str(row.get(f"{kind.value.capitalize()}Id") or ""),
            path=str(row.get("Path") or _path(parts[5])),
            tags=self._tags(row),
            policies=tuple(policies),
            boundary=boundary,
            trust=trust,
            groups=tuple(groups),
            instance_profiles=tuple(
                str(one.get("Arn") or one.get("InstanceProfileName") or "unnamed")
                for one in self._list(row, "InstanceProfileList", arn)
            ),
        )  # fmt: skip

    def _attached(self, row: Mapping[str, Any], inline: str, arn: str) -> Iterator[Attachment]:
        for policy in self._list(row, inline, arn):
            name = str(policy.get("PolicyName") or "inline policy")
            yield Attachment(name, self._document(policy.get("PolicyDocument")), "inline")
        for policy in self._list(row, "AttachedManagedPolicies", arn):
            limit = policy.get("PolicyArn")
            if limit:
                yield self._managed(str(limit), "managed")

    def _managed(self, arn: str, through: str) -> Attachment:
        known: PolicyText = _EVERYTHING if arn.endswith(_ADMINISTRATOR) else UNREAD
        return Attachment(arn, self._documents.get(arn, known), through)

    def _tags(self, row: Mapping[str, Any]) -> Mapping[str, str]:
        tags = row.get("Tags")
        if not isinstance(tags, list):
            return {}
        return {
            str(one["Key"]): str(one.get("Value", ""))
            for one in tags
            if isinstance(one, dict) and "Key" in one
        }

    def _document(self, value: object) -> PolicyText:
        """A policy's text; unread where there is none, or none that is a policy."""
        if value is None or value == "":
            return UNREAD
        try:
            text = dumps(documents.read(value))
        except (PolicyError, TypeError, ValueError):
            return UNREAD
        return self._texts.setdefault(text, text)

    def _text(self, row: Mapping[str, Any], key: str, what: str) -> str:
        value = row.get(key)
        if not isinstance(value, str) or not value.startswith("arn:"):
            raise UsageError(f"{self._where}: {what} has no {key}")
        return value

    def _list(self, row: Mapping[str, Any], key: str, what: str) -> list[Mapping[str, Any]]:
        value = row.get(key) or []
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise UsageError(f"{self._where}: {key} of {what} must be a list of objects")
        return value

    def _names(self, row: Mapping[str, Any], key: str, what: str) -> list[str]:
        value = row.get(key) or []
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise UsageError(f"{self._where}: {key} of {what} must be a list of names")
        return value


def _path(resource: str) -> str:
    """The path in the last part of an ARN."""
    _, _, rest = resource.partition("/")
    head, slash, _ = rest.rpartition("/")
    return f"/{head}/" if slash else "/"
