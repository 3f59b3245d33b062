"""`cloudwarden schema`: the labels, properties and relations that the graph can hold."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cloudwarden.cli.options import OutputOption
from cloudwarden.cli.output import Output, print_rows, print_value
from cloudwarden.cli.workspace import Workspace, workspace
from cloudwarden.schema.common import common_relations
from cloudwarden.schema.labels import COMMON_PROPERTIES


def schema(
    ctx: typer.Context,
    label: Annotated[
        str | None, typer.Argument(help="A label, alias or group; all by default.")
    ] = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Show the schema: every label, or one with its properties and relations."""
    with workspace(ctx) as work:
        names = sorted(work.labels(label)) if label else sorted(work.registry.labels)
        details = [_detail(work, name) for name in names]
    if output is Output.JSON:
        print_value(details)
    elif label is None:
        rows = [
            {
                "label": d["label"],
                "names": [*d["aliases"], *d["groups"]],
                "properties": len(d["properties"]),
                "relations": len(d["relations"]),
                "listed_by": d["operation"],
            }
            for d in details
        ]
        print_rows(rows, ["label", "names", "properties", "relations", "listed_by"], output)
    else:
        for d in details:
            columns = ["property", "type", "operation"]
            print_rows(d["properties"], columns, output, title=d["label"])
            print_rows(d["relations"], ["source", "type", "target"], output, empty="No relations.")


def _detail(work: Workspace, name: str) -> dict[str, Any]:
    declared = work.registry.labels[name]
    names = {name, *declared.groups, *declared.aliases}
    return {
        "label": name,
        "provider": declared.provider,
        "description": declared.description,
        "aliases": list(declared.aliases),
        "groups": list(declared.groups),
        "operation": declared.operation,
        "properties": [
            {"property": p.name, "type": p.type.value, "operation": p.operation}
            for p in sorted(
                {**COMMON_PROPERTIES, **declared.properties}.values(), key=lambda p: p.name
            )
        ],
        "relations": [
            {"source": r.source, "type": r.type, "target": r.target}
            for r in (*work.registry.relations, *common_relations(work.registry))
            if r.source in names or r.target in names
        ],
    }
