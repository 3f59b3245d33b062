"""`cloudwarden access external`: whom a resource's policy lets in from outside, offline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cloudwarden.cli.options import OutputOption
from cloudwarden.cli.output import Output, print_rows, say

if TYPE_CHECKING:
    from cloudwarden.analysis.iam.external.report import ExternalRow


def external(
    policy: Annotated[
        str,
        typer.Option(
            "--policy",
            "-p",
            help="A file with a resource or trust policy, or the AWS CLI's answer that holds one;"
            " - is standard input.",
        ),
    ],
    account: Annotated[str, typer.Option(help="The account that the resource is in.")],
    organization: Annotated[
        str | None, typer.Option(help="The organization that the account is in, as o-example.")
    ] = None,
    resource: Annotated[
        str | None, typer.Option(help="The ARN of what the policy is attached to.")
    ] = None,
    known_account: Annotated[
        list[str] | None,
        typer.Option("--known-account", help="Another account of the organization; repeatable."),
    ] = None,
    restrict_public_buckets: Annotated[
        bool | None,
        typer.Option(
            help="Whether a public access block of the bucket or of its account restricts public"
            " buckets. Left out, the answer is of the policy alone.",
        ),
    ] = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Say whom a saved policy lets in from outside.

    Outside the account, and outside its organization. Each row has a witness: a request that is
    allowed. `conditional` is what depends on more than the caller can choose. Problems, such as a
    service that anybody may send, follow, and what else bears on who gets in: the answer is of the
    policy alone.
    """
    from cloudwarden.analysis.iam.external.report import external_access
    from cloudwarden.cli.access import opened
    from cloudwarden.core.json import dumps

    with opened(policy) as file:
        text = file.read()
    report = external_access(
        text,
        account,
        organization,
        resource,
        known_account or (),
        restrict_public_buckets=restrict_public_buckets,
    )
    if output is Output.JSON:
        typer.echo(dumps(report.to_json()))
        return
    rows = [one.to_json() if output is Output.NDJSON else _flat(one) for one in report.rows]
    print_rows(rows, _COLUMNS, output, empty="Nobody gets in from outside.")
    for problem in report.problems:
        say(f"{problem.kind}: statement {problem.sid or problem.statement}: {problem.reason}")
    say(f"This is of the policy alone. Not considered: {'; '.join(report.left_out)}.")


_COLUMNS = ["zone", "kind", "who", "actions", "resource", "certainty", "condition", "witness"]


def _flat(row: ExternalRow) -> dict[str, Any]:
    """A row with its witness in words."""
    return {**row.to_json(), "witness": row.in_words()}
