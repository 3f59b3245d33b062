"""Checks of a declared `Call` against its operation: parameters, items, paging, dependencies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cloudwarden.core.errors import DeclarationError
from cloudwarden.providers.aws.compiled import CompiledCall
from cloudwarden.providers.aws.declarations import Call, Path
from cloudwarden.providers.aws.inference import infer, infer_template, roots
from cloudwarden.providers.aws.shapes import UNKNOWN, Models, Shape, near, structure
from cloudwarden.providers.aws.tags import is_tags

Say = Callable[[str], None]


@dataclass
class Sources:
    """What a document is made of so far: its members, and the operation that brought each.

    `history` has every (member, shape, operation) in the order of the calls. `waves` says in
    which step an operation's answer is there: 0 for the listing. `is_open` says that
    `open_operation` brings members that the model does not name.
    """

    models: Models
    parent: Sources | None = None
    members: dict[str, Shape] = field(default_factory=dict)
    history: list[tuple[str, Shape, str]] = field(default_factory=list)
    providers: dict[str, str] = field(default_factory=dict)
    waves: dict[str, int] = field(default_factory=dict)
    is_open: bool = False
    open_operation: str = ""

    def root(self) -> Shape:
        """The document as a shape; a part's can look at its parent's."""
        members = dict(self.members)
        if self.parent is not None:
            members["parent"] = self.parent.root()
        return structure(members, open_=self.is_open)

    def add_item(self, found: Shape, bind: str, operation: str) -> None:
        """Take the members of what a path to items found. Raises `DeclarationError`."""
        item = found.element if found.kind == "list" else found
        if item.is_scalar:
            if not bind:
                raise DeclarationError(
                    f"the items of {operation} are plain values; name their member with `bind`"
                )
            item = structure({bind: item})
        elif bind:
            raise DeclarationError(f"`bind` is for plain values; {operation} gives structures")
        if item.kind not in ("structure", "map"):
            raise DeclarationError(f"the items of {operation} cannot be told from its shape")
        self.merge(item, operation, 0)

    def merge(self, shape: Shape, operation: str, wave: int) -> None:
        """Take the members of a structure, or the known keys of a map."""
        self.waves.setdefault(operation, wave)
        if shape.kind == "map":
            if not shape.key.enum:
                self.is_open = True
                self.open_operation = operation
                return
            members: Mapping[str, Shape] = dict.fromkeys(shape.key.enum, shape.element)
        else:
            self.is_open = self.is_open or shape.open
            members = shape.members
        for name, member in members.items():
            self.place(name, member, operation, wave)

    def place(self, name: str, shape: Shape, operation: str, wave: int) -> None:
        """Take one member under `name`."""
        self.waves.setdefault(operation, wave)
        self.history.append((name, shape, operation))
        self.providers.setdefault(name, operation)
        self.members[name] = shape

    def operations(self, text: str) -> tuple[str, ...]:
        """The operations that a path rests on."""
        found: list[str] = []
        for name in sorted(roots(text)):
            if name == "parent" and self.parent is not None:
                found += self.parent.operations(_below_parent(text))
            elif name in self.providers:
                found.append(self.providers[name])
            elif self.is_open:
                found.append(self.open_operation)
        return tuple(dict.fromkeys(found))

    def later_operations(self, text: str) -> tuple[str, ...]:
        """As `operations`, without those that listed the item."""
        return tuple(one for one in self.operations(text) if self.waves.get(one, 0))

    def first_operation(self, text: str) -> str:
        """The first operation that a path rests on; the listing where that cannot be told."""
        return next(iter((*self.operations(text), *self.waves)), "")

    def known_operations(self) -> frozenset[str]:
        """Every operation that has a part in the document, the parent's included."""
        above = self.parent.known_operations() if self.parent else frozenset()
        return above | frozenset(self.waves)


def compile_list(call: Call, sources: Sources, outer: Sources | None) -> CompiledCall:
    """Check a listing; `outer` is the parent's document for a part's. Raises `DeclarationError`."""
    models = sources.models
    found = infer(call.items, models.output(call.operation)) if call.items else None
    bound, needs = _parameters(call, models, outer, None)
    if found is None:
        whole = structure(dict(_answer_members(call.operation, models)))
        sources.merge(whole, call.operation, 0)
    else:
        sources.add_item(found, call.bind, call.operation)
    return CompiledCall(call.operation, bound, models.paging(call.operation), 0, needs)


def compile_detail(call: Call, sources: Sources, say: Say) -> CompiledCall:
    """Check a detail and merge what it brings; what does not fit goes to `say`."""
    models = sources.models
    try:
        output = models.output(call.operation)
        bound, needs = _parameters(call, models, sources, sources.parent)
    except DeclarationError as error:
        say(f"{call.operation}: {error.reason}")
        return CompiledCall(call.operation)
    rests_on = list(needs)
    for text in (call.when, call.region, call.batch.by if call.batch else ""):
        if text:
            _check(text, sources.root(), call, say)
            rests_on += sources.operations(text)
    wave = 1 + max((sources.waves.get(operation, 0) for operation in rests_on), default=0)
    # An operation may be asked twice with other parameters; the later wave is the safe one.
    sources.waves[call.operation] = max(wave, sources.waves.get(call.operation, 0))
    if call.tags:
        _check_tags(call, output, say)
    if call.items or not call.tags:
        _merge_detail(call, output, sources, wave, say)
    later = tuple(dict.fromkeys(one for one in rests_on if sources.waves.get(one, 0)))
    return CompiledCall(call.operation, bound, models.paging(call.operation), wave, later)


def plain_member(path: str) -> str:
    """The member that a part's path takes whole (`Listeners[]`); empty if it takes less."""
    member = path.removesuffix("[]").removesuffix("[*]")
    return member if member.isidentifier() else ""


def _merge_detail(call: Call, output: Shape, sources: Sources, wave: int, say: Say) -> None:
    if call.items:
        try:
            found = infer(call.items, output)
        except DeclarationError as error:
            say(f"{call.operation} items: {error.reason}")
            return
    else:
        found = structure(dict(_answer_members(call.operation, sources.models)))
    if call.batch is not None:
        item = found.element if found.kind == "list" else UNKNOWN
        _check(call.batch.match, item, call, say)
        if call.into:
            found = item
        elif item.kind == "structure":
            if call.tags:
                _check(call.tags, item, call, say)
                return
            found = item
    if call.into:
        sources.place(call.into, found, call.operation, wave)
        return
    if found.kind == "list" and found.element.kind == "structure":
        found = found.element
    if found.kind not in ("structure", "map"):
        say(f"{call.operation} gives a {found.kind}; put it under a name with `into`")
        return
    sources.merge(found, call.operation, wave)


def _check_tags(call: Call, output: Shape, say: Say) -> None:
    if call.batch is not None and call.items:
        return
    try:
        found = infer(call.tags, output)
    except DeclarationError as error:
        say(f"{call.operation} tags: {error.reason}")
        return
    if found.kind != "unknown" and not is_tags(found):
        say(f"{call.operation} tags: {call.tags} does not look like tags")


def _answer_members(operation: str, models: Models) -> Iterator[tuple[str, Shape]]:
    """Members of an answer that say something about the thing asked for, not about paging."""
    paging = models.paging(operation)
    places = {*paging.outputs, paging.more} if paging else set()
    for name, shape in models.output(operation).members.items():
        if name not in places:
            yield name, shape


def _parameters(
    call: Call, models: Models, item: Sources | None, parent: Sources | None
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Parameters that fill themselves, and what the given ones rest on."""
    asked = models.input(call.operation)
    for name in call.parameters:
        if name not in asked.members:
            raise DeclarationError(
                f"{call.operation} has no parameter {name}{near(name, asked.members)}"
            )
    if call.batch is not None and call.batch.parameter not in asked.members:
        raise DeclarationError(
            f"{call.operation} has no parameter {call.batch.parameter}"
            f"{near(call.batch.parameter, asked.members)}"
        )
    given = {*call.parameters, *([call.batch.parameter] if call.batch else [])}
    bound: dict[str, str] = {}
    for name in asked.required:
        if name in given:
            continue
        if item is not None and (name in item.members or item.is_open):
            bound[name] = name
        elif parent is not None and name in parent.members:
            bound[name] = f"parent.{name}"
        else:
            raise DeclarationError(f"{call.operation} needs {name}; give it in `parameters`")
    rests_on: list[str] = []
    root = item.root() if item is not None else structure({})
    for text in (*bound.values(), *_paths(call.parameters)):
        infer_template(text, root)
        if item is not None:
            rests_on += item.operations(text)
    return bound, tuple(dict.fromkeys(rests_on))


def _paths(value: Any) -> Iterator[str]:
    if isinstance(value, Path):
        yield value.path
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _paths(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _paths(one)


def _check(text: str, shape: Shape, call: Call, say: Say) -> None:
    try:
        infer_template(text, shape)
    except DeclarationError as error:
        say(f"{call.operation}: {error.reason}")


def _below_parent(text: str) -> str:
    """What a path asks of the parent, as far as it can be told: its `parent.` fields joined."""
    import re

    return " || ".join(re.findall(r"parent\.((?:\w+\.?)+)", text)) or "parent"
