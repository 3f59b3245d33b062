"""Arithmetic: 64-bit integers that overflow with an error, IEEE floats, sums of texts and lists."""

from __future__ import annotations

import math
from typing import Any

from tests.support.cypher.meaning import EvaluationError, is_number

_LEAST, _MOST = -(2**63), 2**63 - 1


def fitting(value: int) -> int:
    """An integer, if 64 bits hold it."""
    if not _LEAST <= value <= _MOST:
        raise EvaluationError("integer overflow")
    return value


def text_of(value: Any) -> str:
    """What `toString` makes of a scalar."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return float_text(value)
    return str(value)


def float_text(value: float) -> str:
    """A float as Java writes it."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        text = f"{value!r}"
        return text if "e" not in text else f"{value:f}"
    mantissa, _, exponent = f"{value:e}".partition("e")
    shortest = repr(value).partition("e")
    if shortest[1]:
        mantissa, exponent = shortest[0], shortest[2]
    else:
        digits = shortest[0].replace("-", "").replace(".", "").strip("0") or "0"
        mantissa = ("-" if value < 0 else "") + digits[0] + "." + (digits[1:] or "0")
    if "." not in mantissa:
        mantissa += ".0"
    return f"{mantissa}E{int(exponent)}"


def applied(operator: str, left: Any, right: Any) -> Any:
    """`left operator right`."""
    if operator == "+" and (isinstance(left, list) or isinstance(right, list)):
        return _joined(left, right)
    if left is None or right is None:
        return None
    if operator == "+" and (isinstance(left, str) or isinstance(right, str)):
        for side in (left, right):
            if not isinstance(side, str) and not is_number(side):
                raise EvaluationError("only texts and numbers are added to a text")
        return text_of(left) + text_of(right)
    if not (is_number(left) and is_number(right)):
        raise EvaluationError(f"{operator} needs numbers")
    if operator == "^":
        return _power(float(left), float(right))
    if isinstance(left, float) or isinstance(right, float):
        return _floats(operator, float(left), float(right))
    return _integers(operator, left, right)


def _joined(left: Any, right: Any) -> Any:
    if left is None or right is None:
        return None
    return (left if isinstance(left, list) else [left]) + (
        right if isinstance(right, list) else [right]
    )


def _integers(operator: str, left: int, right: int) -> int:
    match operator:
        case "+":
            return fitting(left + right)
        case "-":
            return fitting(left - right)
        case "*":
            return fitting(left * right)
    if right == 0:
        raise EvaluationError("division by zero")
    quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
    return fitting(quotient) if operator == "/" else left - quotient * right


def _floats(operator: str, left: float, right: float) -> float:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    if operator == "%":
        if right == 0 or math.isinf(left):
            return math.nan
        return math.fmod(left, right)
    if right == 0:
        if left == 0 or math.isnan(left):
            return math.nan
        return math.copysign(math.inf, left) * math.copysign(1, right)
    return left / right


def _power(base: float, exponent: float) -> float:
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.inf if base > 0 or exponent % 2 == 0 else -math.inf
    except ValueError:
        return math.inf if base == 0 else math.nan
