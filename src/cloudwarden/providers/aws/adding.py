"""One declaration checked: its calls, paths and names, and the labels and relations it brings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cloudwarden.core.errors import DeclarationError
from cloudwarden.providers.aws import telling
from cloudwarden.providers.aws.calls import Sources, compile_detail, compile_list, plain_member
from cloudwarden.providers.aws.compiled import CompiledKind, CompiledResource, Paging
from cloudwarden.providers.aws.declarations import Part, Points, Produced, Resource
from cloudwarden.providers.aws.derive import Derivation, property_type
from cloudwarden.providers.aws.inference import infer, infer_template
from cloudwarden.providers.aws.paths import VARIABLES
from cloudwarden.providers.aws.shapes import STRING, Shape, near, structure
from cloudwarden.providers.aws.tags import holds_tags
from cloudwarden.schema.labels import Label, Property, RelationKind

if TYPE_CHECKING:
    from cloudwarden.providers.aws.compiler import Compiler

PROVIDER = "aws"

#: Finds where a label is declared, as `path:line`.
Locate = Callable[[str], str]


@dataclass
class Adding:
    """One resource on its way into the compiler."""

    compiler: Compiler
    module: str
    position: int
    locate: Locate

    def resource(self, resource: Resource) -> None:
        """Check a resource and everything in it; what does not fit becomes a problem."""
        key = resource.label
        if key in self.compiler.resources:
            self._problem(key, f"another resource is called {key}")
            return
        try:
            self._resource(key, resource)
        except DeclarationError as error:
            self._problem(key, error.reason)

    def _resource(self, key: str, resource: Resource) -> None:
        before = set(self.compiler.labels)
        kind = CompiledKind(resource.label)
        calls = list(resource.operations)
        lists = calls[0] if resource.read is not None and calls else ""
        produced = tuple(self._produced(key, one, lists) for one in resource.produces)
        if resource.read is None:
            if resource.list is None:
                raise DeclarationError("neither `list` nor `read` says how it is read")
            sources = Sources(self.compiler.models)
            listing = compile_list(resource.list, sources, None)
            operation = resource.list.operation
            kind = self._kind(
                key, resource, sources, listing_operation=operation, listings=(operation,)
            )
            kind = _with(kind, list=listing)
            calls += telling.calls(resource)
        elif not calls:
            raise DeclarationError("`read` needs `operations`: what it calls, the listing first")
        elif resource.label not in {one.label for one in resource.produces} and resource.id:
            raise DeclarationError("`read` makes its own ids; declare its labels in `produces`")
        for operation in calls:
            self.compiler.models.operation(operation)
        brought = tuple(sorted(set(self.compiler.labels) - before))
        self.compiler.resources[key] = CompiledResource(
            key=key,
            module=self.module,
            position=self.position,
            service=calls[0].partition(":")[0],
            operations=tuple(dict.fromkeys(calls)),
            labels=brought,
            is_global=resource.is_global,
            kind=kind,
            produced=produced,
            paging=self._paging(resource.operations) if resource.read else {},
            read_with=resource.read_with,
        )

    def _paging(self, operations: Sequence[str]) -> dict[str, Paging]:
        models = self.compiler.models
        found = {operation: models.paging(operation) for operation in operations}
        return {operation: paging for operation, paging in found.items() if paging is not None}

    def _kind(
        self,
        key: str,
        declared: Resource | Part,
        sources: Sources,
        *,
        listing_operation: str,
        listings: tuple[str, ...],
    ) -> CompiledKind:
        """Compile what a resource and a part have in common, `sources` holding the listing.

        `listings` are what finding all of them rests on, their ids not counted.
        """
        details = tuple(
            compile_detail(call, sources, self._say(declared.label)) for call in declared.details
        )
        root = sources.root()
        identity = self._path(declared.label, "id", declared.id, root)
        for what in ("name", "arn"):
            text = getattr(declared, what)
            if text:
                self._path(declared.label, what, text, root)
        tags = [name for name, shape in sources.members.items() if holds_tags(name, shape)]
        if declared.tags:
            self._path(declared.label, "tags", declared.tags, root)
            tags = [declared.tags]
        parts_at = {plain_member(part.path) for part in declared.parts if part.path}
        derivation = Derivation(
            declared.naming,
            declared.names,
            frozenset(declared.omit),
            declared.types,
            taken=frozenset(one.name for one in declared.computed),
            identity=declared.id,
            title=declared.name,
        )
        for member, shape, operation in sources.history:
            if member in tags or member in parts_at or member == "parent":
                derivation.note(member)
                continue
            derivation.add(member, shape, operation)
        if sources.open_operation:
            derivation.add_declared(sources.members, sources.open_operation)
        properties = dict(derivation.properties)
        title = declared.name or telling.default_title(sources.members)
        if title and sources.later_operations(title):
            properties["name"] = telling.common("name", sources.operations(title))
        operations = {one for p in properties.values() for one in p.rests_on}
        for computed in declared.computed:
            if computed.operation not in sources.known_operations():
                self._problem(
                    declared.label,
                    f"{computed.name} rests on {computed.operation}, which is not called"
                    f"{near(computed.operation, sources.known_operations())}",
                )
            operations.add(computed.operation)
            properties[computed.name] = Property(
                computed.name, computed.type, computed.operation, computed.description
            )
        if declared.arn and "arn" not in properties:
            rests_on = sources.operations(declared.arn)
            properties["arn"] = telling.common("arn", rests_on or (sources.first_operation(""),))
        named = sources.later_operations(declared.id) if identity else ()
        listings = tuple(dict.fromkeys((*listings, *named)))
        self._label(
            key,
            declared,
            properties,
            derivation,
            listing_operation,
            listings=listings,
            tag_operations=telling.tag_operations(declared, tags, sources),
        )
        needs = self._relations(declared.label, declared.relations, root, sources)
        operations.update(operation for one in needs for operation in one)
        parts = tuple(
            self._part(key, declared.label, part, sources, listings) for part in declared.parts
        )
        return CompiledKind(
            label=declared.label,
            tree=derivation.tree,
            title=title,
            tags=tuple(tags),
            details=details,
            identity=named,
            relations=needs,
            operations=tuple(sorted(operations)),
            parts=parts,
        )

    def _part(
        self, key: str, parent: str, part: Part, outer: Sources, above: tuple[str, ...]
    ) -> CompiledKind:
        """Compile a part; finding all of its parents rests on `above`."""
        sources = Sources(self.compiler.models, parent=outer)
        try:
            if part.list is not None:
                listing = compile_list(part.list, sources, outer)
                source: tuple[str, ...] = listing.needs
                operation = part.list.operation
                found_by = (*above, *source, operation)
            elif part.path:
                found = infer(part.path, outer.root())
                sources.add_item(found, "", outer.first_operation(part.path))
                listing, source = None, outer.later_operations(part.path)
                operation = outer.first_operation(part.path)
                found_by = (*above, *outer.operations(part.path))
            else:
                raise DeclarationError("neither `path` nor `list` says where the parts are")
            kind = self._kind(key, part, sources, listing_operation=operation, listings=found_by)
        except DeclarationError as error:
            self._problem(part.label, error.reason)
            return CompiledKind(part.label)
        if part.parent_relation:
            ends = (parent, part.label) if part.parent_incoming else (part.label, parent)
            self.compiler.relations.append(
                RelationKind(
                    part.parent_relation,
                    *ends,
                    operation,
                    operations=(operation,),
                    carriers=(part.label,),
                )
            )
        return _with(kind, list=listing, source=source)

    def _produced(self, key: str, produced: Produced, lists: str) -> CompiledKind:
        """Compile a produced label; `lists` is what lists it where nothing better says so.

        It is empty for what a relation implies: no scope brings that.
        """
        taken = frozenset(produced.properties)
        derivation = Derivation(
            produced.naming, produced.names, frozenset(produced.omit), produced.types, taken
        )
        root = structure({}, open_=True)
        tags: tuple[str, ...] = ()
        sources = Sources(self.compiler.models)
        if produced.shape is not None:
            operation, path = produced.shape
            found = infer(path, self.compiler.models.output(operation))
            sources.add_item(found, "", operation)
            members = dict(sources.members)
            tags = tuple(name for name, shape in members.items() if holds_tags(name, shape))
            for member, shape in members.items():
                if member in tags:
                    derivation.note(member)
                else:
                    derivation.add(member, shape, operation)
            root = structure(members, open_=True)
        properties = dict(derivation.properties)
        for name, (kind, told_by) in produced.properties.items():
            rests_on = telling.each(told_by)
            for operation in rests_on:
                self.compiler.models.operation(operation)
            properties[name] = Property(
                name, kind, next(iter(rests_on), None), operations=rests_on[1:] and rests_on
            )
        self._label(
            key if lists else None,
            produced,
            properties,
            derivation,
            telling.lists(produced, lists),
            listings=produced.listings,
            tag_operations=produced.tag_operations
            or ((produced.shape[0],) if produced.shape and tags else ()),
        )
        needs = self._relations(produced.label, produced.relations, root, sources, by_hand=True)
        return CompiledKind(produced.label, derivation.tree, tags=tags, relations=needs)

    def _label(
        self,
        key: str | None,
        declared: Resource | Part | Produced,
        properties: Mapping[str, Property],
        derivation: Derivation,
        operation: str | None,
        *,
        listings: tuple[str, ...] = (),
        tag_operations: tuple[str, ...] = (),
    ) -> None:
        name = declared.label
        properties = derivation.marked(properties, declared.volatile)
        derivation.finish()
        for problem in derivation.problems:
            self._problem(name, problem)
        if name in self.compiler.labels:
            self._problem(name, f"also declared in {self.compiler.where[name]}")
            return
        self.compiler.where[name] = self.locate(name)
        self.compiler.labels[name] = Label(
            name,
            PROVIDER,
            properties,
            declared.description,
            tuple(declared.aliases),
            tuple(declared.groups),
            declared.owned,
            key,
            operation,
            listings,
            tag_operations,
        )

    def _relations(
        self,
        label: str,
        declared: Sequence[Points],
        root: Shape,
        sources: Sources,
        *,
        by_hand: bool = False,
    ) -> tuple[tuple[str, ...], ...]:
        """Check relations; those made `by_hand` in a `read` function may leave `by` empty."""
        needs = []
        for points in declared:
            if points.by or not by_hand:
                self._path(label, f"{points.type} by", points.by, root)
            properties = {
                name: property_type(self._path(label, name, path, root, targets=True) or STRING)
                for name, path in points.properties.items()
            }
            for name, path in (points.implied or {}).items():
                self._path(label, f"implied {name}", path, root, targets=True)
            if points.implied is not None:
                self.compiler.implied.append((label, points.target, points.implied))
            if points.found_by:
                self.compiler.lookups.append((label, points.target, points.found_by))
            rests_on = sources.operations(points.by) if points.by else ()
            needs.append(rests_on)
            more = [one for path in points.properties.values() for one in sources.operations(path)]
            told_by = tuple(dict.fromkeys((*points.operations, *rests_on, *more)))
            known = bool(points.operations or rests_on)
            ends = (points.target, label) if points.incoming else (label, points.target)
            self.compiler.relations.append(
                RelationKind(
                    points.type,
                    *ends,
                    told_by[0] if known else None,
                    properties,
                    operations=told_by if known else (),
                    carriers=(label,),
                )
            )
        return tuple(needs)

    def _path(
        self, label: str, what: str, text: str, root: Shape, *, targets: bool = False
    ) -> Shape | None:
        if not text:
            self._problem(label, f"{what} is missing")
            return None
        try:
            return infer_template(text, root, VARIABLES | {"target"} if targets else VARIABLES)
        except DeclarationError as error:
            self._problem(label, f"{what}: {error.reason}")
            return None

    def _say(self, label: str) -> Callable[[str], None]:
        return lambda reason: self._problem(label, reason)

    def _problem(self, label: str, reason: str) -> None:
        self.compiler.problems.append(DeclarationError(f"{label}: {reason}", self.locate(label)))


def _with(kind: CompiledKind, **changes: Any) -> CompiledKind:
    return replace(kind, **changes)
