"""Requests with all their policies as lines of JSON, evaluated one by one.

A line is an object with `id`, `request` and the policies of each layer:

- `request`: `principal`, `principal_type` (told from the principal if absent), `action`,
  `resource`, `resource_account` and `context` (a value or a list of values by key).
- `identity` and `session`: lists of policies; `boundary`, `resource_policy` and
  `endpoint_policy`: one or null; `scps` and `rcps`: a list of policies for each level, root first;
  a level that is null was not read. A policy is a document, its JSON text, or an object that has
  it as `document` or `PolicyDocument` beside a `name` or `PolicyName`.

Optional, as no policy tells it. In `request`: `management_account` (true: the principal's account
is the management account of its organization; or that account's id), `aws_managed_key` (true),
`issuer` (the ARN of the role or user behind a session), `canonical_id`, and `behind` (the bucket,
or what is in it, behind an access point, with its policy beside the others as `behind_policy`).
Beside `request`: `unread`, a list of layers of which something is not known.

Context keys that are not given are absent, but for those that follow from the request. Fields
that are not named here are ignored. What AWS would not take is an error of that line, but for what
`case_policies` puts right, which the answer tells in `notes`.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from cloudwarden.analysis.iam.case_policies import CaseError, CasePolicies
from cloudwarden.analysis.iam.context import Context
from cloudwarden.analysis.iam.documents import scalars
from cloudwarden.analysis.iam.evaluator import evaluate
from cloudwarden.analysis.iam.explain import explain
from cloudwarden.analysis.iam.layers import Layer, Layers
from cloudwarden.analysis.iam.policies import PolicyCompiler, PolicyKind
from cloudwarden.analysis.iam.requests import Principal, PrincipalType, Request, principal
from cloudwarden.core.errors import UsageError

__all__ = ["Case", "CaseError", "evaluate_cases", "read_case"]

#: How many policies, and how many bytes of lines, are remembered before starting afresh.
_REMEMBERED = 20_000
_REMEMBERED_BYTES = 32_000_000

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_ACTION = re.compile(r"[^\s:]+:[^\s:]+")
#: The id in a line that is no JSON, where it is a text or a number.
_ID = re.compile(rb'"id"\s*:\s*("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?)(?=\s*[,}])')
#: How many bytes of such a line are looked through for it.
_HEAD = 4096
_ROLES = {
    "role": (":role/", PrincipalType.ROLE),
    "session": (":assumed-role/", PrincipalType.SESSION),
}
#: In every identifier from which the type of a principal can be told.
_TELLING = re.compile(r"[.*]|^\d{12}$", re.ASCII)
#: Actions that only identities of a provider ask for.
_FEDERATED = frozenset({"sts:assumerolewithwebidentity", "sts:assumerolewithsaml"})


@dataclass(frozen=True, slots=True)
class Case:
    """A request, the policies that bear on it, and what was put right to read them."""

    request: Request
    layers: Layers
    notes: tuple[str, ...]


def evaluate_cases(
    lines: Iterable[str | bytes], *, explained: bool = False
) -> Iterator[dict[str, Any]]:
    """An answer for each line, in order, with the line's `id`; blank lines are passed over.

    Of a line that is not a case the answer has the `id`, null if there is none, and an `error`,
    which tells the line's number where there is no id. `explained` adds the `explanation`, a list
    of sentences.
    """
    compiler, size = PolicyCompiler(kinds_required=True), 0
    for number, line in enumerate(lines, start=1):
        text = line.encode(errors="surrogatepass") if isinstance(line, str) else line
        text = text.removeprefix(BOM_UTF8)
        if not text.strip():
            continue
        size += len(text)
        if len(compiler) > _REMEMBERED or size > _REMEMBERED_BYTES:
            compiler, size = PolicyCompiler(kinds_required=True), len(text)
        yield _answer(number, text, compiler, explained=explained)


def read_case(case: Mapping[str, Any], compiler: PolicyCompiler) -> Case:
    """The request of a case and the policies that bear on it.

    Raises `CaseError`, `RequestError` or `PolicyError`, whose message says what is wrong.
    """
    given = case.get("request")
    if not isinstance(given, dict):
        raise CaseError("The case has no request, which is an object.")
    request = _request(given)
    policies = CasePolicies(case, compiler)
    layers = _layers(case, request, policies)
    return Case(request, layers, tuple(policies.notes))


def _answer(
    number: int, line: bytes, compiler: PolicyCompiler, *, explained: bool
) -> dict[str, Any]:
    answer: dict[str, Any] = {"id": None}
    try:
        answer["id"] = _guessed_id(line)
        case = _json(line)
        answer["id"] = _identifier(case)
        read = read_case(case, compiler)
        decision = evaluate(read.request, read.layers)
    except UsageError as error:
        where = f"Line {number}: " if answer["id"] is None else ""
        return {**answer, "error": f"{where}{error}"}
    answer |= decision.as_json()
    if read.notes:
        answer["notes"] = list(read.notes)
    if explained:
        answer["explanation"] = explain(read.request, read.layers, decision)
    return answer


def _json(line: bytes) -> dict[str, Any]:
    try:
        case = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise CaseError(f"The line is not JSON: {error}.") from None
    if not isinstance(case, dict):
        raise CaseError("The line is not a JSON object.")
    return case


def _guessed_id(line: bytes) -> str | int | float | None:
    """The id that a line seems to have, in case that it turns out to be no JSON."""
    found = _ID.search(line, 0, _HEAD)
    if found is None:
        return None
    try:
        guessed: str | int | float = orjson.loads(found[1])
    except orjson.JSONDecodeError:
        return None
    return guessed


def _identifier(case: Mapping[str, Any]) -> Any:
    """The id, which may be any JSON value that can be written again."""
    identifier = case.get("id")
    if isinstance(identifier, list | dict):
        try:
            orjson.dumps([identifier, [[]]])
        except orjson.JSONEncodeError:
            raise CaseError("The case's id is nested too deeply.") from None
    return identifier


def _request(given: Mapping[str, Any]) -> Request:
    action = _text(given, "action")
    if not _ACTION.fullmatch(action):
        raise CaseError(f"The action {action!r} is not written as service:name.")
    who = _principal(given, action)
    resource = _text(given, "resource")
    if resource != "*" and not (resource.startswith("arn:") and resource.count(":") >= 5):
        raise CaseError(f"The resource {resource!r} is neither an ARN nor *.")
    behind = _optional_text(given, "behind")
    request = Request(who, action, resource, _account(given), _context(given), behind=behind)
    from_management, on_management = _management(given, request)
    return replace(
        request,
        from_management_account=from_management,
        on_management_account=on_management,
        aws_managed_key=_flag(given, "aws_managed_key"),
    )


def _principal(given: Mapping[str, Any], action: str) -> Principal:
    kind, who = given.get("principal_type"), given.get("principal")
    if kind is not None and not isinstance(kind, str):
        raise CaseError("The request's principal_type is not a string.")
    kind = kind if kind is None else kind.strip().lower()
    if isinstance(who, int) and not isinstance(who, bool):
        who = f"{who:012}"
    if kind is None:
        kind = _told(given, who, action)
    elif kind in _ROLES and isinstance(who, str):
        # The ARN says which of the two it is: one session of a role, or any.
        kind = next((type_ for mark, type_ in _ROLES.values() if mark in who), kind)
    if kind == PrincipalType.ANONYMOUS:
        return principal("*", kind)
    if not isinstance(who, str) or not who:
        raise CaseError("The request has no principal, which is a string.")
    if who != who.strip():
        raise CaseError(f"The principal {who!r} begins or ends with white space.")
    return principal(
        who,
        kind,
        issuer=_optional_text(given, "issuer"),
        canonical_id=_optional_text(given, "canonical_id"),
    )


def _told(given: Mapping[str, Any], who: object, action: str) -> PrincipalType | None:
    """The type of a principal that the case does not give; None where the identifier tells."""
    if who in (None, "anonymous") and "principal" in given:
        return PrincipalType.ANONYMOUS
    if not isinstance(who, str) or ":" in who:
        return None
    if action.lower() in _FEDERATED:
        return PrincipalType.FEDERATED
    if who and not _TELLING.search(who):
        raise CaseError(
            f"The principal {who!r} is no ARN, no account, no service, no provider and not *."
        )
    return None


def _account(given: Mapping[str, Any]) -> str | None:
    account = given.get("resource_account")
    if isinstance(account, int) and not isinstance(account, bool):
        account = f"{account:012}"
    if account is None or account == "":
        return None
    if isinstance(account, str) and _ACCOUNT.fullmatch(account):
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


def _layers(case: Mapping[str, Any], request: Request, policies: CasePolicies) -> Layers:
    # What a role's own policy says of actions other than assuming it is nothing; it is the same
    # document wherever it stands.
    is_role = request.resource.split(":", 5)[-1].startswith("role/")
    own = PolicyKind.TRUST if is_role else PolicyKind.RESOURCE
    return Layers(
        identity=policies.several("identity", PolicyKind.IDENTITY),
        boundary=policies.one("boundary", PolicyKind.BOUNDARY),
        session=policies.several("session", PolicyKind.SESSION),
        scps=policies.levels("scps", PolicyKind.SCP, Layer.SCP),
        rcps=policies.levels("rcps", PolicyKind.RCP, Layer.RCP),
        resource=policies.one("resource_policy", own),
        behind=policies.one("behind_policy", PolicyKind.RESOURCE),
        endpoint=policies.one("endpoint_policy", PolicyKind.ENDPOINT),
        unread=_unread(case),
        unread_levels=frozenset(policies.unread),
    )


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
