"""The words of the language, as a completion offers them; the parser knows them by itself."""

from __future__ import annotations

#: Clauses and what follows them.
CLAUSE_WORDS = (
    "MATCH", "OPTIONAL MATCH", "WHERE", "WITH", "RETURN", "UNWIND", "CALL", "UNION", "UNION ALL",
    "ORDER BY", "SKIP", "LIMIT", "DISTINCT", "AS", "ASC", "DESC",
)  # fmt: skip

#: Operators, constants and what else stands in expressions.
EXPRESSION_WORDS = (
    "AND", "OR", "XOR", "NOT", "IN", "STARTS WITH", "ENDS WITH", "CONTAINS", "IS NULL",
    "IS NOT NULL", "CASE", "WHEN", "THEN", "ELSE", "END", "EXISTS", "COUNT", "COLLECT", "true",
    "false", "null", "all", "any", "none", "single", "reduce", "shortestPath", "allShortestPaths",
)  # fmt: skip
