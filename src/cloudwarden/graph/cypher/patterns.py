"""Parsing of patterns: nodes, relations, label expressions, paths."""

from __future__ import annotations

from abc import ABC, abstractmethod

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.lexer import TokenKind
from cloudwarden.graph.cypher.stream import TokenStream


class PatternParser(TokenStream, ABC):
    """Reads patterns; expressions inside them are the subclass's."""

    @abstractmethod
    def expression(self) -> ast.Expression:
        """An expression."""

    def pattern_list(self) -> tuple[ast.PathPattern, ...]:
        """Patterns separated by commas."""
        patterns = [self.path_pattern()]
        while self.take_symbol(","):
            patterns.append(self.path_pattern())
        return tuple(patterns)

    def path_pattern(self) -> ast.PathPattern:
        """`[variable =] pattern`, or `shortestPath(pattern)` in place of the pattern."""
        at = self.token.start
        variable = None
        if self.at_name() and self.ahead(1).text == "=" and not self.at_symbol("("):
            variable = self.expect_name("a path variable")
            self.expect_symbol("=")
        shortest = self._shortest()
        if shortest is not None:
            pattern = self._chain(at, variable, shortest)
            self.expect_symbol(")")
            if len(pattern.relations) != 1:
                raise self.error("a shortest path goes along exactly one relation pattern", at)
            return pattern
        if self.at_word("SHORTEST") or self.at_word("ANY") or self.at_word("ALL"):
            raise self.error(
                "not supported yet: path selectors", hint="write shortestPath((a)-[*]-(b))"
            )
        return self._chain(at, variable, None)

    def at_pattern_expression(self) -> bool:
        """Whether this parenthesis opens a pattern with a relation rather than an expression."""
        if not self.at_symbol("("):
            return False
        after = self.after_partner()
        if after is None:
            return False
        texts = [self.ahead(after + i).text for i in range(3)]
        kinds = [self.ahead(after + i).kind for i in range(3)]
        if any(kind is TokenKind.STRING for kind in kinds[:2]):
            return False
        if texts[0] == "-":
            return texts[1] == "[" or (texts[1] == "-" and texts[2] in {">", "("})
        return texts[0] == "<" and texts[1] == "-" and texts[2] in {"[", "-"}

    def _shortest(self) -> str | None:
        if self.token.kind is TokenKind.NAME and self.ahead(1).text == "(":
            found = {"SHORTESTPATH": "one", "ALLSHORTESTPATHS": "all"}.get(self.token.word)
            if found:
                self.advance()
                self.advance()
                return found
        return None

    def _chain(self, at: int, variable: str | None, shortest: str | None) -> ast.PathPattern:
        nodes = [self.node_pattern()]
        relations: list[ast.RelationPattern] = []
        while self.at_symbol("-") or self.at_symbol("<", "-"):
            relations.append(self.relation_pattern())
            nodes.append(self.node_pattern())
        if self.at_symbol("{") or self.at_symbol("+"):
            raise self.error(
                "not supported yet: quantified path patterns",
                hint="write the bounds as (a)-[:TYPE*1..3]->(b)",
            )
        return ast.PathPattern(
            at=at,
            nodes=tuple(nodes),
            relations=tuple(relations),
            variable=variable,
            shortest=shortest,
        )

    def node_pattern(self) -> ast.NodePattern:
        """`(variable:Labels {properties} WHERE condition)`."""
        at = self.token.start
        if not self.at_symbol("("):
            raise self.unexpected("a node, such as (n:Label)")
        with self.deeper():
            self.advance()
            if self.at_symbol("("):
                raise self.error(
                    "not supported yet: parenthesised path patterns",
                    hint="write the bounds as (a)-[:TYPE*1..3]->(b)",
                )
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

    def label_expression(self) -> ast.LabelExpression:
        """What follows the colon: `A`, `A:B`, `A&B`, `A|B`, `!A`, `%`, `(…)`."""
        at = self.token.start
        operands = [self._label_conjunction()]
        while self.take_symbol("|"):
            self.take_symbol(":")
            operands.append(self._label_conjunction())
        return operands[0] if len(operands) == 1 else ast.LabelOr(at=at, operands=tuple(operands))

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
                inner = self.label_expression()
                self.expect_symbol(")")
                return inner
            if self.take_symbol("%"):
                return ast.LabelAny(at=at)
            if self.at_symbol("$"):
                raise self.error("not supported yet: dynamic labels")
            return ast.LabelName(at=at, name=self.expect_name("a label or relation type"))

    def _optional_variable(self) -> str | None:
        if not self.at_name() or self.at_word("WHERE"):
            return None
        return self.advance().text

    def _optional_labels(self) -> ast.LabelExpression | None:
        if self.take_symbol(":") or self.take_word("IS"):
            return self.label_expression()
        return None

    def _optional_length(self) -> tuple[int, int | None] | None:
        if not self.take_symbol("*"):
            return None
        low = self._bound()
        if self.take_symbol(".."):
            high = self._bound()
            return (1 if low is None else low), high
        return (1, None) if low is None else (low, low)

    def _bound(self) -> int | None:
        if self.token.kind is not TokenKind.INTEGER:
            return None
        return min(int(self.advance().text, 0 if self.token.text.startswith("0x") else 10), 10**9)

    def _optional_properties(self) -> ast.Expression | None:
        if self.at_symbol("{") or self.token.kind is TokenKind.PARAMETER:
            return self.expression()
        return None
