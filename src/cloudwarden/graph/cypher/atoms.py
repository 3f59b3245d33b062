"""Parsing of atoms: literals, calls, CASE, comprehensions, subqueries, parentheses."""

from __future__ import annotations

from abc import abstractmethod
from math import isinf

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.forms import FormParser
from cloudwarden.graph.cypher.lexer import Token, TokenKind

#: The key of `.*` in a map projection; no user can write an empty one.
EVERYTHING = ""

_QUANTIFIERS = ("ANY", "ALL", "NONE", "SINGLE")
_SUBQUERIES = ("EXISTS", "COUNT", "COLLECT")
_NORMAL_FORMS = ("NFC", "NFD", "NFKC", "NFKD")
_INTEGER_RANGE = (-(2**63), 2**63 - 1)


class AtomParser(FormParser):
    """Reads what expressions are made of."""

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
            return self.case_form()
        if word in _SUBQUERIES and following == "{":
            return self.subquery_form()
        if word in _QUANTIFIERS and following == "(" and self.ahead(3).word == "IN":
            return self.quantifier_form()
        if word == "REDUCE" and following == "(" and self.ahead(3).text == "=":
            return self.reduce_form()
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
            return self.trim_form(at, name)
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
