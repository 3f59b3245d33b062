"""Clauses in turn, each a table of rows made into another; the interpreter's entrance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.parser import parse
from tests.support.cypher import aggregates
from tests.support.cypher.evaluation import Row
from tests.support.cypher.matching import MAX_STEPS, Matcher
from tests.support.cypher.meaning import EvaluationError, order_key, sameness
from tests.support.cypher.model import MemoryGraph


def interpreted(
    graph: MemoryGraph,
    text: str,
    parameters: Mapping[str, Any] | None = None,
    steps: int = MAX_STEPS,
) -> list[Row]:
    """The rows of a query.

    Raises `EvaluationError` where it fails on a value, `TooMuchError` after that many steps.
    """
    interpreter = Interpreter(graph, parameters or {})
    interpreter.steps_left = steps
    return interpreter.whole(parse(text))


class Interpreter(Matcher):
    """Runs queries."""

    def whole(self, query: ast.Query) -> list[Row]:
        """The rows of a query that sees nothing around it."""
        return self._united(query, {}, {})

    def answers(self, query: ast.Query, outer: Row) -> list[Row]:
        return self._united(query, outer, outer)

    def _united(self, query: ast.Query, fixed: Row, start: Row) -> list[Row]:
        rows = [row for part in query.parts for row in self._single(part, fixed, start)]
        if len(query.parts) > 1 and rows:
            # Columns go by their names; the first part says in which order they come.
            rows = [{name: row[name] for name in rows[0]} for row in rows]
        return rows if query.all or len(query.parts) == 1 else _distinct(rows)

    def _single(self, part: ast.SingleQuery, fixed: Row, start: Row) -> list[Row]:
        rows: list[Row] = [start]
        for clause in part.clauses:
            match clause:
                case ast.Match():
                    rows = [found for row in rows for found in self._match(clause, row)]
                case ast.Unwind():
                    rows = [found for row in rows for found in self._unwind(clause, row)]
                case ast.CallSubquery():
                    rows = [found for row in rows for found in self._subquery_rows(clause, row)]
                case ast.Projection():
                    rows = self._project(clause, rows, fixed, start)
        return rows

    def _match(self, clause: ast.Match, row: Row) -> Iterator[Row]:
        found = False
        for match in self.matches(clause.patterns, row):
            if clause.condition is None or self.truth(clause.condition, match) is True:
                found = True
                yield match
        if clause.optional and not found:
            names = [name for pattern in clause.patterns for name in pattern_names(pattern)]
            yield {**dict.fromkeys(names), **row}

    def _unwind(self, clause: ast.Unwind, row: Row) -> Iterator[Row]:
        items = self.value(clause.source, row)
        if items is None:
            return
        for item in items if isinstance(items, list) else [items]:
            yield {**row, clause.variable: item}

    def _subquery_rows(self, clause: ast.CallSubquery, row: Row) -> Iterator[Row]:
        if clause.imports is None:
            answers = [
                answer
                for part in clause.query.parts
                for answer in self._single(part, {}, row if _imports(part) else {})
            ]
            if not clause.query.all:
                answers = _distinct(answers)
        else:
            names = row if clause.imports == ("*",) else clause.imports
            seen = {name: row[name] for name in names}
            answers = self._united(clause.query, seen, seen)
        if not answers and clause.optional:
            last = clause.query.parts[0].clauses[-1]
            assert isinstance(last, ast.Projection)
            answers = [dict.fromkeys(item.name for item in last.items)]
        for answer in answers:
            yield {**row, **answer}

    def _project(
        self, clause: ast.Projection, rows: list[Row], fixed: Row, start: Row
    ) -> list[Row]:
        items = list(clause.items)
        if clause.everything:
            inner = (rows or [start])[0].keys() - fixed.keys()
            names = sorted(inner)
            at = clause.at
            items = [
                ast.ProjectionItem(
                    at=at, expression=ast.Variable(at=at, name=name), name=name, aliased=True
                )
                for name in names
            ] + items
        pairs = self._grouped(items, rows) if _aggregates(items) else self._plain(items, rows)
        if clause.distinct:
            pairs = list({_row_key(new): (new, old) for new, old in reversed(pairs)}.values())[::-1]
        pairs = self._sorted(clause, pairs)
        pairs = self._cut(clause, pairs)
        if clause.condition is not None:
            condition = clause.condition
            pairs = [
                (new, old)
                for new, old in pairs
                if self.truth(condition, {**(old[0] if old else {}), **new}) is True
            ]
        return [{**new} if clause.final else {**fixed, **new} for new, _ in pairs]

    def _plain(
        self, items: list[ast.ProjectionItem], rows: list[Row]
    ) -> list[tuple[Row, list[Row]]]:
        return [({i.name: self.value(i.expression, row) for i in items}, [row]) for row in rows]

    def _grouped(
        self, items: list[ast.ProjectionItem], rows: list[Row]
    ) -> list[tuple[Row, list[Row]]]:
        keys = [item for item in items if not has_aggregate(item.expression)]
        groups: dict[Any, list[Row]] = {}
        for row in rows:
            key = tuple(sameness(self.value(item.expression, row)) for item in keys)
            groups.setdefault(key, []).append(row)
        if not keys and not groups:
            groups[()] = []
        result: list[tuple[Row, list[Row]]] = []
        for group in groups.values():
            first: Row = group[0] if group else {}
            self.group = group
            result.append(({i.name: self.value(i.expression, first) for i in items}, group))
            self.group = None
        return result

    def _sorted(
        self, clause: ast.Projection, pairs: list[tuple[Row, list[Row]]]
    ) -> list[tuple[Row, list[Row]]]:
        for item in reversed(clause.order):
            keyed = []
            for new, old in pairs:
                self.group = old
                row = {**(old[0] if old else {}), **new}
                keyed.append((order_key(self.value(item.expression, row)), (new, old)))
                self.group = None
            keyed.sort(key=lambda one: one[0], reverse=item.descending)
            pairs = [pair for _, pair in keyed]
        return pairs

    def _cut(
        self, clause: ast.Projection, pairs: list[tuple[Row, list[Row]]]
    ) -> list[tuple[Row, list[Row]]]:
        skip, limit = (
            None if count is None else self._count(count) for count in (clause.skip, clause.limit)
        )
        pairs = pairs[skip or 0 :]
        return pairs if limit is None else pairs[:limit]

    def _count(self, node: ast.Expression) -> int:
        count = self.value(node, {})
        if not isinstance(count, int) or isinstance(count, bool) or count < 0:
            raise EvaluationError("SKIP and LIMIT take a whole number")
        return count


def pattern_names(node: object) -> list[str]:
    """The variables that a pattern binds."""
    found: list[str] = []
    if isinstance(node, ast.PathPattern):
        found = [*(name for e in (*node.nodes, *node.relations) for name in pattern_names(e))]
        if node.variable is not None:
            found.append(node.variable)
    elif isinstance(node, ast.RelationPattern | ast.NodePattern):
        if node.variable is not None:
            found = [node.variable]
        if isinstance(node, ast.RelationPattern) and node.group is not None:
            found += pattern_names(node.group)
    return found


def has_aggregate(node: object) -> bool:
    """Whether an aggregate stands in an expression, outside of its subqueries."""
    if isinstance(node, ast.Call) and (node.star or node.name.lower() in aggregates.NAMES):
        return True
    if isinstance(node, tuple):
        return any(has_aggregate(item) for item in node)
    if is_dataclass(node) and not isinstance(node, ast.Subquery | ast.PatternComprehension):
        return any(has_aggregate(getattr(node, spec.name)) for spec in fields(node))
    return False


def _aggregates(items: list[ast.ProjectionItem]) -> bool:
    return any(has_aggregate(item.expression) for item in items)


def _imports(part: ast.SingleQuery) -> bool:
    first = part.clauses[0]
    return (
        isinstance(first, ast.Projection)
        and not first.final
        and all(isinstance(item.expression, ast.Variable) for item in first.items)
    )


def _row_key(row: Row) -> Any:
    return tuple(sorted((name, sameness(value)) for name, value in row.items()))


def _distinct(rows: list[Row]) -> list[Row]:
    return list({_row_key(row): row for row in reversed(rows)}.values())[::-1]
