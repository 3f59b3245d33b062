"""Temporal functions as the manual explains them; `bind_temporal.py` gives them their meaning."""

from __future__ import annotations

from collections.abc import Iterator

from cloudwarden.graph.cypher.signatures import Explained, SpecialFunction

_CLOCKS = ("transaction", "statement", "realtime")
#: By type: what it is, a text that is one, the parts of the same value, a moment cut to the hour
#: or day and what comes of that.
_TYPES = {
    "date": ("A date", "2024-02-29", "{year: 2024, ordinalDay: 60}", "month", "2024-02-01"),
    "localtime": ("A time of day", "09:30", "{hour: 9, minute: 30}", "hour", "09:00"),
    "time": (
        "A time of day with an offset from UTC", "09:30+02:00",
        "{hour: 9, minute: 30, timezone: '+02:00'}", "hour", "09:00+02:00",
    ),
    "localdatetime": (
        "A date and time without a zone", "2024-02-29T09:30",
        "{date: date('2024-02-29'), hour: 9, minute: 30}", "day", "2024-02-29T00:00",
    ),
    "datetime": (
        "A date and time in a zone", "2024-02-29T09:30+01:00[Europe/Stockholm]",
        "{year: 2024, week: 9, dayOfWeek: 4, hour: 9, minute: 30, timezone: 'Europe/Stockholm'}",
        "day", "2024-02-29T00:00+01:00[Europe/Stockholm]",
    ),
}  # fmt: skip


def _function(usage: str, summary: str, example: str, result: str) -> SpecialFunction:
    name = usage.split("(", 1)[0].lower()
    return SpecialFunction(name, Explained(usage, summary, f"RETURN {example} AS value", result))


def _of_types() -> Iterator[SpecialFunction]:
    for name, (what, text, parts, unit, cut) in _TYPES.items():
        yield _function(
            f"{name}(value)",
            f"{what}: of a text, of parts, of another temporal value; the present one of nothing.",
            f"{name}({parts})",
            f"{name}('{text}')",
        )
        for clock in _CLOCKS:
            yield _function(
                f"{name}.{clock}(timezone)",
                "The present one, the same throughout a query.",
                f"{name}.{clock}() = {name}()",
                "true",
            )
        yield _function(
            f"{name}.truncate(unit, value, parts)",
            f"{what} cut down to a unit, from 'millennium' to 'microsecond'; then the parts set.",
            f"{name}.truncate('{unit}', {name}('{text}'))",
            f"{name}('{cut}')",
        )


def _difference(name: str, summary: str, result: str) -> SpecialFunction:
    dates = "date('2024-01-31'), date('2024-03-01')"
    return _function(
        f"duration.{name}(start, end)",
        summary,
        f"duration.{name}({dates})",
        f"duration('{result}')",
    )


TEMPORALS = (
    *_of_types(),
    _function(
        "datetime.fromEpoch(seconds, nanoseconds)",
        "The moment so long after the start of 1970, in UTC.",
        "datetime.fromEpoch(1700000000, 5)",
        "datetime('2023-11-14T22:13:20.000000005Z')",
    ),
    _function(
        "datetime.fromEpochMillis(milliseconds)",
        "The moment so long after the start of 1970, in UTC.",
        "datetime.fromEpochMillis(1700000000250)",
        "datetime('2023-11-14T22:13:20.250Z')",
    ),
    _function(
        "duration(value)",
        "A duration: of a text, or of units. Months, days and seconds are kept apart.",
        "duration({weeks: 2, hours: 1.5})",
        "duration('P14DT1H30M')",
    ),
    _difference("between", "What lies between, in months, days and seconds.", "P1M1D"),
    _difference("inMonths", "The whole months between.", "P1M"),
    _difference("inDays", "The whole days between.", "P30D"),
    _difference("inSeconds", "The seconds between.", "PT720H"),
    _function(
        "timestamp()", "The present moment in milliseconds since the start of 1970.",
        "timestamp() = datetime().epochMillis", "true",
    ),
)  # fmt: skip
