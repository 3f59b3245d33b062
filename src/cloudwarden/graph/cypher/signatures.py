"""What a function's declaration holds: how it is called, what it makes, and how it is explained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cloudwarden.graph.cypher.types import Kind, Type

Result = Type | Callable[[Sequence[Type]], Type]


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a function. `propagates` says that a null argument makes null.

    A parameter of kind ANY takes what is known only row by row; with `anything`, every value.
    """

    parameters: tuple[Kind, ...]
    result: Result
    template: str
    propagates: bool = True
    anything: bool = False

    def result_type(self, arguments: Sequence[Type]) -> Type:
        """The result's type for arguments of these types."""
        return self.result if isinstance(self.result, Type) else self.result(arguments)


@dataclass(frozen=True, slots=True)
class Explained:
    """What the manual says of a function.

    `usage` shows a call with named arguments, `name` is its spelling there. `example` is a query
    over `EXAMPLE_NODES` and `EXAMPLE_RELATIONS` that returns one value, `result` an expression
    that is equal to it.
    """

    usage: str
    summary: str
    example: str
    result: str

    @property
    def name(self) -> str:
        """The function's name as the manual spells it."""
        return self.usage.split("(", 1)[0]


@dataclass(frozen=True, slots=True)
class Function:
    """A scalar function, by its name in lower case."""

    name: str
    signatures: tuple[Signature, ...]
    explained: Explained


@dataclass(frozen=True, slots=True)
class EntityFunction:
    """A function of one node, relation or path (or map), of one of these kinds."""

    name: str
    kinds: frozenset[Kind]
    explained: Explained


@dataclass(frozen=True, slots=True)
class SpecialFunction:
    """A function that the binder itself gives its meaning."""

    name: str
    explained: Explained


@dataclass(frozen=True, slots=True)
class AggregateFunction:
    """A function that collapses rows."""

    name: str
    arguments: int
    explained: Explained


#: The graph that examples are asked of.
EXAMPLE_NODES = (
    {"id": 1, "labels": ["Account"], "properties": {"name": "prod"}},
    {"id": 2, "labels": ["Bucket"], "properties": {"name": "logs", "size": 3, "public": False}},
    {"id": 3, "labels": ["Bucket"], "properties": {"name": "site", "size": 5, "public": True}},
)
EXAMPLE_RELATIONS = (
    {"type": "OWNS", "source": 1, "target": 2, "properties": {"since": 2020}},
    {"type": "OWNS", "source": 1, "target": 3, "properties": {"since": 2024}},
)


def explained(usage: str, summary: str, example: str, result: str) -> Explained:
    """An explanation; an example that is an expression is returned."""
    words = example.split(" ", 1)[0]
    query = example if words in {"MATCH", "UNWIND", "RETURN", "WITH"} else f"RETURN {example}"
    return Explained(usage, summary, query, result)
