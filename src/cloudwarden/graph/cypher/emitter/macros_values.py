"""Macros for equality and comparison of dynamically typed values, to a fixed depth.

SQL has no recursion over values, so each level is a macro of its own that calls the one below.
Beyond `LEVELS` nested lists and maps, values are compared as DuckDB does; only nulls nested that
deep are then told apart otherwise than in Cypher.
"""

from __future__ import annotations

#: How deep lists and maps are looked into.
LEVELS = 4
#: How deep lists are looked into by `<` and its like.
COMPARED = 3

_EQUAL = """
cw_equal_{n}(a, b, s, t) AS
    (CASE WHEN a IS NULL OR b IS NULL THEN NULL
    WHEN cw_mixed_numbers(s, t)
    THEN CAST(a AS DOUBLE) = CAST(b AS DOUBLE) AND NOT isnan(CAST(a AS DOUBLE))
    AND TRY_CAST(a AS BIGINT) IS NOT DISTINCT FROM TRY_CAST(b AS BIGINT)
    WHEN s <> t THEN false
    WHEN s[1] IN ('A', 'O') AND NOT starts_with(s, 'OBJECT(~') THEN {below}
    ELSE a = b END)
"""
_COMPARE = """
cw_compare_{n}(a, b, s, t) AS
    (CASE WHEN a IS NULL OR b IS NULL THEN NULL
    WHEN cw_mixed_numbers(s, t) THEN cw_float_sign(CAST(a AS DOUBLE), CAST(b AS DOUBLE))
    WHEN s[1] = 'A' AND t[1] = 'A' THEN {below}
    WHEN s = t AND cw_is_ordered_kind(s) THEN cw_sign(a, b)
    WHEN s[1] <> t[1] OR s[1] = 'O' THEN NULL
    ELSE cw_sign(a, b) END)
"""
# DuckDB binds a lambda's body more than once: a level must not nest lambdas deeper than one.
_EQUAL_BELOW = (
    "cw_all(list_transform(list_zip(cw_items(a), cw_items(b)), "
    "lambda z: cw_equal_{m}(z[1], z[2], variant_typeof(z[1]), variant_typeof(z[2]))))"
)
_COMPARE_BELOW = (
    "cw_first_difference(list_transform(cw_zip(CAST(a AS VARIANT[]), CAST(b AS VARIANT[])), "
    "lambda z: cw_compare_{m}(z[1], z[2], variant_typeof(z[1]), variant_typeof(z[2]))), "
    "len(CAST(a AS VARIANT[])), len(CAST(b AS VARIANT[])))"
)


def _levels(body: str, lowest: str, below: str, levels: int) -> str:
    higher = (body.format(n=n, below=below.format(m=n - 1)) for n in range(1, levels))
    return body.format(n=0, below=lowest) + "".join(higher)


MACROS = (
    f"""
cw_equal(a, b) ONCE AS
    (cw_equal_{LEVELS - 1}(a, b, variant_typeof(a), variant_typeof(b)))

cw_compare(a, b) ONCE AS
    (cw_compare_{COMPARED - 1}(a, b, variant_typeof(a), variant_typeof(b)))

cw_number_kind(s) AS
    (s IN ('INT64', 'DOUBLE', 'UINT64', 'INT32', 'INT16', 'INT8'))

cw_mixed_numbers(s, t) AS
    (cw_number_kind(s) AND cw_number_kind(t) AND (s <> t OR s = 'DOUBLE'))

cw_equals_number(v, n) ONCE AS
    (CASE WHEN v IS NULL OR n IS NULL THEN NULL WHEN cw_is_integer(v) THEN CAST(v AS BIGINT) = n
    WHEN variant_typeof(v) = 'DOUBLE' THEN CAST(v AS DOUBLE) = n AND NOT isnan(CAST(v AS DOUBLE))
    ELSE false END)

cw_equals_float(v, n) ONCE AS
    (CASE WHEN v IS NULL OR n IS NULL THEN NULL
    WHEN cw_is_integer(v) THEN coalesce(CAST(v AS BIGINT) = TRY_CAST(n AS BIGINT), false)
    AND CAST(v AS BIGINT) = n
    WHEN variant_typeof(v) = 'DOUBLE' THEN CAST(v AS DOUBLE) = n AND NOT isnan(n) ELSE false END)

cw_equals_text(v, t) ONCE AS
    (CASE WHEN v IS NULL OR t IS NULL THEN NULL WHEN cw_is_string(v) THEN CAST(v AS VARCHAR) = t
    ELSE false END)

cw_equals_boolean(v, b) ONCE AS
    (CASE WHEN v IS NULL OR b IS NULL THEN NULL
    WHEN cw_is_boolean(v) THEN CAST(v AS BOOLEAN) = b ELSE false END)

cw_sign_number(v, n) ONCE AS
    (CASE WHEN cw_is_integer(v) THEN cw_sign(CAST(v AS BIGINT), n)
    WHEN variant_typeof(v) = 'DOUBLE' THEN cw_float_sign(CAST(v AS DOUBLE), n) END)

cw_sign_float(v, n) ONCE AS
    (CASE WHEN cw_is_number(v) THEN cw_float_sign(CAST(v AS DOUBLE), n) END)

cw_sign_text(v, t) ONCE AS
    (CASE WHEN cw_is_string(v) THEN cw_sign(CAST(v AS VARCHAR), t) END)

cw_sign_boolean(v, b) ONCE AS
    (CASE WHEN cw_is_boolean(v) THEN cw_sign(CAST(v AS BOOLEAN), b) END)

cw_sign(a, b) AS
    (CASE WHEN a < b THEN -1 WHEN a > b THEN 1 WHEN a IS NOT NULL AND b IS NOT NULL THEN 0 END)

cw_float_sign(a, b) AS
    (CASE WHEN isnan(a) OR isnan(b) THEN 2 WHEN a < b THEN -1 WHEN a > b THEN 1
    WHEN a IS NOT NULL AND b IS NOT NULL THEN 0 END)

cw_zip(a, b) AS
    (list_zip(a[:least(len(a), len(b))], b[:least(len(a), len(b))]))

cw_first_difference(signs, a, b) AS
    (list_transform([struct_pack(d := list_filter(signs, lambda s: s IS NULL OR s <> 0),
    a := a, b := b)], lambda q: CASE WHEN q.d IS NULL THEN NULL WHEN len(q.d) > 0 THEN q.d[1]
    WHEN q.a < q.b THEN -1 WHEN q.a > q.b THEN 1 WHEN q.a = q.b THEN 0 END)[1])

cw_any(l) AS
    (list_transform([l], lambda q: CASE WHEN q IS NULL THEN NULL WHEN list_contains(q, true)
    THEN true WHEN len(list_filter(q, lambda t: t IS NULL)) > 0 THEN NULL ELSE false END)[1])

cw_all(l) AS
    (list_transform([l], lambda q: CASE WHEN q IS NULL THEN NULL WHEN list_contains(q, false)
    THEN false WHEN len(list_filter(q, lambda t: t IS NULL)) > 0 THEN NULL ELSE true END)[1])

cw_none(l) AS
    (NOT cw_any(l))

cw_single(l) AS
    (list_transform([l], lambda q: CASE WHEN q IS NULL THEN NULL
    WHEN len(list_filter(q, lambda t: t)) > 1 THEN false
    WHEN len(list_filter(q, lambda t: t IS NULL)) > 0 THEN NULL
    ELSE len(list_filter(q, lambda t: t)) = 1 END)[1])

"""
    + _levels(_EQUAL, "a = b", _EQUAL_BELOW, LEVELS)
    + _levels(_COMPARE, "cw_sign(a, b)", _COMPARE_BELOW, COMPARED)
)
