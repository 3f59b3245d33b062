"""Binds patterns: slots for nodes and relations, narrowed to what exists, with conditions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.bind_expressions import ExpressionBinder
from cloudwarden.graph.cypher.bound import (
    OPAQUE,
    Bound,
    BoundQuery,
    Equals,
    MapOf,
    MatchStep,
    NodeSlot,
    Op,
    PathSlot,
    ProjectStep,
    Ref,
    RelationSlot,
    Variable,
    variables_in,
)
from cloudwarden.graph.cypher.names import label_names
from cloudwarden.graph.cypher.narrowing import NodeDraft, RelationDraft, narrow
from cloudwarden.graph.cypher.reads import EVERY_PROPERTY
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


@dataclass(slots=True)
class _Draft:
    """A MATCH while it is put together. Anonymous nodes go by their place in the text."""

    nodes: dict[str | int, NodeDraft] = field(default_factory=dict)
    labels: dict[str | int, frozenset[str]] = field(default_factory=dict)
    labelled: set[str | int] = field(default_factory=set)
    known: dict[str | int, Variable] = field(default_factory=dict)
    relations: list[tuple[ast.RelationPattern, RelationDraft, ast.PathPattern]] = field(
        default_factory=list
    )
    variables: dict[str | int, Variable] = field(default_factory=dict)


class PatternBinder(ExpressionBinder):
    """Binds MATCH and patterns in expressions."""

    def bind_pattern(
        self,
        pattern: ast.PathPattern,
        condition: ast.Expression | None,
        body: ast.Expression | None,
        scope: Scope,
    ) -> BoundQuery:
        """A pattern as a query of its own, returning `body` if there is one."""
        clause = ast.Match(at=pattern.at, patterns=(pattern,), condition=condition, optional=False)
        enclosing, self.aggregation = self.aggregation, None
        try:
            step, inner = self.bind_match(clause, scope.inside())
            if body is None:
                return BoundQuery(((step,),), all=True)
            value = self.bind(body, inner)
        finally:
            self.aggregation = enclosing
        variable = Variable("value", value.type)
        project = ProjectStep(items=((variable, value),))
        return BoundQuery(
            ((step, project),), all=True, columns=(variable,), part_columns=((variable,),)
        )

    def bind_match(self, clause: ast.Match, scope: Scope) -> tuple[MatchStep, Scope]:
        """A MATCH clause, and the scope after it."""
        draft = _Draft()
        for pattern in clause.patterns:
            self._draft_pattern(draft, pattern, scope)
        self._restrict_by_condition(draft, clause.condition)
        narrow(self.vocabulary.catalog, (relation for _, relation, _ in draft.relations))
        names: dict[str, Variable] = {}
        nodes = tuple(self._node_slot(draft, key, names) for key in draft.nodes)
        keys = {id(node): draft.variables[key] for key, node in draft.nodes.items()}
        relations: dict[int, RelationSlot] = {}
        for written, relation, path in draft.relations:
            ends = (keys[id(relation.left)], keys[id(relation.right)])
            slot = self._relation_slot(written, relation, path, ends, scope, names)
            relations[id(written)] = slot
        paths = tuple(self._paths(draft, clause.patterns, relations, scope, names))
        inner = scope.with_names(names)
        conditions = list(self._conditions(draft, clause, relations, inner))
        relation_slots = tuple(
            self._with_condition(written, relations[id(written)], inner)
            for written, _, _ in draft.relations
        )
        final = {id(old): new for old, new in zip(relations.values(), relation_slots, strict=True)}
        paths = tuple(
            PathSlot(p.variable, p.nodes, tuple(final[id(r)] for r in p.relations)) for p in paths
        )
        self._refuse_filtered_shortest(clause, relation_slots, paths, conditions)
        step = MatchStep(nodes, relation_slots, paths, tuple(conditions), clause.optional)
        return step, inner

    def _draft_pattern(self, draft: _Draft, pattern: ast.PathPattern, scope: Scope) -> None:
        if pattern.shortest == "all":
            raise self.error("not supported yet: allShortestPaths", pattern.at)
        drafted = [self._draft_node(draft, node, scope) for node in pattern.nodes]
        for place, relation in enumerate(pattern.relations):
            types = self._types(relation)
            left, right = drafted[place], drafted[place + 1]
            draft.relations.append(
                (
                    relation,
                    RelationDraft(left, right, types, relation.direction, relation.length),
                    pattern,
                )
            )

    def _draft_node(self, draft: _Draft, node: ast.NodePattern, scope: Scope) -> NodeDraft:
        key: str | int = node.at if node.variable is None else node.variable
        if key not in draft.nodes:
            known = None if node.variable is None else scope.get(node.variable)
            if known is None:
                draft.nodes[key] = NodeDraft(self.vocabulary.all_tables)
            else:
                draft.known[key] = known
                draft.nodes[key] = NodeDraft(self._known_tables(known, node.at))
            draft.labels[key] = frozenset()
        if node.labels is not None:
            tables = self.vocabulary.tables_of(node.labels)
            draft.nodes[key].tables &= tables
            for name in label_names(node.labels):
                self.notice(self.vocabulary.unknown_label(name.name))
            draft.labels[key] |= self.labels_read(node.labels)
            draft.labelled.add(key)
        return draft.nodes[key]

    def _known_tables(self, known: Variable, at: int) -> frozenset[int]:
        if known.type.kind is Kind.NODE:
            return known.type.tables
        if known.type.kind is Kind.NULL:
            return frozenset()
        if known.type.kind is Kind.ANY:
            raise self.error(
                f"not supported yet: {known.name} as a node, since it may be something else", at
            )
        raise self.error(f"type mismatch: {known.name} is a {known.type}, and a Node is needed", at)

    def _types(self, relation: ast.RelationPattern) -> frozenset[str]:
        types = self.vocabulary.types_of(relation.types)
        for name in label_names(relation.types):
            self.notice(self.vocabulary.unknown_type(name.name))
            self.reads.relation_types.add(name.name)
        if relation.types is not None:
            self.reads.relation_types |= types
        return types

    def _restrict_by_condition(self, draft: _Draft, condition: ast.Expression | None) -> None:
        # `WHERE n:Label` narrows as `(n:Label)` does.
        for part in _conjuncts(condition):
            if isinstance(part, ast.HasLabels) and isinstance(part.subject, ast.Variable):
                key = part.subject.name
                if key in draft.nodes and key not in draft.known:
                    draft.nodes[key].tables &= self.vocabulary.tables_of(part.labels)

    def _node_slot(self, draft: _Draft, key: str | int, names: dict[str, Variable]) -> NodeSlot:
        tables = draft.nodes[key].tables
        known = draft.known.get(key)
        if known is not None:
            variable = known
        else:
            variable = Variable(key if isinstance(key, str) else "", node_of(tables))
            if isinstance(key, str):
                names[key] = variable
        labels = draft.labels[key] if key in draft.labelled else self.reads.labels_of(tables)
        self.reads.matched(variable, labels)
        draft.variables[key] = variable
        # A later pattern may say more about a node; its type stays as it was: wider is right.
        return NodeSlot(variable, tables, None if known is None else known.type.tables)

    def _relation_slot(
        self,
        written: ast.RelationPattern,
        relation: RelationDraft,
        path: ast.PathPattern,
        ends: tuple[Variable, Variable],
        scope: Scope,
        names: dict[str, Variable],
    ) -> RelationSlot:
        types = frozenset(edge.type for edge in relation.edges)
        self.reads.relation_types |= types
        single = relation_of(types)
        known = None if written.variable is None else scope.get(written.variable)
        if written.variable is not None and written.variable in names:
            raise self.error(f"{written.variable} is used twice in one pattern", written.at)
        if known is not None:
            self._check_known_relation(known, written)
            variable = known
        else:
            type_ = single if written.length is None else list_of(single)
            variable = Variable(written.variable or "", type_)
            if written.variable is not None:
                names[written.variable] = variable
        return RelationSlot(
            variable=variable,
            left=ends[0],
            right=ends[1],
            edges=relation.edges,
            bound=known is not None,
            length=self._length(written, path),
            shortest=path.shortest,
            each=None if written.length is None else Variable("", single),
        )

    def _check_known_relation(self, known: Variable, written: ast.RelationPattern) -> None:
        wanted = Kind.RELATIONSHIP if written.length is None else Kind.LIST
        if known.type.kind is not wanted or written.length is not None:
            raise self.error(
                f"type mismatch: {known.name} is a {known.type} that cannot be matched here"
                if known.type.kind is not Kind.LIST
                else "not supported yet: a list of relationships in a pattern",
                written.at,
            )

    def _length(
        self, written: ast.RelationPattern, path: ast.PathPattern
    ) -> tuple[int, int | None] | None:
        if path.shortest is None:
            return written.length
        length = written.length or (1, 1)
        if length[0] > 1:
            raise self.error("a shortest path's lower bound is 0 or 1", written.at)
        return length

    def _paths(
        self,
        draft: _Draft,
        patterns: tuple[ast.PathPattern, ...],
        relations: dict[int, RelationSlot],
        scope: Scope,
        names: dict[str, Variable],
    ) -> Iterator[PathSlot]:
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

    def _conditions(
        self,
        draft: _Draft,
        clause: ast.Match,
        relations: dict[int, RelationSlot],
        scope: Scope,
    ) -> Iterator[Bound]:
        for pattern in clause.patterns:
            for node in pattern.nodes:
                key: str | int = node.at if node.variable is None else node.variable
                yield from self._inline(node, draft.variables[key], scope)
            for relation in pattern.relations:
                if relation.length is None and relations[id(relation)].length is None:
                    yield from self._inline(relation, relations[id(relation)].variable, scope)
        for part in _conjuncts(clause.condition):
            yield self.condition(part, scope)

    def _with_condition(
        self, written: ast.RelationPattern, slot: RelationSlot, scope: Scope
    ) -> RelationSlot:
        if slot.length is None:
            return slot
        each = slot.each or Variable("", relation_of(frozenset(e.type for e in slot.edges)))
        inner = scope
        if written.condition is not None and written.variable is not None:
            inner = scope.with_names({written.variable: each})
        parts = tuple(self._inline(written, each, inner))
        condition: Bound | None = None
        if parts:
            template = " AND ".join(f"{{{i}}}" for i in range(len(parts)))
            condition = Op(type=BOOLEAN, template=f"({template})", arguments=parts)
        return RelationSlot(
            variable=slot.variable,
            left=slot.left,
            right=slot.right,
            edges=slot.edges,
            bound=slot.bound,
            length=slot.length,
            shortest=slot.shortest,
            each=each,
            condition=condition,
        )

    def _refuse_filtered_shortest(
        self,
        clause: ast.Match,
        relations: tuple[RelationSlot, ...],
        paths: tuple[PathSlot, ...],
        conditions: list[Bound],
    ) -> None:
        # Such a condition chooses among paths while they are searched for, not afterwards.
        shortest = [slot for slot in relations if slot.shortest is not None]
        found = {slot.variable for slot in shortest}
        found |= {p.variable for p in paths if any(r in shortest for r in p.relations)}
        named = {variable for condition in conditions for variable in variables_in(condition)}
        if shortest and (found & named or any(variable.name == OPAQUE for variable in named)):
            raise self.error(
                "not supported yet: a condition on a shortest path",
                clause.at if clause.condition is None else clause.condition.at,
                "put the condition after WITH, where it filters the shortest paths found",
            )

    def _inline(
        self, pattern: ast.NodePattern | ast.RelationPattern, variable: Variable, scope: Scope
    ) -> Iterator[Bound]:
        subject = Ref(type=variable.type, variable=variable)
        if pattern.properties is not None:
            wanted = self.bind(pattern.properties, scope)
            yield from self._equal_properties(subject, wanted, pattern.properties.at)
        if pattern.condition is not None:
            for part in _conjuncts(pattern.condition):
                yield self.condition(part, scope)

    def _equal_properties(self, subject: Ref, wanted: Bound, at: int) -> Iterator[Bound]:
        if isinstance(wanted, MapOf):
            for (name, _), value in zip(wanted.type.fields, wanted.values, strict=True):
                found = self.property_of(subject, name, at)
                yield Equals(type=BOOLEAN, left=found, right=value)
        elif wanted.type == ANY and self.parameters is None:
            # A parameter map of which we do not know the keys yet.
            self.reads.property_of(
                subject.variable if subject.type.kind is Kind.NODE else None, EVERY_PROPERTY
            )
        else:
            raise self.error(f"type mismatch: expected Map, found {wanted.type}", at)


def _conjuncts(condition: ast.Expression | None) -> Iterator[ast.Expression]:
    if condition is None:
        return
    if isinstance(condition, ast.Logical) and condition.operator == "AND":
        for operand in condition.operands:
            yield from _conjuncts(operand)
    else:
        yield condition
