"""What expressions are made of: a text for each type, with `<type>` where one of it stands."""

from __future__ import annotations

TEMPLATES: dict[str, tuple[str, ...]] = {
    "int": (
        "(<int> + <int>)", "(<int> - <int>)", "(<int> * <int>)", "(<int> / 2)", "(<int> % 3)",
        "size(<str>)", "size(<list:int>)", "size(<list:str>)", "size(<bag:int>)", "abs(<int>)",
        "sign(<float>)", "toInteger(<str>)", "toInteger(<float>)", "toInteger(<bool>)",
        "head(<list:int>)", "last(<list:int>)", "<list:int>[<int>]", "(-<int>)",
        "(<int> / nullIf(<int>, 0))",
        "reduce(s = 0, v IN <list:int> | s + coalesce(v, 1))", "toIntegerOrNull(<any>)",
        "reduce(s = 0, v IN <bag:int> | s + coalesce(v, 0))", "nullIf(<int>, <int>)", "<map>.a",
    ),
    "float": (
        "(<int> + <float>)", "(<float> * <float>)", "(<float> - <int>)", "(<float> / 4)",
        "toFloat(<int>)", "toFloat(<str>)", "floor(<float>)", "ceil(<float>)", "round(<float>)",
        "sqrt(abs(<int>))", "(<int> % 2.5)", "(<int> ^ 2)", "(-<float>)",
        "(<float> / nullIf(<int>, 0))",
    ),
    "str": (
        "(<str> + <str>)", "toUpper(<str>)", "toLower(<str>)", "substring(<str>, 1)",
        "substring(<str>, 0, 2)", "left(<str>, 2)", "right(<str>, 1)", "trim(<str>)",
        "replace(<str>, 'a', <str>)", "toString(<int>)", "toString(<bool>)", "reverse(<str>)",
        "head(<list:str>)", "<list:str>[<int>]", "(<str> + <int>)", "split(<str>, ' ')[0]",
        "reduce(s = '', v IN <list:str> | s + v)", "toStringOrNull(<any>)", "ltrim(<str>)",
        "toString(<float>)", "(<int> + <str>)", "replace(<str>, <str>, 'z')",
    ),
    "bool": (
        "(<int> = <int>)", "(<int> < <int>)", "(<int> >= <float>)", "(<str> = <str>)",
        "(<str> <> <str>)", "(<str> < <str>)", "(<bool> AND <bool>)", "(<bool> OR <bool>)",
        "(<bool> XOR <bool>)", "(NOT <bool>)", "(<int> IS NULL)", "(<str> IS NOT NULL)",
        "(<int> IN <list:int>)", "(<str> IN <list:str>)", "(<str> STARTS WITH <str>)",
        "(<str> ENDS WITH <str>)", "(<str> CONTAINS <str>)", "(<list:int> = <list:int>)",
        "(<any> = <any>)", "(<any> > <int>)", "(<any> IN <list:any>)", "(<any> <> <str>)",
        "(<list:int> < <list:int>)", "(<map> = <map>)", "isEmpty(<list:int>)", "isEmpty(<str>)",
        "(<int> < <int> < <int>)", "(<int> IN <bag:int>)", "(<bool> = <bool>)",
        "(<bool> AND <bool> AND <bool>)", "(<any> IS NULL)", "toBoolean(<str>)",
        "(<str> =~ '[a-z ]+')", "(<int> = <float>)", "(<list:any> = <list:any>)",
        "(<any> IS :: INTEGER)", "(<any> IS NOT :: STRING)", "(<any> IS :: FLOAT | BOOLEAN)",
        "(<any> < <any>)", "(<list:any> >= <list:any>)", "([<any>] = [<any>])",
        "(<str> IN keys(<map>))", "({a: <any>} = {a: <any>})", "(<bool> OR <bool> OR <bool>)",
    ),
    "list:int": (
        "[<int>, <int>]", "(<list:int> + <list:int>)", "(<list:int> + <int>)", "tail(<list:int>)",
        "reverse(<list:int>)", "<list:int>[1..]", "<list:int>[..-1]", "<list:int>[<int>..<int>]",
        "range(0, size(<list:int>))", "toIntegerList(<list:str>)", "(<int> + <list:int>)",
    ),
    "list:str": (
        "[<str>, <str>]", "(<list:str> + <list:str>)", "split(<str>, 'a')", "tail(<list:str>)",
        "reverse(<list:str>)", "<list:str>[0..2]", "toStringList(<list:int>)",
    ),
    "list:any": (
        "[<int>, <str>]", "[<any>, <any>]", "(<list:int> + <list:str>)", "(<list:any> + <any>)",
        "[<list:int>, <any>]", "tail(<list:any>)", "[<map>, <bool>]", "(<any> + <list:any>)",
        "reverse(<list:any>)", "[[<any>], <float>]",
    ),
    "any": (
        "<list:any>[<int>]", "head(<list:any>)", "coalesce(<int>, <str>)", "<map>['b']",
        "CASE WHEN <bool> THEN <int> ELSE <str> END", "last([<any>, <any>])",
    ),
    "map": (
        "{a: <int>, b: <str>}", "{a: <int>, b: <any>, c: [<int>]}", "{b: <bool>}",
        "{a: {b: <int>}, c: <list:str>}.a",
    ),
}  # fmt: skip

#: Type, type of the variable that `@` stands for, texts.
ENTITY_TEMPLATES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("bool", "node", ("(@:A)", "(@:A|B)", "(@:A&!B)", "(@:!C)", "(@:%)", "('A' IN labels(@))",
                      "(@ IS NULL)", "(@ = <node>)", "(@ <> <node>)")),
    ("bool", "rel", ("(type(@) = 'R')", "(@:R)", "(@:R|S)", "(startNode(@) = endNode(@))",
                     "(@.w > 1)")),
    ("int", "node", ("@.k", "size(labels(@))", "size(keys(@))", "@['i']",
                     "CASE @.m WHEN 1 THEN 1 WHEN 'a' THEN 2 END")),
    ("any", "node", ("@[<str>]", "@['m']", "@ {.m, .i}['m']")),
    ("int", "rel", ("@.k", "startNode(@).k", "endNode(@).i")),
    ("str", "rel", ("type(@)",)),
    ("str", "node", ("properties(@).s", "@['s']")),
    ("int", "path", ("length(@)", "size(nodes(@))", "nodes(@)[0].i", "last(nodes(@)).k",
                     "head(relationships(@)).w")),
    ("int", "short", ("length(@)", "nodes(@)[0].k", "last(nodes(@)).i")),
    ("list:int", "path", ("[n IN nodes(@) | n.k]", "[r IN relationships(@) | r.w]")),
    ("bool", "path", ("all(n IN nodes(@) WHERE n.i > 0)", "any(r IN relationships(@) WHERE r:S)")),
    ("list:str", "path", ("[r IN relationships(@) | type(r)]",)),
    ("int", "list:rel", ("size(@)", "head(@).w", "reduce(s = 0, r IN @ | s + coalesce(r.w, 0))")),
    ("list:int", "list:rel", ("[r IN @ | r.k]",)),
    ("bool", "list:rel", ("all(r IN @ WHERE r.w > 0)", "single(r IN @ WHERE type(r) = 'R')")),
    ("int", "list:node", ("size(@)", "head(@).i")),
    ("list:int", "list:node", ("[n IN @ | n.k]",)),
    ("map", "node", ("@ {.i, .s}", "@ {.k, x: <int>}", "@ {.*}", "properties(@)")),
    ("node", "rel", ("startNode(@)", "endNode(@)")),
    ("node", "path", ("nodes(@)[0]", "last(nodes(@))")),
    ("int", "bag:node", ("size(@)",)),
    ("bool", "bag:node", ("any(n IN @ WHERE n.i = 1)", "none(n IN @ WHERE n:A)")),
)  # fmt: skip
