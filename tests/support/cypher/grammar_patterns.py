"""Random patterns: new names beside known ones, labels, lengths, groups, shortest paths."""

from __future__ import annotations

from tests.support.cypher.grammar_values import Scope, ValueGrammar

_LABELS = ("A", "B", "C", "A|B", "A", "B|C", "!A", "%", "A|B|C", "A&B", "A:B", "A&!B", "!(A|C)")
_TYPES = ("R", "S", "T", "R|S", "!R", "R|T", "S|R|T")
_NOWHERE = 0.03


class PatternGrammar(ValueGrammar):
    """Writes patterns."""

    def pattern(self, scope: Scope, *, named: bool = True) -> tuple[str, Scope]:
        """A path with the variables that it brings. `named` allows new ones."""
        if named and self.chance(0.06):
            return self._quantified(scope)
        made: Scope = {}
        text = self._node(scope, made, named=named)
        kinds: list[str] = []
        for _ in range(self.random.choice((0, 1, 1, 1, 2, 2, 3))):
            text += self._relation(scope, made, kinds, named=named)
            text += self._node(scope, made, named=named)
        if named and self.chance(0.2):
            name = self.fresh("p")
            made[name] = "path"
            text = f"{name} = {text}"
        return text, made

    def shortest(self, scope: Scope) -> tuple[str, Scope]:
        """MATCH of shortest paths between different nodes, of which the lengths are certain."""
        a, b, p = self.fresh("a"), self.fresh("b"), self.fresh("p")
        ends = [f"({name}{self._labels() if self.chance(0.4) else ''})" for name in (a, b)]
        types = self._types() if self.chance(0.5) else ""
        arrow = self.random.choice(("-[{}]->{}", "-[{}]-{}", "<-[{}]-{}"))
        made = {a: "node", b: "node", p: "short"}
        way = self.random.choice(("shortestPath", "allShortestPaths", "ANY SHORTEST",
                                  "SHORTEST 2", "ALL SHORTEST", "SHORTEST 2 GROUPS"))  # fmt: skip
        if way in {"allShortestPaths", "ALL SHORTEST"}:
            made[p] = "path"
        if way.endswith(("Path", "Paths")):
            step = arrow.format(f"{types}*..{self.random.choice((2, 3, 4))}", "")
            text = f"{p} = {way}({ends[0]}{step}{ends[1]})"
            return f"MATCH {text} WHERE {a} <> {b}", made
        step = arrow.format(types, self.random.choice(("{1,3}", "{2,4}", "{1,2}")))
        return f"MATCH {p} = {way} {ends[0]}{step}{ends[1]}", made

    def pattern_between(self, scope: Scope) -> str | None:
        nodes = self.names("node", scope)
        if not nodes:
            return None
        known = dict.fromkeys(nodes, "node")
        text = f"({self.random.choice(nodes)})" + self._relation(known, {}, [], named=False)
        return text + self._node(known, {}, named=False)

    def comprehension_pattern(self, scope: Scope) -> tuple[str, Scope] | None:
        nodes = self.names("node", scope)
        if not nodes:
            return None
        made: Scope = {}
        text = f"({self.random.choice(nodes)})" + self._relation(scope, made, [], named=True)
        return text + self._node(scope, made, named=True), made

    def subquery(self, scope: Scope, depth: int) -> str | None:
        nodes = self.names("node", scope)
        if not nodes:
            return None
        made: Scope = {}
        inner = {name: kind for name, kind in scope.items() if kind != "rel"}
        text = f"({self.random.choice(nodes)})" + self._relation(inner, made, [], named=True)
        text += self._node(inner, made, named=True)
        word = "MATCH " if self.chance(0.7) else ""
        where = ""
        if self.chance(0.6):
            where = f" WHERE {self.condition({**scope, **made}, depth)}"
        if not word or self.chance(0.7):
            return f"{word}{text}{where}"
        tail = self.random.choice(
            (" RETURN 1 AS one", " WITH count(*) AS n WHERE n > 1 RETURN n",
             f" RETURN DISTINCT {self.expression('any', {**scope, **made}, 1)} AS x",
             " RETURN 1 AS one SKIP 1", f" UNION ALL {word}{text}{where}")
        )  # fmt: skip
        if tail.startswith(" UNION"):
            return f"{word}{text}{where} RETURN 1 AS one{tail} RETURN 1 AS one"
        return f"{word}{text}{where}{tail}"

    def _node(self, scope: Scope, made: Scope, *, named: bool) -> str:
        inner = ""
        known = [n for n, kind in {**scope, **made}.items() if kind == "node"]
        name = None
        if known and self.chance(0.15 if named else 0.4):
            name = inner = self.random.choice(known)
        elif named and self.chance(0.75):
            name = inner = self.fresh("n")
            made[name] = "node"
        if self.chance(0.25):
            inner += self._labels()
        if self.chance(0.05):
            inner += self._property_map(scope, ("i", "s"))
        if named and name is not None and self.chance(0.06):
            inner += f" WHERE {self.condition({**scope, name: 'node'}, 1)}"
        return f"({inner})"

    def _relation(self, scope: Scope, made: Scope, kinds: list[str], *, named: bool) -> str:
        inner = ""
        length = "list:rel" not in kinds and self.chance(0.2)
        if named and self.chance(0.4):
            known = [n for n in self.names("rel", scope) if n not in made]
            if known and not length and not kinds and self.chance(0.2):
                inner = self.random.choice(known)
            else:
                inner = self.fresh("r")
                made[inner] = "list:rel" if length else "rel"
        if self.chance(0.4):
            inner += self._types()
        if length:
            inner += self.random.choice(("*1..2", "*0..1", "*2", "*..3", "*0..2", "*1..3", "*0"))
            kinds.append("list:rel")
        else:
            kinds.append("rel")
        if self.chance(0.05):
            inner += self._property_map(scope, ("w",))
        box = f"[{inner}]" if inner or self.chance(0.3) else ""
        left, right = self.random.choice((("-", "->"), ("<-", "-"), ("-", "-"), ("-", "->")))
        return f"{left}{box}{right}"

    def _quantified(self, scope: Scope) -> tuple[str, Scope]:
        x, r, y = self.fresh("x"), self.fresh("r"), self.fresh("y")
        made: Scope = {}
        first = self._node(scope, made, named=True)
        inner = f"({x})-[{r}{self._types() if self.chance(0.5) else ''}]->({y})"
        if self.chance(0.3):
            inner = f"({x})<-[{r}]-({y}{self._labels()})"
        where = ""
        if self.chance(0.5):
            where = f" WHERE {self.condition({x: 'node', r: 'rel', y: 'node'}, 1)}"
        if self.chance(0.2):
            inner += f"{self._relation({}, {}, ['list:rel'], named=False)}()"
        count = self.random.choice(("{1,2}", "{0,1}", "{2}", "{1,3}", "{0,2}"))
        if self.chance(0.3):
            first += self._relation(scope, made, ["list:rel"], named=True)
            first += self._node(scope, made, named=True)
        last = self._node(scope, made, named=True)
        if self.chance(0.2):
            last += self._relation(scope, made, ["list:rel"], named=True)
            last += self._node(scope, made, named=True)
        made |= {x: "list:node", r: "list:rel", y: "list:node"}
        return f"{first} ({inner}{where}){count} {last}", made

    def _labels(self) -> str:
        return ":Absent" if self.chance(_NOWHERE) else f":{self.random.choice(_LABELS)}"

    def _types(self) -> str:
        return ":Absent" if self.chance(_NOWHERE) else f":{self.random.choice(_TYPES)}"

    def _property_map(self, scope: Scope, names: tuple[str, ...]) -> str:
        types = {"i": "int", "s": "str", "w": "int"}
        name = self.random.choice(names)
        return f" {{{name}: {self.expression(types[name], scope, 1)}}}"
