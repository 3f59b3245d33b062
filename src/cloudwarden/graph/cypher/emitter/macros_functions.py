"""Macros behind operators and functions: arithmetic on unknown types, conversions, lists, texts."""

from __future__ import annotations

MACROS = """
cw_to_integer(v) ONCE AS
    (CASE WHEN v IS NULL THEN NULL WHEN cw_is_integer(v) THEN CAST(v AS BIGINT)
    WHEN variant_typeof(v) = 'DOUBLE' THEN cw_float_integer(CAST(v AS DOUBLE))
    WHEN cw_is_boolean(v) THEN CAST(CAST(v AS BOOLEAN) AS BIGINT)
    WHEN cw_is_string(v) THEN cw_text_integer(CAST(v AS VARCHAR))
    ELSE error('cypher: toInteger() cannot convert ' || cw_kind(v)) END)

cw_to_float(v) ONCE AS
    (CASE WHEN v IS NULL THEN NULL WHEN cw_is_number(v) THEN CAST(v AS DOUBLE)
    WHEN cw_is_string(v) THEN cw_text_float(CAST(v AS VARCHAR))
    ELSE error('cypher: toFloat() cannot convert ' || cw_kind(v)) END)

cw_to_boolean(v) ONCE AS
    (CASE WHEN v IS NULL THEN NULL WHEN cw_is_boolean(v) THEN CAST(v AS BOOLEAN)
    WHEN cw_is_integer(v) THEN CAST(v AS BIGINT) <> 0
    WHEN cw_is_string(v) THEN cw_text_boolean(CAST(v AS VARCHAR))
    ELSE error('cypher: toBoolean() cannot convert ' || cw_kind(v)) END)

cw_to_string(v) ONCE AS
    (CASE WHEN v IS NULL THEN NULL WHEN cw_is_string(v) THEN CAST(v AS VARCHAR)
    WHEN variant_typeof(v) = 'DOUBLE' THEN cw_float_text(CAST(v AS DOUBLE))
    WHEN cw_is_list(v) OR starts_with(variant_typeof(v), 'OBJECT')
    THEN error('cypher: toString() cannot convert ' || cw_kind(v))
    ELSE cw_scalar_text(v) END)

cw_scalar_text(v) AS
    (CAST(v AS VARCHAR))

cw_integer_or_null(v) ONCE AS
    (CASE WHEN cw_rank(v) >= 12 THEN cw_to_integer(v) END)

cw_float_or_null(v) ONCE AS
    (CASE WHEN cw_is_number(v) OR cw_is_string(v) THEN cw_to_float(v) END)

cw_boolean_or_null(v) ONCE AS
    (CASE WHEN cw_is_boolean(v) OR cw_is_integer(v) OR cw_is_string(v) THEN cw_to_boolean(v) END)

cw_string_or_null(v) ONCE AS
    (CASE WHEN cw_rank(v) > 5 THEN cw_to_string(v) END)

cw_float_integer(f) ONCE AS
    (CASE WHEN isnan(f) THEN 0 WHEN f >= 9223372036854775807.0 THEN 9223372036854775807
    WHEN f <= -9223372036854775808.0 THEN -9223372036854775808
    ELSE CAST(trunc(f) AS BIGINT) END)

cw_text_integer(t) ONCE AS
    (CASE WHEN regexp_full_match(cw_strip(t), '[+-]?[0-9]+')
    THEN coalesce(TRY_CAST(cw_strip(t) AS BIGINT),
    error('cypher: ' || cw_strip(t) || ' does not fit 64 bits'))
    WHEN regexp_full_match(cw_strip(t), '-?0[xX][0-9a-fA-F]+')
    THEN TRY_CAST(replace(cw_strip(t), '-', '') AS BIGINT)
    * CASE WHEN starts_with(cw_strip(t), '-') THEN -1 ELSE 1 END
    ELSE cw_float_integer(cw_text_float(t)) END)

cw_text_float(t) ONCE AS
    (CASE WHEN regexp_full_match(cw_strip(t), '[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)' ||
    '([eE][+-]?[0-9]+)?[fFdD]?')
    THEN CAST(rtrim(cw_strip(t), 'fFdD') AS DOUBLE)
    WHEN regexp_full_match(cw_strip(t), '[+-]?(Infinity|NaN)') THEN CAST(cw_strip(t) AS DOUBLE) END)

cw_strip(t) AS
    (trim(t, cw_space()))

cw_space() AS
    (' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(28) || chr(29) || chr(30)
    || chr(31) || chr(5760) || chr(8192) || chr(8193) || chr(8194) || chr(8195) || chr(8196)
    || chr(8197) || chr(8198) || chr(8200) || chr(8201) || chr(8202) || chr(8232) || chr(8233)
    || chr(8287) || chr(12288))

cw_text_boolean(t) ONCE AS
    (CASE lower(cw_strip(t)) WHEN 'true' THEN true WHEN 'false' THEN false END)

cw_float_text(f) ONCE AS
    (CASE WHEN isnan(f) THEN 'NaN' WHEN isinf(f) THEN CASE WHEN f > 0 THEN 'Infinity'
    ELSE '-Infinity' END WHEN f = 0 OR (abs(f) >= 0.001 AND abs(f) < 1e7)
    THEN CAST(f AS VARCHAR) ELSE cw_scientific(f, format('{:.18e}', f)) END)

cw_scientific(f, t) ONCE AS
    (cw_mantissa(cw_digits(f)) || 'E' || CAST(CAST(split_part(t, 'e', 2) AS INTEGER) AS VARCHAR))

cw_digits(f) AS
    (CASE WHEN f < 0 THEN '-' ELSE '' END || rtrim(ltrim(replace(
    split_part(CAST(abs(f) AS VARCHAR), 'e', 1), '.', ''), '0'), '0'))

cw_mantissa(d) ONCE AS
    (regexp_replace(CASE WHEN length(replace(d, '-', '')) = 1 THEN d || '0' ELSE d END,
    '^(-?)(.)(.*)$', '\\1\\2.\\3'))

cw_moment_text(t) AS
    (replace(CAST(t AS VARCHAR), ' ', 'T'))

cw_duration_text(d) AS
    ('P' || datepart('year', d) * 12 + datepart('month', d) || 'M' || datepart('day', d) ||
    'DT' || CAST(epoch(d - to_days(CAST(datepart('day', d) AS INTEGER)) -
    to_months(CAST(datepart('year', d) * 12 + datepart('month', d) AS INTEGER))) AS VARCHAR)
    || 'S')

cw_size(v) ONCE AS
    (CASE WHEN v IS NULL THEN NULL WHEN cw_is_string(v) THEN length(CAST(v AS VARCHAR))
    WHEN cw_is_list(v) THEN CAST(len(CAST(v AS VARIANT[])) AS BIGINT)
    ELSE error('cypher: expected a list or string, found ' || cw_kind(v)) END)

cw_is_empty(v) ONCE AS
    (CASE WHEN v IS NULL THEN NULL WHEN cw_is_map(v) THEN variant_typeof(v) = 'OBJECT()'
    ELSE cw_size(v) = 0 END)

cw_reverse(v) ONCE AS
    (CASE WHEN v IS NULL THEN NULL
    WHEN cw_is_string(v) THEN CAST(reverse(CAST(v AS VARCHAR)) AS VARIANT)
    ELSE CAST(list_reverse(cw_as_list(v)) AS VARIANT) END)

cw_projected(before, everything, hidden, after) AS
    (CAST(CAST(cw_joined(cw_joined(
    json_merge_patch(CAST(before AS JSON), cw_nulls(everything)),
    json_merge_patch(CAST(everything AS JSON), CAST(hidden AS JSON))),
    CAST(after AS JSON)) AS JSON) AS VARIANT))

cw_nulls(v) AS
    (CAST('{' || array_to_string(list_transform(variant_keys(v),
    lambda k: CAST(to_json(k) AS VARCHAR) || ':null'), ',') || '}' AS JSON))

cw_joined(a, b) ONCE AS
    (CASE WHEN a = '{}' THEN CAST(b AS VARCHAR) WHEN b = '{}' THEN CAST(a AS VARCHAR)
    ELSE left(CAST(a AS VARCHAR), length(CAST(a AS VARCHAR)) - 1) || ','
    || substr(CAST(b AS VARCHAR), 2) END)

cw_entity_id(v) ONCE AS
    (CASE WHEN cw_is_relation(v) THEN cw_relation_id(v) ELSE cw_as_node(v) END)

cw_concat(a, b) AS
    (CASE WHEN a IS NULL OR b IS NULL THEN NULL ELSE list_concat(a, b) END)

cw_index(l, i) AS
    (CASE WHEN l IS NULL OR i IS NULL THEN NULL WHEN i >= 0 THEN l[i + 1] ELSE l[i] END)

cw_slice(l, a, b) AS
    (CASE WHEN l IS NULL OR a IS NULL OR b IS NULL THEN NULL ELSE list_slice(l,
    CASE WHEN a < 0 THEN greatest(a + len(l), 0) ELSE least(a, len(l)) END + 1,
    CASE WHEN b < 0 THEN greatest(b + len(l), 0) ELSE least(b, len(l)) END) END)

cw_range(a, b, s) AS
    (CASE WHEN s = 0 THEN error('cypher: the step of range() cannot be 0')
    ELSE generate_series(a, b, s) END)

cw_log(x) ONCE AS
    (CASE WHEN x < 0 THEN CAST('nan' AS DOUBLE) WHEN x = 0 THEN CAST('-inf' AS DOUBLE)
    ELSE ln(x) END)

cw_log10(x) ONCE AS
    (CASE WHEN x < 0 THEN CAST('nan' AS DOUBLE) WHEN x = 0 THEN CAST('-inf' AS DOUBLE)
    ELSE log10(x) END)

cw_arc(x, y) AS
    (CASE WHEN abs(x) > 1 OR isnan(x) THEN CAST('nan' AS DOUBLE) ELSE y END)

cw_count(n, what) AS
    (CASE WHEN n < 0 THEN error('cypher: ' || what || ' cannot be negative') ELSE n END)

cw_power(a, b) AS
    (pow(a, b))

cw_add(a, b) ONCE AS
    (CASE WHEN a IS NULL OR b IS NULL THEN NULL
    WHEN cw_is_integer(a) AND cw_is_integer(b)
    THEN CAST(CAST(a AS BIGINT) + CAST(b AS BIGINT) AS VARIANT)
    WHEN cw_is_number(a) AND cw_is_number(b)
    THEN CAST(CAST(a AS DOUBLE) + CAST(b AS DOUBLE) AS VARIANT)
    WHEN cw_is_list(a) AND cw_is_list(b)
    THEN CAST(list_concat(CAST(a AS VARIANT[]), CAST(b AS VARIANT[])) AS VARIANT)
    WHEN cw_is_list(a) THEN CAST(list_append(CAST(a AS VARIANT[]), b) AS VARIANT)
    WHEN cw_is_list(b) THEN CAST(list_prepend(a, CAST(b AS VARIANT[])) AS VARIANT)
    WHEN cw_is_string(a) OR cw_is_string(b)
    THEN CAST(cw_to_string(a) || cw_to_string(b) AS VARIANT)
    ELSE error('cypher: cannot add ' || cw_kind(a) || ' and ' || cw_kind(b)) END)

cw_subtract(a, b) ONCE AS
    (CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN cw_is_integer(a) AND cw_is_integer(b)
    THEN CAST(CAST(a AS BIGINT) - CAST(b AS BIGINT) AS VARIANT)
    ELSE CAST(cw_as_float(a) - cw_as_float(b) AS VARIANT) END)

cw_multiply(a, b) ONCE AS
    (CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN cw_is_integer(a) AND cw_is_integer(b)
    THEN CAST(CAST(a AS BIGINT) * CAST(b AS BIGINT) AS VARIANT)
    ELSE CAST(cw_as_float(a) * cw_as_float(b) AS VARIANT) END)

cw_divide(a, b) ONCE AS
    (CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN cw_is_integer(a) AND cw_is_integer(b)
    THEN CAST(CAST(a AS BIGINT) // CAST(b AS BIGINT) AS VARIANT)
    ELSE CAST(cw_as_float(a) / cw_as_float(b) AS VARIANT) END)

cw_modulo(a, b) ONCE AS
    (CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN cw_is_integer(a) AND cw_is_integer(b)
    THEN CAST(CAST(a AS BIGINT) % CAST(b AS BIGINT) AS VARIANT)
    ELSE CAST(cw_fmod(cw_as_float(a), cw_as_float(b)) AS VARIANT) END)

cw_fmod(a, b) ONCE AS
    (CASE WHEN b = 0 THEN CAST('nan' AS DOUBLE) ELSE a % b END)
"""
