"""Parsing of expressions, by binding power."""

from __future__ import annotations

from collections.abc import Callable

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.atoms import AtomParser
from cloudwarden.graph.cypher.lexer import TokenKind
from cloudwarden.graph.cypher.type_names import type_names

_COMPARISONS = ("=", "<>", "<=", ">=", "<", ">")

#: What may be followed by a colon and a label.
_LABELLED = (ast.Variable, ast.Property, ast.Index, ast.Call, ast.Case, ast.Parameter)

#: How many operators of one kind may follow each other: the tree is as deep as they are many.
MAX_CHAIN = 80


class ExpressionParser(AtomParser):
    """Reads expressions: the loosest operators first, atoms in `atoms.py`."""

    def expression(self) -> ast.Expression:
        """An expression of any kind."""
        with self.deeper():
            return self._logical("OR", self._exclusive)

    def _exclusive(self) -> ast.Expression:
        return self._logical("XOR", self._conjunction)

    def _conjunction(self) -> ast.Expression:
        return self._logical("AND", self._negation)

    def _logical(self, word: str, operand: Callable[[], ast.Expression]) -> ast.Expression:
        at = self.token.start
        operands = [operand()]
        while self.take_word(word):
            operands.append(operand())
        if len(operands) == 1:
            return operands[0]
        return ast.Logical(at=at, operator=word, operands=tuple(operands))

    def _negation(self) -> ast.Expression:
        at = self.token.start
        if not self.take_word("NOT"):
            return self._comparison()
        with self.deeper():
            return ast.Unary(at=at, operator="NOT", operand=self._negation())

    def _comparison(self) -> ast.Expression:
        return self._comparisons_of(self._predicate_of(self._sum()))

    def test_of(self, subject: ast.Expression) -> ast.Expression:
        """The comparison or predicate that follows a subject."""
        return self._comparisons_of(self._predicate_of(subject))

    def _comparisons_of(self, left: ast.Expression) -> ast.Expression:
        first = left
        links: list[ast.Expression] = []
        while self.token.kind is TokenKind.SYMBOL and self.token.text in _COMPARISONS:
            operator = self.advance()
            right = self._predicate_of(self._sum())
            links.append(
                ast.Binary(at=operator.start, operator=operator.text, left=left, right=right)
            )
            left = right
        if not links:
            return first
        # `a < b < c` means `a < b AND b < c`.
        if len(links) == 1:
            return links[0]
        return ast.Logical(at=links[0].at, operator="AND", operands=tuple(links))

    def _predicate_of(self, left: ast.Expression) -> ast.Expression:
        while True:
            at = self.token.start
            if self.take_symbol("::"):
                left = ast.IsTyped(at=at, operand=left, types=type_names(self), negated=False)
            elif self.at_word("IS"):
                left = self._is(left)
            elif self.take_symbol("=~"):
                left = ast.Binary(at=at, operator="=~", left=left, right=self._sum())
            elif operator := self._word_operator():
                left = ast.Binary(at=at, operator=operator, left=left, right=self._sum())
            else:
                return left

    def _is(self, operand: ast.Expression) -> ast.Expression:
        at = self.expect_word("IS").start
        negated = self.take_word("NOT")
        if self.take_word("NULL"):
            return ast.IsNull(at=at, operand=operand, negated=negated)
        if self.take_word("TYPED") or self.take_symbol("::"):
            return ast.IsTyped(at=at, operand=operand, types=type_names(self), negated=negated)
        form = self.token.word if self.ahead(1).word == "NORMALIZED" else "NFC"
        if form != "NFC" or self.at_word("NFC", "NORMALIZED"):
            self.advance()
        if self.take_word("NORMALIZED"):
            return ast.IsNormalized(at=at, operand=operand, form=form, negated=negated)
        if negated:
            raise self.unexpected("NULL, :: or NORMALIZED")
        return ast.HasLabels(at=at, subject=operand, labels=self.label_expression())

    def _word_operator(self) -> str | None:
        if self.take_word("STARTS", "WITH"):
            return "STARTS WITH"
        if self.take_word("ENDS", "WITH"):
            return "ENDS WITH"
        if self.take_word("CONTAINS"):
            return "CONTAINS"
        return "IN" if self.take_word("IN") else None

    def _sum(self) -> ast.Expression:
        return self._left_chain(("+", "-", "||"), self._product)

    def _product(self) -> ast.Expression:
        return self._left_chain(("*", "/", "%"), self._power)

    def _power(self) -> ast.Expression:
        return self._left_chain(("^",), self._signed)

    def _left_chain(
        self, operators: tuple[str, ...], operand: Callable[[], ast.Expression]
    ) -> ast.Expression:
        left = operand()
        links = 0
        while self.token.kind is TokenKind.SYMBOL and self.token.text in operators:
            links += 1
            if links > MAX_CHAIN:
                raise self.error(f"more than {MAX_CHAIN} operators in a row")
            token = self.advance()
            operator = "+" if token.text == "||" else token.text
            left = ast.Binary(at=token.start, operator=operator, left=left, right=operand())
        return left

    def _signed(self) -> ast.Expression:
        at = self.token.start
        for sign in ("-", "+"):
            if self.take_symbol(sign):
                with self.deeper():
                    return self._with_sign(at, sign)
        return self._postfix()

    def _with_sign(self, at: int, sign: str) -> ast.Expression:
        if sign == "-" and self.token.kind is TokenKind.INTEGER:
            # The smallest integer has no positive counterpart, so the sign belongs to it.
            return self.postfix_of(self.integer(self.advance(), negative=True, at=at))
        return ast.Unary(at=at, operator=sign, operand=self._signed())

    def _postfix(self) -> ast.Expression:
        return self.postfix_of(self.atom())

    def postfix_of(self, subject: ast.Expression) -> ast.Expression:
        """What may follow an atom: `.name`, `[…]`, `:Label`, `{projection}`."""
        while True:
            at = self.token.start
            if self.at_symbol(".") and not self.at_symbol(".", "."):
                self.advance()
                name = self.expect_name("a property name")
                subject = ast.Property(at=at, subject=subject, name=name)
            elif self.at_symbol("["):
                subject = self._subscript(subject)
            elif self.at_symbol(":") and isinstance(subject, _LABELLED):
                self.advance()
                subject = ast.HasLabels(at=at, subject=subject, labels=self.label_expression())
            elif self.at_symbol("{") and isinstance(subject, ast.Variable):
                subject = self.map_projection(subject)
            else:
                return subject

    def _subscript(self, subject: ast.Expression) -> ast.Expression:
        at = self.expect_symbol("[").start
        start = None if self.at_symbol("..") else self.expression()
        if not self.take_symbol(".."):
            self.expect_symbol("]")
            assert start is not None
            return ast.Index(at=at, subject=subject, index=start)
        end = None if self.at_symbol("]") else self.expression()
        self.expect_symbol("]")
        return ast.Slice(at=at, subject=subject, start=start, end=end)
