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
    WHEN cw_is_temporal(v) THEN cw_other_text(v)
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

cw_round(x, p, mode) ONCE AS
    (CASE WHEN cw_count(p, 'the precision of round()') > 17 OR abs(x) >= 1e15 OR isnan(x) THEN x
    ELSE cw_rounded(CAST(CAST(CAST(x AS VARCHAR) AS DECIMAL(38, 18)) * 1000000000000000000::HUGEINT
    AS HUGEINT), CAST(pow(10, 18 - p) AS HUGEINT), upper(mode)) / pow(10, p) END)

cw_rounded(n, unit, mode) ONCE AS
    (CAST(n // unit + CASE mode
    WHEN 'UP' THEN CASE WHEN n % unit <> 0 THEN sign(n) ELSE 0 END
    WHEN 'DOWN' THEN 0
    WHEN 'CEILING' THEN CASE WHEN n % unit > 0 THEN 1 ELSE 0 END
    WHEN 'FLOOR' THEN CASE WHEN n % unit < 0 THEN -1 ELSE 0 END
    WHEN 'HALF_UP' THEN CASE WHEN abs(n % unit) * 2 >= unit THEN sign(n) ELSE 0 END
    WHEN 'HALF_DOWN' THEN CASE WHEN abs(n % unit) * 2 > unit THEN sign(n) ELSE 0 END
    WHEN 'HALF_EVEN' THEN CASE WHEN abs(n % unit) * 2 > unit
    OR (abs(n % unit) * 2 = unit AND (n // unit) % 2 <> 0) THEN sign(n) ELSE 0 END
    ELSE error('cypher: ' || mode || ' is not a way to round') END AS DOUBLE))

cw_percentile_checked(p) ONCE AS
    (CASE WHEN p < 0 OR p > 1 OR isnan(p)
    THEN error('cypher: a percentile is a number from 0.0 to 1.0') ELSE p END)

cw_percentilecont(l, p) ONCE AS
    (cw_between(l, cw_percentile_checked(p) * (len(l) - 1)))

cw_between(l, place) ONCE AS
    (CASE WHEN len(l) > 0 THEN l[CAST(floor(place) AS BIGINT) + 1] + (place - floor(place)) *
    (l[CAST(ceil(place) AS BIGINT) + 1] - l[CAST(floor(place) AS BIGINT) + 1]) END)

cw_percentiledisc(l, p) ONCE AS
    (l[greatest(CAST(ceil(cw_percentile_checked(p) * len(l)) AS BIGINT), 1)])

cw_lower(s) AS
    (lower(replace(s, chr(304), 'i' || chr(775))))

cw_upper(s) AS
    (upper(replace(s, chr(223), 'SS')))

cw_replace(s, search, r) ONCE AS
    (CASE WHEN search = '' THEN list_reduce(string_split(s, ''), lambda a, x: a || x || r, r)
    ELSE replace(s, search, r) END)

cw_split(s, delimiters) ONCE AS
    (CASE WHEN len(delimiters) = 0 THEN [s] ELSE string_split_regex(s, array_to_string(
    list_transform(delimiters, lambda d: regexp_escape(CAST(d AS VARCHAR))), '|')) END)

cw_pattern(p) ONCE AS
    (CASE WHEN contains(p, '&&') OR contains(p, chr(92) || 'v')
    THEN error('cypher: this regular expression cannot be used: ' || p) ELSE p END)

cw_normalize(s, form) ONCE AS
    (CASE WHEN form = 'NFC' THEN nfc_normalize(s)
    ELSE error('cypher: not supported yet: normal form ' || form) END)

cw_value_type(v) ONCE AS
    (cw_type_text_2(v))

cw_type_text_0(v) AS
    (CASE WHEN v IS NULL THEN 'NULL' WHEN cw_is_list(v) THEN 'LIST<ANY> NOT NULL'
    ELSE cw_type_name(v) || ' NOT NULL' END)

cw_type_text_1(v) AS
    (CASE WHEN cw_is_list(v) THEN 'LIST<' || cw_joint_type(list_transform(CAST(v AS VARIANT[]),
    lambda x: cw_type_text_0(x))) || '> NOT NULL' ELSE cw_type_text_0(v) END)

cw_type_text_2(v) AS
    (CASE WHEN cw_is_list(v) THEN 'LIST<' || cw_joint_type(list_transform(CAST(v AS VARIANT[]),
    lambda x: cw_type_text_1(x))) || '> NOT NULL' ELSE cw_type_text_0(v) END)

cw_joint_type(names) ONCE AS
    (CASE WHEN len(names) = 0 THEN 'NOTHING' WHEN len(list_distinct(names)) = 1 THEN names[1]
    ELSE array_to_string(list_transform(list_sort(list_transform(list_filter(list_distinct(names),
    lambda n: n <> 'NULL'), lambda n: cw_type_place(n))),
    lambda n: CASE WHEN list_contains(names, 'NULL') THEN replace(substr(n, 3), ' NOT NULL', '')
    ELSE substr(n, 3) END), ' | ') END)

cw_type_place(n) AS
    (CASE split_part(n, ' NOT', 1) WHEN 'BOOLEAN' THEN '01' WHEN 'STRING' THEN '02'
    WHEN 'INTEGER' THEN '03' WHEN 'FLOAT' THEN '04' WHEN 'DATE' THEN '05'
    WHEN 'LOCAL TIME' THEN '06' WHEN 'ZONED TIME' THEN '07' WHEN 'LOCAL DATETIME' THEN '08'
    WHEN 'ZONED DATETIME' THEN '09' WHEN 'DURATION' THEN '10' WHEN 'NODE' THEN '12'
    WHEN 'RELATIONSHIP' THEN '13' WHEN 'MAP' THEN '14' WHEN 'PATH' THEN '16' ELSE '15' END || n)

cw_whole_sum(n) ONCE AS
    (CASE WHEN n IS NULL THEN NULL ELSE coalesce(TRY_CAST(n AS BIGINT),
    error('cypher: the sum does not fit 64 bits')) END)

cw_count(n, what) AS
    (CASE WHEN n < 0 THEN error('cypher: ' || what || ' cannot be negative') ELSE n END)

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
    ELSE cw_other_add(a, b) END)

cw_subtract(a, b) ONCE AS
    (CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN cw_is_integer(a) AND cw_is_integer(b)
    THEN CAST(CAST(a AS BIGINT) - CAST(b AS BIGINT) AS VARIANT)
    WHEN cw_is_temporal(a) THEN cw_other_subtract(a, b)
    ELSE CAST(cw_as_float(a) - cw_as_float(b) AS VARIANT) END)

cw_multiply(a, b) ONCE AS
    (CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN cw_is_integer(a) AND cw_is_integer(b)
    THEN CAST(CAST(a AS BIGINT) * CAST(b AS BIGINT) AS VARIANT)
    WHEN cw_is_temporal(a) OR cw_is_temporal(b) THEN cw_other_multiply(a, b)
    ELSE CAST(cw_as_float(a) * cw_as_float(b) AS VARIANT) END)

cw_divide(a, b) ONCE AS
    (CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN cw_is_integer(a) AND cw_is_integer(b)
    THEN CAST(CAST(a AS BIGINT) // CAST(b AS BIGINT) AS VARIANT)
    WHEN cw_is_temporal(a) THEN cw_other_divide(a, b)
    ELSE CAST(cw_as_float(a) / cw_as_float(b) AS VARIANT) END)

cw_other_add(a, b) AS
    (error('cypher: cannot add ' || cw_kind(a) || ' and ' || cw_kind(b)))

cw_other_subtract(a, b) AS
    (error('cypher: cannot subtract ' || cw_kind(b) || ' from ' || cw_kind(a)))

cw_other_multiply(a, b) AS
    (error('cypher: cannot multiply ' || cw_kind(a) || ' by ' || cw_kind(b)))

cw_other_divide(a, b) AS
    (error('cypher: cannot divide ' || cw_kind(a) || ' by ' || cw_kind(b)))

cw_other_text(v) AS
    (error('cypher: toString() cannot convert ' || cw_kind(v)))

cw_modulo(a, b) ONCE AS
    (CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN cw_is_integer(a) AND cw_is_integer(b)
    THEN CAST(CAST(a AS BIGINT) % CAST(b AS BIGINT) AS VARIANT)
    ELSE CAST(cw_fmod(cw_as_float(a), cw_as_float(b)) AS VARIANT) END)

cw_fmod(a, b) ONCE AS
    (CASE WHEN b = 0 THEN CAST('nan' AS DOUBLE) ELSE a % b END)
"""
