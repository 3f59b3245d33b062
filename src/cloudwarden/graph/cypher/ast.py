"""The syntax tree of a query: what was written, with where. Meaning is the binder's business.

`at` is the offset in the text; it takes no part in equality, so that two spellings of the same
expression are equal (`ORDER BY count(x)` finds the projected `count(x)`).
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Syntax:
    """Anything with a place in the text."""

    at: int = field(compare=False)


# Expressions.


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression(Syntax):
    """Something with a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal(Expression):
    """A number, string, boolean or null. `kind` keeps 1, 1.0 and true apart."""

    value: int | float | str | bool | None
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter(Expression):
    """`$name`."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable(Expression):
    """A name bound by a pattern or a projection."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Property(Expression):
    """`subject.name`."""

    subject: Expression
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Index(Expression):
    """`subject[index]`."""

    subject: Expression
    index: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice(Expression):
    """`subject[start..end]`."""

    subject: Expression
    start: Expression | None
    end: Expression | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLiteral(Expression):
    """`[a, b]`."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapLiteral(Expression):
    """`{name: value}`."""

    entries: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MapProjection(Expression):
    """`subject {.name, .*, key: value, variable}`; an empty key is for `.*`."""

    subject: Expression
    entries: tuple[tuple[str, Expression], ...]

    @property
    def everything(self) -> bool:
        """Whether `.*` is among the entries."""
        return any(not key for key, _ in self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unary(Expression):
    """`NOT x`, `-x`, `+x`."""

    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary(Expression):
    """Arithmetic, comparison, string and list predicates; the operator in upper case."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Logical(Expression):
    """`AND`, `OR` or `XOR` over two or more operands."""

    operator: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IsNull(Expression):
    """`x IS NULL`, or `IS NOT NULL` where negated."""

    operand: Expression
    negated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeName(Syntax):
    """A type by Neo4j's name for it; `items` are the types of a list's elements."""

    name: str
    items: tuple[TypeName, ...] = ()
    nullable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class IsTyped(Expression):
    """`x IS :: T`, or `x IS NOT :: T` where negated; of several types, any."""

    operand: Expression
    types: tuple[TypeName, ...]
    negated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IsNormalized(Expression):
    """`x IS NFC NORMALIZED`, or `IS NOT` where negated."""

    operand: Expression
    form: str
    negated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HasLabels(Expression):
    """`n:Label`, or a relation's type."""

    subject: Expression
    labels: LabelExpression


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Expression):
    """A function call; `star` is for `count(*)`."""

    name: str
    arguments: tuple[Expression, ...]
    distinct: bool = False
    star: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(Expression):
    """`CASE [subject] WHEN … THEN … ELSE … END`."""

    subject: Expression | None
    branches: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListComprehension(Expression):
    """`[variable IN list WHERE condition | body]`."""

    variable: str
    source: Expression
    condition: Expression | None
    body: Expression | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternComprehension(Expression):
    """`[pattern WHERE condition | body]`."""

    pattern: PathPattern
    condition: Expression | None
    body: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantifier(Expression):
    """`any|all|none|single(variable IN list WHERE condition)`."""

    name: str
    variable: str
    source: Expression
    condition: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Reduce(Expression):
    """`reduce(accumulator = initial, variable IN list | body)`."""

    accumulator: str
    initial: Expression
    variable: str
    source: Expression
    body: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternExpression(Expression):
    """A pattern used as a predicate: true where it matches."""

    pattern: PathPattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Subquery(Expression):
    """`EXISTS { … }`, `COUNT { … }`, `COLLECT { … }`."""

    kind: str
    query: Query


# Label expressions.


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelExpression(Syntax):
    """What labels (or which type) an element must have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelName(LabelExpression):
    """`A`."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelAny(LabelExpression):
    """`%`: some label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelNot(LabelExpression):
    """`!A`."""

    operand: LabelExpression


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelAnd(LabelExpression):
    """`A&B`, or `:A:B`."""

    operands: tuple[LabelExpression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelOr(LabelExpression):
    """`A|B`."""

    operands: tuple[LabelExpression, ...]


# Patterns.


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePattern(Syntax):
    """`(variable:Labels {properties} WHERE condition)`."""

    variable: str | None = None
    labels: LabelExpression | None = None
    properties: Expression | None = None
    condition: Expression | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationPattern(Syntax):
    """`-[variable:TYPES*min..max {properties} WHERE condition]->`.

    `direction` is `>`, `<` or `-`. `length` is None for one relation, else its bounds; an upper
    bound of None is none. A quantified path, `((x)-[r]->(y)){min,max}`, is a relation whose `group`
    is what is repeated.
    """

    variable: str | None = None
    types: LabelExpression | None = None
    direction: str = "-"
    length: tuple[int, int | None] | None = None
    properties: Expression | None = None
    condition: Expression | None = None
    group: PathPattern | None = None


@dataclass(frozen=True, slots=True)
class Selector:
    """Which of the paths between two nodes are wanted, by length: `SHORTEST count [GROUPS]`.

    Without `groups`, that many paths; with, all paths of that many different lengths.
    """

    count: int
    groups: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PathPattern(Syntax):
    """Nodes with the relations between them.

    `shortest` is `one` for shortestPath(), `all` for allShortestPaths(). `selector` is what stands
    before a path; `condition` what a path in parentheses must meet before it is selected.
    """

    nodes: tuple[NodePattern, ...]
    relations: tuple[RelationPattern, ...]
    variable: str | None = None
    shortest: str | None = None
    selector: Selector | None = None
    condition: Expression | None = None


# Clauses.


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause(Syntax):
    """One reading clause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match(Clause):
    """`[OPTIONAL] MATCH patterns [WHERE condition]`."""

    patterns: tuple[PathPattern, ...]
    condition: Expression | None
    optional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwind(Clause):
    """`UNWIND source AS variable`."""

    source: Expression
    variable: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectionItem(Syntax):
    """`expression AS name`; without an alias the name is the expression as written."""

    expression: Expression
    name: str
    aliased: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SortItem(Syntax):
    """`expression [DESC]`."""

    expression: Expression
    descending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection(Clause):
    """`WITH` or, where `final`, `RETURN`."""

    final: bool
    distinct: bool
    everything: bool
    items: tuple[ProjectionItem, ...]
    order: tuple[SortItem, ...]
    skip: Expression | None
    limit: Expression | None
    condition: Expression | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSubquery(Clause):
    """`[OPTIONAL] CALL [(variables)] { query }`.

    `imports` is None for the importing-WITH form, `("*",)` for everything.
    """

    imports: tuple[str, ...] | None
    query: Query
    optional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleQuery(Syntax):
    """Clauses in a row."""

    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query(Syntax):
    """One query, or several joined by UNION; `all` says whether duplicates stay."""

    parts: tuple[SingleQuery, ...]
    all: bool = True
