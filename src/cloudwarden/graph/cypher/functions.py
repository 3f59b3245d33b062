"""The table of functions: names, argument types, result types, SQL.

A function returns null if an argument is null unless its signature says otherwise. Functions of
nodes, relations and paths (`labels`, `type`, `nodes`…) are listed here by name and emitted by
`emitter/entities.py`; the temporal constructors are bound in `temporal.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cloudwarden.graph.cypher.types import (
    BOOLEAN,
    FLOAT,
    INTEGER,
    STRING,
    Kind,
    Type,
    list_of,
)

Result = Type | Callable[[Sequence[Type]], Type]


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a function. `propagates` says that a null argument makes null."""

    parameters: tuple[Kind, ...]
    result: Result
    template: str
    propagates: bool = True

    def result_type(self, arguments: Sequence[Type]) -> Type:
        """The result's type for arguments of these types."""
        return self.result if isinstance(self.result, Type) else self.result(arguments)


@dataclass(frozen=True, slots=True)
class Function:
    """A scalar function under its canonical spelling."""

    name: str
    signatures: tuple[Signature, ...]


#: Functions that collapse rows, with how many arguments they take.
AGGREGATES: Mapping[str, int] = {
    "count": 1,
    "collect": 1,
    "sum": 1,
    "avg": 1,
    "min": 1,
    "max": 1,
    "stdev": 1,
    "stdevp": 1,
    "percentilecont": 2,
    "percentiledisc": 2,
}

#: Functions of one node, relation or path: the kinds they take.
ENTITY_FUNCTIONS: Mapping[str, frozenset[Kind]] = {
    "labels": frozenset({Kind.NODE}),
    "type": frozenset({Kind.RELATIONSHIP}),
    "id": frozenset({Kind.NODE, Kind.RELATIONSHIP}),
    "elementid": frozenset({Kind.NODE, Kind.RELATIONSHIP}),
    "startnode": frozenset({Kind.RELATIONSHIP}),
    "endnode": frozenset({Kind.RELATIONSHIP}),
    "properties": frozenset({Kind.NODE, Kind.RELATIONSHIP, Kind.MAP, Kind.PROPERTIES, Kind.ANY}),
    "keys": frozenset({Kind.NODE, Kind.RELATIONSHIP, Kind.MAP, Kind.PROPERTIES, Kind.ANY}),
    "nodes": frozenset({Kind.PATH}),
    "relationships": frozenset({Kind.PATH}),
    "length": frozenset({Kind.PATH}),
}

_SPACE = "' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13)"
_TO_INTEGER = (
    "CASE WHEN regexp_full_match(trim({0}), '[+-]?[0-9]+') THEN TRY_CAST(trim({0}) AS BIGINT) "
    "ELSE TRY_CAST(trunc(TRY_CAST({0} AS DOUBLE)) AS BIGINT) END"
)
_TO_BOOLEAN = "CASE lower(trim({0})) WHEN 'true' THEN true WHEN 'false' THEN false END"


def _same(arguments: Sequence[Type]) -> Type:
    return arguments[0]


def _element(arguments: Sequence[Type]) -> Type:
    return arguments[0].item


def _f(name: str, *signatures: tuple[tuple[Kind, ...], Result, str]) -> Function:
    return Function(name, tuple(Signature(*signature) for signature in signatures))


def _numeric(name: str, template: str) -> Function:
    return _f(name, ((Kind.FLOAT,), FLOAT, template))


def _text(name: str, template: str) -> Function:
    return _f(name, ((Kind.STRING,), STRING, template))


def _converting(
    name: str, result: Type, by_kind: Mapping[Kind, str], any_template: str
) -> Function:
    signatures = [((kind,), result, template) for kind, template in by_kind.items()]
    return _f(name, *signatures, ((Kind.ANY,), result, any_template))


def _of_list(name: str, element: Type) -> Function:
    template = f"list_transform({{0}}, lambda x: cw_to_{name[2:]}(CAST(x AS VARIANT)))"
    return _f(f"{name}list", ((Kind.LIST,), list_of(element), template))


_I, _F, _S, _B, _L = Kind.INTEGER, Kind.FLOAT, Kind.STRING, Kind.BOOLEAN, Kind.LIST

_INTEGERS = {
    _I: "{0}",
    _F: "TRY_CAST(trunc({0}) AS BIGINT)",
    _S: _TO_INTEGER,
    _B: "CAST({0} AS BIGINT)",
}
_FLOATS = {_F: "{0}", _I: "CAST({0} AS DOUBLE)", _S: "TRY_CAST({0} AS DOUBLE)"}
_BOOLEANS = {_B: "{0}", _S: _TO_BOOLEAN, _I: "({0} <> 0)"}
_STRINGS = {
    _S: "{0}",
    _I: "CAST({0} AS VARCHAR)",
    _F: "cw_float_text({0})",
    _B: "CAST({0} AS VARCHAR)",
    Kind.DATE: "CAST({0} AS VARCHAR)",
    Kind.LOCALTIME: "CAST({0} AS VARCHAR)",
    Kind.LOCALDATETIME: "cw_moment_text({0})",
    Kind.DATETIME: "cw_moment_text(timezone('UTC', {0})) || 'Z'",
    Kind.DURATION: "cw_duration_text({0})",
}

_TABLE = (
    # Numbers.
    _f("abs", ((_I,), INTEGER, "abs({0})"), ((_F,), FLOAT, "abs({0})")),
    _f("sign", ((_I,), INTEGER, "CAST(sign({0}) AS BIGINT)"),
       ((_F,), INTEGER, "CAST(sign({0}) AS BIGINT)")),
    _numeric("ceil", "ceil({0})"),
    _numeric("floor", "floor({0})"),
    _f("round", ((_F,), FLOAT, "floor({0} + 0.5)"),
       ((_F, _I), FLOAT, "round({0}, CAST({1} AS INTEGER))")),
    _numeric("sqrt", "CASE WHEN {0} < 0 THEN CAST('nan' AS DOUBLE) ELSE sqrt({0}) END"),
    _numeric("exp", "exp({0})"),
    _numeric("log", "cw_log({0})"),
    _numeric("log10", "cw_log({0}) / ln(10)"),
    _numeric("sin", "sin({0})"),
    _numeric("cos", "cos({0})"),
    _numeric("tan", "tan({0})"),
    _numeric("cot", "cot({0})"),
    _numeric("asin", "asin({0})"),
    _numeric("acos", "acos({0})"),
    _numeric("atan", "atan({0})"),
    _f("atan2", ((_F, _F), FLOAT, "atan2({0}, {1})")),
    _numeric("degrees", "degrees({0})"),
    _numeric("radians", "radians({0})"),
    _f("isnan", ((_F,), BOOLEAN, "isnan({0})"), ((_I,), BOOLEAN, "({0} IS NULL)")),
    _f("pi", ((), FLOAT, "pi()")),
    _f("e", ((), FLOAT, "exp(CAST(1 AS DOUBLE))")),
    # Conversions.
    _converting("tointeger", INTEGER, _INTEGERS, "cw_to_integer({0})"),
    _converting("tointegerornull", INTEGER, _INTEGERS, "cw_to_integer({0})"),
    _converting("tofloat", FLOAT, _FLOATS, "cw_to_float({0})"),
    _converting("tofloatornull", FLOAT, _FLOATS, "cw_to_float({0})"),
    _converting("toboolean", BOOLEAN, _BOOLEANS, "cw_to_boolean({0})"),
    _converting("tobooleanornull", BOOLEAN, _BOOLEANS, "cw_to_boolean({0})"),
    _converting("tostring", STRING, _STRINGS, "cw_to_string({0})"),
    _converting("tostringornull", STRING, _STRINGS, "cw_to_string({0})"),
    # Strings.
    _text("tolower", "lower({0})"),
    _text("lower", "lower({0})"),
    _text("toupper", "upper({0})"),
    _text("upper", "upper({0})"),
    _f("trim", ((_S,), STRING, f"trim({{0}}, {_SPACE})")),
    _f("btrim", ((_S,), STRING, f"trim({{0}}, {_SPACE})"), ((_S, _S), STRING, "trim({0}, {1})")),
    _f("ltrim", ((_S,), STRING, f"ltrim({{0}}, {_SPACE})"), ((_S, _S), STRING, "ltrim({0}, {1})")),
    _f("rtrim", ((_S,), STRING, f"rtrim({{0}}, {_SPACE})"), ((_S, _S), STRING, "rtrim({0}, {1})")),
    _f("left", ((_S, _I), STRING, "left({0}, {1})")),
    _f("right", ((_S, _I), STRING, "right({0}, {1})")),
    _f("replace", ((_S, _S, _S), STRING, "replace({0}, {1}, {2})")),
    _f("split", ((_S, _S), list_of(STRING), "string_split({0}, {1})")),
    _f("substring", ((_S, _I), STRING, "substring({0}, {1} + 1)"),
       ((_S, _I, _I), STRING, "substring({0}, {1} + 1, {2})")),
    _f("char_length", ((_S,), INTEGER, "length({0})")),
    _f("character_length", ((_S,), INTEGER, "length({0})")),
    _f("reverse", ((_S,), STRING, "reverse({0})"), ((_L,), _same, "list_reverse({0})")),
    # Lists.
    _f("size", ((_L,), INTEGER, "CAST(len({0}) AS BIGINT)"), ((_S,), INTEGER, "length({0})"),
       ((Kind.ANY,), INTEGER, "cw_size({0})")),
    _f("isempty", ((_L,), BOOLEAN, "(len({0}) = 0)"), ((_S,), BOOLEAN, "({0} = '')"),
       ((Kind.ANY,), BOOLEAN, "(cw_size({0}) = 0)")),
    _f("head", ((_L,), _element, "{0}[1]")),
    _f("last", ((_L,), _element, "{0}[-1]")),
    _f("tail", ((_L,), _same, "{0}[2:]")),
    _f("range", ((_I, _I), list_of(INTEGER), "generate_series({0}, {1})"),
       ((_I, _I, _I), list_of(INTEGER), "generate_series({0}, {1}, {2})")),
    _of_list("tointeger", INTEGER),
    _of_list("tofloat", FLOAT),
    _of_list("toboolean", BOOLEAN),
    _of_list("tostring", STRING),
)  # fmt: skip

#: Every scalar function by its name in lower case.
FUNCTIONS: Mapping[str, Function] = {function.name: function for function in _TABLE}

#: Names that `binder` gives a meaning of their own, beside the tables above.
SPECIAL_FUNCTIONS = frozenset(
    {"coalesce", "nullif", "exists", "timestamp", "date", "datetime", "localdatetime", "localtime",
     "duration", "duration.between", "duration.indays", "duration.inmonths", "duration.inseconds",
     "datetime.truncate", "date.truncate", "localdatetime.truncate"}
)  # fmt: skip


def known_functions() -> frozenset[str]:
    """Every name that can be called, in lower case."""
    return (
        frozenset(FUNCTIONS) | frozenset(AGGREGATES) | frozenset(ENTITY_FUNCTIONS)
        | SPECIAL_FUNCTIONS
    )  # fmt: skip
