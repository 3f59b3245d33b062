"""Binds what runs along relations: slots, lists bound before, quantified and shortest paths."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.bind_expressions import ExpressionBinder
from cloudwarden.graph.cypher.bound import (
    Bound,
    Group,
    MatchStep,
    Op,
    PathSlot,
    Ref,
    RelationSlot,
    Variable,
)
from cloudwarden.graph.cypher.names import label_names
from cloudwarden.graph.cypher.narrowing import NodeDraft, RelationDraft, composed
from cloudwarden.graph.cypher.operators import TypeMismatchError, convert
from cloudwarden.graph.cypher.scope import Scope
from cloudwarden.graph.cypher.types import (
    ANY,
    BOOLEAN,
    PATH,
    Kind,
    list_of,
    node_of,
    relation_of,
)

#: A name that no query can give a path.
HIDDEN = "\0"


@dataclass(slots=True)
class RelationEntry:
    """A relation of a pattern while it is put together."""

    written: ast.RelationPattern
    draft: RelationDraft
    path: ast.PathPattern
    group: Group | None = None


@dataclass(slots=True)
class Draft:
    """A MATCH while it is put together. Anonymous nodes go by their place in the text."""

    nodes: dict[str | int, NodeDraft] = field(default_factory=dict)
    labels: dict[str | int, frozenset[str]] = field(default_factory=dict)
    labelled: set[str | int] = field(default_factory=set)
    known: dict[str | int, Variable] = field(default_factory=dict)
    relations: list[RelationEntry] = field(default_factory=list)
    variables: dict[str | int, Variable] = field(default_factory=dict)


class PathBinder(ExpressionBinder):
    """Binds relations and paths of a MATCH."""

    @abstractmethod
    def bind_match(self, clause: ast.Match, scope: Scope) -> tuple[MatchStep, Scope]:
        """A MATCH clause, and the scope after it."""

    @abstractmethod
    def inline(
        self, pattern: ast.NodePattern | ast.RelationPattern, variable: Variable, scope: Scope
    ) -> Iterator[Bound]:
        """The conditions written inside a node or relation."""

    def draft_relation(
        self, written: ast.RelationPattern, ends: tuple[NodeDraft, NodeDraft],
        path: ast.PathPattern, scope: Scope,
    ) -> RelationEntry:  # fmt: skip
        """A relation before narrowing."""
        draft = RelationDraft(*ends, frozenset(), written.direction, written.length)
        if written.group is None:
            draft.types = self._types(written)
            return RelationEntry(written, draft, path)
        group = self._group(written.group, scope)
        slots = group.path.relations
        draft.steps = composed(slot.edges for slot in slots)
        draft.edges = tuple(edge for slot in slots for edge in slot.edges)
        return RelationEntry(written, draft, path, group)

    def _group(self, pattern: ast.PathPattern, scope: Scope) -> Group:
        written = [(part.variable, part.at) for part in pattern.nodes]
        written += [(part.variable, part.at) for part in pattern.relations]
        for name, at in written:
            if name is not None and scope.get(name) is not None:
                raise self.error(
                    f"variable {name} is already defined",
                    at,
                    "a quantified path has variables of its own; compare them inside it",
                )
        hidden = replace(pattern, variable=HIDDEN)
        clause = ast.Match(at=pattern.at, patterns=(hidden,), condition=None, optional=False)
        step, inner = self.bind_match(clause, scope)
        lists = tuple(
            (variable, Variable(name, list_of(variable.type)))
            for name, variable in inner.names.items()
            if name != HIDDEN and scope.names.get(name) is not variable
        )
        return Group(step, step.paths[0], lists)

    def _types(self, relation: ast.RelationPattern) -> frozenset[str]:
        types = self.vocabulary.types_of(relation.types)
        for name in label_names(relation.types):
            self.notice(self.vocabulary.unknown_type(name.name))
            self.reads.relation_types.add(name.name)
        if relation.types is not None:
            self.reads.relation_types |= types
        return types

    def relation_slot(
        self,
        entry: RelationEntry,
        ends: tuple[Variable, Variable],
        scope: Scope,
        names: dict[str, Variable],
    ) -> RelationSlot:
        """The slot of a narrowed relation; its variables are added to the names."""
        written = entry.written
        types = frozenset(edge.type for edge in entry.draft.edges)
        self.reads.relation_types |= types
        single = relation_of(types)
        length = written.length
        if entry.path.shortest is not None and length is not None and length[0] > 1:
            raise self.error("a shortest path's lower bound is 0 or 1", written.at)
        known = None if written.variable is None else scope.get(written.variable)
        value = None
        if known is not None:
            value = self._known_relation(known, written)
            variable = known
        else:
            variable = Variable(
                written.variable or "", single if written.length is None else list_of(single)
            )
        if entry.group is not None:
            for _, variable_list in entry.group.lists:
                self._add_name(names, variable_list, written.at)
        elif written.variable is not None and known is None:
            self._add_name(names, variable, written.at)
        elif known is not None and any(known is slot for slot in names.values()):
            raise self.error(f"{known.name} is used twice in one pattern", written.at)
        return RelationSlot(
            variable=variable,
            left=ends[0],
            right=ends[1],
            edges=entry.draft.edges,
            bound=known is not None,
            value=value,
            length=length,
            shortest=None if length is None else entry.path.shortest,
            trail=None if length is None else Variable("", PATH),
            each=None if length is None else Variable("", single),
            node=None if length is None else Variable("", node_of(self.vocabulary.all_tables)),
            group=entry.group,
        )

    def _add_name(self, names: dict[str, Variable], variable: Variable, at: int) -> None:
        if variable.name in names:
            raise self.error(f"{variable.name} is used twice in one pattern", at)
        names[variable.name] = variable

    def _known_relation(self, known: Variable, written: ast.RelationPattern) -> Bound:
        value = Ref(type=known.type, variable=known)
        single = relation_of(self.vocabulary.all_types)
        wanted = single if written.length is None else list_of(single)
        kind = known.type.kind
        if kind is wanted.kind and known.type.item.kind is wanted.item.kind:
            return value
        try:
            if kind is Kind.LIST and wanted.kind is Kind.LIST and known.type.item.kind in {
                Kind.ANY, Kind.NULL
            }:  # fmt: skip
                template = "list_transform({0}, lambda r: cw_as_relation(CAST(r AS VARIANT)))"
                return Op(type=wanted, template=template, arguments=(value,))
            if kind is Kind.ANY and wanted.kind is Kind.LIST:
                items = convert(value, list_of(ANY))
                template = "list_transform({0}, lambda r: cw_as_relation(r))"
                return Op(type=wanted, template=template, arguments=(items,))
            return convert(value, wanted)
        except TypeMismatchError:
            raise self.error(
                f"type mismatch: {known.name} is a {known.type}, and "
                f"{'a list of relationships' if written.length else 'a Relationship'} is needed",
                written.at,
            ) from None

    def path_slots(
        self,
        draft: Draft,
        patterns: Sequence[ast.PathPattern],
        relations: dict[int, RelationSlot],
        scope: Scope,
        names: dict[str, Variable],
    ) -> Iterator[PathSlot]:
        """The named paths; their names are added to the names."""
        for pattern in patterns:
            if pattern.variable is None:
                continue
            if pattern.variable in names or scope.get(pattern.variable) is not None:
                raise self.error(f"variable {pattern.variable} is already defined", pattern.at)
            variable = Variable(pattern.variable, PATH)
            names[pattern.variable] = variable
            nodes = tuple(
                draft.variables[n.at if n.variable is None else n.variable] for n in pattern.nodes
            )
            yield PathSlot(variable, nodes, tuple(relations[id(r)] for r in pattern.relations))

    def with_condition(
        self, written: ast.RelationPattern, slot: RelationSlot, scope: Scope
    ) -> RelationSlot:
        """The slot of a variable-length relation with what is written inside it."""
        if slot.length is None or slot.each is None or slot.group is not None:
            return slot
        inner = scope
        if written.condition is not None and written.variable is not None:
            inner = scope.with_names({written.variable: slot.each})
        return replace(slot, condition=conjunction(tuple(self.inline(written, slot.each, inner))))


def conjunction(parts: tuple[Bound, ...]) -> Bound | None:
    """All of these conditions in one; None if there are none."""
    if len(parts) < 2:
        return parts[0] if parts else None
    template = " AND ".join(f"{{{i}}}" for i in range(len(parts)))
    return Op(type=BOOLEAN, template=f"({template})", arguments=parts)
