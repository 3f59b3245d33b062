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
    Selection,
    Variable,
    mentioned,
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

    def pushed(
        self,
        condition: ast.Expression,
        patterns: Sequence[ast.PathPattern],
        slots: dict[int, RelationSlot],
        scope: Scope,
        own: set[Variable],
    ) -> Iterator[Bound] | None:
        """Make `all()` or `none()` over a walk's parts a condition of each step of the walk.

        Answers the conditions that remain, or None if it is no such condition.
        """
        if not isinstance(condition, ast.Quantifier) or condition.name not in {"all", "none"}:
            return None
        found = _walk_of(condition.source, patterns)
        if found is None:
            return None
        relation, of_nodes = found
        slot = slots[id(relation)]
        element = slot.node if of_nodes else slot.each
        if slot.length is None or slot.group is not None or slot.bound or element is None:
            return None
        body = self._holds(condition, element, scope)
        if mentioned(body) & own:
            return None
        if not of_nodes:
            both = tuple(c for c in (slot.condition, body) if c is not None)
            slots[id(relation)] = replace(slot, condition=conjunction(both))
            return iter(())
        both = tuple(c for c in (slot.node_condition, body) if c is not None)
        slots[id(relation)] = replace(slot, node_condition=conjunction(both))
        return (self._holds(condition, end, scope) for end in (slot.left, slot.right))

    def _holds(self, quantifier: ast.Quantifier, element: Variable, scope: Scope) -> Bound:
        inner = scope.with_names({quantifier.variable: element})
        body = self.condition(quantifier.condition, inner)
        if quantifier.name == "all":
            return body
        return Op(type=BOOLEAN, template="(NOT {0})", arguments=(body,))

    def select(
        self,
        pattern: ast.PathPattern,
        slots: dict[int, RelationSlot],
        nodes: Sequence[Variable],
        before: Sequence[Bound],
        path: Variable | None,
    ) -> Selection | None:
        """How a path is selected, where it is not by a search for shortest paths alone.

        `nodes` are all of the MATCH, `before` conditions on the paths to select from.
        """
        relations = [slots[id(relation)] for relation in pattern.relations]
        named = {slot.variable for slot in relations} | ({path} if path is not None else set())
        named |= {v for slot in relations if slot.group for _, v in slot.group.lists}
        searched = not any(mentioned(condition) & named for condition in before)
        if pattern.selector is None:
            if searched and relations[0].length is not None:
                return None
            kept = replace(relations[0], shortest=None)
            slots[id(pattern.relations[0])] = kept
            others = [slot.variable for slot in slots.values() if slot is not kept]
            return Selection((kept,), (*nodes, *others), 1, groups=pattern.shortest == "all")
        count, groups = pattern.selector.count, pattern.selector.groups
        if searched and len(relations) == 1 and count == 1 and self._searchable(relations[0]):
            slots[id(pattern.relations[0])] = replace(
                relations[0], shortest="all" if groups else "one", closed=True
            )
            return None
        ends = (relations[0].left, relations[-1].right) if relations else tuple(nodes)
        return Selection(tuple(relations), ends, count, groups)

    def _searchable(self, slot: RelationSlot) -> bool:
        if slot.length is None or slot.length[0] > 1 or slot.bound:
            return False
        if slot.group is not None and len(slot.group.path.relations) > 1:
            return False
        if slot.length[0] == 0 or not slot.left.type.tables & slot.right.type.tables:
            return True
        # A search from a node does not tell how to come back to it by other relations.
        return all(not edge.forward or not edge.backward for edge in slot.edges)


def conjunction(parts: tuple[Bound, ...]) -> Bound | None:
    """All of these conditions in one; None if there are none."""
    if len(parts) < 2:
        return parts[0] if parts else None
    template = " AND ".join(f"{{{i}}}" for i in range(len(parts)))
    return Op(type=BOOLEAN, template=f"({template})", arguments=parts)


def _walk_of(
    source: ast.Expression, patterns: Sequence[ast.PathPattern]
) -> tuple[ast.RelationPattern, bool] | None:
    """The only relation of the path whose nodes (or relations) an expression lists."""
    name: str | None = None
    of_nodes = False
    if isinstance(source, ast.Variable):
        for pattern in patterns:
            for relation in pattern.relations:
                if relation.variable == source.name and relation.length is not None:
                    return relation, False
        return None
    if isinstance(source, ast.Call) and len(source.arguments) == 1:
        (argument,) = source.arguments
        if isinstance(argument, ast.Variable) and source.name.lower() in {"nodes", "relationships"}:
            name, of_nodes = argument.name, source.name.lower() == "nodes"
    for pattern in patterns:
        if pattern.variable == name and name is not None and len(pattern.relations) == 1:
            return pattern.relations[0], of_nodes
    return None
