"""Cypher's `=` between two static types, as SQL."""

from __future__ import annotations

import re

from cloudwarden.graph.cypher.emitter.conversion import converted
from cloudwarden.graph.cypher.types import ANY, NUMERIC, Kind, Type

_DIRECT = frozenset(
    {Kind.BOOLEAN, Kind.INTEGER, Kind.STRING, Kind.DATE, Kind.LOCALTIME, Kind.TIME,
     Kind.LOCALDATETIME, Kind.DATETIME, Kind.DURATION, Kind.NODE, Kind.RELATIONSHIP, Kind.PATH}
)  # fmt: skip

_CONSTANT = re.compile(r"CAST\('?(-?[0-9.e+-]+)'? AS (?:BIGINT|DOUBLE)\)")
_EXACT = 2**53

#: Macros that compare a value of unknown type with one of these.
_SIMPLE = {
    Kind.INTEGER: "cw_equals_number",
    Kind.FLOAT: "cw_equals_float",
    Kind.STRING: "cw_equals_text",
    Kind.BOOLEAN: "cw_equals_boolean",
}


def equality(left: str, left_type: Type, right: str, right_type: Type, depth: int = 0) -> str:
    """Whether two values are equal: true, false, or null where either is or holds null."""
    one, other = left_type.kind, right_type.kind
    if Kind.NULL in (one, other):
        return "CAST(NULL AS BOOLEAN)"
    if one in NUMERIC and other in NUMERIC:
        guards = [
            f" AND NOT isnan({sql})"
            for sql, kind in ((left, one), (right, other))
            if kind is Kind.FLOAT and not sql.startswith("CAST('")
        ]
        # NaN equals nothing, itself included; one guard is enough.
        equal = f"({left} = {right}{guards[0] if guards else ''})"
        if one is other or _is_small(left) or _is_small(right):
            return equal
        # As floats, large integers equal others near them. The first test stays one that joins.
        whole, real = (left, right) if one is Kind.INTEGER else (right, left)
        exact = f"abs({real}) < {_EXACT} OR TRY_CAST({real} AS BIGINT) = {whole}"
        return f"({equal} AND coalesce({exact}, {left} IS NULL OR {right} IS NULL))"
    if one is other and one in _DIRECT:
        return f"({left} = {right})"
    if one is Kind.LIST and other is Kind.LIST:
        return _lists(left, left_type.item, right, right_type.item, depth)
    if one is Kind.MAP and other is Kind.MAP:
        return _maps(left, left_type, right, right_type, depth)
    if one in _SIMPLE and other is Kind.ANY:
        return f"{_SIMPLE[one]}({right}, {left})"
    if other in _SIMPLE and one is Kind.ANY:
        return f"{_SIMPLE[other]}({left}, {right})"
    if {one, other} & {Kind.ANY, Kind.PROPERTIES}:
        a, b = converted(left, left_type, ANY), converted(right, right_type, ANY)
        return f"cw_equal({a}, {b})"
    # Values of different types are different, but null is still null.
    return f"CASE WHEN {left} IS NOT NULL AND {right} IS NOT NULL THEN false END"


def _is_small(sql: str) -> bool:
    """Whether this is a constant that integers and floats alike hold exactly."""
    found = _CONSTANT.fullmatch(sql)
    return found is not None and abs(float(found.group(1))) < _EXACT


def _maps(left: str, left_type: Type, right: str, right_type: Type, depth: int) -> str:
    places = {key: place for place, (key, _) in enumerate(right_type.fields)}
    if places.keys() != {key for key, _ in left_type.fields}:
        return f"CASE WHEN {left} IS NOT NULL AND {right} IS NOT NULL THEN false END"
    tests = [
        equality(
            f"({left}).f{place}",
            type_,
            f"({right}).f{places[key]}",
            right_type.fields[places[key]][1],
            depth,
        )
        for place, (key, type_) in enumerate(left_type.fields)
    ]
    both = f"{left} IS NOT NULL AND {right} IS NOT NULL"
    return f"CASE WHEN {both} THEN {' AND '.join(tests) or 'true'} END"


def _lists(left: str, left_item: Type, right: str, right_item: Type, depth: int) -> str:
    pair = f"z{depth}"
    same = equality(f"{pair}[1]", left_item, f"{pair}[2]", right_item, depth + 1)
    return (
        f"CASE WHEN {left} IS NULL OR {right} IS NULL THEN NULL "
        f"WHEN len({left}) <> len({right}) THEN false "
        f"ELSE cw_all(list_transform(list_zip({left}, {right}), lambda {pair}: {same})) END"
    )
