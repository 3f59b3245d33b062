"""Binds aggregates, and what stands for grouped expressions beside them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field, fields

from cloudwarden.graph.cypher import ast
from cloudwarden.graph.cypher.bind_base import BinderBase
from cloudwarden.graph.cypher.bound import Aggregate, Bound, Const, Ref, Variable
from cloudwarden.graph.cypher.errors import CypherError
from cloudwarden.graph.cypher.functions import AGGREGATES
from cloudwarden.graph.cypher.operators import convert, null
from cloudwarden.graph.cypher.scope import Scope
from cloudwarden.graph.cypher.types import FLOAT, INTEGER, NUMERIC, Kind, list_of

_MATCHING = (ast.Subquery, ast.PatternComprehension, ast.PatternExpression)


@dataclass(slots=True)
class Aggregation:
    """The grouping of a projection while its items are bound: keys, and aggregates found.

    `item` is the whole expression being bound. Beside aggregates, a key that is more than a
    variable's property stands for itself only as a whole item; `mixed` says whether there are any
    in the item. `ordering` says that what is bound are ORDER BY or WHERE, where no further
    aggregates may be called. `reach` is the scope that an item is bound in: names that differ there
    are of the item's own loops.
    """

    input: Scope
    reach: Scope
    grouped: bool = True
    keys: list[tuple[ast.Expression, Variable]] = field(default_factory=list)
    found: list[tuple[ast.Call, Variable, Aggregate]] = field(default_factory=list)
    item: ast.Expression | None = None
    mixed: bool = True
    inside: bool = False
    ordering: bool = False


class AggregateBinder(BinderBase):
    """Binds calls of aggregating functions."""

    aggregation: Aggregation | None = None
    #: How many bodies of loops over lists we are in.
    loops: int = 0

    @abstractmethod
    def bind(self, node: ast.Expression, scope: Scope) -> Bound:
        """An expression of any kind."""

    def replacement(self, node: ast.Expression, scope: Scope) -> Bound | None:
        """What stands for an expression above the grouping: a key, if it equals one."""
        aggregation = self.aggregation
        if aggregation is None or aggregation.inside:
            return None
        if isinstance(node, ast.Variable) and scope.get(node.name) not in (
            None,
            aggregation.input.get(node.name),
        ):
            # A name that the projection or a loop gives hides the earlier one.
            return None
        for key, variable in aggregation.keys:
            if key != node or any(
                scope.get(name) is not aggregation.reach.get(name) for name in names_in(node)
            ):
                continue
            alone = node is aggregation.item or (aggregation.ordering and not aggregation.mixed)
            if alone or not aggregation.grouped or _plain(key):
                return Ref(type=variable.type, variable=variable)
        if (
            isinstance(node, ast.Variable)
            and scope.get(node.name) is None
            and aggregation.input.get(node.name) is not None
        ):
            raise self._gone(node.name, node.at, aggregation)
        if isinstance(node, _MATCHING) and aggregation.grouped and not aggregation.ordering:
            # Matched anew, what is not grouped by would be any node or relationship.
            for name in names_in(node):
                if scope.get(name) is None and name in aggregation.input.names:
                    raise self._gone(name, node.at, aggregation)
        return None

    def _gone(self, name: str, at: int, aggregation: Aggregation) -> CypherError:
        if aggregation.grouped and not aggregation.ordering:
            return self.error(
                f"{name} is neither grouped by nor aggregated",
                at,
                f"return {name} itself beside the aggregate, or aggregate it",
            )
        return self.error(
            f"{name} is not there any more: of rows that are grouped by something or made "
            "distinct, only what is projected is left",
            at,
            f"project {name} as well",
        )

    def aggregate(self, node: ast.Call, name: str) -> Bound:
        """A call of an aggregating function."""
        aggregation = self.aggregation
        if self.loops:
            raise self.error(
                f"{node.name}() cannot stand here: it would be for each element of a list",
                node.at,
                "aggregate in a WITH before",
            )
        if aggregation is None or aggregation.inside:
            where = "inside another" if aggregation else "only in WITH and RETURN"
            raise self.error(f"{node.name}() cannot stand here: aggregates go {where}", node.at)
        for call, variable, _ in aggregation.found:
            if call == node:
                return Ref(type=variable.type, variable=variable)
        if aggregation.ordering and not (node.star and aggregation.grouped):
            raise self.error(
                f"{node.name}() cannot stand here: only aggregates that are returned can be used",
                node.at,
                "return the aggregate under a name, and use that",
            )
        aggregation.inside = True
        try:
            arguments = [self.bind(argument, aggregation.input) for argument in node.arguments]
        finally:
            aggregation.inside = False
        if any(_random(argument) for argument in node.arguments):
            raise self.error(f"{node.name}() cannot aggregate random values", node.at)
        if not node.star:
            self.expect_count(node, arguments, AGGREGATES[name])
        aggregate = self._typed_aggregate(node, name, arguments)
        variable = Variable(node.name, aggregate.type)
        aggregation.found.append((node, variable, aggregate))
        return Ref(type=variable.type, variable=variable)

    def _typed_aggregate(self, node: ast.Call, name: str, arguments: list[Bound]) -> Aggregate:
        if node.star:
            return Aggregate(type=INTEGER, name="count", distinct=False, arguments=())
        value = arguments[0]
        kind = value.type.kind
        type_ = value.type
        if name == "count":
            type_ = INTEGER
        elif name == "collect":
            type_ = list_of(type_)
        elif name in {"sum", "avg"}:
            if kind not in NUMERIC | {Kind.ANY, Kind.NULL, Kind.DURATION}:
                raise self.error(f"type mismatch: {node.name}() does not take {type_}", node.at)
            if kind is Kind.NULL:
                value, type_ = null(INTEGER), INTEGER
            if name == "avg" and kind is not Kind.DURATION:
                value, type_ = convert(value, FLOAT), FLOAT
        elif name in {"stdev", "stdevp", "percentilecont"} or (
            name == "percentiledisc" and kind not in NUMERIC | {Kind.ANY}
        ):
            value, type_ = convert(value, FLOAT), FLOAT
        rest = tuple(convert(argument, FLOAT) for argument in arguments[1:])
        for share in rest:
            number = share.value if isinstance(share, Const) else None
            if isinstance(number, float) and not 0 <= number <= 1:
                raise self.error("a percentile is a number from 0.0 to 1.0", node.at)
        return Aggregate(type=type_, name=name, distinct=node.distinct, arguments=(value, *rest))

    def expect_count(self, node: ast.Call, arguments: list[Bound], count: int) -> None:
        """An error unless there are that many arguments."""
        if len(arguments) != count:
            raise self.error(
                f"{node.name}() takes {count} arguments, not {len(arguments)}", node.at
            )


def names_in(node: object) -> Iterator[str]:
    """The variables that an expression names, in its patterns too."""
    if isinstance(node, ast.Variable):
        yield node.name
    elif isinstance(node, tuple):
        for item in node:
            yield from names_in(item)
    elif isinstance(node, ast.Syntax):
        if isinstance(node, ast.NodePattern | ast.RelationPattern) and node.variable:
            yield node.variable
        for spec in fields(node):
            yield from names_in(getattr(node, spec.name))


def _random(node: object) -> bool:
    """Whether an expression is another each time it is asked."""
    if isinstance(node, ast.Call) and node.name.lower() in {"rand", "randomuuid"}:
        return True
    if isinstance(node, tuple):
        return any(_random(item) for item in node)
    return isinstance(node, ast.Syntax) and any(
        _random(getattr(node, spec.name)) for spec in fields(node)
    )


def _plain(key: ast.Expression) -> bool:
    """Whether a key is a variable or a property of one."""
    while isinstance(key, ast.Property):
        key = key.subject
    return isinstance(key, ast.Variable)
