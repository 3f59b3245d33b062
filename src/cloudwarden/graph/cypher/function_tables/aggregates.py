"""Functions that collapse the rows of a group to one value."""

from __future__ import annotations

from cloudwarden.graph.cypher.signatures import AggregateFunction, explained

_ROWS = "UNWIND [1, 2, null, 3] AS x RETURN "


def _aggregate(
    arguments: int, usage: str, summary: str, example: str, result: str
) -> AggregateFunction:
    text = explained(usage, summary, _ROWS + example, result)
    return AggregateFunction(text.name.lower(), arguments, text)


AGGREGATED = (
    _aggregate(1, "count(value)", "How many values are not null; `count(*)` counts rows.",
               "count(x)", "3"),
    _aggregate(1, "collect(value)", "The values that are not null, as a list.",
               "collect(x)", "[1, 2, 3]"),
    _aggregate(1, "sum(number)", "The sum; 0 of nothing.", "sum(x)", "6"),
    _aggregate(1, "avg(number)", "The average; null of nothing.", "avg(x)", "2.0"),
    _aggregate(1, "min(value)", "The least value in the order of all values; null of nothing.",
               "min(x)", "1"),
    _aggregate(1, "max(value)", "The greatest value in the order of all values; null of nothing.",
               "max(x)", "3"),
    _aggregate(1, "stDev(number)", "The standard deviation of a sample.", "stDev(x)", "1.0"),
    _aggregate(1, "stDevP(number)", "The standard deviation of a whole population.",
               "round(stDevP(x), 3)", "0.816"),
    _aggregate(2, "percentileCont(number, share)",
               "The percentile at a share from 0.0 to 1.0, between two values if need be.",
               "percentileCont(x, 0.75)", "2.5"),
    _aggregate(2, "percentileDisc(number, share)",
               "The value at a share from 0.0 to 1.0.", "percentileDisc(x, 0.5)", "2"),
)  # fmt: skip
