"""Functions of lists, and those that take a string or a list alike."""

from __future__ import annotations

from collections.abc import Sequence

from cloudwarden.graph.cypher.signatures import Function, Result, Signature, explained
from cloudwarden.graph.cypher.types import ANY, BOOLEAN, INTEGER, STRING, Kind, Type, list_of

_I, _S, _L, _A = Kind.INTEGER, Kind.STRING, Kind.LIST, Kind.ANY


def _same(arguments: Sequence[Type]) -> Type:
    return arguments[0]


def _element(arguments: Sequence[Type]) -> Type:
    return arguments[0].item


def _function(
    usage: str,
    signatures: tuple[tuple[tuple[Kind, ...], Result, str], ...],
    summary: str,
    example: str,
    result: str,
) -> Function:
    text = explained(usage, summary, example, result)
    return Function(text.name.lower(), tuple(Signature(*s) for s in signatures), text)


LISTS = (
    _function("size(value)",
              (((_L,), INTEGER, "CAST(len({0}) AS BIGINT)"), ((_S,), INTEGER, "length({0})"),
               ((_A,), INTEGER, "cw_size({0})")),
              "How many elements a list, or characters a string has.", "size([1, 2, null])", "3"),
    Function(
        "isempty",
        (Signature((_L,), BOOLEAN, "(len({0}) = 0)"), Signature((_S,), BOOLEAN, "({0} = '')"),
         Signature((_A,), BOOLEAN, "cw_is_empty({0})", anything=True)),
        explained("isEmpty(value)", "Whether a list, string or map has nothing in it.",
                  "isEmpty([])", "true"),
    ),
    _function("head(list)", (((_L,), _element, "({0})[1]"),),
              "The first element; null of an empty list.", "head([1, 2, 3])", "1"),
    _function("last(list)", (((_L,), _element, "({0})[-1]"),),
              "The last element; null of an empty list.", "last([1, 2, 3])", "3"),
    _function("tail(list)", (((_L,), _same, "({0})[2:]"),),
              "The list without its first element.", "tail([1, 2, 3])", "[2, 3]"),
    _function("reverse(value)",
              (((_S,), STRING, "reverse({0})"), ((_L,), _same, "list_reverse({0})"),
               ((_A,), ANY, "cw_reverse({0})")),
              "A list, or a string, from its end to its start.", "reverse([1, 2])", "[2, 1]"),
    _function("range(start, end, step)",
              (((_I, _I), list_of(INTEGER), "generate_series({0}, {1})"),
               ((_I, _I, _I), list_of(INTEGER), "cw_range({0}, {1}, {2})")),
              "The whole numbers from start to end, both included.",
              "range(1, 7, 3)", "[1, 4, 7]"),
)  # fmt: skip
