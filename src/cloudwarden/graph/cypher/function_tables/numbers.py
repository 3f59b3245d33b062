"""Functions of numbers."""

from __future__ import annotations

from cloudwarden.graph.cypher.signatures import Function, Signature, explained
from cloudwarden.graph.cypher.types import BOOLEAN, FLOAT, INTEGER, STRING, Kind

_I, _F, _S = Kind.INTEGER, Kind.FLOAT, Kind.STRING


def _of_float(usage: str, template: str, summary: str, example: str, result: str) -> Function:
    signature = Signature((_F,), FLOAT, template)
    text = explained(usage, summary, example, result)
    return Function(text.name.lower(), (signature,), text)


def _constant(usage: str, template: str, summary: str, example: str, result: str) -> Function:
    text = explained(usage, summary, example, result)
    return Function(text.name.lower(), (Signature((), FLOAT, template),), text)


NUMBERS = (
    Function(
        "abs",
        (Signature((_I,), INTEGER, "abs({0})"), Signature((_F,), FLOAT, "abs({0})")),
        explained("abs(number)", "The number without its sign.", "abs(-3)", "3"),
    ),
    Function(
        "sign",
        (
            Signature((_I,), INTEGER, "CAST(sign({0}) AS BIGINT)"),
            Signature((_F,), INTEGER, "CAST(sign({0}) AS BIGINT)"),
        ),
        explained("sign(number)", "-1, 0 or 1, as the number's sign is.", "sign(-2.5)", "-1"),
    ),
    _of_float("ceil(number)", "ceil({0})", "The least whole number that is not less.",
              "ceil(1.2)", "2.0"),
    _of_float("ceiling(number)", "ceil({0})", "The same as ceil().", "ceiling(1.2)", "2.0"),
    _of_float("floor(number)", "floor({0})", "The greatest whole number that is not greater.",
              "floor(-1.2)", "-2.0"),
    Function(
        "round",
        (
            Signature((_F,), FLOAT, "floor({0} + 0.5)"),
            Signature((_F, _I), FLOAT, "cw_round({0}, {1}, 'HALF_UP')"),
            Signature((_F, _I, _S), FLOAT, "cw_round({0}, {1}, {2})"),
        ),
        explained(
            "round(number, precision, mode)",
            "The number rounded to a precision of 0 or as given; the mode, HALF_UP if not given, "
            "is one of UP, DOWN, CEILING, FLOOR, HALF_UP, HALF_DOWN, HALF_EVEN.",
            "round(1.249, 1, 'CEILING')",
            "1.3",
        ),
    ),
    _of_float("sqrt(number)", "sqrt({0})", "The square root; NaN of a negative number.",
              "sqrt(2.25)", "1.5"),
    _of_float("exp(number)", "exp({0})", "e to the power of the number.", "exp(0)", "1.0"),
    _of_float("log(number)", "ln({0})", "The natural logarithm.", "log(e())", "1.0"),
    _of_float("ln(number)", "ln({0})", "The same as log().", "ln(e())", "1.0"),
    _of_float("log10(number)", "log10({0})", "The logarithm to base 10.", "log10(100)", "2.0"),
    _of_float("sin(angle)", "sin({0})", "The sine of an angle in radians.", "sin(0)", "0.0"),
    _of_float("cos(angle)", "cos({0})", "The cosine of an angle in radians.", "cos(0)", "1.0"),
    _of_float("tan(angle)", "tan({0})", "The tangent of an angle in radians.", "tan(0)", "0.0"),
    _of_float("cot(angle)", "cot({0})", "The cotangent of an angle in radians.",
              "round(cot(pi() / 4), 6)", "1.0"),
    _of_float("sinh(number)", "sinh({0})", "The hyperbolic sine.", "sinh(0)", "0.0"),
    _of_float("cosh(number)", "cosh({0})", "The hyperbolic cosine.", "cosh(0)", "1.0"),
    _of_float("tanh(number)", "tanh({0})", "The hyperbolic tangent.", "tanh(0)", "0.0"),
    _of_float("coth(number)", "(CAST(1 AS DOUBLE) / tanh({0}))", "The hyperbolic cotangent.",
              "round(coth(1), 3)", "1.313"),
    _of_float("asin(number)", "asin({0})", "The angle in radians whose sine this is.",
              "asin(0)", "0.0"),
    _of_float("acos(number)", "acos({0})", "The angle in radians whose cosine this is.",
              "acos(1)", "0.0"),
    _of_float("atan(number)", "atan({0})", "The angle in radians whose tangent this is.",
              "atan(0)", "0.0"),
    Function(
        "atan2",
        (Signature((_F, _F), FLOAT, "atan2({0}, {1})"),),
        explained("atan2(y, x)", "The angle in radians of the point (x, y).",
                  "atan2(0, 1)", "0.0"),
    ),
    _of_float("haversin(angle)", "((CAST(1 AS DOUBLE) - cos({0})) / 2)",
              "Half the versine of an angle in radians.", "haversin(0)", "0.0"),
    _of_float("degrees(angle)", "degrees({0})", "An angle in radians as degrees.",
              "degrees(pi())", "180.0"),
    _of_float("radians(angle)", "radians({0})", "An angle in degrees as radians.",
              "radians(180) = pi()", "true"),
    Function(
        "isnan",
        (Signature((_F,), BOOLEAN, "isnan({0})"),
         Signature((_I,), BOOLEAN, "CASE WHEN {0} IS NOT NULL THEN false END")),
        explained("isNaN(number)", "Whether the number is not a number.",
                  "isNaN(0.0 / 0.0)", "true"),
    ),
    _constant("pi()", "pi()", "The circle's circumference by its diameter.",
              "round(pi(), 4)", "3.1416"),
    _constant("e()", "exp(CAST(1 AS DOUBLE))", "The base of the natural logarithm.",
              "round(e(), 4)", "2.7183"),
    _constant("rand()", "random()", "A random number from 0 to just below 1, new for each row.",
              "0 <= rand() < 1", "true"),
    Function(
        "randomuuid",
        (Signature((), STRING, "CAST(gen_random_uuid() AS VARCHAR)"),),
        explained("randomUUID()", "A random identifier, new for each row.",
                  "size(randomUUID())", "36"),
    ),
)  # fmt: skip
