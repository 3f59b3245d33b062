"""Scalar functions over plain values; a null argument makes null unless the function says else."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.support.cypher.arithmetic import fitting, text_of
from tests.support.cypher.meaning import EvaluationError, equal, is_nan, is_number

Function = Callable[..., Any]
_BLANK = " \t\n\r\x0b\x0c"


def called(name: str, arguments: list[Any]) -> Any:
    """The value of a function of plain values."""
    if name in _LENIENT:
        return _LENIENT[name](*arguments)
    function = _STRICT[name]
    if any(argument is None for argument in arguments):
        return None
    return function(*arguments)


def _expect(condition: bool, what: str) -> None:
    if not condition:
        raise EvaluationError(what)


def _number(value: Any) -> Any:
    _expect(is_number(value), "a number is needed")
    return value


def _text(value: Any) -> str:
    _expect(isinstance(value, str), "a text is needed")
    return str(value)


def _list(value: Any) -> list[Any]:
    _expect(isinstance(value, list), "a list is needed")
    return list(value)


def _count(value: Any) -> int:
    _expect(isinstance(value, int) and not isinstance(value, bool), "an integer is needed")
    _expect(value >= 0, "a negative length or place")
    return int(value)


def _real(function: Callable[[float], float]) -> Function:
    def apply(value: Any) -> float:
        try:
            return function(float(_number(value)))
        except ValueError:
            return math.nan
        except OverflowError:
            return math.inf

    return apply


def _whole(rounded: Callable[[float], int]) -> Callable[[float], float]:
    def apply(value: float) -> float:
        if math.isinf(value) or math.isnan(value):
            return value
        return math.copysign(float(rounded(value)), value)

    return apply


def _logarithm(value: float) -> float:
    return -math.inf if value == 0 else math.log(value)


def _sign(value: Any) -> int:
    return int(_number(value) > 0) - int(value < 0)


def _to_integer(value: Any) -> int | None:
    if isinstance(value, bool | int):
        return int(value)
    if isinstance(value, float):
        return _cut(value)
    if isinstance(value, str):
        text = value.strip()
        if re.fullmatch(r"[+-]?\d+", text):
            return int(text)
        number = _to_float(text)
        return None if number is None else _cut(number)
    raise EvaluationError("toInteger() of this kind")


def _cut(value: float) -> int:
    """A float as Java makes it a long: what is beyond is the nearest, NaN is 0."""
    if is_nan(value):
        return 0
    if abs(value) < 2.0**63:
        return int(value)
    return 2**63 - 1 if value > 0 else -(2**63)


def _to_float(value: Any) -> float | None:
    if is_number(value):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    raise EvaluationError("toFloat() of this kind")


def _to_boolean(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value != 0
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    raise EvaluationError("toBoolean() of this kind")


def _to_string(value: Any) -> str:
    _expect(isinstance(value, bool | int | float | str), "toString() of this kind")
    return text_of(value)


def _or_null(function: Function) -> Function:
    def apply(value: Any) -> Any:
        try:
            return function(value)
        except EvaluationError:
            return None

    return apply


def _each(function: Function) -> Function:
    def apply(values: Any) -> list[Any]:
        lenient = _or_null(function)
        return [None if value is None else lenient(value) for value in _list(values)]

    return apply


def _size(value: Any) -> int:
    _expect(isinstance(value, list | str), "size() of this kind")
    return len(value)


def _is_empty(value: Any) -> bool:
    _expect(isinstance(value, list | str | dict), "isEmpty() of this kind")
    return not value


def _reverse(value: Any) -> Any:
    _expect(isinstance(value, list | str), "reverse() of this kind")
    return value[::-1]


def _range(start: Any, end: Any, step: Any = 1) -> list[int]:
    for value in (start, end, step):
        _expect(isinstance(value, int) and not isinstance(value, bool), "range() of this kind")
    _expect(step != 0, "a step of zero")
    return list(range(start, end + (1 if step > 0 else -1), step))


def _substring(text: Any, start: Any, length: Any = None) -> str:
    first = _count(start)
    return _text(text)[first : None if length is None else first + _count(length)]


def _split(text: Any, delimiter: Any) -> list[str]:
    return _text(text).split(_text(delimiter)) if delimiter else list(_text(text))


def _coalesce(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _null_if(one: Any, other: Any) -> Any:
    return None if equal(one, other) is True else one


_LENIENT: Mapping[str, Function] = {"coalesce": _coalesce, "nullif": _null_if}

_STRICT: Mapping[str, Function] = {
    "abs": lambda v: fitting(abs(v)) if isinstance(_number(v), int) else abs(v),
    "sign": _sign,
    "ceil": _real(_whole(math.ceil)),
    "floor": _real(_whole(math.floor)),
    "round": _real(lambda v: _whole(math.floor)(v + 0.5)),
    "sqrt": _real(math.sqrt),
    "exp": _real(math.exp),
    "log": _real(_logarithm),
    "sin": _real(math.sin),
    "cos": _real(math.cos),
    "atan": _real(math.atan),
    "degrees": _real(math.degrees),
    "radians": _real(math.radians),
    "isnan": lambda v: is_nan(_number(v)),
    "pi": lambda: math.pi,
    "e": lambda: math.e,
    "tointeger": _to_integer,
    "tofloat": _to_float,
    "toboolean": _to_boolean,
    "tostring": _to_string,
    "tointegerornull": _or_null(_to_integer),
    "tofloatornull": _or_null(_to_float),
    "tobooleanornull": _or_null(_to_boolean),
    "tostringornull": _or_null(_to_string),
    "tointegerlist": _each(_to_integer),
    "tofloatlist": _each(_to_float),
    "tobooleanlist": _each(_to_boolean),
    "tostringlist": _each(_to_string),
    "tolower": lambda v: _text(v).lower(),
    "toupper": lambda v: _text(v).upper(),
    "trim": lambda v: _text(v).strip(_BLANK),
    "ltrim": lambda v: _text(v).lstrip(_BLANK),
    "rtrim": lambda v: _text(v).rstrip(_BLANK),
    "left": lambda v, n: _text(v)[: _count(n)],
    "right": lambda v, n: _text(v)[max(len(v) - _count(n), 0) :],
    "replace": lambda v, a, b: _text(v).replace(_text(a), _text(b)),
    "split": _split,
    "substring": _substring,
    "reverse": _reverse,
    "size": _size,
    "isempty": _is_empty,
    "head": lambda v: next(iter(_list(v)), None),
    "last": lambda v: next(iter(_list(v)[::-1]), None),
    "tail": lambda v: _list(v)[1:],
    "range": _range,
}
