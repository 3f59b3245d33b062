"""Which names mean which variables at a place in a query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cloudwarden.graph.cypher.bound import Variable


@dataclass(frozen=True, slots=True)
class Scope:
    """The names in reach. `fixed` ones come from an enclosing query and survive projections."""

    names: Mapping[str, Variable] = field(default_factory=dict)
    fixed: Mapping[str, Variable] = field(default_factory=dict)

    def get(self, name: str) -> Variable | None:
        """The variable a name means here."""
        return self.names.get(name) or self.fixed.get(name)

    def with_names(self, names: Mapping[str, Variable]) -> Scope:
        """This scope with these names added, hiding earlier ones."""
        return Scope({**self.names, **names}, self.fixed)

    def only(self, names: Mapping[str, Variable]) -> Scope:
        """What is left after a projection."""
        return Scope(dict(names), self.fixed)

    def inside(self) -> Scope:
        """The scope that a subquery of an expression starts with: it sees everything."""
        return Scope({}, {**self.fixed, **self.names})

    def everything(self) -> dict[str, Variable]:
        """All names in reach."""
        return {**self.fixed, **self.names}
