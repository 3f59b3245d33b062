"""Properties and types derived from output shapes, with what a declaration says about names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from cloudwarden.providers.aws.compiled import Tree
from cloudwarden.providers.aws.declarations import Epoch, Naming
from cloudwarden.providers.aws.naming import property_name, snake, squashed
from cloudwarden.providers.aws.shapes import Shape, near
from cloudwarden.schema.labels import Property, PropertyType

_SCALARS: Mapping[str, tuple[PropertyType, str]] = {
    "string": (PropertyType.STRING, ""),
    "character": (PropertyType.STRING, ""),
    "integer": (PropertyType.INTEGER, ""),
    "long": (PropertyType.INTEGER, ""),
    "float": (PropertyType.FLOAT, ""),
    "double": (PropertyType.FLOAT, ""),
    "boolean": (PropertyType.BOOLEAN, ""),
    "timestamp": (PropertyType.STRING, "moment"),
    "blob": (PropertyType.STRING, ""),
}

_LISTS: Mapping[PropertyType, PropertyType] = {
    PropertyType.STRING: PropertyType.STRINGS,
    PropertyType.INTEGER: PropertyType.INTEGERS,
    PropertyType.FLOAT: PropertyType.FLOATS,
    PropertyType.BOOLEAN: PropertyType.BOOLEANS,
}

_CONVERTED: Mapping[PropertyType, str] = {
    PropertyType.STRING: "",
    PropertyType.JSON: "json",
    PropertyType.INTEGER: "integer",
    PropertyType.FLOAT: "float",
    PropertyType.BOOLEAN: "boolean",
    PropertyType.STRINGS: "list",
    PropertyType.INTEGERS: "list",
    PropertyType.FLOATS: "list",
    PropertyType.BOOLEANS: "list",
}

_MOMENTS = frozenset({"moment", *Epoch})

#: What only we say about an asset; a member may not take these names by itself.
RESERVED = frozenset({"id", "account", "region", "firstseen", "lastupdated"})

MemberPath = tuple[str, ...]


@dataclass
class Derivation:
    """Collects the tree and the properties of one label from the shapes of its sources.

    `taken` are names that the declaration computes itself: a member does not make them again.
    `identity` is the member path that is the asset's id, `title` the one that is its name.
    """

    naming: Naming
    names: Mapping[str, str]
    omit: frozenset[str]
    types: Mapping[str, PropertyType | Epoch]
    taken: frozenset[str] = frozenset()
    identity: str = ""
    title: str = ""
    tree: Tree = field(default_factory=dict)
    properties: dict[str, Property] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    _paths: dict[str, MemberPath] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def add(self, member: str, shape: Shape, operation: str) -> None:
        """Derive what a member of the document itself brings."""
        self._member((member,), shape, self.tree, operation, ())

    def add_declared(self, known: Mapping[str, Shape], operation: str) -> None:
        """Derive the keys of a map without known ones that `types` declares."""
        for spelt, kind in self.types.items():
            if "." not in spelt and spelt not in known:
                self._seen.add(spelt)
                self._leaf((spelt,), self.tree, *_declared(kind), operation)

    def note(self, member: str) -> None:
        """A member that the document has but that is no property: tags, what parts are made of."""
        self._seen.add(member)

    def finish(self) -> None:
        """Note every `names`, `omit` and `types` entry that met no member."""
        for what, entries in (("names", self.names), ("omit", self.omit), ("types", self.types)):
            for entry in entries:
                if entry not in self._seen:
                    self.problems.append(
                        f"{what} has {entry}, which no answer holds{near(entry, self._seen)}"
                    )

    def marked(
        self, properties: Mapping[str, Property], volatile: Iterable[str]
    ) -> Mapping[str, Property]:
        """`properties` with those marked that `volatile` names, by member path or by name."""
        names = {".".join(path): name for name, path in self._paths.items()}
        found = dict(properties)
        for entry in volatile:
            name = names.get(entry, entry)
            if name in found:
                found[name] = replace(found[name], volatile=True)
            else:
                self.problems.append(
                    f"volatile has {entry}, which is no property{near(entry, (*found, *names))}"
                )
        return found

    def _member(
        self,
        path: MemberPath,
        shape: Shape,
        tree: Tree,
        operation: str,
        above: tuple[str, ...],
    ) -> None:
        spelt = ".".join(path)
        self._seen.add(spelt)
        if spelt in self.omit:
            self._see_inside(path, shape, above)
            return
        declared = self.types.get(spelt)
        if declared is not None:
            self._leaf(path, tree, *_declared(declared), operation)
        inside = self._inside(path, shape, above)
        if inside is not None and declared is None:
            branch = tree.setdefault(path[-1], {})
            if not isinstance(branch, dict):
                self.problems.append(
                    f"{spelt} is a structure in {operation} and a value elsewhere; "
                    "give one of the answers a place of its own with `into`"
                )
                return
            for name, member in inside.items():
                self._member((*path, name), member, branch, operation, (*above, shape.name))
            return
        if declared is None:
            kind, conversion = _typed(shape)
            if kind is not None:
                self._leaf(path, tree, kind, conversion, operation)
        self._into_text(path, tree, operation)

    def _inside(
        self, path: MemberPath, shape: Shape, above: tuple[str, ...]
    ) -> Mapping[str, Shape] | None:
        """The members that become properties of their own; None for a value or a nested whole."""
        if shape.kind == "structure":
            if shape.document or not shape.members or (shape.name and shape.name in above):
                return None
            return shape.members
        if shape.kind == "map" and shape.key.enum and shape.element.is_scalar:
            return dict.fromkeys(shape.key.enum, shape.element)
        if shape.kind == "map":
            return self._declared_inside(path)
        return None

    def _declared_inside(self, path: MemberPath) -> Mapping[str, Shape] | None:
        """Keys of a map without known ones, where `types` declares some."""
        prefix = ".".join(path) + "."
        keys = [one.removeprefix(prefix) for one in self.types if one.startswith(prefix)]
        return {key: Shape("unknown") for key in keys} or None

    def _into_text(self, path: MemberPath, tree: Tree, operation: str) -> None:
        """Members of the JSON in a text, where `types` declares some."""
        inside = self._declared_inside(path)
        if not inside:
            return
        own = tree.get(path[-1])
        branch: Tree = {"": own} if isinstance(own, list) else {}
        tree[path[-1]] = branch
        for name in inside:
            parts = name.split(".")
            below = branch
            for part in parts[:-1]:
                below = below.setdefault(part, {})
            full = (*path, *parts)
            self._seen.add(".".join(full))
            declared = self.types[".".join(full)]
            self._leaf(full, below, *_declared(declared), operation)

    def _see_inside(self, path: MemberPath, shape: Shape, above: tuple[str, ...]) -> None:
        """Note members of something omitted, so that `omit` may name both without a complaint."""
        if len(path) > 4:
            return
        for name, member in (self._inside(path, shape, above) or {}).items():
            self._seen.add(".".join((*path, name)))
            self._see_inside((*path, name), member, (*above, shape.name))

    def _leaf(
        self, path: MemberPath, tree: Tree, kind: PropertyType, conversion: str, operation: str
    ) -> None:
        spelt = ".".join(path)
        name = self._name(path)
        if name in self.taken:
            return
        if spelt not in self.names:
            if self._is_common(name, spelt):
                return
        elif name in RESERVED:
            self.problems.append(f"{spelt} cannot be called {name}, which says what the asset is")
            return
        known = tree.get(path[-1])
        if isinstance(known, dict) and known.get("") is None:
            self.problems.append(
                f"{spelt} is a value in {operation} and a structure elsewhere; "
                "give one of the answers a place of its own with `into`"
            )
            return
        other = self._paths.setdefault(name, path)
        if other != path:
            self.problems.append(
                f"{'.'.join(other)} and {spelt} would both be called {name}; "
                "name one of them in `names`, or leave it out with `omit`"
            )
            return
        before = self.properties.get(name)
        if before is not None:
            if before.type is not kind:
                self.problems.append(
                    f"{spelt} is {before.type} in {before.operation} and {kind} in {operation}; "
                    "leave it out with `omit`, or give it one type in `types`"
                )
            return
        self.properties[name] = Property(name, kind, operation, moment=conversion in _MOMENTS)
        tree[path[-1]] = [name, conversion]

    def _is_common(self, name: str, spelt: str) -> bool:
        """Whether the member is what `id` or `name` say already; a clash is a problem."""
        if name == "name":
            if self.title and spelt != self.title:
                self.problems.append(
                    f"{spelt} would be called name, which `name` takes from {self.title}; "
                    "name it in `names`, or leave it out with `omit`"
                )
            return True
        if name not in RESERVED:
            return False
        if name != "id" or spelt != self.identity:
            self.problems.append(
                f"{spelt} would be called {name}, which says what the asset is; "
                "name it in `names`, or leave it out with `omit`"
            )
        return True

    def _name(self, path: MemberPath) -> str:
        """The name that `names` gives, for the whole path or for its longest beginning."""
        for length in range(len(path), 0, -1):
            given = self.names.get(".".join(path[:length]))
            if given is None:
                continue
            if length == len(path):
                return given
            rest = path[length:]
            if self.naming is Naming.SQUASHED:
                return given + "".join(squashed(member) for member in rest)
            return "_".join([part for part in (given, *(snake(m) for m in rest)) if part])
        return property_name(path, self.naming)


def property_type(shape: Shape) -> PropertyType:
    """The type of a property that holds what a path finds; a text where that cannot be told."""
    return _typed(shape)[0] or PropertyType.STRING


def clashes(labels: Iterable[tuple[str, Mapping[str, Property]]]) -> list[str]:
    """One sentence for each property name that has two types over several labels."""
    text = {PropertyType.STRING, PropertyType.JSON}
    first: dict[str, tuple[str, PropertyType]] = {}
    found = []
    for where, properties in labels:
        for name, declared in properties.items():
            other, kind = first.setdefault(name, (where, declared.type))
            if kind is not declared.type and not (kind in text and declared.type in text):
                found.append(
                    f"{name} is {declared.type} in {where} and {kind} in {other}; "
                    "rename one of them"
                )
    return found


def _declared(kind: PropertyType | Epoch) -> tuple[PropertyType, str]:
    """The property's type and the conversion for an entry of `types`."""
    if isinstance(kind, Epoch):
        return PropertyType.STRING, kind.value
    return kind, _CONVERTED[kind]


def _typed(shape: Shape) -> tuple[PropertyType | None, str]:
    if shape.kind in _SCALARS:
        return _SCALARS[shape.kind]
    if shape.kind == "unknown":
        return (PropertyType.JSON, "json") if shape.json_text else (None, "")
    if shape.kind == "list" and shape.element.kind in _SCALARS:
        return _LISTS[_SCALARS[shape.element.kind][0]], "list"
    return PropertyType.JSON, "json"
