"""Parsing of what paths are made of: nodes, relations, label expressions, quantifiers."""

from __future__ import annotations

from abc import ABC, abstractmethod

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.lexer import TokenKind
from cloudwarden.graph.cypher.stream import TokenStream

#: How paths are quantified, for those who wrote it otherwise.
QUANTIFIED_HINT = "write (a)-[:TYPE]->{1,3}(b), or ((x)-[:TYPE]->(y) WHERE x.p = y.p){1,3}"

#: Symbols that may follow a label in an expression.
_AFTER_LABELS = frozenset("|&:)],}=<>;") | {"<>", "<=", ">="}


class PatternParser(TokenStream, ABC):
    """Reads patterns; expressions inside them are the subclass's."""

    @abstractmethod
    def expression(self) -> ast.Expression:
        """An expression."""

    def node_pattern(self) -> ast.NodePattern:
        """`(variable:Labels {properties} WHERE condition)`."""
        at = self.token.start
        if not self.at_symbol("("):
            raise self.unexpected("a node, such as (n:Label)")
        with self.deeper():
            self.advance()
            variable = self._optional_variable()
            labels = self._optional_labels()
            properties = self._optional_properties()
            condition = self.expression() if self.take_word("WHERE") else None
            self.expect_symbol(")")
        return ast.NodePattern(
            at=at, variable=variable, labels=labels, properties=properties, condition=condition
        )

    def relation_pattern(self) -> ast.RelationPattern:
        """`-[…]->`, `<-[…]-`, `-[…]-`, and without brackets."""
        at = self.token.start
        left = self.take_symbol("<")
        self.expect_symbol("-")
        variable = types = length = properties = condition = None
        if self.at_symbol("["):
            with self.deeper():
                self.advance()
                variable = self._optional_variable()
                types = self._optional_labels()
                length = self._optional_length()
                properties = self._optional_properties()
                condition = self.expression() if self.take_word("WHERE") else None
                self.expect_symbol("]")
        self.expect_symbol("-")
        right = self.take_symbol(">")
        quantifier = self.quantifier()
        if quantifier is not None:
            if length is not None:
                raise self.error("a relation is quantified by * in it or after it, not both", at)
            length = quantifier
        return ast.RelationPattern(
            at=at,
            variable=variable,
            types=types,
            # Both arrows, `<-[x]->`, mean either direction.
            direction="-" if left == right else "<" if left else ">",
            length=length,
            properties=properties,
            condition=condition,
        )

    def is_quantified(self, distance: int) -> bool:
        """Whether a quantifier stands that far on."""
        following, next_ = self.ahead(distance), self.ahead(distance + 1)
        if following.text == "{":
            return next_.kind is TokenKind.INTEGER or next_.text == ","
        return following.kind is TokenKind.SYMBOL and following.text in {"+", "*"}

    def quantifier(self) -> tuple[int, int | None] | None:
        """`{count}`, `{min,max}`, `+`, `*`."""
        if not self.is_quantified(0):
            return None
        at = self.token.start
        if self.take_symbol("+"):
            return 1, None
        if self.take_symbol("*"):
            return 0, None
        self.expect_symbol("{")
        low = self.bound()
        high = low
        if self.take_symbol(","):
            high = self.bound()
        self.expect_symbol("}")
        low = low or 0
        if high is not None and (high < low or high == 0):
            raise self.error("this quantifier lets nothing match", at)
        return low, high

    def label_expression(self) -> ast.LabelExpression:
        """What follows the colon: `A`, `A:B`, `A&B`, `A|B`, `!A`, `%`, `(…)`.

        In an expression: a bar with something behind it that is no label ends the labels there, as
        in `[x IN xs WHERE x:A | x.name]`.
        """
        return self._labels(in_expression=True)

    def _labels(self, *, in_expression: bool) -> ast.LabelExpression:
        at = self.token.start
        operands = [self._label_conjunction()]
        while self.at_symbol("|") and not (in_expression and self._ends_labels()):
            self.advance()
            self.take_symbol(":")
            operands.append(self._label_conjunction())
        return operands[0] if len(operands) == 1 else ast.LabelOr(at=at, operands=tuple(operands))

    def _ends_labels(self) -> bool:
        following, after = self.ahead(1), self.ahead(2)
        if following.kind in {TokenKind.NAME, TokenKind.QUOTED}:
            return after.kind is TokenKind.SYMBOL and after.text not in _AFTER_LABELS
        return following.text not in {":", "!", "%", "("}

    def _label_conjunction(self) -> ast.LabelExpression:
        at = self.token.start
        operands = [self._label_atom()]
        while self.take_symbol("&") or self.take_symbol(":"):
            operands.append(self._label_atom())
        return operands[0] if len(operands) == 1 else ast.LabelAnd(at=at, operands=tuple(operands))

    def _label_atom(self) -> ast.LabelExpression:
        at = self.token.start
        with self.deeper():
            if self.take_symbol("!"):
                return ast.LabelNot(at=at, operand=self._label_atom())
            if self.take_symbol("("):
                inner = self._labels(in_expression=False)
                self.expect_symbol(")")
                return inner
            if self.take_symbol("%"):
                return ast.LabelAny(at=at)
            if self.token.kind is TokenKind.PARAMETER:
                raise self.error(
                    "a label or type cannot be computed",
                    hint="write it out, or compare: WHERE $label IN labels(n), type(r) = $type",
                )
            return ast.LabelName(at=at, name=self.expect_name("a label or relation type"))

    def _optional_variable(self) -> str | None:
        if not self.at_name() or self.at_word("WHERE"):
            return None
        return self.advance().text

    def _optional_labels(self) -> ast.LabelExpression | None:
        if self.take_symbol(":") or self.take_word("IS"):
            return self._labels(in_expression=False)
        return None

    def _optional_length(self) -> tuple[int, int | None] | None:
        if not self.take_symbol("*"):
            return None
        low = self.bound()
        if self.take_symbol(".."):
            high = self.bound()
            return (1 if low is None else low), high
        return (1, None) if low is None else (low, low)

    def bound(self) -> int | None:
        """A bound of a length, if there is one."""
        return self.number() if self.token.kind is TokenKind.INTEGER else None

    def number(self) -> int:
        """The whole number here."""
        text = self.advance().text
        return min(int(text, 10 if text.isdigit() else 0), 10**9)

    def _optional_properties(self) -> ast.Expression | None:
        if self.at_symbol("{") or self.token.kind is TokenKind.PARAMETER:
            return self.expression()
        return None
