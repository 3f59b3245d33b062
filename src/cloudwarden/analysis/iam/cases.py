"""Requests with all their policies as lines of JSON, evaluated one by one.

A line is an object with `id`, `request` and the policies of each layer:

- `request`: `principal`, `principal_type` (told from the principal if absent), `action`,
  `resource`, `resource_account` and `context` (a value or a list of values by key).
- `identity` and `session`: lists of policies; `boundary`, `resource_policy` and
  `endpoint_policy`: one or null; `scps` and `rcps`: a list of policies for each level, root first.
  A policy is a document, its JSON text, or an object that has it as `document` or
  `PolicyDocument` beside a `name` or `PolicyName`.

Optional, as no policy tells it. In `request`: `management_account` (true: the principal's account
is the management account of its organization; or that account's id), `aws_managed_key` (true),
`issuer` (the ARN of the role or user behind a session), `canonical_id`, and `behind` (the bucket,
or what is in it, behind an access point, with its policy beside the others as `behind_policy`).
Beside `request`: `unread`, a list of layers of which something is not known.

Context keys that are not given are absent, but for those that follow from the request. Fields
that are not named here are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from cloudwarden.analysis.iam.context import Context
from cloudwarden.analysis.iam.documents import scalars
from cloudwarden.analysis.iam.evaluator import evaluate
from cloudwarden.analysis.iam.layers import Attached, Layer, Layers
from cloudwarden.analysis.iam.policies import PolicyCompiler, PolicyError, PolicyKind
from cloudwarden.analysis.iam.requests import Principal, Request, principal
from cloudwarden.core.errors import UsageError

#: How many policies are remembered between lines, before starting afresh.
_REMEMBERED = 20_000

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_DOCUMENTS = ("document", "PolicyDocument", "Document", "policy")
_NAMES = ("name", "PolicyName", "Name", "Id")


class CaseError(UsageError):
    """A line that is not a case."""


def evaluate_cases(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """An answer for each line, in order, with the line's `id`; blank lines are passed over.

    Of a line that is not a case the answer has the `id`, null if there is none, and an `error`.
    """
    compiler = PolicyCompiler()
    for line in lines:
        if not line.strip():
            continue
        if len(compiler) > _REMEMBERED:
            compiler = PolicyCompiler()
        yield _answer(line, compiler)


def read_case(case: Mapping[str, Any], compiler: PolicyCompiler) -> tuple[Request, Layers]:
    """The request of a case and the policies that bear on it.

    Raises `CaseError`, `RequestError` or `PolicyError`, whose message says what is wrong.
    """
    given = case.get("request")
    if not isinstance(given, dict):
        raise CaseError("The case has no request, which is an object.")
    request = _request(given)
    return request, _layers(case, request, compiler)


def _answer(line: str, compiler: PolicyCompiler) -> dict[str, Any]:
    identifier: Any = None
    try:
        case = _json(line)
        identifier = _identifier(case)
        request, layers = read_case(case, compiler)
        return {"id": identifier, **evaluate(request, layers).as_json()}
    except UsageError as error:
        return {"id": identifier, "error": str(error)}


def _json(line: str) -> dict[str, Any]:
    try:
        case = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise CaseError(f"The line is not JSON: {error}.") from None
    if not isinstance(case, dict):
        raise CaseError("The line is not a JSON object.")
    return case


def _identifier(case: Mapping[str, Any]) -> str | int | float | None:
    identifier = case.get("id")
    if identifier is None or isinstance(identifier, str | int | float):
        return identifier
    raise CaseError("The case's id is neither a string nor a number.")


def _request(given: Mapping[str, Any]) -> Request:
    who = _principal(given)
    resource = _text(given, "resource")
    if resource != "*" and not (resource.startswith("arn:") and resource.count(":") >= 5):
        raise CaseError(f"The resource {resource!r} is neither an ARN nor *.")
    account = _account(given)
    action = _text(given, "action")
    request = Request(who, action, resource, account, _context(given), behind=_behind(given))
    from_management, on_management = _management(given, request)
    return Request(
        who,
        action,
        resource,
        account,
        request.context,
        from_management_account=from_management,
        on_management_account=on_management,
        aws_managed_key=_flag(given, "aws_managed_key"),
        behind=request.behind,
    )


def _principal(given: Mapping[str, Any]) -> Principal:
    kind = given.get("principal_type")
    if kind is not None and not isinstance(kind, str):
        raise CaseError("The request's principal_type is not a string.")
    if kind == "anonymous":
        return principal("*", kind)
    return principal(
        _text(given, "principal"),
        kind,
        issuer=_optional_text(given, "issuer"),
        canonical_id=_optional_text(given, "canonical_id"),
    )


def _account(given: Mapping[str, Any]) -> str | None:
    account = given.get("resource_account")
    if isinstance(account, int) and not isinstance(account, bool):
        account = f"{account:012}"
    if account is None or (isinstance(account, str) and _ACCOUNT.fullmatch(account)):
        return account
    raise CaseError("The request's resource_account is not an account id of twelve digits.")


def _context(given: Mapping[str, Any]) -> Context:
    keys = given.get("context")
    if keys is None:
        return Context()
    if not isinstance(keys, dict):
        raise CaseError("The request's context is not an object.")
    return Context(
        {
            key: [] if values is None else scalars(values, f"The context key {key}")
            for key, values in keys.items()
        }
    )


def _management(given: Mapping[str, Any], request: Request) -> tuple[bool, bool]:
    """Whether the principal's and the resource's account is the management account."""
    value = given.get("management_account")
    account = request.principal.account
    if isinstance(value, str):
        return value == account, value == request.owner
    from_management = _flag(given, "management_account")
    return from_management, from_management and request.owner == account


def _behind(given: Mapping[str, Any]) -> str | None:
    return _optional_text(given, "behind")


def _layers(case: Mapping[str, Any], request: Request, compiler: PolicyCompiler) -> Layers:
    reader = _Reader(case, compiler)
    # What a role's own policy says of actions other than assuming it is nothing; it is the same
    # document wherever it stands.
    is_role = request.resource.split(":", 5)[-1].startswith("role/")
    own = PolicyKind.TRUST if is_role else PolicyKind.RESOURCE
    return Layers(
        identity=reader.several("identity", PolicyKind.IDENTITY),
        boundary=reader.one("boundary", PolicyKind.BOUNDARY),
        session=reader.several("session", PolicyKind.SESSION),
        scps=reader.levels("scps", PolicyKind.SCP),
        rcps=reader.levels("rcps", PolicyKind.RCP),
        resource=reader.one("resource_policy", own),
        behind=reader.one("behind_policy", PolicyKind.RESOURCE),
        endpoint=reader.one("endpoint_policy", PolicyKind.ENDPOINT),
        unread=_unread(case),
    )


class _Reader:
    """Reads the policies of a case."""

    def __init__(self, case: Mapping[str, Any], compiler: PolicyCompiler) -> None:
        self._case = case
        self._compiler = compiler

    def one(self, field: str, kind: PolicyKind) -> Attached | None:
        """A policy, or that there is none."""
        given = self._case.get(field)
        return None if given is None else self._attached(given, kind, field)

    def several(self, field: str, kind: PolicyKind) -> tuple[Attached, ...]:
        """A list of policies."""
        return self._list(self._case.get(field), kind, field)

    def levels(self, field: str, kind: PolicyKind) -> tuple[tuple[Attached, ...], ...]:
        """A list of policies for each level."""
        given = self._case.get(field)
        if given is None:
            return ()
        if not isinstance(given, list):
            raise CaseError(f"{field} is not a list of levels.")
        return tuple(
            self._list(level, kind, f"{field}[{number}]") for number, level in enumerate(given)
        )

    def _list(self, given: object, kind: PolicyKind, field: str) -> tuple[Attached, ...]:
        if given is None:
            return ()
        if isinstance(given, dict | str):
            return (self._attached(given, kind, field),)
        if not isinstance(given, list):
            raise CaseError(f"{field} is not a list of policies.")
        return tuple(
            self._attached(each, kind, f"{field}[{number}]") for number, each in enumerate(given)
        )

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
            raise PolicyError(f"{field}: {error}") from None
        return Attached(policy, name, field)


def _unread(case: Mapping[str, Any]) -> frozenset[Layer]:
    given = case.get("unread")
    if given is None:
        return frozenset()
    names = [str(layer) for layer in Layer if layer is not Layer.SERVICE]
    if not isinstance(given, list) or any(name not in names for name in given):
        raise CaseError(f"unread is not a list of layers; there are {', '.join(names)}.")
    return frozenset(map(Layer, given))


def _text(given: Mapping[str, Any], field: str) -> str:
    value = given.get(field)
    if not isinstance(value, str) or not value:
        raise CaseError(f"The request has no {field}, which is a string.")
    return value


def _optional_text(given: Mapping[str, Any], field: str) -> str | None:
    return None if given.get(field) is None else _text(given, field)


def _flag(given: Mapping[str, Any], field: str) -> bool:
    value = given.get(field)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise CaseError(f"The request's {field} is neither true nor false.")
