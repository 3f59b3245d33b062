"""The functions that can be called, by name, out of the tables of `function_tables`.

A function returns null if an argument is null unless its signature says otherwise. Functions of
nodes, relations and paths are emitted by `emitter/entities.py`; those listed as special are bound
where their names are, the temporal ones in `bind_temporal.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from cloudwarden.graph.cypher.function_tables.aggregates import AGGREGATED
from cloudwarden.graph.cypher.function_tables.conversions import CONVERSIONS
from cloudwarden.graph.cypher.function_tables.graphs import ENTITIES, SPECIALS
from cloudwarden.graph.cypher.function_tables.lists import LISTS
from cloudwarden.graph.cypher.function_tables.numbers import NUMBERS
from cloudwarden.graph.cypher.function_tables.temporals import TEMPORALS
from cloudwarden.graph.cypher.function_tables.texts import TEXTS
from cloudwarden.graph.cypher.signatures import Explained, Function, Signature
from cloudwarden.graph.cypher.types import Kind

__all__ = [
    "AGGREGATES",
    "ENTITY_FUNCTIONS",
    "EXPLAINED",
    "FUNCTIONS",
    "SPECIAL_FUNCTIONS",
    "Function",
    "Signature",
    "known_functions",
]

#: Every scalar function by its name in lower case.
FUNCTIONS: Mapping[str, Function] = {
    function.name: function for table in (NUMBERS, TEXTS, LISTS, CONVERSIONS) for function in table
}

#: Functions that collapse rows, with how many arguments they take.
AGGREGATES: Mapping[str, int] = {function.name: function.arguments for function in AGGREGATED}

#: Functions of one node, relation or path: the kinds they take.
ENTITY_FUNCTIONS: Mapping[str, frozenset[Kind]] = {
    function.name: function.kinds for function in ENTITIES
}

#: Names that the binder gives a meaning of their own, beside the tables above.
SPECIAL_FUNCTIONS = frozenset(function.name for function in (*SPECIALS, *TEMPORALS))

#: What the manual says of functions, by the title of its section.
EXPLAINED: Mapping[str, tuple[Explained, ...]] = {
    "Predicates and choices": tuple(f.explained for f in SPECIALS),
    "Nodes, relationships, paths and maps": tuple(f.explained for f in ENTITIES),
    "Lists": tuple(f.explained for f in LISTS),
    "Strings": tuple(f.explained for f in TEXTS),
    "Numbers": tuple(f.explained for f in NUMBERS),
    "Dates, times and durations": tuple(f.explained for f in TEMPORALS),
    "Conversions": tuple(f.explained for f in CONVERSIONS),
    "Aggregates": tuple(f.explained for f in AGGREGATED),
}


def known_functions() -> frozenset[str]:
    """Every name that can be called, in lower case."""
    return (
        frozenset(FUNCTIONS) | frozenset(AGGREGATES) | frozenset(ENTITY_FUNCTIONS)
        | SPECIAL_FUNCTIONS
    )  # fmt: skip
