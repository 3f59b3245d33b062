"""The steps from documents to the files of a generation, in order."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cloudwarden.graph.build.adjacency import write_adjacency
from cloudwarden.graph.build.created import (
    create_implied,
    create_scope_accounts,
    create_tags,
    describe_accounts,
    link_owners,
)
from cloudwarden.graph.build.database import write_database
from cloudwarden.graph.build.derived import describe_derived, link_derived, load_derived
from cloudwarden.graph.build.documents import AssetDocument, load_documents
from cloudwarden.graph.build.edges import write_edges
from cloudwarden.graph.build.identity import identify
from cloudwarden.graph.build.nodes import write_nodes
from cloudwarden.graph.build.relations import (
    find_created,
    find_targets,
    finish_edges,
    read_relations,
)
from cloudwarden.graph.build.vocabulary import GraphRules, Vocabulary
from cloudwarden.graph.build.work import Limits, Work
from cloudwarden.graph.catalog import Catalog
from cloudwarden.schema.derived import Derived
from cloudwarden.schema.registry import Registry


@dataclass(frozen=True, slots=True)
class Built:
    """What was written. `dangling` counts relations without a target, by type."""

    catalog: Catalog
    dangling: Mapping[str, int]
    warnings: tuple[str, ...]


def build_into(
    folder: Path,
    batches: Iterable[Sequence[AssetDocument]],
    registry: Registry,
    accounts: Mapping[str, str],
    *,
    rules: GraphRules,
    limits: Limits,
    derived: Iterable[Derived] = (),
) -> Built:
    """Write `nodes/`, `relations/`, `graph.duckdb` and `adjacency/` into the empty `folder`.

    `accounts` maps the ids of the accounts we look after to their names; `derived` is what
    analysis found, and is read after `batches`. Scratch files are kept in `folder` meanwhile.
    Raises `duckdb.Error` and `OSError` where the machine refuses, `GraphError` where columns of
    `derived` do not fit, and whatever `batches` and `derived` raise.
    """
    vocabulary = Vocabulary(registry, rules)
    scratch = folder / ".work"
    work = Work(scratch, limits)
    try:
        built = _write_parquet(work, folder, batches, vocabulary, accounts, derived)
    finally:
        work.close()
        shutil.rmtree(scratch, ignore_errors=True)
    write_database(folder, built.catalog, limits)
    write_adjacency(folder, built.catalog, limits)
    return built


def _write_parquet(
    work: Work,
    folder: Path,
    batches: Iterable[Sequence[AssetDocument]],
    vocabulary: Vocabulary,
    accounts: Mapping[str, str],
    derived: Iterable[Derived],
) -> Built:
    load_documents(work, batches)
    identify(work, vocabulary)
    load_derived(work, vocabulary, derived)
    create_scope_accounts(work, vocabulary, accounts)
    read_relations(work, vocabulary)
    find_targets(work)
    warnings = create_implied(work, vocabulary)
    describe_derived(work)
    dangling = Counter(find_created(work))
    dangling.update(link_derived(work))
    describe_accounts(work, vocabulary)
    link_owners(work, vocabulary)
    create_tags(work, vocabulary)
    finish_edges(work)
    nodes, node_warnings = write_nodes(work, vocabulary, folder / "nodes")
    relations, edge_warnings = write_edges(work, vocabulary, folder / "relations")
    numbers = {table.labels[0]: table.number for table in nodes.values()}
    catalog = Catalog(
        nodes=nodes,
        relations=relations,
        names=vocabulary.names(numbers),
        known_labels=vocabulary.known_labels,
        known_types=vocabulary.known_types,
        known_properties=vocabulary.known_properties,
    )
    return Built(
        catalog, dict(sorted(dangling.items())), (*warnings, *node_warnings, *edge_warnings)
    )
