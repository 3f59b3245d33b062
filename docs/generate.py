"""Writes pages that list what declarations declare: `docs/reference/`, and `docs/cypher.md`.

Run by `make docs`.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import typer.main
from docs import cypher_page

from cloudwarden.analysis.run import with_analysis
from cloudwarden.checks.packs import load_checks
from cloudwarden.cli.main import app
from cloudwarden.graph.packs import load_queries
from cloudwarden.providers.aws.loader import load_catalogue
from cloudwarden.schema.common import common_relations
from cloudwarden.schema.labels import COMMON_PROPERTIES

REFERENCE = Path(__file__).parent / "reference"


def main() -> None:
    """Write every reference page."""
    REFERENCE.mkdir(exist_ok=True)
    for name, lines in (
        ("schema", schema()),
        ("checks", checks()),
        ("queries", queries()),
        ("commands", commands()),
    ):
        (REFERENCE / f"{name}.md").write_text("\n".join(lines) + "\n")
    cypher_page.PAGE.write_text(cypher_page.text())


def schema() -> list[str]:
    """Every label with its names, properties and relations."""
    registry = with_analysis(load_catalogue().registry())
    relations = defaultdict(set)
    for kind in (*registry.relations, *common_relations(registry)):
        text = f"`(:{kind.source})-[:{kind.type}]->(:{kind.target})`"
        for end in (kind.source, kind.target):
            for label in registry.resolve(end):
                relations[label].add(text)
    lines = ["# Schema", "", f"{len(registry.labels)} labels. Every one also has:", ""]
    lines += [f"* `{p.name}`: {p.description}" for p in COMMON_PROPERTIES.values()]
    lines.append("")
    for name, label in sorted(registry.labels.items()):
        lines += [f"## {name}", ""]
        if label.description:
            lines += [label.description, ""]
        names = [f"`{n}`" for n in (*label.aliases, *label.groups)]
        if names:
            lines += [f"Also answers to {', '.join(names)}.", ""]
        if label.operation:
            lines += [f"Listed by `{label.operation}`.", ""]
        if label.properties:
            lines += ["| property | type | from |", "|---|---|---|"]
            lines += [
                f"| `{p.name}` | {p.type.value} | "
                + (f"`{p.operation}` |" if p.operation else f"{p.description} |")
                for p in sorted(label.properties.values(), key=lambda p: p.name)
            ]
            lines.append("")
        lines += [f"* {text}" for text in sorted(relations[name])]
        lines.append("")
    return lines


def checks() -> list[str]:
    """Every built-in check."""
    loaded = load_checks()
    lines = ["# Checks", "", f"{len(loaded)} checks.", ""]
    for check in loaded:
        controls = ", ".join(f"{k} {' '.join(v)}" for k, v in check.controls.items())
        lines += [
            f"## {check.id}",
            "",
            f"**{check.title}.** Severity {check.severity}, judges `{check.subject}`"
            + (f", answers {controls}." if controls else "."),
            "",
            "```cypher",
            check.query.strip(),
            "```",
            "",
            check.remediation,
            "",
            *(f"<{reference}>" for reference in check.references),
            "",
        ]
    return lines


def queries() -> list[str]:
    """Every query of the built-in packs."""
    loaded = load_queries()
    lines = ["# Queries", "", f"{len(loaded)} queries.", ""]
    for query in loaded:
        lines += [
            f"## {query.name}",
            "",
            query.description,
            "",
            f"Tags: {', '.join(query.tags)}.",
            "",
            "```cypher",
            query.text.strip(),
            "```",
            "",
        ]
    return lines


def commands() -> list[str]:
    """Every command with its options, as its help tells them."""
    root = typer.main.get_command(app)
    lines = ["# Commands", ""]

    def tell(command, path: str) -> None:
        context = typer.Context(command, info_name=path)
        lines.extend([f"## {path}", "", "```text", command.get_help(context), "```", ""])
        for name, child in sorted(getattr(command, "commands", {}).items()):
            tell(child, f"{path} {name}")

    tell(root, "cloudwarden")
    return lines


if __name__ == "__main__":
    main()
