"""Binds predicates on labels and texts: `n:A`, `s IS NORMALIZED`, the pattern of `=~`."""

from __future__ import annotations

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.bind_collections import CollectionBinder
from cloudwarden.graph.cypher.bound import Bound, Choose, Const, InTables, Op, Ref
from cloudwarden.graph.cypher.names import label_names
from cloudwarden.graph.cypher.operators import TypeMismatchError, convert, null, opposite
from cloudwarden.graph.cypher.regular import PatternError, re2
from cloudwarden.graph.cypher.scope import Scope
from cloudwarden.graph.cypher.types import BOOLEAN, STRING, Kind, Type


class PredicateBinder(CollectionBinder):
    """Binds what asks something of a value by words of its own."""

    def is_normalized(self, node: ast.IsNormalized, scope: Scope) -> Bound:
        """`s IS NORMALIZED`."""
        if node.form != "NFC":
            raise self.error(f"not supported yet: {node.form}", node.at, "NFC is")
        operand = self.to(self.bind(node.operand, scope), STRING, node.at)
        template = "(nfc_normalize({0}) = {0})"
        normal = Op(type=BOOLEAN, template=template, arguments=(operand,))
        return opposite(normal) if node.negated else normal

    def has_labels(self, node: ast.HasLabels, scope: Scope) -> Bound:
        """`n:A`, of a node, a relation, or what may be either."""
        subject = self.bind(node.subject, scope)
        kind = subject.type.kind
        if kind is Kind.NULL:
            return null(BOOLEAN)
        if kind not in {Kind.NODE, Kind.RELATIONSHIP, Kind.ANY}:
            raise TypeMismatchError(f"expected Node, found {subject.type}")
        for name in label_names(node.labels):
            if kind is not Kind.ANY:
                unknown = (
                    self.vocabulary.unknown_type
                    if kind is Kind.RELATIONSHIP
                    else self.vocabulary.unknown_label
                )
                self.notice(unknown(name.name))
            if kind is Kind.RELATIONSHIP:
                self.reads.relation_types.add(name.name)
            elif isinstance(subject, Ref):
                self.reads.tested(subject.variable, self.labels_read(name))
        if kind is Kind.ANY:
            of_relation = Op(type=BOOLEAN, template="cw_is_relation({0})", arguments=(subject,))
            node_or_null = convert(subject, Type(Kind.NODE, tables=self.vocabulary.all_tables))
            relation = Type(Kind.RELATIONSHIP, relations=self.vocabulary.all_types)
            return Choose(
                type=BOOLEAN,
                branches=((of_relation, self._labelled(convert(subject, relation), node.labels)),),
                otherwise=self._labelled(node_or_null, node.labels),
            )
        return self._labelled(subject, node.labels)

    def _labelled(self, subject: Bound, labels: ast.LabelExpression) -> Bound:
        if subject.type.kind is Kind.RELATIONSHIP:
            types = self.vocabulary.types_of(labels)
            return InTables(type=BOOLEAN, subject=subject, relations=types)
        tables = self.vocabulary.tables_of(labels)
        return InTables(type=BOOLEAN, subject=subject, tables=tables)

    def regular_expression(self, pattern: Bound, at: int) -> Bound:
        """A regular expression, as the engine takes it where it is constant."""
        if not isinstance(pattern, Const) or not isinstance(pattern.value, str):
            return pattern
        try:
            return Const(type=STRING, value=re2(pattern.value))
        except PatternError as error:
            # Within a literal that is written as it reads, the place can be told exactly.
            verbatim = self.text.startswith(pattern.value, at + 1)
            place = at + 1 + error.at if verbatim else at
            raise self.error(f"this regular expression cannot be used: {error}", place) from None
