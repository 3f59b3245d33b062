"""Random expressions of a wanted type, over the variables in scope.

Types are names: `int`, `float`, `str`, `bool`, `any` (of several kinds), `map`, `node`, `rel`,
`path`, `short` (a path that is one of several as short), `list:T`, and `bag:T` for a list whose
order means nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

Scope = dict[str, str]

SCALARS = ("int", "float", "str", "bool")
_NODE = {"int": "i", "float": "f", "str": "s", "bool": "b", "list:int": "l", "list:str": "t",
         "any": "m"}  # fmt: skip
_RELATION = {"int": "w", "str": "s"}


class ValueGrammar:
    """Writes expressions. `parameters` collects the values of those it makes."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.parameters: dict[str, Any] = {}
        self._made = 0

    def fresh(self, stem: str) -> str:
        """A name not used before."""
        self._made += 1
        return f"{stem}{self._made}"

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def expression(self, type_: str, scope: Scope, depth: int = 2) -> str:
        """An expression of a type."""
        if type_ != "bool" and self.chance(0.03):
            return "null"
        leaves, branches = self._choices(type_, scope)
        if depth > 0 and branches and (not leaves or self.chance(0.55)):
            return self.random.choice(branches)(scope, depth - 1)
        return self.random.choice(leaves)(scope, 0) if leaves else self.literal(type_)

    def names(self, type_: str, scope: Scope) -> list[str]:
        """The variables of a type."""
        return [name for name, held in scope.items() if held == type_]

    def literal(self, type_: str) -> str:
        """A constant, or now and then a parameter that stands for it."""
        choice = self.random.choice
        match type_:
            case "int":
                text = str(2**62 if self.chance(0.02) else choice((0, 1, 2, 3, 4, -1, -2, 7)))
            case "float":
                text = str(choice((0.5, 1.25, -2.5, 3.0, 0.0)))
            case "str":
                text = choice(("''", "'a'", "'b'", "'ab'", "'x y'", "'é'", '"it\'s"', "'7'"))
            case "bool":
                text = choice(("true", "true", "false", "null"))
            case "any":
                text = choice(("1", "'a'", "true", "2.5", "[1, 2]", "null"))
            case "map":
                text = choice(("{}", "{a: 1}", "{a: null, b: 'x'}"))
            case "list:int" | "bag:int":
                text = choice(("[]", "[1]", "[1, null, 2]", "[3, 2, 1]", "range(0, 3)"))
            case "list:str" | "bag:str":
                text = choice(("[]", "['a']", "['a', null, 'b']", "['x y', '']"))
            case "list:any" | "bag:any":
                text = choice(("[1, 'a', null]", "[[1], 2.5, true]", "[]"))
            case _:
                return "null"
        if self.chance(0.06):
            return self._parameter(type_)
        return text

    def condition(self, scope: Scope, depth: int = 2) -> str:
        """A boolean expression; now and then one that keeps what it cannot tell."""
        text = self.expression("bool", scope, depth)
        if self.chance(0.35):
            text = f"coalesce({text}, true)"
        pattern = self.pattern_between(scope) if self.chance(0.12) else None
        if pattern is None:
            return text
        return self.random.choice((pattern, f"NOT {pattern}", f"({pattern} OR {text})"))

    def pattern_between(self, scope: Scope) -> str | None:
        """A pattern with nothing new in it that begins at a node in scope; None without one."""
        raise NotImplementedError

    def subquery(self, scope: Scope, depth: int) -> str | None:
        """The inside of EXISTS or COUNT."""
        raise NotImplementedError

    def comprehension_pattern(self, scope: Scope) -> tuple[str, Scope] | None:
        """A pattern for a comprehension with the variables inside it."""
        raise NotImplementedError

    def _parameter(self, type_: str) -> str:
        values: dict[str, tuple[Any, ...]] = {
            "int": (1, -5), "float": (1.5,), "str": ("a", "O'Hara \\ \" `"), "bool": (True, None),
            "any": (2, "b", None), "list:int": ([1, 2], []), "list:str": (["a", "é"],),
            "map": ({"a": 1, "b": None},), "list:any": ([1, "a", None],),
        }  # fmt: skip
        if type_ not in values:
            return "null"
        name = self.fresh("p")
        self.parameters[name] = self.random.choice(values[type_])
        return f"${name}"

    def _choices(self, type_: str, scope: Scope) -> tuple[list[Maker], list[Maker]]:
        texts = self.names(type_, scope)
        for held, table in (("node", _NODE), ("rel", _RELATION)):
            if type_ in table:
                texts += [f"{name}.{table[type_]}" for name in self.names(held, scope)]
        leaves = [self._template(text) for text in texts]
        if type_ not in {"node", "rel", "path", "short"}:
            leaves.append(lambda _scope, _depth: self.literal(type_))
        return leaves, self._branches(type_, scope)

    def _branches(self, type_: str, scope: Scope) -> list[Maker]:
        found: list[Maker] = []
        if type_ in {"int", "float", "str", "bool", "any", "map", "list:int", "list:str"}:
            found += [self._case(type_), self._coalesce(type_)]
        templates = TEMPLATES.get(type_, ())
        found += [self._template(template) for template in templates]
        for wanted, held, texts in ENTITY_TEMPLATES:
            if wanted == type_:
                found += [
                    self._template(text.replace("@", name))
                    for name in self.names(held, scope)
                    for text in texts
                ]
        if type_ == "bool":
            found += [self._exists] * 2
            found += [self._list_test] * 3
        if type_ == "int":
            found += [self._count_subquery]
        if type_.startswith("bag:") and type_ != "bag:any":
            found += [self._pattern_comprehension(type_[4:])] * 3
        if type_ in {"list:int", "list:str"}:
            found += [self._comprehension(type_)] * 2
        return found

    def _template(self, text: str) -> Maker:
        """Replaces `<type>` by an expression of the type."""

        def make(scope: Scope, depth: int) -> str:
            pieces = text.split("<")
            made = pieces[0]
            for piece in pieces[1:]:
                wanted, _, rest = piece.partition(">")
                if wanted and wanted.replace(":", "").isalpha():
                    made += self.expression(wanted, scope, depth) + rest
                else:
                    made += "<" + piece
            return made

        return make

    def _case(self, type_: str) -> Maker:
        plain = f"CASE WHEN <bool> THEN <{type_}> ELSE <{type_}> END"
        by_value = f"CASE <int> WHEN <int> THEN <{type_}> WHEN <int> THEN <{type_}> END"
        return self._template(self.random.choice((plain, by_value)))

    def _coalesce(self, type_: str) -> Maker:
        return self._template(f"coalesce(<{type_}>, <{type_}>)")

    def _comprehension(self, type_: str) -> Maker:
        def make(scope: Scope, depth: int) -> str:
            name = self.fresh("e")
            source = self.random.choice(("int", "str", "any"))
            inner = {**scope, name: source}
            text = f"[{name} IN {self.expression(f'list:{source}', scope, depth)}"
            if self.chance(0.6):
                text += f" WHERE {self.condition(inner, depth)}"
            return f"{text} | {self.expression(type_[5:], inner, depth)}]"

        return make

    def _pattern_comprehension(self, type_: str) -> Maker:
        def make(scope: Scope, depth: int) -> str:
            pattern = self.comprehension_pattern(scope)
            if pattern is None:
                return self.literal(f"list:{type_}")
            text, names = pattern
            inner = {**scope, **names}
            where = f" WHERE {self.condition(inner, depth)}" if self.chance(0.4) else ""
            return f"[{text}{where} | {self.expression(type_, inner, depth)}]"

        return make

    def _list_test(self, scope: Scope, depth: int) -> str:
        name = self.fresh("e")
        kind = self.random.choice(("int", "str", "int", "any"))
        bags = self.names(f"bag:{kind}", scope)
        shape = "bag" if bags and self.chance(0.7) else "list"
        source = self.expression(f"{shape}:{kind}", scope, depth)
        word = self.random.choice(("any", "all", "none", "single"))
        return f"{word}({name} IN {source} WHERE {self.condition({**scope, name: kind}, depth)})"

    def _exists(self, scope: Scope, depth: int) -> str:
        inner = self.subquery(scope, depth)
        return self.literal("bool") if inner is None else f"EXISTS {{ {inner} }}"

    def _count_subquery(self, scope: Scope, depth: int) -> str:
        inner = self.subquery(scope, depth)
        return self.literal("int") if inner is None else f"COUNT {{ {inner} }}"


Maker = Callable[[Scope, int], str]

TEMPLATES: dict[str, tuple[str, ...]] = {
    "int": (
        "(<int> + <int>)", "(<int> - <int>)", "(<int> * <int>)", "(<int> / 2)", "(<int> % 3)",
        "size(<str>)", "size(<list:int>)", "size(<list:str>)", "size(<bag:int>)", "abs(<int>)",
        "sign(<float>)", "toInteger(<str>)", "toInteger(<float>)", "toInteger(<bool>)",
        "head(<list:int>)", "last(<list:int>)", "<list:int>[<int>]", "(-<int>)", "(<int> / <int>)",
        "reduce(s = 0, v IN <list:int> | s + coalesce(v, 1))", "toIntegerOrNull(<any>)",
        "reduce(s = 0, v IN <bag:int> | s + coalesce(v, 0))", "nullIf(<int>, <int>)", "<map>.a",
    ),
    "float": (
        "(<int> + <float>)", "(<float> * <float>)", "(<float> - <int>)", "(<float> / 4)",
        "toFloat(<int>)", "toFloat(<str>)", "floor(<float>)", "ceil(<float>)", "round(<float>)",
        "sqrt(abs(<int>))", "(<int> % 2.5)", "(<int> ^ 2)", "(-<float>)", "(<float> / <int>)",
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
        "[<list:int>, <any>]", "tail(<list:any>)",
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

ENTITY_TEMPLATES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("bool", "node", ("(@:A)", "(@:A|B)", "(@:A&!B)", "(@:!C)", "(@:%)", "('A' IN labels(@))",
                      "(@ IS NULL)", "(@ = <node>)", "(@ <> <node>)")),
    ("bool", "rel", ("(type(@) = 'R')", "(@:R)", "(@:R|S)", "(startNode(@) = endNode(@))",
                     "(@.w > 1)")),
    ("int", "node", ("@.k", "size(labels(@))", "size(keys(@))", "@['i']")),
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
