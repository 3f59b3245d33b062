"""The policies of one case, in any of the forms in which people have them.

AWS would not take some of what is taken here. Where it is plain what was meant, and nothing that
the policy says about access is lost, it is put right and told as a note; all else is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cloudwarden.analysis.iam import documents
from cloudwarden.analysis.iam.layers import Attached, Layer
from cloudwarden.analysis.iam.policies import PolicyCompiler, PolicyError, PolicyKind
from cloudwarden.core.errors import UsageError

#: What the identifiers of principals of AWS look like.

_DOCUMENTS = ("document", "PolicyDocument", "Document", "policy")
_NAMES = ("name", "PolicyName", "Name", "Id")


class CaseError(UsageError):
    """A line that is not a case."""


class CasePolicies:
    """Reads the policies of a case. `notes` tells of what was put right, `unread` of null levels.

    Methods raise `CaseError` for a field of the wrong shape, `PolicyError` for what is no policy.
    """

    def __init__(self, case: Mapping[str, Any], compiler: PolicyCompiler) -> None:
        self._case = case
        self._compiler = compiler
        self.notes: list[str] = []
        self.unread: set[tuple[Layer, int]] = set()

    def one(self, field: str, kind: PolicyKind) -> Attached | None:
        """A policy, alone or in a list, or that there is none."""
        given = self._case.get(field)
        if isinstance(given, list):
            if len(given) > 1:
                raise CaseError(f"{field} has {len(given)} policies; there is at most one.")
            given = given[0] if given else None
        return None if given is None else self._attached(given, kind, field)

    def several(self, field: str, kind: PolicyKind) -> tuple[Attached, ...]:
        """A list of policies, or one alone."""
        given = self._case.get(field)
        return () if given is None else tuple(self._list(given, kind, field))

    def levels(
        self, field: str, kind: PolicyKind, layer: Layer
    ) -> tuple[tuple[Attached, ...], ...]:
        """The policies of each level; a level that is null was not read."""
        given = self._case.get(field)
        if given is None:
            return ()
        if not isinstance(given, list):
            raise CaseError(f"{field} is not a list of levels.")
        self.unread |= {(layer, number) for number, level in enumerate(given) if level is None}
        return tuple(
            () if level is None else tuple(self._list(level, kind, f"{field}[{number}]"))
            for number, level in enumerate(given)
        )

    def _list(self, given: object, kind: PolicyKind, field: str) -> Iterator[Attached]:
        if isinstance(given, dict) and "policies" in given and "Statement" not in given:
            given = given["policies"]
        if isinstance(given, dict | str):
            yield self._attached(given, kind, field)
        elif isinstance(given, list):
            for number, each in enumerate(given):
                yield self._attached(each, kind, f"{field}[{number}]")
        else:
            raise CaseError(f"{field} is not a list of policies.")

    def _attached(self, given: object, kind: PolicyKind, field: str) -> Attached:
        document, name = given, field
        if isinstance(given, dict):
            if "Statement" not in given:
                document = next((given[key] for key in _DOCUMENTS if key in given), given)
            named = next((given[key] for key in _NAMES if key in given), None)
            name = named if isinstance(named, str) and named else field
        try:
            policy = self._compiler.compile(document, kind)
        except PolicyError as error:
            mended, notes = mend(document, kind)
            if not notes:
                raise PolicyError(f"{field}: {error}") from None
            try:
                policy = self._compiler.compile(mended, kind)
            except PolicyError as still:
                raise PolicyError(f"{field}: {still}") from None
            self.notes += [f"{field}: {note}" for note in notes]
        return Attached(policy, name, field)


def mend(document: object, kind: PolicyKind) -> tuple[object, list[str]]:
    """A document as it must have been meant, and what was done to it; nothing if it is beyond that.

    Elements of the policy that there are not are left out: they say nothing about access, as those
    of a statement might. Who is meant by a policy of an identity needs no Principal. A principal
    without its kind is one of AWS.
    """
    try:
        policy = dict(documents.read(document))
    except PolicyError:
        return document, []
    notes = []
    for name in list(policy):
        if name not in documents.POLICY_ELEMENTS:
            del policy[name]
            notes.append(f"The policy has an element {name!r}, which there is not; it is ignored.")
    if "Version" in policy and policy["Version"] is None:
        del policy["Version"]
        notes.append("The policy's Version is null; it is taken for 2008-10-17.")
    found = policy.get("Statement")
    statements = found if isinstance(found, list) else [found]
    mended: list[object] = []
    for number, statement in enumerate(statements):
        if isinstance(statement, dict):
            better, more = _mended(statement, kind)
            notes += [f"Statement {number} {note}" for note in more]
            mended.append(better)
        else:
            mended.append(statement)
    if "Statement" in policy:
        policy["Statement"] = mended
    return policy, notes


def _mended(statement: Mapping[str, Any], kind: PolicyKind) -> tuple[dict[str, Any], list[str]]:
    mended, notes = dict(statement), []
    if not kind.names_principals:
        if mended.pop("Principal", None) is not None:
            notes.append(f"has Principal, which {kind} policies do not have; it is ignored.")
        return mended, notes
    for element in ("Principal", "NotPrincipal"):
        value = mended.get(element)
        if documents.names_aws(value):
            mended[element] = {"AWS": value}
            notes.append(f"{element} does not say of what kind it is; it is taken for AWS.")
    return mended, notes
