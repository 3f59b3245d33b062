"""Options that several commands share, spelled once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from cloudwarden.cli.output import Output
from cloudwarden.core.errors import UsageError

#: Where the global options are kept in the command context.
CONTEXT_KEY = "cloudwarden"


@dataclass(frozen=True, slots=True)
class GlobalOptions:
    """What was given before the command's name."""

    config: Path | None = None
    data_dir: Path | None = None
    log_level: str | None = None


OutputOption = Annotated[Output, typer.Option("--output", "-o", help="How to print the result.")]
AccountOption = Annotated[
    str | None,
    typer.Option("--account", help="Only this account (id or name).", show_default=False),
]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", help="As it was at this moment (ISO 8601).", show_default=False),
]


def split(text: str | None) -> tuple[str, ...]:
    """The parts of a comma-separated option."""
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    """Options of the form `key=value`, repeated. Raises `UsageError` for any other form."""
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise UsageError(f"{option} takes key=value, not {text!r}")
        found[key] = value
    return found
