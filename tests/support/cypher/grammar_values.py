"""Random expressions of a wanted type, over the variables in scope.

Types are names: `int`, `float`, `str`, `bool`, `any` (of several kinds), `map`, `node`, `rel`,
`path`, `short` (a path that is one of several as short), `list:T`, and `bag:T` for a list whose
order means nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.support.cypher.grammar_tables import ENTITY_TEMPLATES, TEMPLATES

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
        if type_.startswith("bag:") and type_[4:] in {*SCALARS, "any"}:
            found += [self._collect_subquery(type_[4:])]
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

    def _collect_subquery(self, type_: str) -> Maker:
        def make(scope: Scope, depth: int) -> str:
            pattern = self.comprehension_pattern(scope)
            if pattern is None:
                return self.literal(f"list:{type_}")
            text, names = pattern
            inner = {**scope, **names}
            where = f" WHERE {self.condition(inner, depth)}" if self.chance(0.4) else ""
            distinct = "DISTINCT " if self.chance(0.3) else ""
            value = self.expression(type_, inner, depth)
            return f"COLLECT {{ MATCH {text}{where} RETURN {distinct}{value} AS x }}"

        return make

    def _count_subquery(self, scope: Scope, depth: int) -> str:
        inner = self.subquery(scope, depth)
        return self.literal("int") if inner is None else f"COUNT {{ {inner} }}"


Maker = Callable[[Scope, int], str]
