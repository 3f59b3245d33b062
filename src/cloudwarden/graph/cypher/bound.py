"""The bound plan: clauses and expressions with resolved variables, types, tables and templates.

What the binder makes of the tree and the emitter turns into SQL. Nothing here is text of the
user's but constants.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass

from cloudwarden.graph.cypher.types import Type


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """One binding of a name; two bindings of the same name are two variables."""

    name: str
    type: Type


# Expressions.


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Bound:
    """An expression with its type."""

    type: Type


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Const(Bound):
    """A constant of a scalar type, or null."""

    value: object


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Ref(Bound):
    """A variable's value."""

    variable: Variable


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Access(Bound):
    """A property of a node or relation; `type` is that of the column over all its tables.

    Of a subject of type ANY, the property of whatever it is, a map's entry included.
    """

    subject: Bound
    name: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Field(Bound):
    """A known key of a map, by its place."""

    subject: Bound
    place: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Op(Bound):
    """An operator or function: an SQL template over its arguments (`{0}`, `{1}`…)."""

    template: str
    arguments: tuple[Bound, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Convert(Bound):
    """The operand as a value of `type`, which is wider or `ANY`."""

    operand: Bound


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Equals(Bound):
    """Cypher's `=`: three-valued, over any two types."""

    left: Bound
    right: Bound


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ListOf(Bound):
    """A list of items, each of the element type."""

    items: tuple[Bound, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MapOf(Bound):
    """A map; keys are in its type."""

    values: tuple[Bound, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Choose(Bound):
    """CASE: the first value whose test is true."""

    branches: tuple[tuple[Bound, Bound], ...]
    otherwise: Bound


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Loop(Bound):
    """Each element of `source` as `variable`, where `condition` is true, mapped to `body`.

    With `quantifier`, the three-valued truth of the (boolean) body over all elements instead.
    """

    variable: Variable
    source: Bound
    condition: Bound | None
    body: Bound | None
    quantifier: str | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fold(Bound):
    """reduce(): the accumulator is of the expression's type."""

    accumulator: Variable
    initial: Bound
    variable: Variable
    source: Bound
    body: Bound


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class InTables(Bound):
    """Whether a node is of one of these tables, a relation of one of these types."""

    subject: Bound
    tables: frozenset[int] = frozenset()
    relations: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class OfEntity(Bound):
    """A function of a node, relation or path: `labels`, `type`, `properties`, `keys`…"""

    function: str
    subject: Bound


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SubqueryValue(Bound):
    """`EXISTS`, `COUNT`, `COLLECT` or the `ONE` value of a query that sees the row's variables."""

    kind: str
    query: BoundQuery


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Aggregate(Bound):
    """An aggregating function over the rows of a group."""

    name: str
    distinct: bool
    arguments: tuple[Bound, ...]


# Patterns.


@dataclass(frozen=True, slots=True, eq=False)
class NodeSlot:
    """A node of a pattern. `known` is what was known of a node bound before, None for a new one.

    `value` is such a node's value where the variable itself may hold something else.
    """

    variable: Variable
    tables: frozenset[int]
    known: frozenset[int] | None
    value: Bound | None = None


@dataclass(frozen=True, slots=True)
class Edges:
    """Relations of one type that a slot may take: pairs of node tables from its left to right.

    `forward` pairs run along the stored direction, `backward` ones against it; both are
    (left table, right table).
    """

    type: str
    forward: frozenset[tuple[int, int]]
    backward: frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True, eq=False)
class RelationSlot:
    """A relation of a pattern, from node `left` to node `right` as written.

    `bound` says that the variable had its value before; `value` is that as a relation or list of
    them. `length` as in the syntax. `shortest` is
    `one` or `all`; `closed` says that such a path may end where it began. `trail` is what a named
    path holds of a variable-length one: relations and the nodes after them.

    For each relation of a variable-length one, called `each` there, `condition` must hold, and
    `node_condition` for each `node` that one reaches. A quantified path has a `group` instead.
    """

    variable: Variable
    left: Variable
    right: Variable
    edges: tuple[Edges, ...]
    bound: bool = False
    value: Bound | None = None
    length: tuple[int, int | None] | None = None
    shortest: str | None = None
    closed: bool = False
    trail: Variable | None = None
    each: Variable | None = None
    condition: Bound | None = None
    node: Variable | None = None
    node_condition: Bound | None = None
    group: Group | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PathSlot:
    """A named path: the nodes and relations that it runs over."""

    variable: Variable
    nodes: tuple[Variable, ...]
    relations: tuple[RelationSlot, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """What a quantified path repeats: a pattern of its own, along `path`.

    `lists` pairs each of its variables with the list that stands for it outside.
    """

    step: MatchStep
    path: PathSlot
    lists: tuple[tuple[Variable, Variable], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """Of the ways to fill these relations, all else being equal, the `count` shortest.

    With `groups`, those of the `count` least lengths. Ways are alike that agree in the row they
    start from and in the variables of `per`. `conditions` apply to what is selected.
    """

    relations: tuple[RelationSlot, ...]
    per: tuple[Variable, ...]
    count: int
    groups: bool
    conditions: tuple[Bound, ...] = ()


# Clauses.


@dataclass(frozen=True, slots=True, eq=False)
class BoundClause:
    """One step of a plan."""


@dataclass(frozen=True, slots=True, eq=False)
class MatchStep(BoundClause):
    """MATCH: each way to fill the slots, no relation twice, where all conditions are true."""

    nodes: tuple[NodeSlot, ...]
    relations: tuple[RelationSlot, ...]
    paths: tuple[PathSlot, ...]
    conditions: tuple[Bound, ...]
    optional: bool
    selections: tuple[Selection, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class UnwindStep(BoundClause):
    """UNWIND: a row for each element of a list."""

    variable: Variable
    source: Bound


@dataclass(frozen=True, slots=True, eq=False)
class GroupStep(BoundClause):
    """Rows grouped by keys; without keys, all rows are one group, even if there is none."""

    keys: tuple[tuple[Variable, Bound], ...]
    aggregates: tuple[tuple[Variable, Aggregate], ...]


@dataclass(frozen=True, slots=True, eq=False)
class ProjectStep(BoundClause):
    """WITH or RETURN: new variables. Order, skip and limit, then the condition, apply in turn.

    `order` and `condition` see the projected variables, and the earlier ones too where the
    projection is neither distinct nor cut.
    """

    items: tuple[tuple[Variable, Bound], ...]
    distinct: bool = False
    order: tuple[tuple[Bound, bool], ...] = ()
    skip: Bound | None = None
    limit: Bound | None = None
    condition: Bound | None = None


@dataclass(frozen=True, slots=True, eq=False)
class CallStep(BoundClause):
    """CALL { … }: for each row, the rows of a query that sees it."""

    query: BoundQuery
    outputs: tuple[Variable, ...]
    optional: bool


@dataclass(frozen=True, slots=True, eq=False)
class BoundQuery:
    """Plans joined by UNION; `columns` are the variables of the result, of the joint types."""

    parts: tuple[tuple[BoundClause, ...], ...]
    all: bool
    columns: tuple[Variable, ...] = ()
    part_columns: tuple[tuple[Variable, ...], ...] = field(default=())


#: Stands in `variables_in` for whatever a subquery sees.
OPAQUE = "{…}"


def mentioned(node: object) -> set[Variable]:
    """The variables that an expression names, subqueries included, their own ones too."""
    found: set[Variable] = set()
    pending = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, Variable):
            found.add(part)
        elif isinstance(part, tuple | frozenset):
            pending += [item for item in part if not isinstance(item, str | int)]
        elif is_dataclass(part) and not isinstance(part, type | Type):
            pending += [getattr(part, spec.name) for spec in fields(part)]
    return found


def variables_in(node: object) -> set[Variable]:
    """The variables that an expression names; a subquery in it is an `OPAQUE` one."""
    return set(_variables(node))


def _variables(node: object) -> Iterator[Variable]:
    if isinstance(node, Variable):
        yield node
    elif isinstance(node, SubqueryValue):
        yield Variable(OPAQUE, node.type)
    elif isinstance(node, tuple):
        for item in node:
            yield from _variables(item)
    elif isinstance(node, Bound):
        for spec in fields(node):
            yield from _variables(getattr(node, spec.name))
