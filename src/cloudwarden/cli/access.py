"""`cloudwarden access`: who may do what, why, and how far that leads."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from cloudwarden.cli import access_words
from cloudwarden.cli.access_external import external
from cloudwarden.cli.access_paths import paths
from cloudwarden.cli.access_report import report
from cloudwarden.cli.options import AsOfOption, OutputOption
from cloudwarden.cli.output import Output, print_rows, say
from cloudwarden.cli.workspace import Workspace, workspace
from cloudwarden.core.errors import UsageError

if TYPE_CHECKING:
    from cloudwarden.analysis.iam.ask import Answer, Capable
    from cloudwarden.analysis.iam.world import World

app = typer.Typer(no_args_is_help=True, help="Who may do what, why, and how far that leads.")

#: The file argument that stands for standard input.
_STDIN = "-"


@app.command("can")
def can(
    ctx: typer.Context,
    principal: Annotated[
        str,
        typer.Argument(
            metavar="PRINCIPAL",
            help="A user or role (ARN or name), a service, an account, or * for anybody.",
        ),
    ],
    action: Annotated[
        str, typer.Argument(metavar="ACTION", help="An IAM action, as s3:GetObject.")
    ],
    resource: Annotated[
        str,
        typer.Argument(
            metavar="ARN",
            help="What it is about: an ARN, the id or name of what was collected, or * for an "
            "action without resources.",
        ),
    ],
    explain: Annotated[
        bool, typer.Option("--explain", help="Say why, statement by statement.")
    ] = False,
    as_of: AsOfOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Say whether a principal can do something.

    The decision is `allowed`, `implicit_deny` (nothing allows it) or `explicit_deny`. It is
    `conditional` where it depends on the request (its address, its time, MFA…), and `unknown`
    where it depends on a policy that was not read.
    """
    from cloudwarden.analysis.iam.ask import Access

    with workspace(ctx) as work:
        moment, world = _world(work, as_of)
        asked = access_words.principal(world, principal), access_words.action(action)
        answer = Access(world, moment).can(*asked, access_words.resource(world, resource))
    row = _told(answer)
    if output is not Output.TABLE:
        print_rows([row], list(row), output)
        return
    if explain:
        sys.stdout.write("\n".join(row["explanation"]) + "\n")
        return
    print_rows([row], ["principal", "action", "resource", "decision", "certainty", "layer"], output)


@app.command("who-can")
def who_can(
    ctx: typer.Context,
    what: Annotated[
        str,
        typer.Argument(
            metavar="ACTION", help="An IAM action, as s3:GetObject, or a relation, as CAN_READ."
        ),
    ],
    resource: Annotated[
        str,
        typer.Argument(
            metavar="ARN", help="What it is about: an ARN, or the id or name of what was collected."
        ),
    ],
    explain: Annotated[
        bool, typer.Option("--explain", help="Say of each why, statement by statement.")
    ] = False,
    as_of: AsOfOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """List who can do something to a resource.

    Users and roles, and outsiders that the resource's own policy names. `whole` is false where it
    is only some of what is in the resource. Exits with 5 where something that was not read may
    let others in.
    """
    from cloudwarden.analysis.iam.ask import Access

    with workspace(ctx) as work:
        moment, world = _world(work, as_of)
        what = access_words.action(what) if ":" in what else what
        resource = access_words.resource(world, resource)
        found = Access(world, moment).who_can(what, resource)
    rows = [_capable(one) for one in found.found]
    rows += [
        {"principal": who, "certainty": "named by the resource's policy", "condition": None,
         "whole": None, "layer": "resource", "explanation": []}
        for who in found.outsiders
    ]  # fmt: skip
    nobody = "Of those that were read, nobody" if found.unknown else "Nobody"
    for sentence in found.unknown:
        say(f"unknown: {sentence}")
    if output is Output.TABLE and explain:
        for row in rows:
            sys.stdout.write("\n".join([row["principal"], *row["explanation"], ""]) + "\n")
    else:
        print_rows(
            rows,
            ["principal", "certainty", "condition", "whole", "layer"],
            output,
            empty=f"{nobody} can {', '.join(found.actions)} on {resource}.",
        )
    if found.unknown:
        raise typer.Exit(5)


@app.command("evaluate")
def evaluate(
    source: Annotated[
        str,
        typer.Option(
            "--input", "-i", help="A file of cases, one JSON object a line; - is standard input."
        ),
    ] = _STDIN,
    explain: Annotated[
        bool, typer.Option("--explain", help="Add to each answer why, in words.")
    ] = False,
) -> None:
    """Decide requests given with their policies, offline.

    Reads one case a line. A line holds `id`, `request` (`principal`, `principal_type`, `action`,
    `resource`, `resource_account`, `context`), and the policies of each layer: `identity`,
    `boundary`, `session`, `scps`, `rcps`, `resource_policy`, `endpoint_policy`. The answer, a line
    each, says `decision`, `certainty`, `layer` and `statements`; a line that is no case is answered
    with its `error`.
    """
    from cloudwarden.analysis.iam.cases import evaluate_cases
    from cloudwarden.core.json import dumps_bytes

    answered = wrong = 0
    with _opened_lines(source) as lines:
        for answer in evaluate_cases(lines, explained=explain):
            answered, wrong = answered + 1, wrong + ("error" in answer)
            sys.stdout.buffer.write(dumps_bytes(answer) + b"\n")
            # Whoever sends one case and waits for its answer gets it.
            sys.stdout.buffer.flush()
    if wrong:
        say(f"{wrong} of {answered} lines are no cases; their answers say why.")


@contextmanager
def _opened_lines(source: str) -> Iterator[IO[bytes]]:
    """The lines of a file, or of standard input for `-`, as bytes: JSON says how to read them.

    Raises `UsageError` if the file cannot be read.
    """
    if source == _STDIN:
        if sys.stdin is None:
            raise UsageError("standard input is closed; give a file with --input")
        yield sys.stdin.buffer
        return
    try:
        with Path(source).open("rb") as file:
            yield file
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror}") from error


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


def _world(work: Workspace, as_of: str | None) -> tuple[datetime, World]:
    """The world of access now, or at a past moment."""
    from cloudwarden.analysis.iam.estate_world import LABELS, world_of

    moment = work.moment(as_of) if as_of else work.clock.now()
    return moment, world_of(access_words.collected(work.estate(LABELS, moment if as_of else None)))


def _told(answer: Answer) -> dict[str, Any]:
    request = answer.asking.request
    return {
        "principal": request.principal.id,
        "action": request.action,
        "resource": request.resource,
        **answer.decision.as_json(),
        "explanation": answer.explain(),
    }


def _capable(one: Capable) -> dict[str, Any]:
    told = _told(one.answer)
    return {
        "principal": one.principal,
        "certainty": one.certainty.value,
        "condition": one.condition,
        "whole": one.whole,
        "layer": told["layer"],
        "statements": told["statements"],
        "explanation": told["explanation"],
    }


app.command("external")(external)
app.command("paths")(paths)
app.command("report")(report)
