"""Macros that tell what a dynamically typed value is, and take it as a value of one type.

A VARIANT is null, BOOL_TRUE, BOOL_FALSE, INT64 (also UINT64, from JSON), DOUBLE, VARCHAR, a
temporal, an ARRAY or an OBJECT; nodes, relations and paths inside one are objects with the one
key `~node`, `~relation` or `~path`.
"""

from __future__ import annotations

MACROS = """
cw_is_integer(v) AS
    (variant_typeof(v) IN ('INT64', 'UINT64', 'INT32', 'INT16', 'INT8'))

cw_is_number(v) AS
    (variant_typeof(v) IN ('INT64', 'DOUBLE', 'UINT64', 'INT32', 'INT16', 'INT8'))

cw_is_string(v) AS
    (variant_typeof(v) = 'VARCHAR')

cw_is_boolean(v) AS
    (variant_typeof(v) IN ('BOOL_TRUE', 'BOOL_FALSE'))

cw_is_list(v) AS
    (starts_with(variant_typeof(v), 'ARRAY'))

cw_is_node(v) AS
    (variant_typeof(v) = 'OBJECT(~node)')

cw_is_relation(v) AS
    (variant_typeof(v) = 'OBJECT(~relation)')

cw_is_path(v) AS
    (variant_typeof(v) = 'OBJECT(~path)')

cw_is_map(v) AS
    (starts_with(variant_typeof(v), 'OBJECT') AND NOT starts_with(variant_typeof(v), 'OBJECT(~'))

cw_kind(v) ONCE AS
    (CASE WHEN cw_is_integer(v) THEN 'an integer' WHEN cw_is_string(v) THEN 'a string'
    WHEN cw_is_boolean(v) THEN 'a boolean' WHEN cw_is_list(v) THEN 'a list'
    WHEN cw_is_node(v) THEN 'a node' WHEN cw_is_relation(v) THEN 'a relationship'
    WHEN cw_is_path(v) THEN 'a path' WHEN cw_is_map(v) THEN 'a map'
    WHEN variant_typeof(v) = 'DOUBLE' THEN 'a float' ELSE 'a temporal value' END)

cw_node_id(v) AS
    (CAST(variant_extract(v, '~node') AS BIGINT))

cw_relation_id(v) AS
    (CAST(variant_extract(v, '~relation') AS BIGINT))

cw_as_string(v) ONCE AS
    (CASE WHEN v IS NULL THEN NULL WHEN cw_is_string(v) THEN CAST(v AS VARCHAR)
    ELSE error('cypher: expected a string, found ' || cw_kind(v)) END)

cw_as_integer(v) ONCE AS
    (CASE WHEN v IS NULL THEN NULL WHEN cw_is_integer(v) THEN CAST(v AS BIGINT)
    ELSE error('cypher: expected an integer, found ' || cw_kind(v)) END)

cw_as_float(v) ONCE AS
    (CASE WHEN v IS NULL THEN NULL WHEN cw_is_number(v) THEN CAST(v AS DOUBLE)
    ELSE error('cypher: expected a number, found ' || cw_kind(v)) END)

cw_as_boolean(v) ONCE AS
    (CASE WHEN v IS NULL THEN NULL WHEN cw_is_boolean(v) THEN CAST(v AS BOOLEAN)
    ELSE error('cypher: expected a boolean, found ' || cw_kind(v)) END)

cw_as_list(v) ONCE AS
    (CASE WHEN v IS NULL THEN NULL WHEN cw_is_list(v) THEN CAST(v AS VARIANT[])
    ELSE error('cypher: expected a list, found ' || cw_kind(v)) END)

cw_as_node(v) ONCE AS
    (CASE WHEN v IS NULL THEN NULL WHEN cw_is_node(v) THEN cw_node_id(v)
    ELSE error('cypher: expected a node, found ' || cw_kind(v)) END)

cw_as_relation(v) ONCE AS
    (CASE WHEN v IS NULL THEN NULL WHEN cw_is_relation(v) THEN cw_relation_id(v)
    ELSE error('cypher: expected a relationship, found ' || cw_kind(v)) END)

cw_as_path(v) ONCE AS
    (CASE WHEN v IS NULL THEN NULL WHEN cw_is_path(v)
    THEN CAST(variant_extract(v, '~path') AS BIGINT[])
    ELSE error('cypher: expected a path, found ' || cw_kind(v)) END)

cw_unwind(v) ONCE AS
    (CASE WHEN v IS NULL THEN NULL WHEN cw_is_list(v) THEN CAST(v AS VARIANT[]) ELSE [v] END)

cw_items(v) AS
    (CASE WHEN cw_is_list(v) THEN CAST(v AS VARIANT[])
    WHEN cw_is_map(v) THEN list_transform(json_extract(CAST(v AS JSON), '$.*'),
    lambda x: CAST(x AS VARIANT)) END)

cw_field(v, k) AS
    (list_transform([v], lambda q: CASE WHEN q IS NULL THEN NULL
    WHEN cw_is_map(q) THEN variant_extract(q, k)
    WHEN cw_is_node(q) OR cw_is_relation(q) THEN NULL
    ELSE error('cypher: ' || cw_kind(q) || ' has no property ' || k) END)[1])

cw_entry(v, k) AS
    (CAST(json_extract(CAST(v AS JSON),
    '/' || replace(replace(k, '~', '~0'), '/', '~1')) AS VARIANT))

cw_at(v, i) ONCE AS
    (CASE WHEN v IS NULL OR i IS NULL THEN NULL
    WHEN cw_is_list(v) THEN cw_index(CAST(v AS VARIANT[]), cw_as_integer(i))
    WHEN cw_is_map(v) THEN cw_entry(v, cw_as_string(i))
    ELSE error('cypher: cannot take an element of ' || cw_kind(v)) END)

cw_type_name(v) ONCE AS
    (CASE WHEN v IS NULL THEN 'NULL' WHEN cw_is_integer(v) THEN 'INTEGER'
    WHEN cw_is_string(v) THEN 'STRING' WHEN cw_is_boolean(v) THEN 'BOOLEAN'
    WHEN variant_typeof(v) = 'DOUBLE' THEN 'FLOAT' WHEN cw_is_list(v) THEN 'LIST'
    WHEN cw_is_node(v) THEN 'NODE' WHEN cw_is_relation(v) THEN 'RELATIONSHIP'
    WHEN cw_is_path(v) THEN 'PATH' WHEN cw_is_map(v) THEN 'MAP'
    ELSE cw_temporal_name(v) END)
"""
