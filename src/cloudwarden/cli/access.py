"""`cloudwarden access`: who may do what, why, and how far that leads."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer

from cloudwarden.core.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="Who may do what, why, and how far that leads.")

#: The file argument that stands for standard input.
_STDIN = "-"


@app.command("evaluate")
def evaluate(
    source: Annotated[
        str,
        typer.Option(
            "--input", "-i", help="A file of cases, one JSON object a line; - is standard input."
        ),
    ] = _STDIN,
) -> None:
    """Decide IAM requests given with all their policies, one case a line, offline.

    A line holds `id`, `request` (`principal`, `principal_type`, `action`, `resource`,
    `resource_account`, `context`), and the policies of each layer: `identity`, `boundary`,
    `session`, `scps`, `rcps`, `resource_policy`, `endpoint_policy`. The answer, a line each, says
    `decision`, `certainty`, `layer` and `statements`; a line that is no case is answered with its
    `error`.
    """
    from cloudwarden.analysis.iam.cases import evaluate_cases
    from cloudwarden.core.json import dumps

    with opened(source) as lines:
        for answer in evaluate_cases(lines):
            sys.stdout.write(dumps(answer) + "\n")


@contextmanager
def opened(source: str) -> Iterator[IO[str]]:
    """A text file, or standard input for `-`. Raises `UsageError` if it cannot be read."""
    # Bytes that are no UTF-8 belong to a line that is no case, not to a crash.
    if source == _STDIN:
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8", errors="replace")
        yield sys.stdin
        return
    try:
        with Path(source).open(encoding="utf-8", errors="replace") as file:
            yield file
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror}") from error
