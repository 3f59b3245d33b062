"""Parsing of atoms: literals, calls, CASE, comprehensions, subqueries, parentheses."""

from __future__ import annotations

from abc import abstractmethod
from math import isinf

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.lexer import Token, TokenKind
from cloudwarden.graph.cypher.paths import PathParser

#: The key of `.*` in a map projection; no user can write an empty one.
EVERYTHING = ""

_QUANTIFIERS = ("ANY", "ALL", "NONE", "SINGLE")
_SUBQUERIES = ("EXISTS", "COUNT", "COLLECT")
_NORMAL_FORMS = ("NFC", "NFD", "NFKC", "NFKD")
_TRIMS = {"BOTH": "btrim", "LEADING": "ltrim", "TRAILING": "rtrim"}
_WORD_TESTS = ("IS", "STARTS", "ENDS", "CONTAINS", "IN")
_SYMBOL_TESTS = ("=", "<>", "<=", ">=", "<", ">", "=~")
_INTEGER_RANGE = (-(2**63), 2**63 - 1)


class AtomParser(PathParser):
    """Reads what expressions are made of."""

    @abstractmethod
    def query(self) -> ast.Query:
        """A whole query, for subqueries."""

    @abstractmethod
    def test_of(self, subject: ast.Expression) -> ast.Expression:
        """The predicate that follows a subject."""

    @abstractmethod
    def postfix_of(self, subject: ast.Expression) -> ast.Expression:
        """The atom with what follows it."""

    def atom(self) -> ast.Expression:
        """The smallest expression here."""
        token = self.token
        if token.kind is TokenKind.INTEGER:
            return self.integer(self.advance())
        if token.kind is TokenKind.FLOAT:
            self.advance()
            value = float(token.text)
            if isinf(value):
                raise self.error("this number is too large for a float", token.start)
            return ast.Literal(at=token.start, value=value, kind="float")
        if token.kind is TokenKind.STRING:
            self.advance()
            return ast.Literal(at=token.start, value=token.text, kind="string")
        if token.kind is TokenKind.PARAMETER:
            self.advance()
            return ast.Parameter(at=token.start, name=token.text)
        if token.kind is TokenKind.QUOTED:
            return self._named()
        if token.kind is TokenKind.NAME:
            return self._keyword_atom() or self._named()
        if self.at_symbol("("):
            return self._parenthesis()
        if self.at_symbol("["):
            return self._list()
        if self.at_symbol("{"):
            return self._map()
        raise self.unexpected("an expression")

    def integer(
        self, token: Token, *, negative: bool = False, at: int | None = None
    ) -> ast.Literal:
        """The integer literal of a token. Raises `CypherError` beyond 64 bits."""
        text = token.text.lower()
        base = 16 if text.startswith("0x") else 8 if text.startswith("0o") else 10
        try:
            value = int(text, base)
        except ValueError:
            raise self.error("this number cannot be read", token.start) from None
        value = -value if negative else value
        if not _INTEGER_RANGE[0] <= value <= _INTEGER_RANGE[1]:
            raise self.error("this integer does not fit 64 bits", token.start)
        return ast.Literal(at=token.start if at is None else at, value=value, kind="integer")

    def map_projection(self, subject: ast.Variable) -> ast.MapProjection:
        """`{.name, .*, key: value, variable}` after a variable."""
        self.expect_symbol("{")
        entries: list[tuple[str, ast.Expression]] = []
        while not self.at_symbol("}"):
            at = self.token.start
            if self.take_symbol(".", "*"):
                entries.append((EVERYTHING, subject))
            elif self.take_symbol("."):
                name = self.expect_name("a property name")
                entries.append((name, ast.Property(at=at, subject=subject, name=name)))
            else:
                name = self.expect_name("a key, .property or .*")
                if self.take_symbol(":"):
                    entries.append((name, self.expression()))
                else:
                    entries.append((name, ast.Variable(at=at, name=name)))
            if not self.take_symbol(","):
                break
        self.expect_symbol("}")
        return ast.MapProjection(at=subject.at, subject=subject, entries=tuple(entries))

    def _keyword_atom(self) -> ast.Expression | None:
        at = self.token.start
        word = self.token.word
        following = self.ahead(1).text
        if word in {"TRUE", "FALSE", "NULL"} and following != "(":
            self.advance()
            value = {"TRUE": True, "FALSE": False, "NULL": None}[word]
            return ast.Literal(at=at, value=value, kind="null" if value is None else "boolean")
        if word in {"INF", "INFINITY", "NAN"} and following not in {"(", "."}:
            self.advance()
            return ast.Literal(at=at, value=float(word.lower()), kind="float")
        if word == "CASE":
            return self._case()
        if word in _SUBQUERIES and following == "{":
            return self._subquery()
        if word in _QUANTIFIERS and following == "(" and self.ahead(3).word == "IN":
            return self._quantifier()
        if word == "REDUCE" and following == "(" and self.ahead(3).text == "=":
            return self._reduce()
        if word in {"SHORTESTPATH", "ALLSHORTESTPATHS"} and following == "(":
            return ast.PatternExpression(at=at, pattern=self.path_pattern())
        return None

    def _named(self) -> ast.Expression:
        at = self.token.start
        # A call's name may have dots: `duration.inDays(…)`.
        dots = 0
        while self.ahead(dots + 1).text == "." and self.ahead(dots + 2).kind in {
            TokenKind.NAME,
            TokenKind.QUOTED,
        }:
            dots += 2
        if self.ahead(dots + 1).kind is TokenKind.SYMBOL and self.ahead(dots + 1).text == "(":
            names = [self.expect_name("a function")]
            while self.take_symbol("."):
                names.append(self.expect_name("a function"))
            return self._call(at, ".".join(names))
        return ast.Variable(at=at, name=self.expect_name("a variable"))

    def _call(self, at: int, name: str) -> ast.Expression:
        self.expect_symbol("(")
        if name.upper() == "COUNT" and self.take_symbol("*"):
            self.expect_symbol(")")
            return ast.Call(at=at, name=name, arguments=(), star=True)
        if name.upper() == "TRIM":
            return self._trim(at, name)
        distinct = self.take_word("DISTINCT")
        if not distinct and self.ahead(1).text not in {"(", ")", ",", "."}:
            self.take_word("ALL")
        arguments: list[ast.Expression] = []
        if not self.at_symbol(")"):
            arguments.append(self.expression())
            while self.take_symbol(","):
                if name.upper() == "NORMALIZE" and self.token.word in _NORMAL_FORMS:
                    form = self.advance()
                    arguments.append(ast.Literal(at=form.start, value=form.word, kind="string"))
                else:
                    arguments.append(self.expression())
        self.expect_symbol(")")
        return ast.Call(at=at, name=name, arguments=tuple(arguments), distinct=distinct)

    def _trim(self, at: int, name: str) -> ast.Expression:
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

    def _parenthesis(self) -> ast.Expression:
        at = self.token.start
        if self.at_pattern_expression():
            return ast.PatternExpression(at=at, pattern=self.path_pattern())
        self.expect_symbol("(")
        inner = self.expression()
        self.expect_symbol(")")
        return inner

    def _list(self) -> ast.Expression:
        at = self.expect_symbol("[").start
        if self.at_name() and self.ahead(1).word == "IN":
            return self._list_comprehension(at)
        starts_path = self.at_name() and self.ahead(1).text == "=" and self.ahead(2).text == "("
        if starts_path or self.at_pattern_expression():
            return self._pattern_comprehension(at)
        items: list[ast.Expression] = []
        if not self.at_symbol("]"):
            items.append(self.expression())
            while self.take_symbol(","):
                items.append(self.expression())
        self.expect_symbol("]")
        return ast.ListLiteral(at=at, items=tuple(items))

    def _list_comprehension(self, at: int) -> ast.Expression:
        variable = self.expect_name("a variable")
        self.expect_word("IN")
        source = self.expression()
        condition = self.expression() if self.take_word("WHERE") else None
        body = self.expression() if self.take_symbol("|") else None
        self.expect_symbol("]")
        return ast.ListComprehension(
            at=at, variable=variable, source=source, condition=condition, body=body
        )

    def _pattern_comprehension(self, at: int) -> ast.Expression:
        pattern = self.path_pattern()
        condition = self.expression() if self.take_word("WHERE") else None
        self.expect_symbol("|")
        body = self.expression()
        self.expect_symbol("]")
        return ast.PatternComprehension(at=at, pattern=pattern, condition=condition, body=body)

    def _map(self) -> ast.MapLiteral:
        at = self.expect_symbol("{").start
        entries: list[tuple[str, ast.Expression]] = []
        if not self.at_symbol("}"):
            entries.append(self._entry())
            while self.take_symbol(","):
                entries.append(self._entry())
        self.expect_symbol("}")
        return ast.MapLiteral(at=at, entries=tuple(entries))

    def _entry(self) -> tuple[str, ast.Expression]:
        key = self.expect_name("a key")
        self.expect_symbol(":")
        return key, self.expression()

    def _case(self) -> ast.Expression:
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

    def _quantifier(self) -> ast.Expression:
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

    def _reduce(self) -> ast.Expression:
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

    def _subquery(self) -> ast.Expression:
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
