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
    _of_anything: set[str] = field(default_factory=set)

    def matched(self, variable: Variable, labels: frozenset[str]) -> None:
        """A pattern's node variable may be of these labels."""
        self.labels |= labels
        self._of_variable[variable] = self._of_variable.get(variable, frozenset()) | labels

    def renamed(self, old: Variable, new: Variable) -> None:
        """A projection passed a node on under another variable."""
        if old in self._of_variable:
            self._of_variable[new] = self._of_variable[old]

    def property_of(self, variable: Variable | None, name: str) -> None:
        """A property of a node is read; of any node of the query where `variable` is None."""
        labels = self._of_variable.get(variable) if variable is not None else None
        if labels is None:
            self._of_anything.add(name)
        else:
            self._add(labels, name)

    def finish(self) -> None:
        """Resolve reads of nodes that no variable names, now that all labels are known."""
        for name in self._of_anything:
            self._add(frozenset(self.labels), name)

    def labels_of(self, tables: frozenset[int]) -> frozenset[str]:
        """The main labels of these tables."""
        return frozenset(self.vocabulary.main_label(t) for t in tables) - {""}

    def _add(self, labels: frozenset[str], name: str) -> None:
        self.properties |= {(label, name) for label in labels}
        if name == EVERY_PROPERTY:
            for table in self.vocabulary.catalog.nodes.values():
                if table.labels and table.labels[0] in labels:
                    self.properties |= {(table.labels[0], p) for p in table.columns}
