"""Bound queries to statements: a chain of blocks a part, joined by UNION."""

from __future__ import annotations

from dataclasses import replace

from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher.bound import (
    BoundClause,
    BoundQuery,
    CallStep,
    GroupStep,
    MatchStep,
    ProjectStep,
    Ref,
    UnwindStep,
    Variable,
)
from cloudwarden.graph.cypher.emitter.blocks import Block, Place
from cloudwarden.graph.cypher.emitter.conversion import converted
from cloudwarden.graph.cypher.emitter.expressions import ExpressionEmitter
from cloudwarden.graph.cypher.emitter.grouping import GroupBlock
from cloudwarden.graph.cypher.emitter.keys import key, needs_key
from cloudwarden.graph.cypher.emitter.macros import with_temporals
from cloudwarden.graph.cypher.emitter.matching import MatchBlock
from cloudwarden.graph.cypher.emitter.projecting import PassingBlock, ProjectBlock
from cloudwarden.graph.cypher.emitter.staging import rows_count_once, stages
from cloudwarden.graph.cypher.emitter.steps import (
    CallBlock,
    OptionalBlock,
    RowsBlock,
    SharedBlock,
    UnwindBlock,
)
from cloudwarden.graph.search import Search


def emit_query(query: BoundQuery, catalog: Catalog) -> tuple[str, tuple[Search, ...]]:
    """One SELECT statement for the query, and the searches that must be run before it, in order.

    Its columns are `u0`, `u1`… in the order of the query's.
    """
    emitter = StatementEmitter(catalog)
    sql = with_temporals(emitter.union(query, None), stored=catalog.temporal)
    searches = tuple(
        replace(
            search,
            first=number == 0,
            starts=with_temporals(search.starts, stored=catalog.temporal),
            ends=search.ends and with_temporals(search.ends, stored=catalog.temporal),
        )
        for number, search in enumerate(emitter.searches)
    )
    return sql, searches


class StatementEmitter(ExpressionEmitter):
    """Builds the blocks of one statement."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__(catalog)
        self.searches: list[Search] = []

    def union(self, query: BoundQuery, outer: Place | None) -> str:
        """A whole query as a statement with columns `u0`, `u1`…"""
        parts = [self._part(query, number, outer) for number in range(len(query.parts))]
        if len(parts) == 1:
            return parts[0]
        # UNION ALL keeps the order of its parts; wrapped, it can stand wherever a SELECT can.
        joined = " UNION ALL ".join(f"({part})" for part in parts)
        name = self.names.fresh("s")
        if query.all:
            return f"SELECT * FROM ({joined}) {name}"
        columns = ", ".join(f"u{place}" for place in range(len(query.columns)))
        if not any(needs_key(variable.type) for variable in query.columns):
            return f"SELECT DISTINCT * FROM ({joined}) {name}"
        # Of values that are taken for the same, the first stays.
        keys = ", ".join(key(f"u{place}", v.type) for place, v in enumerate(query.columns))
        numbered = f"SELECT *, row_number() OVER () AS i FROM ({joined}) s"
        return f"SELECT DISTINCT ON ({keys}) {columns} FROM ({numbered}) {name} ORDER BY {name}.i"

    def chain(
        self, query: BoundQuery, part: int, outer: Place | None, *, once: bool = False
    ) -> Block:
        """The last block of one part of a query. `once`: how often a row comes does not count."""
        block: Block | None = None
        clauses = query.parts[part]
        for clause, single in zip(clauses, rows_count_once(clauses, once=once), strict=True):
            block = self._step(clause, block, outer, once=single)
        assert block is not None
        return block

    def _part(self, query: BoundQuery, number: int, outer: Place | None) -> str:
        block = self.chain(query, number, outer, once=not query.all)
        if isinstance(block, ProjectBlock):
            block.keep_order()
        wanted = query.columns
        columns = query.part_columns[number] if query.part_columns else ()
        pairs = [(block.export(v), v.type, w.type) for v, w in zip(columns, wanted, strict=True)]
        select = ", ".join(
            f"{converted(f'{block.alias}.{column}', found, joint)} AS u{place}"
            for place, (column, found, joint) in enumerate(pairs)
        )
        return f"SELECT {select or '1 AS one'} FROM ({block.render()}) {block.alias}"

    def _step(
        self, clause: BoundClause, source: Block | None, outer: Place | None, *, once: bool
    ) -> Block:
        match clause:
            case MatchStep(optional=True):
                return self._optional(clause, source, outer, once=once)
            case MatchStep():
                return self._match(clause, source, outer, once=once)
            case UnwindStep(variable=variable, source=list_):
                return UnwindBlock(
                    self.catalog, self.names, source, outer, variable, list_, self.emit
                )
            case GroupStep():
                return GroupBlock(self.catalog, self.names, source, outer, clause, self.emit)
            case ProjectStep():
                return self._project(clause, source, outer)
            case CallStep():
                return self._call(clause, source, outer)
        raise AssertionError(clause)

    def _match(
        self,
        step: MatchStep,
        source: Block | None,
        outer: Place | None,
        row: Variable | None = None,
        *,
        once: bool = False,
    ) -> Block:
        """The last block of a MATCH; `row` numbers the rows of its source."""
        if step.selections and source is not None and row is None:
            source = RowsBlock(self.catalog, self.names, source, outer)
            row = source.number
        for stage in stages(self.catalog, step):
            source = MatchBlock(
                self.catalog,
                self.names,
                source,
                outer,
                stage,
                self.emit,
                self._match,
                row,
                once=once,
                searches=self.searches,
            )
        assert source is not None
        return source

    def _optional(
        self, step: MatchStep, source: Block | None, outer: Place | None, *, once: bool
    ) -> Block:
        rows = RowsBlock(self.catalog, self.names, source, outer)
        name = self.names.fresh("rows")
        shared = SharedBlock(rows, name)
        inner = self._match(step, shared, outer, rows.number, once=once)
        introduced = frozenset(
            [n.variable for n in step.nodes if n.known is None]
            + [r.variable for r in step.relations if not r.bound]
            + [v for r in step.relations if r.group is not None for _, v in r.group.lists]
            + [p.variable for p in step.paths]
        )
        return OptionalBlock(rows, inner, name, introduced)

    def _project(self, step: ProjectStep, source: Block | None, outer: Place | None) -> Block:
        block = ProjectBlock(
            self.catalog,
            self.names,
            source,
            outer,
            step.items,
            self.emit,
            distinct=step.distinct,
        )
        cut = step.skip is not None or step.limit is not None
        if step.distinct and (step.order or cut):
            block = self._again(block, step.items, outer)
        block.order_by(step.order)
        if cut and not step.order:
            block.keep_order()
        block.cut(step.skip, step.limit)
        if step.condition is not None:
            if cut or step.distinct or step.order:
                block = self._again(block, step.items, outer)
            block.keep_where(step.condition)
        return block

    def _again(
        self, block: Block, items: tuple[tuple[Variable, object], ...], outer: Place | None
    ) -> ProjectBlock:
        """The same columns once more, for what SQL does in another SELECT than Cypher."""
        same = [(v, Ref(type=v.type, variable=v)) for v, _ in items]
        return PassingBlock(self.catalog, self.names, block, outer, same, self.emit)

    def _call(self, step: CallStep, source: Block | None, outer: Place | None) -> Block:
        block = CallBlock(
            self.catalog, self.names, source, outer, step.outputs, optional=step.optional
        )
        block.statement = self.union(step.query, block)
        return block
