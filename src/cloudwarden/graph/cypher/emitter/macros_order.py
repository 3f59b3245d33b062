"""Macros for the order over all values, which is also what makes two values one in DISTINCT.

`cw_key` is a sort key: equal for values that grouping takes for the same (1 and 1.0, two nulls),
ascending in Neo4j's order of types: map, node, relationship, list, path, temporals, string,
boolean, number. Null has the key null.
"""

from __future__ import annotations

from cloudwarden.graph.cypher.emitter.macros_values import LEVELS

_LEVEL = """
cw_key_{n}(v) AS
    (CASE WHEN v IS NOT NULL THEN create_sort_key(struct_pack(
    r := cw_rank(v),
    n := CASE WHEN cw_is_number(v) THEN CAST(v AS DOUBLE) + 0.0 ELSE 0 END,
    i := CASE WHEN cw_is_integer(v) THEN CAST(v AS BIGINT) WHEN cw_is_number(v)
    THEN coalesce(TRY_CAST(CAST(v AS DOUBLE) AS BIGINT), 0) ELSE 0 END,
    t := CASE WHEN cw_is_string(v) THEN CAST(v AS VARCHAR)
    WHEN cw_is_map(v) THEN array_to_string(variant_keys(v), chr(1)) ELSE '' END,
    c := CASE WHEN cw_rank(v) BETWEEN 2 AND 10 AND cw_rank(v) <> 4 OR cw_rank(v) = 13
    THEN variant_comparator(v) ELSE CAST('' AS BLOB) END,
    l := {below}), 'ASC NULLS LAST') END)
"""
_LOWEST = (
    "CASE WHEN cw_rank(v) IN (1, 4) THEN [variant_comparator(v)] ELSE CAST([] AS BLOB[]) END"
)
_BELOW = (
    "CASE WHEN cw_rank(v) IN (1, 4) THEN list_transform(cw_items(v), "
    "lambda x: coalesce(cw_key_{m}(x), CAST('\\xFF' AS BLOB))) ELSE CAST([] AS BLOB[]) END"
)


def _levels() -> str:
    higher = (_LEVEL.format(n=n, below=_BELOW.format(m=n - 1)) for n in range(1, LEVELS))
    return _LEVEL.format(n=0, below=_LOWEST) + "".join(higher)


MACROS = (
    f"""
cw_key(v) AS
    (cw_key_{LEVELS - 1}(v))

cw_rank(v) AS
    (CASE WHEN v IS NULL THEN NULL WHEN cw_is_number(v) THEN 14 WHEN cw_is_string(v) THEN 12
    WHEN cw_is_boolean(v) THEN 13 WHEN cw_is_list(v) THEN 4 WHEN cw_is_node(v) THEN 2
    WHEN cw_is_relation(v) THEN 3 WHEN cw_is_path(v) THEN 5 WHEN cw_is_map(v) THEN 1
    ELSE cw_temporal_rank(v) END)

cw_temporal_rank(v) AS
    (CASE variant_typeof(v) WHEN 'TIMESTAMP_MICROS' THEN 7 WHEN 'DATE' THEN 8
    WHEN 'TIME_MICROS' THEN 9 WHEN 'INTERVAL' THEN 10 ELSE 6 END)

"""
    + _levels()
)
