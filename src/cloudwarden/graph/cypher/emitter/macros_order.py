"""Macros for the order over all values, which is also what makes two values one in DISTINCT.

`cw_key` is a sort key: equal for values that grouping takes for the same (1 and 1.0, two nulls),
ascending in Neo4j's order of types: map, node, relationship, list, path, temporals, string,
boolean, number. Null has the key null.
"""

from __future__ import annotations

from cloudwarden.graph.cypher.emitter.macros_values import LEVELS

_LEVEL = """
cw_key_{n}(v, s) AS
    (CASE WHEN v IS NOT NULL THEN create_sort_key(struct_pack(
    r := cw_rank_of(s),
    n := CASE WHEN cw_number_kind(s) THEN CAST(v AS DOUBLE) + 0.0 ELSE 0 END,
    i := CASE WHEN cw_number_kind(s) THEN coalesce(TRY_CAST(v AS BIGINT), 0) ELSE 0 END,
    t := CASE WHEN s = 'VARCHAR' THEN CAST(v AS VARCHAR) WHEN starts_with(s, 'OBJECT') THEN s END,
    c := CASE WHEN s[1] = 'B' OR starts_with(s, 'OBJECT(~') THEN variant_comparator(v) END,
    l := {below}), 'ASC NULLS LAST') END)
"""
_LOWEST = "CASE WHEN s[1] IN ('A', 'O') THEN [variant_comparator(v)] END"
_BELOW = (
    "CASE WHEN s[1] IN ('A', 'O') THEN list_transform(cw_items(v), "
    "lambda x: coalesce(cw_key_{m}(x, variant_typeof(x)), CAST('\\xFF' AS BLOB))) END"
)


def _levels() -> str:
    higher = (_LEVEL.format(n=n, below=_BELOW.format(m=n - 1)) for n in range(1, LEVELS))
    return _LEVEL.format(n=0, below=_LOWEST) + "".join(higher)


MACROS = f"""
cw_key(v) ONCE AS
    (cw_key_{LEVELS - 1}(v, variant_typeof(v)))

cw_rank(v) AS
    (cw_rank_of(variant_typeof(v)))

cw_rank_of(s) AS
    (CASE s[1] WHEN 'V' THEN CASE s WHEN 'VARCHAR' THEN 12 END WHEN 'A' THEN 4 WHEN 'B' THEN 13
    WHEN 'O' THEN CASE WHEN NOT starts_with(s, 'OBJECT(~') THEN 1 WHEN s = 'OBJECT(~node)' THEN 2
    WHEN s = 'OBJECT(~relation)' THEN 3 WHEN s = 'OBJECT(~path)' THEN 5
    ELSE CASE s WHEN 'OBJECT(~datetime)' THEN 6 WHEN 'OBJECT(~localdatetime)' THEN 7
    WHEN 'OBJECT(~date)' THEN 8 WHEN 'OBJECT(~time)' THEN 9 WHEN 'OBJECT(~localtime)' THEN 10
    ELSE 11 END END ELSE 14 END)

""" + _levels()
