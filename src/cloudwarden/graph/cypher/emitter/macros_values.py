"""Macros for equality and comparison of dynamically typed values, to a fixed depth.

SQL has no recursion over values, so each level is a macro of its own that calls the one below.
Beyond `LEVELS` nested lists and maps, values are compared as DuckDB does; only nulls nested that
deep are then told apart otherwise than in Cypher.
"""

from __future__ import annotations

#: How deep lists and maps are looked into.
LEVELS = 5

_ANY_LEVEL = """
cw_equal_{n}(a, b) AS
    (CASE WHEN a IS NULL OR b IS NULL THEN NULL
    WHEN cw_is_integer(a) AND cw_is_integer(b) THEN CAST(a AS BIGINT) = CAST(b AS BIGINT)
    WHEN cw_is_number(a) AND cw_is_number(b)
    THEN CAST(a AS DOUBLE) = CAST(b AS DOUBLE) AND NOT isnan(CAST(a AS DOUBLE))
    WHEN variant_typeof(a) <> variant_typeof(b) THEN false
    WHEN cw_is_list(a) OR cw_is_map(a) THEN {below}
    ELSE a = b END)

cw_compare_{n}(a, b) AS
    (CASE WHEN a IS NULL OR b IS NULL THEN NULL
    WHEN cw_is_integer(a) AND cw_is_integer(b)
    THEN cw_sign(CAST(a AS BIGINT), CAST(b AS BIGINT))
    WHEN cw_is_number(a) AND cw_is_number(b)
    THEN cw_float_sign(CAST(a AS DOUBLE), CAST(b AS DOUBLE))
    WHEN cw_is_string(a) AND cw_is_string(b)
    THEN cw_sign(CAST(a AS VARCHAR), CAST(b AS VARCHAR))
    WHEN cw_is_boolean(a) AND cw_is_boolean(b)
    THEN cw_sign(CAST(a AS BOOLEAN), CAST(b AS BOOLEAN))
    WHEN cw_is_list(a) AND cw_is_list(b) THEN {list_below}
    WHEN starts_with(variant_typeof(a), 'OBJECT') THEN NULL
    WHEN variant_typeof(a) = variant_typeof(b) THEN cw_sign(a, b) END)
"""
_BELOW = (
    "cw_all(list_transform(list_zip(cw_items(a), cw_items(b)), "
    "lambda z: cw_equal_{m}(z[1], z[2])))"
)
_LIST_BELOW = (
    "cw_first_difference(list_transform(cw_zip(CAST(a AS VARIANT[]), CAST(b AS VARIANT[])), "
    "lambda z: cw_compare_{m}(z[1], z[2])), len(CAST(a AS VARIANT[])), len(CAST(b AS VARIANT[])))"
)


def _levels() -> str:
    lowest = _ANY_LEVEL.format(n=0, below="a = b", list_below="cw_sign(a, b)")
    higher = (
        _ANY_LEVEL.format(n=n, below=_BELOW.format(m=n - 1), list_below=_LIST_BELOW.format(m=n - 1))
        for n in range(1, LEVELS)
    )
    return lowest + "".join(higher)


MACROS = (
    f"""
cw_equal(a, b) AS
    (cw_equal_{LEVELS - 1}(a, b))

cw_compare(a, b) AS
    (cw_compare_{LEVELS - 1}(a, b))

cw_sign(a, b) AS
    (CASE WHEN a < b THEN -1 WHEN a > b THEN 1 WHEN a IS NOT NULL AND b IS NOT NULL THEN 0 END)

cw_float_sign(a, b) AS
    (CASE WHEN isnan(a) OR isnan(b) THEN 2 WHEN a < b THEN -1 WHEN a > b THEN 1
    WHEN a IS NOT NULL AND b IS NOT NULL THEN 0 END)

cw_zip(a, b) AS
    (list_zip(a[:least(len(a), len(b))], b[:least(len(a), len(b))]))

cw_first_difference(signs, a, b) AS
    (CASE WHEN signs IS NULL THEN NULL
    WHEN len(list_filter(signs, lambda s: s IS NULL OR s <> 0)) = 0
    THEN CASE WHEN a < b THEN -1 WHEN a > b THEN 1 ELSE 0 END
    ELSE list_filter(signs, lambda s: s IS NULL OR s <> 0)[1] END)

cw_any(l) AS
    (CASE WHEN l IS NULL THEN NULL WHEN list_contains(l, true) THEN true
    WHEN len(list_filter(l, lambda t: t IS NULL)) > 0 THEN NULL ELSE false END)

cw_all(l) AS
    (CASE WHEN l IS NULL THEN NULL WHEN list_contains(l, false) THEN false
    WHEN len(list_filter(l, lambda t: t IS NULL)) > 0 THEN NULL ELSE true END)

cw_none(l) AS
    (NOT cw_any(l))

cw_single(l) AS
    (CASE WHEN l IS NULL THEN NULL WHEN len(list_filter(l, lambda t: t)) > 1 THEN false
    WHEN len(list_filter(l, lambda t: t IS NULL)) > 0 THEN NULL
    ELSE len(list_filter(l, lambda t: t)) = 1 END)

"""
    + _levels()
)
