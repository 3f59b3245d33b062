"""What every part of the binder shares: the query's text, catalog, parameters, reads, notices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.bound import Bound, Const, ListOf, MapOf, Ref, Variable
from cloudwarden.graph.cypher.errors import CypherError
from cloudwarden.graph.cypher.names import Vocabulary, label_names
from cloudwarden.graph.cypher.operators import TypeMismatchError, convert
from cloudwarden.graph.cypher.reads import EVERY_PROPERTY, Reads
from cloudwarden.graph.cypher.temporal import CONSTRUCTORS
from cloudwarden.graph.cypher.types import (
    ANY,
    BOOLEAN,
    DURATION,
    ENTITY,
    FLOAT,
    INTEGER,
    NULL,
    STRING,
    TEMPORAL,
    Kind,
    Type,
    list_of,
    map_of,
    unify_all,
)
from cloudwarden.graph.temporal_values import Duration, Far, stored

_INTEGER_RANGE = range(-(2**63), 2**63)


class BinderBase:
    """State and helpers. `parameters` None means that their values are not known yet."""

    def __init__(
        self,
        text: str,
        vocabulary: Vocabulary,
        parameters: Mapping[str, Any] | None,
        now: datetime,
    ) -> None:
        self.text = text
        self.vocabulary = vocabulary
        self.parameters = parameters
        self.now = now
        self.reads = Reads(vocabulary)
        self.notices: dict[str, None] = {}

    def error(self, reason: str, at: int, hint: str = "") -> CypherError:
        """An error at a place in the query."""
        return CypherError(reason, self.text, at, hint)

    def notice(self, text: str | None) -> None:
        """Tell the user something once; None tells nothing."""
        if text is not None:
            self.notices[text] = None

    def to(self, operand: Bound, wanted: Type, at: int) -> Bound:
        """The operand as a type, or an error at that place."""
        try:
            return convert(operand, wanted)
        except TypeMismatchError as mismatch:
            raise self.error(f"type mismatch: {mismatch}", at) from None

    def labels_read(self, labels: ast.LabelExpression) -> frozenset[str]:
        """The labels that a label expression reads: those it resolves to, and names of none."""
        read = self.reads.labels_of(self.vocabulary.tables_of(labels))
        return read | {
            name.name
            for name in label_names(labels)
            if not self.vocabulary.catalog.names.get(name.name)
        }

    def reads_whole(self, value: Bound) -> None:
        """Note that an entity is read with all its properties, wherever it is in the value."""
        kinds = set(_kinds(value.type))
        if isinstance(value, Ref) and value.type.kind is Kind.NODE:
            self.reads.property_of(value.variable, EVERY_PROPERTY)
        elif kinds & (ENTITY | {Kind.PATH, Kind.ANY}):
            self.reads.property_of(None, EVERY_PROPERTY)

    def parameter(self, node: ast.Parameter) -> Bound:
        """A parameter's value as constants; of no type yet where values are not known."""
        if self.parameters is None:
            return Const(type=ANY, value=None)
        if node.name not in self.parameters:
            raise self.error(
                f"parameter ${node.name} has no value",
                node.at,
                f"give it with --param {node.name}=… or in `parameters`",
            )
        return self.constant(self.parameters[node.name], node.at)

    def constant(self, value: Any, at: int) -> Bound:
        """A Python value as a constant."""
        if isinstance(value, list | tuple):
            items = [self.constant(item, at) for item in value]
            element = unify_all(item.type for item in items)
            return ListOf(
                type=list_of(element), items=tuple(convert(item, element) for item in items)
            )
        if isinstance(value, Mapping):
            return self.make_map([(str(key), self.constant(v, at)) for key, v in value.items()], at)
        try:
            found = scalar(value)
        except ValueError as error:
            raise self.error(f"{value!r} cannot be a value in a query: {error}", at) from None
        if found is None:
            raise self.error(f"a {type(value).__name__} cannot be a value in a query", at)
        if found.type is INTEGER and value not in _INTEGER_RANGE:
            raise self.error("this integer does not fit 64 bits", at)
        return found

    def make_map(self, entries: list[tuple[str, Bound]], at: int) -> Bound:
        """A map of these entries."""
        for key, _ in entries:
            if key.startswith("~"):
                raise self.error(f"a map's key cannot begin with ~: {key}", at)
        # As in Neo4j, the last of several equal keys wins.
        values = dict(entries)
        return MapOf(
            type=map_of((key, value.type) for key, value in values.items()),
            values=tuple(values.values()),
        )


def variable_of(value: Bound) -> Variable | None:
    """The variable that an expression is, if it is one."""
    return value.variable if isinstance(value, Ref) else None


def _kinds(type_: Type) -> list[Kind]:
    kinds = [type_.kind]
    if type_.element is not None:
        kinds += _kinds(type_.element)
    for _, inner in type_.fields:
        kinds += _kinds(inner)
    return kinds


def scalar_type(value: Any) -> Type | None:
    """The type of a Python value that is no collection; None if queries have none for it."""
    if value is None:
        return NULL
    # A bool is an int, so it comes first.
    for class_, type_ in ((bool, BOOLEAN), (int, INTEGER), (float, FLOAT), (str, STRING)):
        if isinstance(value, class_):
            return type_
    if isinstance(value, date | time | timedelta | Duration | Far):
        return CONSTRUCTORS.get(stored(value)[0], DURATION)
    return None


def scalar(value: Any) -> Const | None:
    """A Python value that is no collection, as a constant; None if queries have none for it.

    Raises `ValueError` for a time whose zone they cannot hold.
    """
    type_ = scalar_type(value)
    if type_ is None:
        return None
    temporal = type_.kind in TEMPORAL | {Kind.DURATION}
    return Const(type=type_, value=stored(value)[1] if temporal else value)
