"""Parsing of clauses and whole queries; the parser's entrance."""

from __future__ import annotations

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.errors import CypherError
from cloudwarden.graph.cypher.expressions import ExpressionParser
from cloudwarden.graph.cypher.refusal import PROCEDURE_HINT, refusal_of


def parse(text: str) -> ast.Query:
    """The syntax tree of a query. Raises `CypherError` with the place."""
    try:
        return Parser(text).whole_query()
    except RecursionError:
        raise CypherError("the query is nested too deeply", text, 0) from None


class Parser(ExpressionParser):
    """Reads clauses, in the orders that Cypher allows."""

    def whole_query(self) -> ast.Query:
        """The query that is the whole text."""
        query = self.query()
        self.take_symbol(";")
        if self.token.text:
            self._refuse_clause()
            raise self.unexpected("a clause or the end of the query")
        for part in query.parts:
            self._check_ending(part)
        return query

    def query(self) -> ast.Query:
        """Single queries joined by UNION."""
        at = self.token.start
        parts = [self._single()]
        kinds: set[bool] = set()
        while self.at_word("UNION"):
            union = self.advance()
            keeps_all = self.take_word("ALL")
            if not keeps_all:
                self.take_word("DISTINCT")
            kinds.add(keeps_all)
            if len(kinds) > 1:
                raise self.error("UNION and UNION ALL cannot be mixed", union.start)
            parts.append(self._single())
        return ast.Query(at=at, parts=tuple(parts), all=kinds != {False})

    def _single(self) -> ast.SingleQuery:
        at = self.token.start
        clauses: list[ast.Clause] = []
        while True:
            clause = self._clause()
            if clause is None:
                break
            if clauses and isinstance(clauses[-1], ast.Projection) and clauses[-1].final:
                raise self.error("nothing can follow RETURN", clause.at)
            clauses.append(clause)
        if not clauses:
            self._refuse_clause()
            raise self.unexpected("a clause such as MATCH or RETURN")
        return ast.SingleQuery(at=at, clauses=tuple(clauses))

    def _clause(self) -> ast.Clause | None:
        at = self.token.start
        if self.at_word("OPTIONAL", "CALL"):
            self.advance()
            return self._call_clause(at, optional=True)
        if self.at_word("OPTIONAL"):
            self.advance()
            self.expect_word("MATCH")
            return self._match(at, optional=True)
        if self.take_word("MATCH"):
            return self._match(at, optional=False)
        if self.take_word("UNWIND"):
            source = self.expression()
            self.expect_word("AS")
            return ast.Unwind(at=at, source=source, variable=self.expect_name("a variable"))
        if self.take_word("WITH"):
            return self._projection(at, final=False)
        if self.take_word("RETURN"):
            return self._projection(at, final=True)
        if self.at_word("CALL"):
            return self._call_clause(at, optional=False)
        self._refuse_clause()
        return None

    def _refuse_clause(self) -> None:
        refusal = refusal_of(self.token.word)
        if refusal is not None:
            raise self.error(refusal[0], hint=refusal[1])

    def _match(self, at: int, *, optional: bool) -> ast.Match:
        self._match_mode()
        patterns = self.pattern_list()
        self._refuse_clause()
        condition = self.expression() if self.take_word("WHERE") else None
        return ast.Match(at=at, patterns=patterns, condition=condition, optional=optional)

    def _match_mode(self) -> None:
        if self.at_word("REPEATABLE", "ELEMENTS") or self.at_word("REPEATABLE", "ELEMENT"):
            raise self.error(
                "REPEATABLE ELEMENTS is refused: a relation is matched once in a MATCH",
                hint="write the parts that may share relations as MATCHes of their own",
            )
        if self.at_word("DIFFERENT", "RELATIONSHIPS") or self.at_word("DIFFERENT", "RELATIONSHIP"):
            # Which is what MATCH does anyway.
            self.advance()
            self.advance()

    def _call_clause(self, at: int, *, optional: bool) -> ast.Clause:
        call = self.expect_word("CALL")
        imports: tuple[str, ...] | None = None
        if self.at_symbol("("):
            self.advance()
            imports = self._imports()
        if not self.at_symbol("{"):
            raise self.error("CALL of a procedure is refused", call.start, hint=PROCEDURE_HINT)
        with self.deeper():
            self.expect_symbol("{")
            query = self.query()
            self.expect_symbol("}")
        if self.at_word("IN"):
            raise self.error(
                "IN TRANSACTIONS is refused", hint="there are no transactions: reading needs none"
            )
        return ast.CallSubquery(at=at, imports=imports, query=query, optional=optional)

    def _imports(self) -> tuple[str, ...]:
        if self.take_symbol("*"):
            self.expect_symbol(")")
            return ("*",)
        names: list[str] = []
        if not self.at_symbol(")"):
            names.append(self.expect_name("a variable"))
            while self.take_symbol(","):
                names.append(self.expect_name("a variable"))
        self.expect_symbol(")")
        return tuple(names)

    def _projection(self, at: int, *, final: bool) -> ast.Projection:
        distinct = self.take_word("DISTINCT")
        everything = self.take_symbol("*")
        items: list[ast.ProjectionItem] = []
        if not everything or self.take_symbol(","):
            items.append(self._item())
            while self.take_symbol(","):
                items.append(self._item())
        order = self._order() if self.take_word("ORDER") else ()
        skip = limit = None
        while True:
            if self.at_word("SKIP") or self.at_word("OFFSET"):
                self.advance()
                skip = self.expression()
            elif self.take_word("LIMIT"):
                limit = self.expression()
            else:
                break
        condition = None
        if not final and self.take_word("WHERE"):
            condition = self.expression()
        return ast.Projection(
            at=at,
            final=final,
            distinct=distinct,
            everything=everything,
            items=tuple(items),
            order=order,
            skip=skip,
            limit=limit,
            condition=condition,
        )

    def _item(self) -> ast.ProjectionItem:
        at = self.token.start
        expression = self.expression()
        written = self.text[at : self.previous_end()]
        if self.take_word("AS"):
            return ast.ProjectionItem(
                at=at, expression=expression, name=self.expect_name("a name"), aliased=True
            )
        if isinstance(expression, ast.Variable):
            written = expression.name
        return ast.ProjectionItem(at=at, expression=expression, name=written, aliased=False)

    def _order(self) -> tuple[ast.SortItem, ...]:
        self.expect_word("BY")
        items = [self._sort_item()]
        while self.take_symbol(","):
            items.append(self._sort_item())
        return tuple(items)

    def _sort_item(self) -> ast.SortItem:
        at = self.token.start
        expression = self.expression()
        descending = self.take_word("DESC") or self.take_word("DESCENDING")
        if not descending and not self.take_word("ASC"):
            self.take_word("ASCENDING")
        return ast.SortItem(at=at, expression=expression, descending=descending)

    def _check_ending(self, part: ast.SingleQuery) -> None:
        last = part.clauses[-1]
        if not (isinstance(last, ast.Projection) and last.final):
            raise self.error("the query returns nothing: end it with RETURN", last.at)
