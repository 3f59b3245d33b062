"""One sealed generation: what it says of itself, and how it is opened and held."""

from __future__ import annotations

import os
import weakref
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cloudwarden.core.clock import Clock
from cloudwarden.core.errors import GraphError
from cloudwarden.graph.manifest import MANIFEST, Manifest
from cloudwarden.graph.sealing import hold

if TYPE_CHECKING:
    from cloudwarden.graph.graph import Graph


@dataclass(frozen=True, slots=True)
class Generation:
    """A sealed graph: its name, its folder, and what its manifest says."""

    name: str
    folder: Path
    manifest: Manifest

    @classmethod
    def read(cls, folder: Path) -> Generation:
        """The generation in `folder`. Raises `GraphError` if there is none or it is damaged."""
        return cls(folder.name, folder, Manifest.read(folder))

    def verify(self) -> None:
        """Compare every file's checksum with the manifest. Raises `GraphError` if one differs."""
        self.manifest.check(self.folder)

    def open(self, clock: Clock | None = None) -> Graph:
        """A graph to query, which stays readable until it is let go, whatever is built meanwhile.

        Raises `GraphError` if the generation is gone or damaged.
        """
        from cloudwarden.graph.graph import Graph

        with ExitStack() as undo:
            try:
                descriptor = hold(self.folder / MANIFEST)
            except FileNotFoundError as error:
                raise GraphError(f"the graph {self.name} is gone; build it again") from error
            undo.callback(os.close, descriptor)
            self.manifest.check(self.folder, contents=False)
            graph = Graph.open(self.folder, clock=clock)
            undo.pop_all()
        weakref.finalize(graph, os.close, descriptor)
        return graph
