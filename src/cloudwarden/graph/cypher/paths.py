"""Parsing of paths: chains of nodes and relations, quantified parts, selectors, shortestPath()."""

from __future__ import annotations

from dataclasses import replace

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.lexer import TokenKind
from cloudwarden.graph.cypher.patterns import QUANTIFIED_HINT, PatternParser


class PathParser(PatternParser):
    """Reads whole paths."""

    def pattern_list(self) -> tuple[ast.PathPattern, ...]:
        """Patterns separated by commas."""
        patterns = [self.path_pattern()]
        while self.take_symbol(","):
            patterns.append(self.path_pattern())
        return tuple(patterns)

    def path_pattern(self) -> ast.PathPattern:
        """`[variable =] [selector] pattern`, or `shortestPath(pattern)` in its place."""
        at = self.token.start
        variable = None
        if self.at_name() and self.ahead(1).text == "=" and not self.at_symbol("("):
            variable = self.expect_name("a path variable")
            self.expect_symbol("=")
        shortest = self._shortest()
        if shortest is not None:
            pattern = replace(self._chain(at), variable=variable, shortest=shortest)
            self.expect_symbol(")")
            if len(pattern.relations) != 1 or pattern.relations[0].group is not None:
                raise self.error("a shortest path goes along exactly one relation pattern", at)
            return pattern
        selector = self._selector()
        pattern = self._whole_chain(at)
        return replace(pattern, variable=variable or pattern.variable, selector=selector)

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

    def _selector(self) -> ast.Selector | None:
        """`ALL`, `ANY [count]`, `ANY SHORTEST`, `ALL SHORTEST`, `SHORTEST [count] [GROUPS]`."""
        everything = groups = False
        count = 1
        if self.take_word("ALL", "SHORTEST"):
            groups = True
        elif self.take_word("ALL"):
            everything = True
        elif not self.take_word("ANY", "SHORTEST"):
            if not (self.take_word("ANY") or self.take_word("SHORTEST")):
                return None
            if self.token.kind is TokenKind.INTEGER:
                count = self.number()
                if count < 1:
                    raise self.error("the number of paths to select is 1 or more")
        if not self.take_word("PATHS"):
            self.take_word("PATH")
        if self.take_word("GROUPS") or self.take_word("GROUP"):
            groups = True
        return None if everything else ast.Selector(count, groups=groups)

    def _whole_chain(self, at: int) -> ast.PathPattern:
        """A chain, or one in parentheses with a condition on the path."""
        after = self.after_partner() if self._at_group() else None
        if after is None or self.is_quantified(after) or self.ahead(after).text in {"(", "-", "<"}:
            return self._chain(at)
        return self._in_parentheses()

    def _at_group(self) -> bool:
        """Whether this parenthesis holds a path rather than a node."""
        if self.at_symbol("(", "("):
            return True
        return self.at_symbol("(") and self.ahead(2).text == "=" and self.ahead(3).text == "("

    def _in_parentheses(self) -> ast.PathPattern:
        with self.deeper():
            at = self.expect_symbol("(").start
            pattern = self.path_pattern()
            if pattern.selector is not None or pattern.shortest is not None:
                raise self.error("a path in parentheses has no selector of its own", at)
            if pattern.condition is not None:
                raise self.error("a path needs parentheses only once", at)
            if self.take_word("WHERE"):
                pattern = replace(pattern, condition=self.expression())
            self.expect_symbol(")")
        return pattern

    def _chain(self, at: int) -> ast.PathPattern:
        nodes: list[ast.NodePattern] = []
        relations: list[ast.RelationPattern] = []
        while True:
            # Quantified paths meet, begin and end at nodes that need not be written.
            if self._at_group():
                if len(nodes) == len(relations):
                    nodes.append(ast.NodePattern(at=self.token.start))
                relations.append(self._quantified_group())
                if not self.at_symbol("("):
                    nodes.append(ast.NodePattern(at=self.previous_end()))
                    break
                continue
            if len(nodes) == len(relations):
                nodes.append(self.node_pattern())
                if self.at_symbol("{") or self.at_symbol("+"):
                    raise self.error("a node cannot be quantified", hint=QUANTIFIED_HINT)
            if self.at_symbol("-") or self.at_symbol("<", "-"):
                relations.append(self.relation_pattern())
            elif not self._at_group():
                break
        return ast.PathPattern(at=at, nodes=tuple(nodes), relations=tuple(relations))

    def _quantified_group(self) -> ast.RelationPattern:
        at = self.token.start
        group = self._in_parentheses()
        if group.variable is not None:
            raise self.error("a path inside a quantified one cannot be named", at)
        length = self.quantifier()
        if length is None:
            raise self.error("expected a quantifier after this path", hint=QUANTIFIED_HINT)
        if not group.relations:
            raise self.error("a quantified path needs a relation", at, QUANTIFIED_HINT)
        for relation in group.relations:
            if relation.length is not None:
                raise self.error("quantifiers cannot be nested", relation.at)
        return ast.RelationPattern(at=at, length=length, group=group)
