"""What a query reads: labels matched, relation types, and properties of which labels.

Verdicts depend on it: a check that reads a property nobody could read must say `unknown`. So
where a read cannot be told exactly, more is reported, never less.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cloudwarden.graph.cypher.bound import Variable
from cloudwarden.graph.cypher.names import Vocabulary

#: Stands for every property of a label, those included that nothing in this generation has.
EVERY_PROPERTY = "*"


@dataclass(slots=True)
class Reads:
    """Collects reads while a query is bound."""

    vocabulary: Vocabulary
    labels: set[str] = field(default_factory=set)
    relation_types: set[str] = field(default_factory=set)
    properties: set[tuple[str, str]] = field(default_factory=set)
    _of_variable: dict[Variable, frozenset[str]] = field(default_factory=dict)
    _renamed: dict[Variable, Variable] = field(default_factory=dict)
    _accesses: set[tuple[Variable | None, str]] = field(default_factory=set)

    def matched(self, variable: Variable, labels: frozenset[str]) -> None:
        """A node variable may be of these labels."""
        self.labels |= labels
        variable = self._origin(variable)
        self._of_variable[variable] = self._of_variable.get(variable, frozenset()) | labels

    def tested(self, variable: Variable, labels: frozenset[str]) -> None:
        """A node variable is asked whether it has these labels."""
        self.labels |= labels
        # A variable that no pattern brings stays one that may be any node of the query.
        if self._origin(variable) in self._of_variable:
            self.matched(variable, labels)

    def renamed(self, old: Variable, new: Variable) -> None:
        """A projection passed a node on under another variable."""
        self._renamed[new] = old

    def property_of(self, variable: Variable | None, name: str) -> None:
        """A property of a node is read; of any node of the query where `variable` is None."""
        self._accesses.add((variable, name))

    def finish(self) -> None:
        """Resolve what was read, now that all labels are known."""
        for variable, name in self._accesses:
            labels = None
            if variable is not None:
                labels = self._of_variable.get(self._origin(variable))
            # A node that no pattern's variable names may be any node of the query.
            self._add(frozenset(self.labels) if labels is None else labels, name)

    def _origin(self, variable: Variable) -> Variable:
        while variable in self._renamed:
            variable = self._renamed[variable]
        return variable

    def labels_of(self, tables: frozenset[int]) -> frozenset[str]:
        """The main labels of these tables."""
        return frozenset(self.vocabulary.main_label(t) for t in tables) - {""}

    def _add(self, labels: frozenset[str], name: str) -> None:
        self.properties |= {(label, name) for label in labels}
        if name == EVERY_PROPERTY:
            for table in self.vocabulary.catalog.nodes.values():
                if table.labels and table.labels[0] in labels:
                    self.properties |= {(table.labels[0], p) for p in table.columns}
