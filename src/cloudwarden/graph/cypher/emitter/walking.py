"""The statements of walks: all there are, shortest ones, where they lead, along given lists."""

from __future__ import annotations

from collections.abc import Callable

from cloudwarden.graph.cypher.bound import RelationSlot
from cloudwarden.graph.cypher.emitter.hops import Hops
from cloudwarden.graph.cypher.emitter.searches import Seeds
from cloudwarden.graph.cypher.emitter.sql import in_tables
from cloudwarden.graph.cypher.types import Kind


class Walking:
    """Recursive statements of `s`, `d`, relations `r` and the lists that are wanted beside them."""

    def __init__(self, slot: RelationSlot, hops: Hops, work: str, *, backwards: bool) -> None:
        self.slot = slot
        self.seeds = Seeds(lambda: "SELECT 0 AS _id WHERE false")
        self._hops = hops
        self._work = work
        self._backwards = backwards
        #: Lists beside the relations that are asked for, by column.
        self._wanted: dict[str, Callable[[], str]] = {}

    def trails(self) -> str:
        """Every walk, a row each."""
        low, high = self.bounds()
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

    def one_shortest(self) -> str:
        """One shortest walk from each start to each node."""
        low, high = self.bounds()
        columns, empty, _ = self._columns()
        hops, work = self._hops, self._work
        grown = self._grown("w.r", hops.relations)
        others = "".join(
            f", arg_min({self._grown(f'w.{column}', item())}, {grown})"
            for column, item in self._wanted.items()
        )
        if self._closes():
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

    def all_shortest(self) -> str:
        """Every shortest walk from each start to each node."""
        low, _ = self.bounds()
        columns, empty, _ = self._columns()
        hops, work = self._hops, self._work
        closed = self._closes()
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

    def _closes(self) -> bool:
        """Whether a search comes back to its start as to any other node."""
        return self.slot.closed and self.bounds()[0] > 0 and not self.turns_back()

    def closed_shortest(self, selected: str, *, every: bool) -> str:
        """The shortest walks that come back to their start, where they may turn back."""
        _, high = self.bounds()
        columns, empty, grown = self._columns()
        hops, work = self._hops, f"{self._work}c"
        bound = "" if high is None else f" AND len(w.r) < {high}"
        useful = "" if self.seeds.useful is None else f" AND {self.seeds.useful('_id', '_id')}"
        rank = "rank()" if every else "row_number()"
        order = "len(r)" if every else "len(r), r"
        return (
            f"WITH RECURSIVE {work}(s, d, r{columns}) AS ("
            f"SELECT _id, _id, CAST([] AS BIGINT[]){empty} FROM ({self.seeds.starts()}) q "
            f"WHERE _id IS NOT NULL{useful} UNION ALL "
            f"SELECT w.s, {hops.far}, {self._grown('w.r', hops.relations)}{grown} "
            f"FROM {work} w {hops.join('w.d')} WHERE (w.d <> w.s OR len(w.r) = 0) "
            f"AND NOT list_contains(w.r, {hops.relations[1:-1]}){bound}{hops.condition}) "
            f"SELECT {selected} FROM {work}{self._where(['s = d', 'len(r) > 0'])} "
            f"QUALIFY {rank} OVER (PARTITION BY s ORDER BY {order}) = 1"
        )

    def _distances(self, *, closed: bool, label: str = "", none: str = "") -> str:
        """How far each node is from each start; from itself nothing, or, if closed, the way back.

        `label` is one more column of each step, grouped by its least value, `none` that of starts;
        ways that are closed have none.
        """
        _, high = self.bounds()
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

    def turns_back(self) -> bool:
        """Whether walks may come back to their start by the relation that they left it by."""
        ends = self.slot.left.type, self.slot.right.type
        apart = all(end.kind is Kind.NODE for end in ends) and ends[0].tables.isdisjoint(
            ends[1].tables
        )
        both_ways = any(edge.forward and edge.backward for edge in self.slot.edges)
        return self.bounds()[0] > 0 and both_ways and not apart

    def reached(self) -> str:
        """Where walks lead, once each."""
        low, high = self.bounds()
        work, hops = self._work, self._hops
        if not self.turns_back():
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

    def along_lists(self) -> str:
        """The ways along lists of relations that are given."""
        low, high = self.bounds()
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

    def bounds(self) -> tuple[int, int | None]:
        """The least and the greatest length."""
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
