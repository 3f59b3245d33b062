"""Reads the files that declare techniques, and checks them against AWS's actions and each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from cloudwarden.analysis.iam.actions import Catalogue, catalogue
from cloudwarden.analysis.iam.techniques import (
    ANYTHING,
    IDENTITIES,
    NEW,
    SELF,
    Kind,
    Need,
    Outcome,
    Requirement,
    Technique,
    TechniqueCatalogue,
)
from cloudwarden.core.errors import DeclarationError

_PACKAGE = "cloudwarden.techniques.aws"
_KINDS_FILE = "kinds.yaml"

_KEYS = frozenset(
    {
        "id", "class", "title", "requires", "passed_to_service", "beside", "needs", "conditions",
        "result", "references",
    }
)  # fmt: skip
_KIND_KEYS = frozenset(
    {"title", "label", "role", "told_by", "through", "part", "fleet", "code", "assigned"}
)
_REQUIRED = ("id", "class", "title", "requires", "result", "references")
_CLASSES = frozenset(
    {"self", "boundary", "principal", "identity-center", "new-passrole", "existing-role"}
)
_NOT_DENIED = "not denied"


@cache
def load_techniques() -> TechniqueCatalogue:
    """The techniques that come with us. Raises `DeclarationError`."""
    folder = files(_PACKAGE)
    kinds = parse_kinds(folder.joinpath(_KINDS_FILE).read_text("utf-8"), _KINDS_FILE)
    names = sorted(
        one.name for one in folder.iterdir()
        if one.name.endswith(".yaml") and one.name != _KINDS_FILE
    )  # fmt: skip
    texts = [(name, folder.joinpath(name).read_text("utf-8")) for name in names]
    return parse_techniques(texts, kinds)


def parse_kinds(text: str, where: str) -> Mapping[str, Kind]:
    """The kinds of a file. Raises `DeclarationError`."""
    rows = _yaml(text, where)
    if not isinstance(rows, dict):
        raise DeclarationError("this must be a mapping of kinds", where)
    kinds = {}
    for name, row in rows.items():
        if not isinstance(row, dict) or not isinstance(row.get("title"), str):
            raise DeclarationError(f"kind {name} has no title", where)
        unknown = set(row) - _KIND_KEYS
        if unknown:
            raise DeclarationError(f"kind {name} has unknown keys {_list(unknown)}", where)
        if len(row.get("role", ())) != len(row.get("told_by", ())):
            raise DeclarationError(f"kind {name}: each of `role` is told by operations", where)
        through = row.get("through")
        kinds[name] = Kind(
            name,
            row["title"],
            row.get("label"),
            tuple(row.get("role", ())),
            tuple(
                (told,) if isinstance(told, str) else tuple(told) for told in row.get("told_by", ())
            ),
            (through["label"], through["relation"]) if through else None,
            part=bool(row.get("part")),
            fleet=bool(row.get("fleet")),
            code=bool(row.get("code")),
            assigned=bool(row.get("assigned")),
        )
    return kinds


def parse_techniques(
    texts: Iterable[tuple[str, str]],
    kinds: Mapping[str, Kind],
    known_actions: Catalogue | None = None,
) -> TechniqueCatalogue:
    """The techniques of some files, given by name and text, checked against each other.

    Raises `DeclarationError`, which names file and record.
    """
    known = known_actions or catalogue()
    found: dict[str, Technique] = {}
    for where, text in texts:
        rows = _yaml(text, where)
        if not isinstance(rows, list):
            raise DeclarationError("this must be a list of techniques", where)
        for number, row in enumerate(rows, 1):
            if not isinstance(row, dict):
                raise DeclarationError("a technique is a mapping", f"{where} record {number}")
            place = f"{where} {row.get('id') or f'record {number}'}"
            one = _technique(row, place, kinds, known)
            if one.id in found:
                raise DeclarationError("there is another technique of this id", place)
            found[one.id] = one
    return TechniqueCatalogue(tuple(found.values()), kinds)


def _technique(
    row: Mapping[str, Any], where: str, kinds: Mapping[str, Kind], known: Catalogue
) -> Technique:
    missing = [key for key in _REQUIRED if not row.get(key)]
    if missing:
        raise DeclarationError(f"it has no {_list(missing)}", where)
    unknown = set(row) - _KEYS
    if unknown:
        raise DeclarationError(f"unknown keys {_list(unknown)}", where)
    if row["class"] not in _CLASSES:
        raise DeclarationError(f"there is no class {row['class']!r}", where)
    requires = tuple(
        each for one in row["requires"] for each in _requirements(one, where, kinds, known)
    )
    needs = tuple(_need(text, where) for text in _texts(row, "needs", where))
    bound = {one.target for one in requires}
    if Need.POLICY_OF_ROLE in needs:
        bound.add("role")
    outcome, through = _result(str(row["result"]), where, kinds, bound)
    technique = Technique(
        id=str(row["id"]),
        category=row["class"],
        title=str(row["title"]),
        requires=requires,
        outcome=outcome,
        through=through,
        passed_to_service=row.get("passed_to_service"),
        beside=tuple(_kind(text, kinds, where) for text in _texts(row, "beside", where)),
        needs=needs,
        conditions=tuple(_texts(row, "conditions", where)),
        references=tuple(_texts(row, "references", where)),
    )
    _check_bound(technique, where)
    return technique


def _requirements(
    row: object, where: str, kinds: Mapping[str, Kind], known: Catalogue
) -> Iterator[Requirement]:
    """What a row requires: of an action on several types of resources, each by itself."""
    if not isinstance(row, dict) or not {"action", "target"} <= set(row):
        raise DeclarationError("each of `requires` has an action and a target", where)
    types = row.get("type")
    rest = {key: value for key, value in row.items() if key != "type"}
    for one in types if isinstance(types, list) else [types]:
        yield _requirement({**rest, "type": one}, where, kinds, known)


def _requirement(
    row: Mapping[str, Any], where: str, kinds: Mapping[str, Kind], known: Catalogue
) -> Requirement:
    if set(row) - {"action", "target", "only", "type"}:
        raise DeclarationError(f"unknown keys in {row}", where)
    action, target, only = str(row["action"]), str(row["target"]), row.get("only")
    entry = known.action(action)
    if entry is None:
        raise DeclarationError(f"AWS has no action {action}", where)
    if entry.name != action:
        raise DeclarationError(f"{action} is spelled {entry.name}", where)
    if not (
        target in IDENTITIES or target in kinds or target == ANYTHING or target.startswith(NEW)
    ):
        raise DeclarationError(
            f"{target!r} is no target: give *, `new NAME`, {_list(IDENTITIES)} or a kind", where
        )
    if only not in (None, _NOT_DENIED):
        raise DeclarationError(f"`only` is {_NOT_DENIED!r}, not {only!r}", where)
    type_ = row.get("type")
    if type_ is not None and type_ not in entry.resource_types:
        raise DeclarationError(f"{action} is on no {type_}", where)
    return Requirement(action, target, only == _NOT_DENIED, type_)


def _result(
    text: str, where: str, kinds: Mapping[str, Kind], bound: Collection[str]
) -> tuple[Outcome, str]:
    words = text.split()
    match words:
        case ["SELF_BECOMES_ADMIN"]:
            return Outcome.ADMIN, SELF
        case ["SELF_BECOMES_ADMIN", "through", ("role" | "user") as through] if through in bound:
            return Outcome.ADMIN, through
        case ["ACTS_AS", ("role" | "user") as through] if through in bound or through == "role":
            return Outcome.ACTS_AS, through
        case ["ACTS_AS", "role", "without", "boundary"] if "role" in bound:
            return Outcome.ACTS_UNBOUNDED, "role"
        case ["ACTS_AS", "role", "of", kind] if kind in kinds:
            return Outcome.ACTS_AS, kind
        case ["SELF_LOSES", "boundary"]:
            return Outcome.UNBOUNDED, SELF
        case ["SELF_GAINS", "group"] if "group" in bound:
            return Outcome.GAINS_GROUP, SELF
        case ["SELF_GAINS", "policy", "version"] if "policy" in bound:
            return Outcome.GAINS_VERSION, SELF
    raise DeclarationError(
        f"{text!r} is no result, or leads through what nothing is required of", where
    )


def _check_bound(technique: Technique, where: str) -> None:
    """Raises `DeclarationError` where a need is about what the technique does not name."""
    named = {*technique.targets, SELF}
    for need in technique.needs:
        if need.value.startswith("self is a"):
            continue
        for word in need.value.split():
            if word in IDENTITIES and word not in named:
                raise DeclarationError(f"`{need.value}` is about a {word} that is not bound", where)
    if (technique.passed_to_service is None) != all(
        one.action != "iam:PassRole" for one in technique.requires
    ):
        raise DeclarationError("passed_to_service goes with iam:PassRole", where)


def _kind(text: str, kinds: Mapping[str, Kind], where: str) -> str:
    if text not in kinds:
        raise DeclarationError(f"{text!r} is no kind; there are {_list(kinds)}", where)
    return text


def _need(text: str, where: str) -> Need:
    try:
        return Need(text)
    except ValueError:
        raise DeclarationError(
            f"{text!r} is no need; there are {_list(Need)}. Put what nobody can tell beforehand "
            "under conditions",
            where,
        ) from None


def _texts(row: Mapping[str, Any], key: str, where: str) -> list[str]:
    value = row.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise DeclarationError(f"`{key}` is a list of texts", where)
    return value


def _yaml(text: str, where: str) -> object:
    try:
        return yaml.load(text, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise DeclarationError(f"this is not YAML: {error}", where) from error


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
