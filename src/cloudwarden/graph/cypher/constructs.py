"""What the manual says of what stands in clauses: patterns, and operators of expressions."""

from __future__ import annotations

from cloudwarden.graph.cypher.clauses import Construct

PATTERNS = (
    Construct(
        "(name:Label {property: value} WHERE condition)",
        "A node; every part may be left out.",
        "MATCH (b:Bucket {public: true} WHERE b.size > 1) RETURN b.name",
    ),
    Construct(
        "(:A|B), (:A&B), (:!A), (:%)",
        "Label expressions: any of two, both, not that one, any at all. `:A:B` is `:A&B`.",
        "MATCH (n:(Account|Bucket)&!Account) RETURN n.name ORDER BY n.name",
    ),
    Construct(
        "-[name:TYPE]->, <-[…]-, -[…]-",
        "A relationship, in the direction that the arrow has, or in either.",
        "MATCH (b:Bucket)<-[o:OWNS]-(a) RETURN b.name, o.since ORDER BY b.name",
    ),
    Construct(
        "-[:ONE|OTHER]->, -->",
        "A relationship of either type, of any type.",
        "MATCH (a:Account)-->(x) RETURN a.name, count(x)",
    ),
    Construct(
        "-[:TYPE*1..3]->",
        "One to three relationships in a row; either bound may be left out.",
        "MATCH (a:Bucket {name: 'logs'})-[:OWNS*1..2]-(b) RETURN DISTINCT b.name ORDER BY b.name",
    ),
    Construct(
        "(()-[:TYPE]->()){1,3}",
        "A quantified path: a pattern so many times in a row; `+` is `{1,}`, `*` is `{0,}`.",
        "MATCH (a:Account) (()-[o:OWNS]->()){1,2} (b) RETURN b.name, size(o) ORDER BY b.name",
    ),
    Construct(
        "name = pattern",
        "A path, for `nodes()`, `relationships()` and `length()`.",
        "MATCH p = (:Account)-[:OWNS]->(:Bucket {name: 'site'}) RETURN length(p)",
    ),
    Construct(
        "shortestPath(pattern), allShortestPaths(pattern)",
        "One of the shortest paths between two nodes, or all of them. `SHORTEST 1`, `ALL "
        "SHORTEST` and `SHORTEST 2 GROUPS` before a pattern say more.",
        "MATCH p = shortestPath((:Bucket {name: 'logs'})-[:OWNS*]-(:Bucket {name: 'site'}))"
        " RETURN [n IN nodes(p) | n.name] AS names",
    ),
)

OPERATORS = (
    Construct(
        "=, <>, <, <=, >, >=",
        "Comparison; with null it is null.",
        "RETURN 1 < 2 AS less, null = null AS unknown",
    ),
    Construct(
        "AND, OR, XOR, NOT",
        "Three-valued logic.",
        "RETURN false AND null AS both, true OR null AS one, NOT null AS neither",
    ),
    Construct(
        "IS NULL, IS NOT NULL",
        "Whether there is a value.",
        "MATCH (n) WHERE n.size IS NULL RETURN n.name",
    ),
    Construct(
        "IS :: TYPE",
        "Whether a value is of a type.",
        "RETURN 1 IS :: INTEGER AS whole",
    ),
    Construct(
        "+, -, *, /, %, ^",
        "Arithmetic; of two integers `/` gives an integer, `^` always a float. `+` joins "
        "strings and lists, too.",
        "RETURN 7 / 2 AS quotient, 2 ^ 3 AS power, [1] + 2 AS list, 'a' + 'b' AS text",
    ),
    Construct(
        "STARTS WITH, ENDS WITH, CONTAINS",
        "Parts of strings.",
        "RETURN 'bucket' STARTS WITH 'b' AS begins, 'bucket' CONTAINS 'cke' AS holds",
    ),
    Construct(
        "=~",
        "A regular expression that the whole string must match.",
        "MATCH (b:Bucket) WHERE b.name =~ 'l.*' RETURN b.name",
    ),
    Construct(
        "IN",
        "Whether a list has an element.",
        "RETURN 2 IN [1, 2, 3] AS held",
    ),
    Construct(
        "list[index], list[from..to]",
        "An element, counted from 0, or from the end where negative; the elements up to, "
        "and without, the second index.",
        "WITH [1, 2, 3] AS list RETURN list[-1] AS last, list[0..2] AS part",
    ),
    Construct(
        "[name IN list WHERE condition | expression]",
        "A list made of another; the condition or the expression may be left out.",
        "RETURN [x IN range(1, 5) WHERE x % 2 = 1 | x * 10] AS odd",
    ),
    Construct(
        "[pattern WHERE condition | expression]",
        "A list made of what a pattern finds.",
        "MATCH (a:Account) RETURN size([(a)-[:OWNS]->(b) WHERE b.size > 3 | b.name]) AS large",
    ),
    Construct(
        "any, all, none, single (name IN list WHERE condition)",
        "Of how many elements a condition is true.",
        "RETURN any(x IN [1, 2] WHERE x > 1) AS some, all(x IN [1, 2] WHERE x > 1) AS each",
    ),
    Construct(
        "reduce(sum = value, name IN list | expression)",
        "A value carried over a list.",
        "RETURN reduce(total = 0, x IN [1, 2, 3] | total + x) AS total",
    ),
    Construct(
        "CASE value WHEN … THEN … ELSE … END",
        "The first branch that fits; without a value before WHEN, the first whose condition"
        " is true.",
        "MATCH (b:Bucket) RETURN b.name, CASE WHEN b.public THEN 'open' ELSE 'closed' END "
        "AS is ORDER BY b.name",
    ),
    Construct(
        "EXISTS { … }, COUNT { … }, COLLECT { … }",
        "Whether a pattern or query finds something, how much, and the list of what it returns.",
        "MATCH (a:Account) RETURN EXISTS { (a)-[:OWNS]->() } AS owns, COUNT { "
        "(a)-[:OWNS]->() } AS how_many",
    ),
    Construct(
        "{key: value}, value.key, node {.key, other: value}",
        "Maps, what they hold, and maps made of a node.",
        "MATCH (b:Bucket {name: 'site'}) RETURN b {.name, large: b.size > 4} AS map",
    ),
    Construct(
        "$parameter",
        "A value given beside the query: `--param name=value`.",
        "RETURN $least AS least",
    ),
)
