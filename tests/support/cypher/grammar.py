"""Random queries: clauses in a row over random patterns and expressions, all with their types."""

from __future__ import annotations

from random import Random

from tests.support.cypher.comparing import Question
from tests.support.cypher.grammar_patterns import PatternGrammar
from tests.support.cypher.grammar_values import SCALARS, Scope

#: What can be sorted by with one outcome.
_SORTABLE = frozenset({*SCALARS, "any", "list:int", "list:str"})
_RETURNED = ("int", "int", "float", "str", "bool", "any", "list:int", "list:str", "map", "bag:int")


def random_question(random: Random) -> Question:
    """A random query."""
    return QueryGrammar(random).question()


def plain_question(random: Random) -> Question:
    """A random query of few steps, for a large graph."""
    return PlainGrammar(random).question()


class QueryGrammar(PatternGrammar):
    """Writes queries."""

    most_clauses = 3

    def question(self) -> Question:
        """A whole query."""
        if self.chance(0.06):
            return self._union()
        scope: Scope = {}
        counts = [count for count in (1, 1, 2, 2, 3) if count <= self.most_clauses]
        text = self._clauses(scope, self.random.choice(counts))
        columns, tail, ordered = self._return(scope)
        return Question(
            f"{text} {tail}", self.parameters, ordered,
            frozenset(name for name, kind in columns.items() if kind.startswith("bag:")),
        )  # fmt: skip

    def _union(self) -> Question:
        kinds = [self.random.choice(("int", "str", "any", "bool")) for _ in range(2)]
        parts: list[str] = []
        for _ in range(self.random.choice((2, 2, 3))):
            scope: Scope = {}
            text = self._clauses(scope, 1)
            items = [
                f"{self.expression(kind, scope, 1)} AS c{place}" for place, kind in enumerate(kinds)
            ]
            parts.append(f"{text} RETURN {', '.join(items)}")
        joint = self.random.choice((" UNION ", " UNION ALL "))
        return Question(joint.join(parts), self.parameters)

    def _clauses(self, scope: Scope, count: int) -> str:
        texts: list[str] = []
        for place in range(count):
            kinds = ["match"] * 5 + ["unwind", "shortest"]
            if place:
                kinds += ["optional"] * 3 + ["with"] * 4 + ["group"] * 3 + ["call"] * 2
            texts.append(getattr(self, f"_{self.random.choice(kinds)}")(scope))
        return " ".join(texts)

    def _match(self, scope: Scope, word: str = "MATCH") -> str:
        before = dict(scope)
        patterns: list[str] = []
        for _ in range(self.random.choice((1, 1, 1, 2))):
            text, made = self.pattern(
                {k: v for k, v in scope.items() if k in before or v == "node"}
            )
            patterns.append(text)
            scope.update(made)
        where = f" WHERE {self.condition(scope, 3)}" if self.chance(0.5) else ""
        return f"{word} {', '.join(patterns)}{where}"

    def _optional(self, scope: Scope) -> str:
        return self._match(scope, "OPTIONAL MATCH")

    def _shortest(self, scope: Scope) -> str:
        text, made = self.shortest(scope)
        scope.update(made)
        return text

    def _unwind(self, scope: Scope) -> str:
        kind = self.random.choice(("int", "str", "any", "int"))
        bags = self.names(f"bag:{kind}", scope)
        if bags and self.chance(0.6):
            source = self.random.choice(bags)
        elif self.names("bag:node", scope) and self.chance(0.6):
            kind, source = "node", self.random.choice(self.names("bag:node", scope))
        else:
            source = self.expression(f"list:{kind}", scope, 2)
        name = self.fresh("u")
        text = f"UNWIND {source} AS {name}"
        scope[name] = kind
        return text

    def _with(self, scope: Scope) -> str:
        kept = [name for name in scope if self.chance(0.7)] or list(scope)[:1]
        made: Scope = {name: scope[name] for name in kept}
        items = list(kept)
        for _ in range(self.random.choice((0, 1, 1, 2) if kept else (1, 2))):
            kind = self.random.choice(_RETURNED)
            name = self.fresh("v")
            items.append(f"{self.expression(kind, scope, 2)} AS {name}")
            made[name] = kind
        if kept and self.chance(0.15):
            items = ["*", *items[len(kept) :]]
            made = {**scope, **made}
        distinct = "DISTINCT " if self.chance(0.25) and _comparable(made) else ""
        tail, _ = self._order(made)
        where = ""
        if self.chance(0.4):
            where = f" WHERE {self.condition(made, 2)}"
        scope.clear()
        scope.update(made)
        return f"WITH {distinct}{', '.join(items)}{tail}{where}"

    def _group(self, scope: Scope) -> str:
        items, made = self._aggregating(scope)
        tail, _ = self._order(made)
        where = f" WHERE {self.condition(made, 2)}" if self.chance(0.4) else ""
        scope.clear()
        scope.update(made)
        return f"WITH {', '.join(items)}{tail}{where}"

    def _call(self, scope: Scope) -> str:
        nodes = self.names("node", scope)
        imported = nodes[:1] + [n for n, kind in scope.items() if kind in SCALARS][:1]
        inner: Scope = {name: scope[name] for name in imported}
        head = f"CALL ({', '.join(imported)}) {{ "
        if imported and self.chance(0.3):
            head = f"CALL {{ WITH {', '.join(imported)} "
        if not imported and self.chance(0.5):
            head = "CALL { "
        body = self._match(inner)
        if self.chance(0.5):
            items, made = self._aggregating(inner)
            items = [i if " AS " in i else f"{i} AS {self.fresh('v')}" for i in items]
        else:
            items, made = [], {}
            for _ in range(self.random.choice((1, 2))):
                kind = self.random.choice(("int", "str", "bool", "any"))
                name = self.fresh("v")
                items.append(f"{self.expression(kind, inner, 1)} AS {name}")
                made[name] = kind
        named = {
            i.rpartition(" AS ")[2]: kind for i, kind in zip(items, made.values(), strict=True)
        }
        scope.update(named)
        tail, _ = self._order(named)
        answer = f"{body} RETURN {', '.join(items)}{tail}"
        if head.startswith("CALL (") and not tail and self.chance(0.15):
            answer += self.random.choice((" UNION ", " UNION ALL ")) + answer
        optional = "OPTIONAL " if self.chance(0.2) else ""
        return f"{optional}{head}{answer} }}"

    def _aggregating(self, scope: Scope) -> tuple[list[str], Scope]:
        items: list[str] = []
        made: Scope = {}
        nodes = self.names("node", scope)
        for _ in range(self.random.choice((0, 1, 1, 2))):
            if nodes and self.chance(0.4):
                name = self.random.choice(nodes)
                if name not in made:
                    items.append(name)
                    made[name] = "node"
                continue
            kind = self.random.choice((*SCALARS, "any"))
            name = self.fresh("g")
            items.append(f"{self.expression(kind, scope, 1)} AS {name}")
            made[name] = kind
        for _ in range(self.random.choice((1, 1, 2))):
            name = self.fresh("z")
            text, made[name] = self._aggregate(scope)
            items.append(f"{text} AS {name}")
        return items, made

    def _aggregate(self, scope: Scope) -> tuple[str, str]:
        templates = [
            ("count(*)", "int"), ("count(<int>)", "int"), ("count(DISTINCT <str>)", "int"),
            ("sum(<int>)", "int"), ("sum(<float>)", "float"), ("avg(<int>)", "float"),
            ("min(<int>)", "int"), ("max(<str>)", "str"), ("max(<any>)", "any"),
            ("collect(<int>)", "bag:int"), ("collect(DISTINCT <str>)", "bag:str"),
            ("stDev(<int>)", "float"), ("percentileCont(<int>, 0.5)", "float"),
            ("percentileDisc(<int>, 0.5)", "int"), ("count(DISTINCT <int>)", "int"),
            ("(count(*) + 1)", "int"), ("(sum(<int>) - min(<int>))", "int"),
            ("size(collect(<str>))", "int"), ("min(<bool>)", "bool"), ("min(<any>)", "any"),
            ("max(<list:int>)", "any"),
            ("count(<map>)", "int"), ("stDevP(<float>)", "float"), ("avg(<float>)", "float"),
            ("percentileCont(<float>, 0.3)", "float"), ("collect(DISTINCT <any>)", "bag:any"),
            ("size(collect(DISTINCT <list:int>))", "int"), ("(sum(<int>) + count(*))", "int"),
            ("CASE WHEN count(*) > 1 THEN max(<int>) ELSE 0 END", "int"),
            ("count(DISTINCT <any>)", "int"), ("collect(<any>)", "bag:any"),
            ("(1 IN collect(<int>))", "bool"), ("sum(DISTINCT <int>)", "int"),
        ]  # fmt: skip
        for name in self.names("node", scope):
            templates += [(f"collect({name})", "bag:node"), (f"count(DISTINCT {name})", "int")]
        for name in self.names("rel", scope):
            templates.append((f"count({name})", "int"))
        text, kind = self.random.choice(templates)
        return self._template(text)(scope, 1), kind

    def _return(self, scope: Scope) -> tuple[Scope, str, bool]:
        columns: Scope = {}
        items: list[str] = []
        if scope and "short" not in scope.values() and self.chance(0.06):
            items, columns = ["*"], dict(sorted(scope.items()))
        elif self.chance(0.35):
            items, columns = self._aggregating(scope)
        else:
            entities = [n for n, kind in scope.items() if kind in {"node", "rel", "path"}]
            for _ in range(self.random.choice((1, 2, 2, 3))):
                if entities and self.chance(0.25):
                    name = self.random.choice(entities)
                    if name not in columns:
                        items.append(name)
                        columns[name] = scope[name]
                    continue
                kind = self.random.choice(_RETURNED)
                name = f"c{len(columns)}"
                items.append(f"{self.expression(kind, scope, 3)} AS {name}")
                columns[name] = kind
            if not items:
                items, columns = ["1 AS c0"], {"c0": "int"}
        distinct = "DISTINCT " if self.chance(0.2) and _comparable(columns) else ""
        tail, ordered = self._order(columns)
        return columns, f"RETURN {distinct}{', '.join(items)}{tail}", ordered

    def _order(self, columns: Scope) -> tuple[str, bool]:
        """An order by all columns, so that it is total; a part of the rows only with one."""
        if not self.chance(0.35):
            return "", False
        keys: list[str] = []
        for name, kind in columns.items():
            if kind in {"node", "rel"}:
                keys.append(f"{name}.k")
            elif kind in _SORTABLE:
                keys.append(name)
            else:
                return "", False
        self.random.shuffle(keys)
        text = ", ".join(k + self.random.choice(("", "", " DESC", " ASC")) for k in keys)
        text = f" ORDER BY {text}"
        if self.chance(0.2):
            text += f" SKIP {self.random.choice((0, 1, 2))}"
        if self.chance(0.4):
            text += f" LIMIT {self.random.choice((0, 1, 3, 5))}"
        return text, True


def _comparable(columns: Scope) -> bool:
    return not any(kind.startswith("bag:") or kind == "short" for kind in columns.values())


class PlainGrammar(QueryGrammar):
    """Writes queries that look at each row once or twice."""

    most_clauses = 1

    def pattern(self, scope: Scope, *, named: bool = True) -> tuple[str, Scope]:
        made: Scope = {}
        text = self._node(scope, made, named=named)
        if self.chance(0.5):
            kinds = ["list:rel"]
            text += self._relation(scope, made, kinds, named=named)
            text += self._node({}, made, named=named)
        return text, made

    def shortest(self, scope: Scope) -> tuple[str, Scope]:
        text, made = self.pattern(scope)
        return f"MATCH {text}", made
