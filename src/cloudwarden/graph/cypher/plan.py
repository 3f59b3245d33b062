"""What running a query would do, in words: what is scanned, joined, kept, grouped, sorted, cut.

The words follow the query's own order; in which order things are really done is DuckDB's choice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.bind_projections import contains_aggregate
from cloudwarden.graph.cypher.bound import (
    BoundClause,
    BoundQuery,
    CallStep,
    GroupStep,
    MatchStep,
    NodeSlot,
    RelationSlot,
    Variable,
)
from cloudwarden.graph.cypher.compiler import Compiled
from cloudwarden.graph.cypher.parser import parse
from cloudwarden.graph.cypher.plan_texts import ClauseText, clause_texts
from cloudwarden.graph.cypher.sql_layout import laid_out

#: How many labels or types a line names.
_NAMED = 6
_INDENT = "  "


@dataclass(frozen=True, slots=True)
class Plan:
    """Lines of words, indented by two spaces a level, the SQL, and what the answer would notice."""

    lines: tuple[str, ...]
    sql: str
    notices: tuple[str, ...]


def describe(text: str, compiled: Compiled, catalog: Catalog, account: str | None = None) -> Plan:
    """The plan of a query that was compiled from this text, perhaps narrowed to an account."""
    lines = list(_Words(text, catalog).of_query(parse(text), compiled.binding.query))
    if account is not None:
        lines.insert(
            0, f"Only what belongs to the account {account}, a parameter of the first match"
        )
    if compiled.searches:
        lines.append("Paths are found by a search over arrays before the SQL runs")
    return Plan(tuple(lines), laid_out(compiled.sql), compiled.binding.notices)


class _Words:
    def __init__(self, text: str, catalog: Catalog) -> None:
        self._text = text
        self._catalog = catalog

    def of_query(self, tree: ast.Query, query: BoundQuery) -> Iterator[str]:
        """The lines of a query: of its one part, or of each part of a UNION."""
        if len(tree.parts) == 1:
            yield from self._part(tree.parts[0], query.parts[0])
            return
        yield f"Union of {len(tree.parts)} queries" + ("" if query.all else ", without duplicates")
        for part, steps in zip(tree.parts, query.parts, strict=True):
            yield f"{_INDENT}Query"
            yield from _indented(self._part(part, steps), 2)

    def _part(self, part: ast.SingleQuery, steps: Sequence[BoundClause]) -> Iterator[str]:
        left = iter(steps)
        for clause, text in zip(part.clauses, clause_texts(self._text, part), strict=True):
            step = next(left)
            match clause:
                case ast.Match():
                    assert isinstance(step, MatchStep)
                    yield from self._match(clause, text, step)
                case ast.Unwind():
                    yield f"A row for each element of {text.body}"
                case ast.CallSubquery(query=inner):
                    assert isinstance(step, CallStep)
                    kept = ", keeping rows without any" if clause.optional else ""
                    yield f"For each row, the rows of a subquery{kept}"
                    yield from _indented(self.of_query(inner, step.query))
                case ast.Projection():
                    if isinstance(step, GroupStep):
                        next(left)
                    yield from _projection(clause, text)

    def _match(self, clause: ast.Match, text: ClauseText, step: MatchStep) -> Iterator[str]:
        kept = ", keeping rows without any" if clause.optional else ""
        yield f"Match {text.body}{kept}"
        for node in step.nodes:
            yield _INDENT + self._node(node)
        for relation in step.relations:
            yield _INDENT + self._relation(relation)
        condition = text.parts.get("WHERE")
        if condition:
            yield f"{_INDENT}Keep where {condition}"

    def _node(self, slot: NodeSlot) -> str:
        tables = [self._catalog.nodes[number] for number in slot.tables]
        what = "Known" if slot.known is not None else "Scan"
        if not tables:
            return f"{what} {_name(slot.variable)}: nothing here fits"
        labels = _some(table.labels[0] if table.labels else "no label" for table in tables)
        if slot.known is not None:
            return f"Known {_name(slot.variable)}: {labels}"
        count = sum(table.count for table in tables)
        return f"Scan {_name(slot.variable)}: {labels} ({_counted(count, 'node')})"

    def _relation(self, slot: RelationSlot) -> str:
        ends = f"{_name(slot.left)} with {_name(slot.right)}"
        steps = _steps(slot)
        if slot.group is not None:
            return f"Repeat a pattern from {_name(slot.left)} to {_name(slot.right)}{steps}"
        if not slot.edges:
            return f"Join {ends}: nothing here runs between them"
        count = 0
        for edges in slot.edges:
            pairs = self._catalog.relations[edges.type].pairs
            stored = edges.forward | {(target, source) for source, target in edges.backward}
            count += sum(pairs.get(pair, 0) for pair in stored)
        types = _some(edges.type for edges in slot.edges)
        return f"Join {ends} along {types} ({_counted(count, 'relation')}){steps}"


def _projection(clause: ast.Projection, text: ClauseText) -> Iterator[str]:
    aggregated = [contains_aggregate(item.expression) for item in clause.items]
    names = [item.name for item in clause.items]
    if clause.everything:
        aggregated, names = [False, *aggregated], ["*", *names]
    # A variable may be called as a keyword is, which only the parser tells apart.
    items = text.items if len(text.items) == len(names) else names
    named = list(zip(items, aggregated, strict=True))
    aggregates = [item for item, is_aggregate in named if is_aggregate]
    if aggregates:
        keys = [item for item, is_aggregate in named if not is_aggregate]
        by = f"Group by {', '.join(keys)}" if keys else "Take all rows as one group"
        yield f"{by}: {', '.join(aggregates)}"
    if clause.distinct:
        yield "Drop duplicates"
    words = {"ORDER": "Sort by", "SKIP": "Skip", "OFFSET": "Skip", "LIMIT": "Keep the first"}
    for keyword, begin in words.items():
        if keyword in text.parts:
            yield f"{begin} {text.parts[keyword]}"
    if "WHERE" in text.parts:
        yield f"Keep where {text.parts['WHERE']}"
    verb = "Return" if clause.final else "Go on with"
    yield f"{verb} {', '.join(items)}"


def _steps(slot: RelationSlot) -> str:
    if slot.shortest is not None:
        return f", {'one' if slot.shortest == 'one' else 'all'} of the shortest paths"
    if slot.length is None:
        return ""
    low, high = slot.length
    if high is None:
        return f", {low} or more steps"
    return f", {low} to {high} steps" if low != high else f", {low} steps"


def _name(variable: Variable) -> str:
    """The variable's name; one that the user did not name has one that no user can write."""
    return variable.name if variable.name.isidentifier() else "an unnamed node"


def _some(names: Iterator[str]) -> str:
    found = sorted(set(names))
    rest = len(found) - _NAMED
    return " or ".join(found[:_NAMED]) + (f" or {rest} more" if rest > 0 else "")


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def _indented(lines: Iterator[str], levels: int = 1) -> Iterator[str]:
    for line in lines:
        yield _INDENT * levels + line
