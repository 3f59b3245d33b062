"""How far a publication has got: read from the server, written with every batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cloudwarden.graph.generation import Generation
from cloudwarden.graph.neo4j.server import Server, Statement
from cloudwarden.graph.neo4j.statements import (
    FIND_KEYS,
    FIND_TYPES,
    READ_PUBLICATION,
    WRITE_PUBLICATION,
)

NODES, RELATIONS, GONE_RELATIONS, GONE_NODES = (
    "nodes",
    "relations",
    "gone relations",
    "gone nodes",
)
#: The order of work: ends before relations, and nothing is removed before all that is new is there.
PHASES = (NODES, RELATIONS, GONE_RELATIONS, GONE_NODES)
DONE = "done"


@dataclass(frozen=True, slots=True)
class Publication:
    """The generation being published, the phase, and the last (label or type, key) dealt with.

    `labels` and `types` are all that may be on the server, `indexes` the names of those made.
    """

    generation: str = ""
    phase: str = PHASES[0]
    name: str = ""
    key: str = ""
    labels: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    indexes: frozenset[str] = frozenset()

    @classmethod
    def read(cls, server: Server) -> Publication:
        """What the server says; what can be told from the nodes themselves if it says nothing."""
        for row in server.read(READ_PUBLICATION):
            return cls._of(row["publication"])
        labels = frozenset(row["name"] for row in server.read(FIND_KEYS))
        types = frozenset(row["name"] for row in server.read(FIND_TYPES))
        return cls(labels=labels, types=types)

    @classmethod
    def _of(cls, stored: Mapping[str, Any]) -> Publication:
        return cls(
            generation=stored.get("generation") or "",
            phase=stored.get("phase") or PHASES[0],
            name=stored.get("at_name") or "",
            key=stored.get("at_key") or "",
            labels=frozenset(stored.get("labels") or ()),
            types=frozenset(stored.get("types") or ()),
            indexes=frozenset(stored.get("indexes") or ()),
        )

    def begun(
        self, generation: Generation, labels: frozenset[str], types: frozenset[str]
    ) -> Publication:
        """The publication of a generation from its start; names of earlier ones stay known."""
        return replace(
            self,
            generation=generation.name,
            phase=PHASES[0],
            name="",
            key="",
            labels=self.labels | labels,
            types=self.types | types,
        )

    def at(self, phase: str, name: str = "", key: str = "") -> Publication:
        """The same, further on."""
        return replace(self, phase=phase, name=name, key=key)

    def statement(self) -> Statement:
        """What stores it."""
        stored = {
            "generation": self.generation,
            "phase": self.phase,
            "at_name": self.name,
            "at_key": self.key,
            "labels": sorted(self.labels),
            "types": sorted(self.types),
            "indexes": sorted(self.indexes),
        }
        return Statement(WRITE_PUBLICATION, {"publication": stored})
