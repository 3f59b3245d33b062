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
from cloudwarden.graph.cypher.emitter.searches import paths_found, search_for
from cloudwarden.graph.cypher.emitter.walking import Walking
from cloudwarden.graph.search import Search

Emit = Callable[[Bound, Place], str]


class WalkSource(Walking):
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
        # Lists are gone along as they are.
        backwards = backwards and slot.value is None
        if slot.group is not None:
            hops = group_hops(slot.group, repeated, backwards=backwards)
        else:
            hops = relation_hops(catalog, names, slot, emit, outer, backwards=backwards)
        super().__init__(slot, hops, names.fresh("walk"), backwards=backwards)
        self.alias = names.fresh("w")
        #: Whether it is enough to tell once where a walk leads.
        self.once = False
        #: Where searches over arrays can be asked for; None where they cannot.
        self.searches: list[Search] | None = None
        #: Whether it counts where a walk starts, and where it ends.
        self.counts: Callable[[], tuple[bool, bool]] = lambda: (True, True)
        self._catalog = catalog
        self._names = names
        self._search: Search | None = None
        self._wants_relations = False

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
            statement = self.along_lists()
        elif self.slot.shortest == "all":
            statement = self.all_shortest()
        elif self.slot.shortest == "one":
            statement = self.one_shortest()
        elif self._only_ends():
            statement = self.reached()
        else:
            statement = self.trails()
        if self.slot.closed and self.turns_back():
            # A search does not tell how to come back to its start by other relations.
            columns = self._path_columns() if searched else ["r", *self._wanted]
            closed = self.closed_shortest(
                ", ".join(["s", "d", *columns]), every=self.slot.shortest == "all"
            )
            statement = f"SELECT * FROM ({statement}) UNION ALL ({closed})"
        return f"({statement}) {self.alias}"

    def _path_columns(self) -> list[str]:
        return [*(["r"] if self._wants_relations else []), *self._wanted]

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
            return paths_found(name, self._path_columns())
        if not self._search.spread:
            return f"SELECT s, d FROM {name}"
        return f"SELECT d FROM {name}" if not near_counts else f"SELECT d AS s FROM {name}"

    def _search_is_hard(self) -> bool:
        slot = self.slot
        return bool(slot.value or slot.group or slot.condition or slot.node_condition)

    def _only_ends(self) -> bool:
        """Whether telling once where walks lead is enough, and can be done without the walks."""
        wanted = self._wants_relations or self._wanted
        if not self.once or wanted or self.bounds()[0] > 1 or self._hops.per > 1:
            return False
        return self.slot.group is None or not self.turns_back()
