"""SQL macros that give dynamically typed values Cypher's meaning, made when a statement uses them.

A VARIANT is null, BOOL_TRUE, BOOL_FALSE, INT64 (also UINT64, from JSON), DOUBLE, VARCHAR, a
temporal, an ARRAY or an OBJECT; nodes, relations and paths inside one are objects with the one
key `~node`, `~relation` or `~path`.
"""

from __future__ import annotations

import re
from functools import cache

_MACROS = """
cw_is_integer(v) AS
    (variant_typeof(v) IN ('INT64', 'UINT64', 'INT32', 'INT16', 'INT8'))

cw_is_number(v) AS
    (variant_typeof(v) IN ('INT64', 'UINT64', 'INT32', 'INT16', 'INT8') OR variant_typeof(v) =
    'DOUBLE')

cw_is_string(v) AS
    (variant_typeof(v) = 'VARCHAR')

cw_is_boolean(v) AS
    (variant_typeof(v) IN ('BOOL_TRUE', 'BOOL_FALSE'))

cw_is_list(v) AS
    (starts_with(variant_typeof(v), 'ARRAY'))

cw_is_map(v) AS
    (starts_with(variant_typeof(v), 'OBJECT'))

cw_as_string(v) AS
    (CASE WHEN v IS NULL THEN NULL WHEN cw_is_string(v) THEN CAST(v AS VARCHAR) ELSE
    error('cypher: expected a string, found ' || cw_kind(v)) END)

cw_as_integer(v) AS
    (CASE WHEN v IS NULL THEN NULL WHEN cw_is_integer(v) THEN CAST(v AS BIGINT) ELSE
    error('cypher: expected an integer, found ' || cw_kind(v)) END)

cw_as_float(v) AS
    (CASE WHEN v IS NULL THEN NULL WHEN cw_is_number(v) THEN CAST(v AS DOUBLE) ELSE
    error('cypher: expected a number, found ' || cw_kind(v)) END)

cw_as_boolean(v) AS
    (CASE WHEN v IS NULL THEN NULL WHEN cw_is_boolean(v) THEN CAST(v AS BOOLEAN) ELSE
    error('cypher: expected a boolean, found ' || cw_kind(v)) END)

cw_as_list(v) AS
    (CASE WHEN v IS NULL THEN NULL WHEN cw_is_list(v) THEN CAST(v AS VARIANT[]) ELSE
    error('cypher: expected a list, found ' || cw_kind(v)) END)

cw_as_node(v) AS
    (CASE WHEN v IS NULL THEN NULL WHEN variant_typeof(v) = 'OBJECT(~node)' THEN
    CAST(variant_extract(v, '~node') AS BIGINT) ELSE error('cypher: expected a node, found '
    || cw_kind(v)) END)

cw_as_relation(v) AS
    (CASE WHEN v IS NULL THEN NULL WHEN variant_typeof(v) = 'OBJECT(~relation)' THEN
    CAST(variant_extract(v, '~relation') AS BIGINT) ELSE error('cypher: expected a
    relationship, found ' || cw_kind(v)) END)

cw_as_path(v) AS
    (CASE WHEN v IS NULL THEN NULL WHEN variant_typeof(v) = 'OBJECT(~path)' THEN
    CAST(variant_extract(v, '~path') AS BIGINT[]) ELSE error('cypher: expected a path, found '
    || cw_kind(v)) END)

cw_as_temporal(v, kind) AS
    (CASE WHEN v IS NULL OR variant_typeof(v) = kind THEN v ELSE error('cypher: expected a
    temporal value, found ' || cw_kind(v)) END)

cw_unwind(v) AS
    (CASE WHEN v IS NULL THEN NULL WHEN cw_is_list(v) THEN CAST(v AS VARIANT[]) ELSE [v] END)

cw_kind(v) AS
    (CASE WHEN cw_is_integer(v) THEN 'an integer' WHEN cw_is_string(v) THEN 'a string' WHEN
    cw_is_boolean(v) THEN 'a boolean' WHEN cw_is_list(v) THEN 'a list' WHEN cw_is_map(v) THEN
    'a map' WHEN variant_typeof(v) = 'DOUBLE' THEN 'a float' ELSE 'a temporal value' END)

cw_to_integer(v) AS
    (CASE WHEN cw_is_integer(v) THEN CAST(v AS BIGINT) WHEN variant_typeof(v) = 'DOUBLE' THEN
    TRY_CAST(trunc(CAST(v AS DOUBLE)) AS BIGINT) WHEN cw_is_boolean(v) THEN CAST(CAST(v AS
    BOOLEAN) AS BIGINT) WHEN cw_is_string(v) THEN (CASE WHEN regexp_full_match(trim(CAST(v AS
    VARCHAR)), '[+-]?[0-9]+') THEN TRY_CAST(trim(CAST(v AS VARCHAR)) AS BIGINT) ELSE
    TRY_CAST(trunc(TRY_CAST(CAST(v AS VARCHAR) AS DOUBLE)) AS BIGINT) END) END)

cw_to_float(v) AS
    (CASE WHEN cw_is_number(v) THEN CAST(v AS DOUBLE) WHEN cw_is_string(v) THEN
    TRY_CAST(CAST(v AS VARCHAR) AS DOUBLE) END)

cw_to_boolean(v) AS
    (CASE WHEN cw_is_boolean(v) THEN CAST(v AS BOOLEAN) WHEN cw_is_integer(v) THEN CAST(v AS
    BIGINT) <> 0 WHEN cw_is_string(v) THEN (CASE lower(trim(CAST(v AS VARCHAR))) WHEN 'true'
    THEN true WHEN 'false' THEN false END) END)

cw_to_string(v) AS
    (CASE WHEN variant_typeof(v) = 'DOUBLE' THEN cw_float_text(CAST(v AS DOUBLE)) WHEN
    cw_is_list(v) OR cw_is_map(v) THEN error('cypher: toString cannot convert ' || cw_kind(v))
    ELSE CAST(v AS VARCHAR) END)

cw_float_text(f) AS
    (CASE WHEN isinf(f) THEN (CASE WHEN f > 0 THEN 'Infinity' ELSE '-Infinity' END) WHEN
    isnan(f) THEN 'NaN' ELSE CAST(f AS VARCHAR) END)

cw_moment_text(t) AS
    (replace(CAST(t AS VARCHAR), ' ', 'T'))

cw_duration_text(d) AS
    ('P' || datepart('year', d) * 12 + datepart('month', d) || 'M' || datepart('day', d) ||
    'DT' || CAST(epoch(d - to_days(CAST(datepart('day', d) AS INTEGER)) -
    to_months(CAST(datepart('year', d) * 12 + datepart('month', d) AS INTEGER))) AS VARCHAR)
    || 'S')

cw_size(v) AS
    (CASE WHEN v IS NULL THEN NULL WHEN cw_is_string(v) THEN length(CAST(v AS VARCHAR)) WHEN
    cw_is_list(v) THEN CAST(len(CAST(v AS VARIANT[])) AS BIGINT) ELSE error('cypher: expected
    a list or string, found ' || cw_kind(v)) END)

cw_equal(a, b) AS
    (CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN cw_is_integer(a) AND cw_is_integer(b)
    THEN CAST(a AS BIGINT) = CAST(b AS BIGINT) WHEN cw_is_number(a) AND cw_is_number(b) THEN
    CAST(a AS DOUBLE) = CAST(b AS DOUBLE) AND NOT isnan(CAST(a AS DOUBLE)) WHEN cw_is_list(a)
    AND cw_is_list(b) THEN cw_lists_equal(a, b) WHEN variant_typeof(a) = variant_typeof(b)
    THEN a = b ELSE false END)

cw_flat_equal(a, b) AS
    (CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN cw_is_number(a) AND cw_is_number(b) THEN
    CAST(a AS DOUBLE) = CAST(b AS DOUBLE) ELSE a = b END)

cw_lists_equal(a, b) AS
    (CASE WHEN variant_typeof(a) <> variant_typeof(b) THEN false ELSE
    cw_all(list_transform(list_zip(CAST(a AS VARIANT[]), CAST(b AS VARIANT[])), lambda z:
    cw_flat_equal(z[1], z[2]))) END)

cw_compare(a, b) AS
    (CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN cw_is_integer(a) AND cw_is_integer(b)
    THEN sign(CASE WHEN CAST(a AS BIGINT) < CAST(b AS BIGINT) THEN -1 WHEN CAST(a AS BIGINT) >
    CAST(b AS BIGINT) THEN 1 ELSE 0 END) WHEN cw_is_number(a) AND cw_is_number(b) THEN (CASE
    WHEN isnan(CAST(a AS DOUBLE)) OR isnan(CAST(b AS DOUBLE)) THEN 2 WHEN CAST(a AS DOUBLE) <
    CAST(b AS DOUBLE) THEN -1 WHEN CAST(a AS DOUBLE) > CAST(b AS DOUBLE) THEN 1 ELSE 0 END)
    WHEN cw_is_string(a) AND cw_is_string(b) THEN (CASE WHEN CAST(a AS VARCHAR) < CAST(b AS
    VARCHAR) THEN -1 WHEN CAST(a AS VARCHAR) > CAST(b AS VARCHAR) THEN 1 ELSE 0 END) WHEN
    (cw_is_boolean(a) AND cw_is_boolean(b)) OR (variant_typeof(a) = variant_typeof(b) AND NOT
    cw_is_list(a) AND NOT cw_is_map(a)) THEN (CASE WHEN a < b THEN -1 WHEN a > b THEN 1 ELSE 0
    END) END)

cw_rank(v) AS
    (CASE WHEN v IS NULL THEN NULL WHEN variant_typeof(v) = 'OBJECT(~node)' THEN 2 WHEN
    variant_typeof(v) = 'OBJECT(~relation)' THEN 3 WHEN variant_typeof(v) = 'OBJECT(~path)'
    THEN 5 WHEN cw_is_map(v) THEN 1 WHEN cw_is_list(v) THEN 4 WHEN cw_is_string(v) THEN 12
    WHEN cw_is_boolean(v) THEN 13 WHEN cw_is_number(v) THEN 14 WHEN
    starts_with(variant_typeof(v), 'TIMESTAMP') THEN 6 WHEN variant_typeof(v) = 'DATE' THEN 8
    ELSE 10 END)

cw_order(v) AS
    (CASE WHEN v IS NULL THEN NULL ELSE struct_pack(r := cw_rank(v), n := CASE WHEN
    cw_is_number(v) THEN CAST(v AS DOUBLE) ELSE 0 END, v := CASE WHEN cw_is_number(v) THEN
    NULL ELSE v END) END)

cw_any(l) AS
    (CASE WHEN l IS NULL THEN NULL WHEN list_contains(l, true) THEN true WHEN
    len(list_filter(l, lambda t: t IS NULL)) > 0 THEN NULL ELSE false END)

cw_all(l) AS
    (CASE WHEN l IS NULL THEN NULL WHEN list_contains(l, false) THEN false WHEN
    len(list_filter(l, lambda t: t IS NULL)) > 0 THEN NULL ELSE true END)

cw_none(l) AS
    (NOT cw_any(l))

cw_single(l) AS
    (CASE WHEN l IS NULL THEN NULL WHEN len(list_filter(l, lambda t: t)) > 1 THEN false WHEN
    len(list_filter(l, lambda t: t IS NULL)) > 0 THEN NULL ELSE len(list_filter(l, lambda t:
    t)) = 1 END)

cw_concat(a, b) AS
    (CASE WHEN a IS NULL OR b IS NULL THEN NULL ELSE list_concat(a, b) END)

cw_index(l, i) AS
    (CASE WHEN l IS NULL OR i IS NULL THEN NULL WHEN i >= 0 THEN l[i + 1] ELSE l[i] END)

cw_slice(l, a, b) AS
    (CASE WHEN l IS NULL OR a IS NULL OR b IS NULL THEN NULL ELSE list_slice(l, CASE WHEN a <
    0 THEN greatest(a + len(l), 0) ELSE a END + 1, CASE WHEN b < 0 THEN greatest(b + len(l),
    0) ELSE least(b, len(l)) END) END)

cw_log(x) AS
    (CASE WHEN x < 0 THEN CAST('nan' AS DOUBLE) WHEN x = 0 THEN CAST('-inf' AS DOUBLE) ELSE
    ln(x) END)

cw_add(a, b) AS
    (CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN cw_is_integer(a) AND cw_is_integer(b)
    THEN CAST(CAST(a AS BIGINT) + CAST(b AS BIGINT) AS VARIANT) WHEN cw_is_number(a) AND
    cw_is_number(b) THEN CAST(CAST(a AS DOUBLE) + CAST(b AS DOUBLE) AS VARIANT) WHEN
    cw_is_list(a) AND cw_is_list(b) THEN CAST(list_concat(CAST(a AS VARIANT[]), CAST(b AS
    VARIANT[])) AS VARIANT) WHEN cw_is_list(a) THEN CAST(list_append(CAST(a AS VARIANT[]), b)
    AS VARIANT) WHEN cw_is_list(b) THEN CAST(list_prepend(a, CAST(b AS VARIANT[])) AS VARIANT)
    WHEN cw_is_string(a) OR cw_is_string(b) THEN CAST(cw_to_string(a) || cw_to_string(b) AS
    VARIANT) ELSE error('cypher: cannot add ' || cw_kind(a) || ' and ' || cw_kind(b)) END)

cw_subtract(a, b) AS
    (CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN cw_is_integer(a) AND cw_is_integer(b)
    THEN CAST(CAST(a AS BIGINT) - CAST(b AS BIGINT) AS VARIANT) ELSE CAST(cw_as_float(a) -
    cw_as_float(b) AS VARIANT) END)

cw_multiply(a, b) AS
    (CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN cw_is_integer(a) AND cw_is_integer(b)
    THEN CAST(CAST(a AS BIGINT) * CAST(b AS BIGINT) AS VARIANT) ELSE CAST(cw_as_float(a) *
    cw_as_float(b) AS VARIANT) END)

cw_divide(a, b) AS
    (CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN cw_is_integer(a) AND cw_is_integer(b)
    THEN CAST(CAST(a AS BIGINT) // CAST(b AS BIGINT) AS VARIANT) ELSE CAST(cw_as_float(a) /
    cw_as_float(b) AS VARIANT) END)

cw_modulo(a, b) AS
    (CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN cw_is_integer(a) AND cw_is_integer(b)
    THEN CAST(CAST(a AS BIGINT) % CAST(b AS BIGINT) AS VARIANT) ELSE
    CAST(cw_fmod(cw_as_float(a), cw_as_float(b)) AS VARIANT) END)

cw_fmod(a, b) AS
    (CASE WHEN b = 0 THEN CAST('nan' AS DOUBLE) ELSE a % b END)

cw_compare_lists(a, b) AS
    (CASE WHEN a IS NULL OR b IS NULL THEN NULL ELSE cw_compare_at(a, b, list_filter(
    list_zip(a[:least(len(a), len(b))], b[:least(len(a), len(b))]),
    lambda z: z[1] IS NULL OR z[2] IS NULL OR z[1] <> z[2])) END)

cw_compare_at(a, b, different) AS
    (CASE WHEN len(different) = 0 THEN sign(CAST(len(a) AS BIGINT) - CAST(len(b) AS BIGINT))
    WHEN different[1][1] < different[1][2] THEN -1
    WHEN different[1][1] > different[1][2] THEN 1 END)

cw_same_lists(a, b) AS
    (CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN len(a) <> len(b) THEN false
    ELSE cw_all(list_transform(list_zip(a, b), lambda z: z[1] = z[2])) END)

cw_field(v, k) AS
    (CASE WHEN v IS NULL THEN NULL
    WHEN variant_typeof(v) IN ('OBJECT(~node)', 'OBJECT(~relation)') THEN
    error('cypher: not supported yet: a property of a value that may be a node or a map')
    WHEN cw_is_map(v) THEN variant_extract(v, k)
    ELSE error('cypher: expected a map, found ' || cw_kind(v)) END)

cw_at(v, i) AS
    (CASE WHEN v IS NULL OR i IS NULL THEN NULL
    WHEN cw_is_list(v) THEN cw_index(CAST(v AS VARIANT[]), cw_as_integer(i))
    WHEN cw_is_map(v) AND cw_is_string(i) THEN
    CAST(json_extract(CAST(v AS JSON),
    '/' || replace(replace(CAST(i AS VARCHAR), '~', '~0'), '/', '~1')) AS VARIANT)
    ELSE error('cypher: cannot take an element of ' || cw_kind(v)) END)
"""


_NAME = re.compile(r"\bcw_\w+(?=\()")


def macros_in(sql: str) -> tuple[str, ...]:
    """The macros that a statement uses, and those that they use, each after those it uses."""
    found: dict[str, None] = {}
    for name in sorted(set(_NAME.findall(sql))):
        _place(name, found)
    return tuple(found)


def macro_statement(name: str) -> str:
    """The statement that creates a macro."""
    return f"CREATE OR REPLACE TEMP MACRO {_by_name()[name]}"


def _place(name: str, found: dict[str, None]) -> None:
    if name in found:
        return
    body = _by_name()[name].split(" AS", 1)[1]
    for other in sorted(set(_NAME.findall(body))):
        _place(other, found)
    found[name] = None


@cache
def _by_name() -> dict[str, str]:
    macros = (macro.strip() for macro in _MACROS.split("\n\n"))
    return {macro.split("(", 1)[0]: macro for macro in macros}
