"""Binds patterns: slots for nodes and relations, narrowed to what exists, with conditions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.bind_paths import HIDDEN, Draft
from cloudwarden.graph.cypher.bind_selections import SelectionBinder
from cloudwarden.graph.cypher.bound import (
    Bound,
    BoundQuery,
    Equals,
    MapOf,
    MatchStep,
    NodeSlot,
    PathSlot,
    ProjectStep,
    Ref,
    RelationSlot,
    Selection,
    SubqueryValue,
    Variable,
)
from cloudwarden.graph.cypher.names import label_names
from cloudwarden.graph.cypher.narrowing import NodeDraft, narrow
from cloudwarden.graph.cypher.operators import convert
from cloudwarden.graph.cypher.scope import Scope
from cloudwarden.graph.cypher.types import BOOLEAN, PATH, Kind, list_of, node_of


class PatternBinder(SelectionBinder):
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

    def pattern_holds(self, node: ast.PatternExpression, scope: Scope) -> Bound:
        """Whether a pattern matches."""
        self._expect_bound(node.pattern, scope)
        query = self.bind_pattern(node.pattern, None, None, scope)
        return SubqueryValue(type=BOOLEAN, kind="EXISTS", query=query)

    def pattern_value(self, node: ast.PatternExpression, scope: Scope) -> Bound:
        """The shortest path, or list of them, that an expression asks for."""
        if node.pattern.shortest is None:
            raise self.error(
                "a pattern is a condition, not a value",
                node.at,
                "use EXISTS { … }, COUNT { … } or [pattern | value]",
            )
        self._expect_bound(node.pattern, scope)
        pattern = replace(node.pattern, variable=HIDDEN)
        body = ast.Variable(at=node.at, name=HIDDEN)
        query = self.bind_pattern(pattern, None, body, scope)
        if node.pattern.shortest == "all":
            return SubqueryValue(type=list_of(PATH), kind="COLLECT", query=query)
        return SubqueryValue(type=PATH, kind="ONE", query=query)

    def _expect_bound(self, pattern: ast.PathPattern, scope: Scope) -> None:
        written = [(part.variable, part.at) for part in pattern.nodes]
        written += [(part.variable, part.at) for part in pattern.relations]
        for name, at in written:
            if name is not None and scope.get(name) is None:
                raise self.error(
                    f"a pattern in an expression cannot introduce {name}",
                    at,
                    "use EXISTS { MATCH … }",
                )

    def bind_match(self, clause: ast.Match, scope: Scope) -> tuple[MatchStep, Scope]:
        """A MATCH clause, and the scope after it."""
        draft = Draft()
        self._check_selectors(clause)
        for pattern in clause.patterns:
            self._draft_pattern(draft, pattern, scope)
        self._restrict_by_condition(draft, clause.condition)
        narrow(self.vocabulary.catalog, (entry.draft for entry in draft.relations))
        names: dict[str, Variable] = {}
        nodes = tuple(self._node_slot(draft, key, names) for key in draft.nodes)
        ends = {id(node): draft.variables[key] for key, node in draft.nodes.items()}
        slots: dict[int, RelationSlot] = {}
        for entry in draft.relations:
            sides = (ends[id(entry.draft.left)], ends[id(entry.draft.right)])
            slots[id(entry.written)] = self.relation_slot(entry, sides, scope, names)
        # Paths are only named here: what their slots become is known at the end.
        drawn = [
            (path.variable, path.nodes)
            for path in self.path_slots(draft, clause.patterns, slots, scope, names)
        ]
        inner = scope.with_names(names)
        for entry in draft.relations:
            key = id(entry.written)
            slots[key] = self.with_condition(entry.written, slots[key], inner)
        inside = list(self._inside(draft, clause, slots, inner))
        own = set(names.values()) | set(draft.variables.values()) - set(draft.known.values())
        where: list[Bound] = []
        for part in _conjuncts(clause.condition):
            pushed = self.pushed(part, clause.patterns, slots, inner, own)
            where += [self.condition(part, inner)] if pushed is None else pushed
        selections, where = self._selections(
            clause, slots, [node.variable for node in nodes], inside, where, names
        )
        named = [pattern for pattern in clause.patterns if pattern.variable is not None]
        paths = tuple(
            PathSlot(variable, along, tuple(slots[id(r)] for r in pattern.relations))
            for (variable, along), pattern in zip(drawn, named, strict=True)
        )
        step = MatchStep(
            nodes=nodes,
            relations=tuple(slots[id(entry.written)] for entry in draft.relations),
            paths=paths,
            conditions=(*inside, *where),
            optional=clause.optional,
            selections=selections,
        )
        return step, inner

    def _check_selectors(self, clause: ast.Match) -> None:
        for pattern in clause.patterns:
            if pattern.selector is not None and len(clause.patterns) > 1:
                raise self.error(
                    "a path that is selected stands alone in its MATCH",
                    pattern.at,
                    "write the other patterns in a MATCH of their own",
                )

    def _selections(
        self,
        clause: ast.Match,
        slots: dict[int, RelationSlot],
        nodes: list[Variable],
        inside: list[Bound],
        where: list[Bound],
        names: dict[str, Variable],
    ) -> tuple[tuple[Selection, ...], list[Bound]]:
        """How paths are selected, and the conditions that have no part in it."""
        found = []
        for pattern in clause.patterns:
            if pattern.shortest is None and pattern.selector is None:
                continue
            path = None if pattern.variable is None else names[pattern.variable]
            # What WHERE says of a shortestPath() takes part in the search; of a selector's, not.
            before = [*inside, *where] if pattern.shortest is not None else inside
            selection = self.select(pattern, slots, nodes, before, path)
            if selection is not None and pattern.selector is not None:
                selection, where = replace(selection, conditions=tuple(where)), []
            if selection is not None:
                found.append(selection)
        return tuple(found), where

    def _draft_pattern(self, draft: Draft, pattern: ast.PathPattern, scope: Scope) -> None:
        drafted = [self._draft_node(draft, node, scope) for node in pattern.nodes]
        for place, relation in enumerate(pattern.relations):
            ends = (drafted[place], drafted[place + 1])
            draft.relations.append(self.draft_relation(relation, ends, pattern, scope))

    def _draft_node(self, draft: Draft, node: ast.NodePattern, scope: Scope) -> NodeDraft:
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
            return self.vocabulary.all_tables
        raise self.error(f"type mismatch: {known.name} is a {known.type}, and a Node is needed", at)

    def _restrict_by_condition(self, draft: Draft, condition: ast.Expression | None) -> None:
        # `WHERE n:Label` narrows as `(n:Label)` does.
        for part in _conjuncts(condition):
            if isinstance(part, ast.HasLabels) and isinstance(part.subject, ast.Variable):
                key = part.subject.name
                if key in draft.nodes and key not in draft.known:
                    draft.nodes[key].tables &= self.vocabulary.tables_of(part.labels)

    def _node_slot(self, draft: Draft, key: str | int, names: dict[str, Variable]) -> NodeSlot:
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
        if known is None:
            return NodeSlot(variable, tables, None)
        if known.type.kind is Kind.ANY:
            wanted = node_of(self.vocabulary.all_tables)
            value = convert(Ref(type=known.type, variable=known), wanted)
            return NodeSlot(variable, tables, self.vocabulary.all_tables, value)
        return NodeSlot(variable, tables, known.type.tables)

    def _inside(
        self,
        draft: Draft,
        clause: ast.Match,
        slots: dict[int, RelationSlot],
        scope: Scope,
    ) -> Iterator[Bound]:
        """The conditions written inside the patterns."""
        for pattern in clause.patterns:
            for node in pattern.nodes:
                key: str | int = node.at if node.variable is None else node.variable
                yield from self.inline(node, draft.variables[key], scope)
            for relation in pattern.relations:
                if slots[id(relation)].length is None:
                    yield from self.inline(relation, slots[id(relation)].variable, scope)
            for part in _conjuncts(pattern.condition):
                yield self.condition(part, scope)

    def inline(
        self, pattern: ast.NodePattern | ast.RelationPattern, variable: Variable, scope: Scope
    ) -> Iterator[Bound]:
        """The conditions written inside a node or relation."""
        subject = Ref(type=variable.type, variable=variable)
        if isinstance(pattern.properties, ast.Parameter):
            name = pattern.properties.name
            raise self.error(
                "a pattern's properties cannot be one parameter",
                pattern.properties.at,
                f"name them, as in {{name: ${name}.name}}",
            )
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
