"""`cloudwarden publish`: the current graph into a Neo4j database."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from cloudwarden.cli.options import OutputOption
from cloudwarden.cli.output import Output, print_rows, say
from cloudwarden.cli.workspace import workspace
from cloudwarden.core.errors import GraphError, UsageError

if TYPE_CHECKING:
    from cloudwarden.graph.neo4j.publisher import Progress

#: A password on a command line is seen by everybody on the machine, and kept by the shell.
_VARIABLE = "CLOUDWARDEN_NEO4J_PASSWORD"

_COLUMNS = ["what", "created", "changed", "unchanged", "removed"]


def publish(
    ctx: typer.Context,
    to: Annotated[
        str | None,
        typer.Option(
            help="The server: neo4j+s://host, bolt://127.0.0.1:7687; default neo4j_uri.",
            show_default=False,
        ),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(
            help="The user to sign in as; default neo4j_user. Empty: do not sign in.",
            show_default=False,
        ),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            help="The database; default neo4j_database, else the user's own.", show_default=False
        ),
    ] = None,
    batch_size: Annotated[
        int, typer.Option(min=1, help="Nodes or relations in one transaction.")
    ] = 1_000,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count; write nothing.")] = False,
    output: OutputOption = Output.TABLE,
) -> None:
    """Make a Neo4j 5+ database hold the current graph; only what differs is written.

    Labels, aliases and groups become labels. Nodes of others in the same database are left alone.
    Cut off, it goes on there when run again. The password is CLOUDWARDEN_NEO4J_PASSWORD, or asked
    for. Needs the driver: pip install 'cloudwarden[neo4j]'.
    """
    with workspace(ctx) as work:
        uri = to or work.settings.neo4j_uri
        if not uri:
            raise UsageError("say which server with --to or the setting neo4j_uri")
        name = work.settings.neo4j_user if user is None else user
        # Whatever is to be said about the graph, and built if there is none, is done there.
        work.graph()
        generation = work.generations.current()
        if generation is None:
            raise GraphError("there is no graph to publish; `cloudwarden collect` builds one")

        from cloudwarden.graph.neo4j.publisher import publish as publish_generation
        from cloudwarden.graph.neo4j.server import Server

        # The server remarks that labels are unknown, before there are any.
        logging.getLogger("neo4j.notifications").setLevel(logging.ERROR)
        database = database or work.settings.neo4j_database
        with Server(uri, name, _password(name), database) as server:
            outcome = publish_generation(
                generation, server, batch=batch_size, dry_run=dry_run, on_progress=_Told()
            )
    if outcome.resumed:
        say("Went on where an earlier publication of this graph had been cut off.")
    rows = [
        {
            "what": what,
            "created": tally.created,
            "changed": tally.changed,
            "unchanged": tally.unchanged,
            "removed": tally.removed,
        }
        for what, tally in (("nodes", outcome.nodes), ("relations", outcome.relations))
    ]
    print_rows(rows, _COLUMNS, output)


class _Told:
    """Tells each phase once."""

    def __init__(self) -> None:
        self._phase = ""

    def __call__(self, progress: Progress) -> None:
        if progress.phase != self._phase:
            self._phase = progress.phase
            say(f"{progress.phase} (step {progress.done} of {progress.total})")


def _password(user: str) -> str:
    if not user:
        return ""
    given = os.environ.get(_VARIABLE)
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise UsageError(f"set {_VARIABLE} to the password of {user}")
    return str(typer.prompt(f"Password of {user}", hide_input=True, err=True))
