"""Makes a Neo4j database hold what a sealed generation holds, writing only what differs.

Server and generation are read side by side in order of key; what is new or changed is written in
batches, then what is gone is removed. Each batch is one transaction that also notes how far we
are, so a publication that was cut off goes on from there; and as every write is by key, doing one
again changes nothing. Nodes and relations that we did not write are never read or touched, but a
relation of somebody else's goes with the node of ours that it hangs on, when that is gone.

A database holds one estate: publishing another into it replaces the first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cloudwarden.graph.generation import Generation
from cloudwarden.graph.neo4j import publication as phases
from cloudwarden.graph.neo4j import statements
from cloudwarden.graph.neo4j.contents import Contents, Item
from cloudwarden.graph.neo4j.difference import Held, Pair, paired
from cloudwarden.graph.neo4j.names import labels_of, main_label
from cloudwarden.graph.neo4j.publication import DONE, PHASES, Publication
from cloudwarden.graph.neo4j.server import PublishError, Server, Statement

#: Nodes or relations that are written in one transaction.
BATCH = 1_000

#: Comes after every digit of a key.
_AFTER_DIGITS = "g"


@dataclass(slots=True)
class Tally:
    """What was done, or in a dry run would be; when resumed, since then."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a publication did. `resumed` says that an earlier one had been cut off."""

    generation: str
    resumed: bool = False
    nodes: Tally = field(default_factory=Tally)
    relations: Tally = field(default_factory=Tally)


@dataclass(frozen=True, slots=True)
class Progress:
    """A label or type was dealt with in a phase; `done` of `total` steps are over."""

    phase: str
    name: str
    done: int
    total: int


def publish(
    generation: Generation,
    server: Server,
    *,
    batch: int = BATCH,
    dry_run: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
) -> Outcome:
    """Make the server hold the generation; a dry run only counts.

    Raises `GraphError` if the generation cannot be read, `PublishError` if the server cannot be
    reached or written: then publishing again goes on from there.
    """
    with Contents(generation) as contents:
        return _Publisher(generation, contents, server, batch, dry_run).run(on_progress)


class _Publisher:
    def __init__(
        self, generation: Generation, contents: Contents, server: Server, batch: int, dry_run: bool
    ) -> None:
        self._generation = generation
        self._contents = contents
        self._server = server
        self._batch = batch
        self._dry_run = dry_run
        catalog = contents.catalog
        self._labels = {
            main_label(table): labels_of(table, catalog) for table in catalog.nodes.values()
        }
        self._types = frozenset(catalog.relations)
        self._at = Publication.read(server)
        self._is_ours = self._at.generation == generation.name
        resumed = self._is_ours and self._at.phase != DONE and not dry_run
        # A finished publication is only looked through; the server is told when something differs.
        self._begun = resumed
        self._outcome = Outcome(generation.name, resumed)

    def run(self, on_progress: Callable[[Progress], None] | None) -> Outcome:
        start = self._at if self._begun else Publication()
        if not self._dry_run:
            self._define()
        steps = [(phase, name) for phase in PHASES for name in self._names(phase)]
        place = (PHASES.index(start.phase), start.name)
        for number, (phase, name) in enumerate(steps, 1):
            here = (PHASES.index(phase), name)
            if here >= place:
                self._step(phase, name, start.key if here == place else "")
            if on_progress is not None:
                on_progress(Progress(phase, name, number, len(steps)))
        if not self._dry_run and (self._begun or not self._is_ours):
            self._finish()
        return self._outcome

    def _names(self, phase: str) -> list[str]:
        """The labels or types that a phase goes through, in order."""
        if phase in {phases.NODES, phases.RELATIONS}:
            return sorted(self._labels if phase == phases.NODES else self._types)
        if phase == phases.GONE_NODES:
            return sorted(self._at.labels | set(self._labels))
        return sorted(self._at.types | self._types)

    def _define(self) -> None:
        labels = sorted({label for labels in self._labels.values() for label in labels})
        wanted = statements.schema_statements(labels, sorted(self._types))
        for name, text in wanted.items():
            if name not in self._at.indexes:
                self._server.define(text)
        self._at = replace(self._at, indexes=self._at.indexes | set(wanted))

    def _step(self, phase: str, name: str, after: str) -> None:
        if phase == phases.NODES:
            self._write(phase, name, self._pairs_of_nodes(name, after, keys=False))
        elif phase == phases.RELATIONS:
            self._write(phase, name, self._pairs_of_relations(name, after, keys=False))
        elif phase == phases.GONE_NODES:
            self._remove(phase, name, self._pairs_of_nodes(name, after, keys=True))
        else:
            self._remove(phase, name, self._pairs_of_relations(name, after, keys=True))

    def _pairs_of_nodes(self, label: str, after: str, *, keys: bool) -> Iterator[Pair]:
        after = after or f"{label}/"
        wanted = (self._contents.node_keys if keys else self._contents.nodes)(label, after)
        # "0" is what follows "/".
        return paired(wanted, self._held(statements.NODE_PAGE, after, f"{label}0"))

    def _pairs_of_relations(self, type_: str, after: str, *, keys: bool) -> Iterator[Pair]:
        contents = self._contents
        wanted = (contents.relation_keys if keys else contents.relations)(type_, after)
        return paired(wanted, self._held(statements.relation_page(type_), after, _AFTER_DIGITS))

    def _held(self, text: str, after: str, before: str) -> Iterator[Held]:
        while True:
            page = {"after": after, "before": before, "limit": self._batch}
            rows = self._server.read(text, page)
            yield from map(Held.of, rows)
            if len(rows) < self._batch:
                return
            after = rows[-1]["key"]

    def _write(self, phase: str, name: str, pairs: Iterable[Pair]) -> None:
        tally = self._outcome.nodes if phase == phases.NODES else self._outcome.relations
        batch: list[Pair] = []
        for pair in pairs:
            if pair.wanted is None:
                continue
            if pair.held is not None and pair.held.hash == pair.wanted.hash:
                tally.unchanged += 1
                continue
            if pair.held is None:
                tally.created += 1
            else:
                tally.changed += 1
            batch.append(pair)
            if len(batch) >= self._batch:
                self._flush(phase, name, batch)
                batch = []
        self._flush(phase, name, batch)

    def _flush(self, phase: str, name: str, batch: Sequence[Pair]) -> None:
        if not batch or self._dry_run:
            return
        if phase == phases.NODES:
            self._commit(phase, name, batch[-1].key, self._node_writes(name, batch))
            return
        rows = [_row(pair.wanted) for pair in batch if pair.wanted is not None]
        text = statements.write_relations(name)
        answer = self._commit(phase, name, batch[-1].key, [Statement(text, {"rows": rows})])
        written = answer[0]["written"] if answer else 0
        if written != len(rows):
            self._start_over()
            raise PublishError(
                f"{len(rows) - written} ends of {name} relations are missing on the server: "
                "somebody removed nodes meanwhile. Publish again; it will start over"
            )

    def _node_writes(self, label: str, batch: Sequence[Pair]) -> list[Statement]:
        labels = self._labels[label]
        groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for pair in batch:
            held = pair.held.labels if pair.held else ()
            stale = tuple(sorted(set(held) - set(labels)))
            if pair.wanted is not None:
                groups.setdefault(stale, []).append(_row(pair.wanted))
        return [
            Statement(statements.write_nodes(labels, stale), {"rows": rows})
            for stale, rows in groups.items()
        ]

    def _remove(self, phase: str, name: str, pairs: Iterable[Pair]) -> None:
        of_nodes = phase == phases.GONE_NODES
        tally = self._outcome.nodes if of_nodes else self._outcome.relations
        text = statements.REMOVE_NODES if of_nodes else statements.remove_relations(name)
        gone: list[str] = []
        for pair in pairs:
            if pair.wanted is None:
                tally.removed += 1
                gone.append(pair.key)
            if len(gone) >= self._batch:
                self._commit(phase, name, gone[-1], [Statement(text, {"keys": gone})])
                gone = []
        if gone:
            self._commit(phase, name, gone[-1], [Statement(text, {"keys": gone})])

    def _commit(
        self, phase: str, name: str, key: str, writes: Sequence[Statement]
    ) -> list[dict[str, Any]]:
        """Carry out a batch and note how far we are, in one; the rows of its first statement."""
        if self._dry_run:
            return []
        at = self._at if self._begun else self._beginning()
        at = at.at(phase, name, key)
        answers = self._server.write([*writes, at.statement()])
        self._at, self._begun = at, True
        return answers[0]

    def _beginning(self) -> Publication:
        return self._at.begun(self._generation, frozenset(self._labels), self._types)

    def _start_over(self) -> None:
        self._at = self._at.at(PHASES[0])
        self._server.write([self._at.statement()])

    def _finish(self) -> None:
        at = self._at if self._begun else self._beginning()
        done = replace(at.at(DONE), labels=frozenset(self._labels), types=self._types)
        self._server.write([done.statement()])


def _row(item: Item) -> dict[str, Any]:
    row: dict[str, Any] = {"key": item.key, "properties": dict(item.properties)}
    if item.source:
        row |= {"source": item.source, "target": item.target}
    return row
