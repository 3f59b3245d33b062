"""Functions that convert values of one type to another."""

from __future__ import annotations

from collections.abc import Mapping

from cloudwarden.graph.cypher.signatures import Function, Signature, explained
from cloudwarden.graph.cypher.temporal import TEXTS
from cloudwarden.graph.cypher.types import BOOLEAN, FLOAT, INTEGER, STRING, Kind, Type, list_of

_I, _F, _S, _B, _A = Kind.INTEGER, Kind.FLOAT, Kind.STRING, Kind.BOOLEAN, Kind.ANY

_INTEGERS = {
    _I: "{0}",
    _F: "cw_float_integer({0})",
    _S: "cw_text_integer({0})",
    _B: "CAST({0} AS BIGINT)",
}
_FLOATS = {_F: "{0}", _I: "CAST({0} AS DOUBLE)", _S: "cw_text_float({0})"}
_BOOLEANS = {_B: "{0}", _S: "cw_text_boolean({0})", _I: "({0} <> 0)"}
_STRINGS = {_S: "{0}", _I: "CAST({0} AS VARCHAR)", _F: "cw_float_text({0})",
            _B: "CAST({0} AS VARCHAR)", **TEXTS}  # fmt: skip


def _converting(
    target: str, result: Type, by_kind: Mapping[Kind, str], example: tuple[str, str]
) -> tuple[Function, ...]:
    """`toX`, `toXOrNull` and `toXList`."""
    name, what = f"to{target}", target.lower()
    plain = tuple(Signature((kind,), result, template) for kind, template in by_kind.items())
    strict = Signature((_A,), result, f"cw_to_{what}({{0}})", anything=True)
    lenient = Signature((_A,), result, f"cw_{what}_or_null({{0}})", anything=True)
    of_item = f"list_transform({{0}}, lambda x: cw_{what}_or_null(CAST(x AS VARIANT)))"
    of_list = Signature((Kind.LIST,), list_of(result), of_item)
    given, made = example
    article = "an" if what == "integer" else "a"
    return (
        Function(
            name.lower(),
            (*plain, strict),
            explained(f"{name}(value)", f"The value as {article} {what}; null of a string that is "
                      "none, an error of a value that cannot be one.", f"{name}({given})", made),
        ),
        Function(
            f"{name}OrNull".lower(),
            (*plain, lenient),
            explained(f"{name}OrNull(value)", f"The value as {article} {what}, or null.",
                      f"{name}OrNull([1])", "null"),
        ),
        Function(
            f"{name}List".lower(),
            (of_list,),
            explained(f"{name}List(list)", f"Each element as {article} {what}, or null.",
                      f"{name}List([{given}, null])", f"[{made}, null]"),
        ),
    )  # fmt: skip


CONVERSIONS = (
    *_converting("Integer", INTEGER, _INTEGERS, ("'42'", "42")),
    *_converting("Float", FLOAT, _FLOATS, ("'1.5'", "1.5")),
    *_converting("Boolean", BOOLEAN, _BOOLEANS, ("'TRUE'", "true")),
    *_converting("String", STRING, _STRINGS, ("1.0", "'1.0'")),
    Function(
        "valuetype",
        (Signature((_A,), STRING, "cw_value_type({0})", propagates=False, anything=True),),
        explained("valueType(value)", "The name of the value's type.",
                  "valueType([1, 'a'])",
                  "'LIST<STRING NOT NULL | INTEGER NOT NULL> NOT NULL'"),
    ),
)  # fmt: skip
