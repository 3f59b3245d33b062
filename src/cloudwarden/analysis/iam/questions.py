"""What is asked of access, as data: which actions on which resources a relation stands for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from cloudwarden.analysis.iam.estate_world import RESOURCE_LABELS
from cloudwarden.core.errors import DeclarationError

#: What every ARN form may be made of, beside the properties kept of its label.
ARN_PARTS = frozenset({"account", "arn", "id", "name", "partition", "region"})

_KEYS = {"name", "label", "title", "actions", "mode", "arn", "also", "description"}
_REQUIRED = {"name", "label", "title", "actions", "description"}
_NAME = re.compile(r"[A-Z][A-Z_]*[A-Z]")
_ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Asked:
    """Actions that are asked with one form of ARN.

    `contents` says that the form stands for everything in the resource: it ends in `*`.
    """

    actions: tuple[str, ...]
    arn: str = "{arn}"

    @property
    def contents(self) -> bool:
        """Whether what is in the resource is meant, not the resource itself."""
        return self.arn.endswith("*")


@dataclass(frozen=True, slots=True)
class Question:
    """`(principal)-[:name]->(:label)`: whether one of, or all, the actions are allowed."""

    name: str
    label: str
    title: str
    asked: tuple[Asked, ...]
    mode: Literal["any", "all"] = "any"
    description: str = ""

    @property
    def actions(self) -> tuple[str, ...]:
        """Every action that it asks for."""
        return tuple(action for asked in self.asked for action in asked.actions)

    @property
    def contents(self) -> bool:
        """Whether some of it is about what is in the resource."""
        return any(asked.contents for asked in self.asked)

    @property
    def key(self) -> str:
        """What tells it from all others."""
        return f"{self.name} {self.label}"


@cache
def load_questions() -> tuple[Question, ...]:
    """The questions that come with us, in the order of the file. Raises `DeclarationError`."""
    text = files("cloudwarden.analysis.iam").joinpath("questions.yaml").read_text("utf-8")
    return parse_questions(text, "questions.yaml")


def parse_questions(text: str, where: str) -> tuple[Question, ...]:
    """The questions of a YAML text. `where` names it in errors. Raises `DeclarationError`."""
    try:
        records = yaml.load(text, yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise DeclarationError(f"no YAML: {error}", where) from None
    if not isinstance(records, list):
        raise DeclarationError("expected a list of questions", where)
    questions = tuple(_question(record, where) for record in records)
    for key, count in Counter(question.key for question in questions).items():
        if count > 1:
            raise DeclarationError(f"{key} is asked {count} times", where)
    return questions


def _question(record: Any, where: str) -> Question:
    if not isinstance(record, Mapping) or not record.keys() >= _REQUIRED:
        raise DeclarationError(f"a question needs {', '.join(sorted(_REQUIRED))}", where)
    where = f"{where}, {record['name']} {record['label']}"
    unknown = sorted(record.keys() - _KEYS)
    if unknown:
        raise DeclarationError(f"unknown: {', '.join(map(str, unknown))}", where)
    label, mode = record["label"], record.get("mode", "any")
    if not _NAME.fullmatch(str(record["name"])):
        raise DeclarationError("a name is in capitals, with underscores", where)
    if label not in RESOURCE_LABELS:
        raise DeclarationError(f"of {label} it is not known who may use it", where)
    if mode not in ("any", "all"):
        raise DeclarationError(f"the mode is any or all, not {mode}", where)
    asked = tuple(_asked(one, label, where) for one in (record, *record.get("also", ())))
    return Question(
        record["name"],
        label,
        str(record["title"]),
        asked,
        mode,
        str(record["description"]),
    )


def _asked(record: Mapping[str, Any], label: str, where: str) -> Asked:
    actions = tuple(_texts(record.get("actions", ()), where))
    if not actions:
        raise DeclarationError("it needs actions", where)
    for action in actions:
        if not _ACTION.fullmatch(action):
            raise DeclarationError(f"{action} is no action: service:Name, no wildcards", where)
    arn = str(record.get("arn", "{arn}"))
    known = ARN_PARTS | set(RESOURCE_LABELS[label].properties)
    for part in _PLACEHOLDER.findall(arn):
        if part not in known:
            raise DeclarationError(f"{{{part}}} is not kept of {label}", where)
    if "*" in arn.removesuffix("*") or not (arn.endswith(("/*", ":*")) or "*" not in arn):
        raise DeclarationError(f"{arn}: only a last /* or :* is allowed", where)
    return Asked(actions, arn)


def _texts(value: Any, where: str) -> Sequence[str]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise DeclarationError(f"expected a list, not {value!r}", where)
    return [str(one) for one in value]
