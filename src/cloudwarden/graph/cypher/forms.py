"""Parsing of expressions with words of their own: CASE, quantifiers, reduce, trim, subqueries."""

from __future__ import annotations

from abc import abstractmethod

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.lexer import TokenKind
from cloudwarden.graph.cypher.paths import PathParser

_TRIMS = {"BOTH": "btrim", "LEADING": "ltrim", "TRAILING": "rtrim"}
_WORD_TESTS = ("IS", "STARTS", "ENDS", "CONTAINS", "IN")
_SYMBOL_TESTS = ("=", "<>", "<=", ">=", "<", ">", "=~")


class FormParser(PathParser):
    """Reads expressions that begin with a keyword."""

    @abstractmethod
    def query(self) -> ast.Query:
        """A whole query, for subqueries."""

    @abstractmethod
    def test_of(self, subject: ast.Expression) -> ast.Expression:
        """The predicate that follows a subject."""

    def trim_form(self, at: int, name: str) -> ast.Expression:
        """`trim(s)`, `trim('x' FROM s)`, `trim(LEADING FROM s)`, `trim(LEADING 'x' FROM s)`."""
        side = None
        if self.token.word in _TRIMS and self.ahead(1).text not in {")", "."}:
            side = self.advance().word
        arguments = []
        if not self.at_word("FROM"):
            arguments.append(self.expression())
        if side is not None and not self.at_word("FROM"):
            raise self.unexpected("FROM")
        if self.take_word("FROM"):
            name = _TRIMS[side or "BOTH"]
            arguments.insert(0, self.expression())
        self.expect_symbol(")")
        return ast.Call(at=at, name=name, arguments=tuple(arguments))

    def case_form(self) -> ast.Expression:
        """`CASE … END`."""
        at = self.expect_word("CASE").start
        subject = None if self.at_word("WHEN") else self.expression()
        branches: list[tuple[ast.Expression, ast.Expression]] = []
        extended = False
        while self.take_word("WHEN"):
            tests: list[ast.Expression] = []
            while not tests or (subject is not None and self.take_symbol(",")):
                if subject is not None and self._at_test():
                    extended = True
                    tests.append(ast.Unary(at=at, operator="", operand=self.test_of(subject)))
                else:
                    tests.append(self.expression())
            self.expect_word("THEN")
            value = self.expression()
            branches.extend((test, value) for test in tests)
        if subject is not None and extended:
            branches = [(_as_test(subject, test), value) for test, value in branches]
            subject = None
        if not branches:
            raise self.unexpected("WHEN")
        otherwise = self.expression() if self.take_word("ELSE") else None
        self.expect_word("END")
        return ast.Case(at=at, subject=subject, branches=tuple(branches), otherwise=otherwise)

    def _at_test(self) -> bool:
        """Whether `WHEN > 5` or the like is next, a test of the subject rather than a value."""
        if self.token.kind is TokenKind.SYMBOL:
            return self.token.text in _SYMBOL_TESTS
        following = self.ahead(1)
        if self.token.kind is not TokenKind.NAME or self.token.word not in _WORD_TESTS:
            return False
        return following.word != "THEN" and following.text not in {",", ".", "("}

    def quantifier_form(self) -> ast.Expression:
        """`any(x IN list WHERE …)` and its like."""
        token = self.advance()
        self.expect_symbol("(")
        variable = self.expect_name("a variable")
        self.expect_word("IN")
        source = self.expression()
        condition: ast.Expression = ast.Variable(at=self.token.start, name=variable)
        if self.take_word("WHERE"):
            condition = self.expression()
        self.expect_symbol(")")
        return ast.Quantifier(
            at=token.start,
            name=token.word.lower(),
            variable=variable,
            source=source,
            condition=condition,
        )

    def reduce_form(self) -> ast.Expression:
        """`reduce(…)`."""
        at = self.advance().start
        self.expect_symbol("(")
        accumulator = self.expect_name("a variable")
        self.expect_symbol("=")
        initial = self.expression()
        self.expect_symbol(",")
        variable = self.expect_name("a variable")
        self.expect_word("IN")
        source = self.expression()
        self.expect_symbol("|")
        body = self.expression()
        self.expect_symbol(")")
        return ast.Reduce(
            at=at,
            accumulator=accumulator,
            initial=initial,
            variable=variable,
            source=source,
            body=body,
        )

    def subquery_form(self) -> ast.Expression:
        """`EXISTS { … }` and its like."""
        token = self.advance()
        with self.deeper():
            self.expect_symbol("{")
            at = self.token.start
            if self.at_symbol("(") or (self.at_name() and self.ahead(1).text == "="):
                if token.word == "COLLECT":
                    raise self.unexpected("MATCH")
                query = self._bare_pattern(at)
            else:
                query = self.query()
            self.expect_symbol("}")
        return ast.Subquery(at=token.start, kind=token.word, query=query)

    def _bare_pattern(self, at: int) -> ast.Query:
        # `EXISTS { (a)-->(b) WHERE … }` leaves MATCH out.
        patterns = self.pattern_list()
        condition = self.expression() if self.take_word("WHERE") else None
        match = ast.Match(at=at, patterns=patterns, condition=condition, optional=False)
        return ast.Query(at=at, parts=(ast.SingleQuery(at=at, clauses=(match,)),))


def _as_test(subject: ast.Expression, test: ast.Expression) -> ast.Expression:
    if isinstance(test, ast.Unary) and not test.operator:
        return test.operand
    return ast.Binary(at=test.at, operator="=", left=subject, right=test)
