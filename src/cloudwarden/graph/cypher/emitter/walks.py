"""Variable-length relations: recursive statements that walk from the better anchored end.

One row a path, as in Neo4j, and no relation twice on a path, which also bounds it. Shortest paths
are searched for breadth first, each node visited once a start. Where only the ends count, so is it
done for walks of any length.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher.bound import Bound, MatchStep, RelationSlot, Variable
from cloudwarden.graph.cypher.emitter.blocks import Block, Names, Place
from cloudwarden.graph.cypher.emitter.hops import group_hops, relation_hops
from cloudwarden.graph.cypher.emitter.searches import Seeds, paths_found, search_for
from cloudwarden.graph.cypher.emitter.sql import in_tables
from cloudwarden.graph.cypher.types import Kind
from cloudwarden.graph.search import Search

Emit = Callable[[Bound, Place], str]


class WalkSource:
    """The walks that a slot may take, under an alias."""

    def __init__(
        self,
        catalog: Catalog,
        names: Names,
        slot: RelationSlot,
        emit: Emit,
        outer: Place,
        repeated: Callable[[MatchStep], Block],
        *,
        backwards: bool,
    ) -> None:
        self.slot = slot
        self._catalog = catalog
        self._names = names
        self.alias = names.fresh("w")
        self.seeds = Seeds(lambda: "SELECT 0 AS _id WHERE false")
        #: Whether it is enough to tell once where a walk leads.
        self.once = False
        #: Where searches over arrays can be asked for; None where they cannot.
        self.searches: list[Search] | None = None
        #: Whether it counts where a walk starts, and where it ends.
        self.counts: Callable[[], tuple[bool, bool]] = lambda: (True, True)
        self._search: Search | None = None
        self._backwards = backwards and slot.value is None
        self._work = names.fresh("walk")
        #: Lists beside the relations that are asked for, by column.
        self._wanted: dict[str, Callable[[], str]] = {}
        self._wants_relations = False
        if slot.group is None:
            self._hops = relation_hops(catalog, names, slot, emit, outer, backwards=self._backwards)
        else:
            self._hops = group_hops(slot.group, repeated, backwards=self._backwards)

    @property
    def left(self) -> str:
        """The `_id` of the node at the left end."""
        return f"{self.alias}.{'d' if self._backwards else 's'}"

    @property
    def right(self) -> str:
        """The `_id` of the node at the right end."""
        return f"{self.alias}.{'s' if self._backwards else 'd'}"

    @property
    def relations(self) -> str:
        """The list of relations, from left to right."""
        self._wants_relations = True
        return f"{self.alias}.r"

    def value(self, variable: Variable) -> str | None:
        """The value of a variable that the walk brings."""
        if variable is self.slot.variable and not self.slot.bound:
            return self.relations
        if variable is self.slot.trail:
            # Relations and the nodes after them, without the left end.
            self._wanted["t"] = lambda: self._hops.trail
            return f"{self.alias}.t"
        lists = () if self.slot.group is None else self.slot.group.lists
        for place, (inside, outside) in enumerate(lists):
            if outside is variable:
                self._wanted[f"g{place}"] = partial(self._listed, inside)
                return f"{self.alias}.g{place}"
        return None

    def _listed(self, inside: Variable) -> str:
        return f"[{self._hops.value(inside)}]"

    def render(self) -> str:
        """As an item of FROM."""
        searched = self._searched()
        if searched:
            statement = searched
        elif self.slot.value is not None:
            statement = self._along_lists()
        elif self.slot.shortest == "all":
            statement = self._all_shortest()
        elif self.slot.shortest == "one":
            statement = self._one_shortest()
        elif self._only_ends():
            statement = self._reached()
        else:
            statement = self._trails()
        return f"({statement}) {self.alias}"

    def _searched(self) -> str | None:
        """The statement over what a search before it finds; None if it has to be found in SQL."""
        kind = self.slot.shortest or ("reached" if self._only_ends() else None)
        if kind is None or self.searches is None or self._search_is_hard():
            return None
        near_counts, far_counts = self.counts()
        if self._search is None:
            self._search = search_for(
                self._catalog,
                self.slot,
                self.seeds,
                kind,
                self._names.fresh("found"),
                backwards=self._backwards,
                far_only=not near_counts,
                near_only=not far_counts,
            )
            if self._search is None:
                return None
            self.searches.append(self._search)
        name = self._search.name
        if kind != "reached":
            wanted = [*(["r"] if self._wants_relations else []), *self._wanted]
            return paths_found(name, wanted)
        if not self._search.spread:
            return f"SELECT s, d FROM {name}"
        return f"SELECT d FROM {name}" if not near_counts else f"SELECT d AS s FROM {name}"

    def _search_is_hard(self) -> bool:
        slot = self.slot
        return bool(slot.value or slot.group or slot.condition or slot.node_condition)

    def _trails(self) -> str:
        low, high = self._bounds()
        per = self._hops.per
        columns, empty, grown = self._columns()
        hops = self._hops
        relations = hops.relations
        fresh = (
            f"NOT list_contains(w.r, {relations[1:-1]})"
            if per == 1
            else f"NOT list_has_any(w.r, {relations})"
        )
        bound = "" if high is None else f" AND len(w.r) < {high * per}"
        ends = [] if low == 0 else [f"len(r) >= {low * per}"]
        return (
            f"WITH RECURSIVE {self._work}(s, d, r{columns}) AS ("
            f"SELECT _id, _id, CAST([] AS BIGINT[]){empty} FROM ({self.seeds.starts()}) q "
            f"WHERE _id IS NOT NULL UNION ALL "
            f"SELECT w.s, {hops.far}, {self._grown('w.r', relations)}{grown} "
            f"FROM {self._work} w {hops.join('w.d')} "
            f"WHERE {fresh}{bound}{hops.condition}) "
            f"SELECT s, d, r{columns} FROM {self._work}{self._where(ends)}"
        )

    def _one_shortest(self) -> str:
        low, high = self._bounds()
        columns, empty, _ = self._columns()
        hops, work = self._hops, self._work
        grown = self._grown("w.r", hops.relations)
        others = "".join(
            f", arg_min({self._grown(f'w.{column}', item())}, {grown})"
            for column, item in self._wanted.items()
        )
        if self.slot.closed and low > 0:
            first = hops.relations
            items = "".join(f", arg_min({item()}, {first})" for item in self._wanted.values())
            base = (
                f"SELECT q._id, {hops.far}, min({first}){items} FROM ({self.seeds.starts()}) q "
                f"{hops.join('q._id')} WHERE true{hops.condition} GROUP BY ALL"
            )
        else:
            base = (
                f"SELECT _id, _id, CAST([] AS BIGINT[]){empty} FROM ({self.seeds.starts()}) q "
                f"WHERE _id IS NOT NULL"
            )
        bound = "" if high is None else f" AND len(w.r) < {high}"
        ends = [] if low == 0 else ["len(r) > 0"]
        return (
            f"WITH RECURSIVE {work}(s, d, r{columns}) USING KEY (s, d) AS ({base} UNION "
            # Of several shortest ones always the same: the one of the least relations.
            f"SELECT w.s, {hops.far}, min({grown}){others} FROM {work} w {hops.join('w.d')} "
            f"LEFT JOIN recurring.{work} v ON v.s = w.s AND v.d = {hops.far} "
            f"WHERE v.s IS NULL{bound}{hops.condition} GROUP BY ALL) "
            f"SELECT s, d, r{columns} FROM {work}{self._where(ends, useful=True)}"
        )

    def _all_shortest(self) -> str:
        low, _ = self._bounds()
        columns, empty, _ = self._columns()
        hops, work = self._hops, self._work
        closed = self.slot.closed and low > 0
        # Distances first, then back from each end along whatever brings it a step nearer.
        grown = "".join(
            f", {self._grown(f'b.{column}', item(), back=True)}"
            for column, item in {"r": lambda: hops.relations, **self._wanted}.items()
        )
        before = f"SELECT s, d, n FROM {work}"
        if closed:
            before += f" UNION ALL SELECT DISTINCT s, s, 0 FROM {work}"
        ends = [] if low == 0 else ["n > 0"]
        return (
            f"WITH RECURSIVE {self._distances(closed=closed)}, {work}b(s, d, x, n, r{columns}) AS ("
            f"SELECT s, d, d, n, CAST([] AS BIGINT[]){empty} FROM {work}"
            f"{self._where(ends, useful=True)} UNION ALL "
            f"SELECT b.s, b.d, {hops.near}, b.n - 1{grown} FROM {work}b b "
            f"{hops.join('b.x', back=True)} "
            f"JOIN ({before}) p ON p.s = b.s AND p.d = {hops.near} AND p.n = b.n - 1 "
            f"WHERE b.n > 0{hops.condition}) "
            f"SELECT s, d, r{columns} FROM {work}b WHERE n = 0"
        )

    def _distances(self, *, closed: bool, label: str = "", none: str = "") -> str:
        """How far each node is from each start; from itself nothing, or, if closed, the way back.

        `label` is one more column of each step, grouped by its least value, `none` that of starts;
        ways that are closed have none.
        """
        _, high = self._bounds()
        hops, work = self._hops, self._work
        if closed:
            base = (
                f"SELECT q._id, {hops.far}, 1 FROM ({self.seeds.starts()}) q "
                f"{hops.join('q._id')} WHERE true{hops.condition} GROUP BY q._id, {hops.far}"
            )
        else:
            start = f", {none}" if label else ""
            base = f"SELECT _id, _id, 0{start} FROM ({self.seeds.starts()}) q WHERE _id IS NOT NULL"
        bound = "" if high is None else f" AND w.n < {high}"
        least = f", min({label})" if label else ""
        return (
            f"{work}(s, d, n{', f' if label else ''}) USING KEY (s, d) AS ({base} UNION "
            f"SELECT w.s, {hops.far}, w.n + 1{least} FROM {work} w {hops.join('w.d')} "
            f"LEFT JOIN recurring.{work} v ON v.s = w.s AND v.d = {hops.far} "
            f"WHERE v.s IS NULL{bound}{hops.condition} GROUP BY w.s, {hops.far}, w.n)"
        )

    def _only_ends(self) -> bool:
        """Whether telling once where walks lead is enough, and can be done without the walks."""
        wanted = self._wants_relations or self._wanted
        if not self.once or wanted or self._bounds()[0] > 1 or self._hops.per > 1:
            return False
        return self.slot.group is None or not self._turns_back()

    def _turns_back(self) -> bool:
        """Whether walks may come back to their start by the relation that they left it by."""
        ends = self.slot.left.type, self.slot.right.type
        apart = all(end.kind is Kind.NODE for end in ends) and ends[0].tables.isdisjoint(
            ends[1].tables
        )
        both_ways = any(edge.forward and edge.backward for edge in self.slot.edges)
        return self._bounds()[0] > 0 and both_ways and not apart

    def _reached(self) -> str:
        low, high = self._bounds()
        work, hops = self._work, self._hops
        if not self._turns_back():
            where = self._where([], useful=True)
            return (
                f"WITH RECURSIVE {self._distances(closed=low > 0)} SELECT s, d FROM {work}{where}"
            )
        # Each node is labelled by the first relation of a shortest way to it. Two ways of different
        # labels share no relation, so that a relation between their ends closes a circle.
        relation = hops.relations[1:-1]
        label = f"CASE WHEN w.n = 0 THEN {relation} ELSE w.f END"
        none = "CAST(-1 AS BIGINT)"
        bound = "" if high is None else f" AND a.n + b.n < {high}"
        return (
            f"WITH RECURSIVE {self._distances(closed=False, label=label, none=none)} "
            f"SELECT s, d FROM {work}{self._where(['n > 0'], useful=True)} UNION ALL "
            f"SELECT s, d FROM (SELECT DISTINCT a.s, a.s AS d FROM {work} a {hops.join('a.d')} "
            f"JOIN {work} b ON b.s = a.s AND b.d = {hops.far} "
            f"WHERE CASE WHEN a.n = 0 THEN {relation} <> b.f WHEN b.n = 0 THEN {relation} <> a.f "
            f"ELSE a.f <> b.f END{bound}{hops.condition}){self._where([], useful=True)}"
        )

    def _along_lists(self) -> str:
        """The ways along lists of relations that are given."""
        low, high = self._bounds()
        hops, work = self._hops, self._work
        columns = "".join(f", {column}" for column in self._wanted)
        items = [item() for item in self._wanted.values()]
        first = "".join(f", {item}" for item in items)
        grown = "".join(
            f", list_concat(w.{column}, {item})"
            for column, item in zip(self._wanted, items, strict=True)
        )
        relation = hops.relations[1:-1]
        tests = [f"i = len(l) AND len(list_distinct(l)) = i AND i >= {low}"]
        tests += [] if high is None else [f"i <= {high}"]
        return (
            f"WITH RECURSIVE {work}(l, i, s, d{columns}) AS ("
            f"SELECT q.l, 1, {hops.near}, {hops.far}{first} FROM ({self.seeds.starts()}) q "
            f"{hops.join(None)} WHERE {relation} = q.l[1]{hops.condition} UNION ALL "
            f"SELECT w.l, w.i + 1, w.s, {hops.far}{grown} FROM {work} w {hops.join('w.d')} "
            f"WHERE {relation} = w.l[w.i + 1]{hops.condition}) "
            f"SELECT s, d, l AS r{columns} FROM {work} WHERE {' AND '.join(tests)}"
        )

    def _bounds(self) -> tuple[int, int | None]:
        assert self.slot.length is not None
        return self.slot.length

    def _columns(self) -> tuple[str, str, str]:
        """The columns beside the relations: names, first values, values grown by a hop."""
        names = "".join(f", {column}" for column in self._wanted)
        empty = ", CAST([] AS BIGINT[])" * len(self._wanted)
        grown = "".join(
            f", {self._grown(f'w.{column}', item())}" for column, item in self._wanted.items()
        )
        return names, empty, grown

    def _where(self, tests: list[str], *, useful: bool = False) -> str:
        end = self.slot.left if self._backwards else self.slot.right
        if end.type.tables:
            tests = [*tests, in_tables("d", end.type.tables)]
        if useful and self.seeds.useful is not None:
            tests = [*tests, self.seeds.useful("s", "d")]
        return f" WHERE {' AND '.join(tests)}" if tests else ""

    def _grown(self, list_: str, item: str, *, back: bool = False) -> str:
        if self._backwards is not back:
            return f"list_concat({item}, {list_})"
        return f"list_concat({list_}, {item})"
