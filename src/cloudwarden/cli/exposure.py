"""`cloudwarden exposure`: what the internet reaches, what one thing reaches of another, and why."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cloudwarden.cli.options import AsOfOption, OutputOption
from cloudwarden.cli.output import Output, print_rows
from cloudwarden.cli.workspace import workspace
from cloudwarden.core.errors import UsageError

if TYPE_CHECKING:
    from cloudwarden.analysis.estate import Estate, EstateAsset
    from cloudwarden.analysis.exposure.reach import Reach
    from cloudwarden.analysis.exposure.verdicts import Exposure

app = typer.Typer(
    no_args_is_help=True, help="What the internet reaches, and what one thing reaches of another."
)

_PORT = re.compile(r"(?:(?P<protocol>tcp|udp)/)?(?P<first>\d{1,5})(?:-(?P<last>\d{1,5}))?")


@app.command("reach")
def reach(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(help="From where: an id, ARN, name, block or internet.")],
    target: Annotated[str, typer.Argument(help="To where: an id, ARN, name, block or internet.")],
    port: Annotated[
        list[str] | None,
        typer.Option("--port", help="Only this port, as 443, tcp/8000-8100 or udp/53; repeatable."),
    ] = None,
    as_of: AsOfOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Say what one thing can reach of another over the network, and why, or what is in the way.

    Either is an instance, network interface, subnet, VPC, security group, load balancer, database,
    function or task, an address or block, or `internet`. `conditional` is what goes through
    something with rules of its own, as a firewall; `unknown` what depends on something that was
    not read: then the command exits with 5.
    """
    from cloudwarden.analysis.exposure.derive import LABELS
    from cloudwarden.analysis.exposure.reach import reach as reached

    ports = [_port(text) for text in port or ()]
    with workspace(ctx) as work:
        estate = work.estate(LABELS, work.moment(as_of) if as_of else None)
        found = reached(estate, source, target, tuple(ports) or None)
    if output is Output.TABLE:
        _print(_reach_in_words(found), found.steps, found.unknown, found.condition)
    else:
        row = _reach_row(found)
        print_rows([row], list(row), output)
    if found.unknown:
        raise typer.Exit(5)


@app.command("explain")
def explain(
    ctx: typer.Context,
    asset: Annotated[str, typer.Argument(help="The id, ARN or name of what may be exposed.")],
    as_of: AsOfOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Say whether the internet reaches something: the chain of reasons, or what is in the way.

    Exits with 5 where that depends on something that was not read.
    """
    from cloudwarden.analysis.exposure.derive import LABELS, Exposures

    with workspace(ctx) as work:
        estate = work.estate(LABELS, work.moment(as_of) if as_of else None)
        known = _asset(estate, asset)
        found = Exposures(estate).of(known)
    if output is Output.TABLE:
        _print(_exposure_in_words(known, found), found.steps, found.unknown, found.condition)
    else:
        row = _exposure_row(known, found)
        print_rows([row], list(row), output)
    if found.unknown:
        raise typer.Exit(5)


def _port(text: str) -> tuple[int, int, int]:
    """Protocol, first and last port. Raises `UsageError`."""
    from cloudwarden.analysis.exposure.regions import TCP, UDP

    matched = _PORT.fullmatch(text)
    first = int(matched["first"]) if matched else 0
    last = int(matched["last"] or first) if matched else 0
    if matched is None or not first <= last <= 65535:
        raise UsageError(f"--port takes a port as 443, tcp/8000-8100 or udp/53, not {text!r}")
    return UDP if matched["protocol"] == "udp" else TCP, first, last


def _asset(estate: Estate, name: str) -> EstateAsset:
    """The one thing of that id, ARN or name that can be exposed. Raises `UsageError`."""
    from cloudwarden.analysis.exposure.vocabulary import SUBJECTS

    by_id: dict[tuple[str, str], EstateAsset] = {}
    by_name: dict[tuple[str, str], EstateAsset] = {}
    known: set[str] = set()
    for one in estate.assets(*SUBJECTS):
        known.update(text for text in (one.id, one.name) if text)
        if name in (one.id, one.get("arn")):
            by_id[one.label, one.id] = one
        elif name == one.name:
            by_name[one.label, one.id] = one
    found = by_id or by_name
    if len(found) == 1:
        ((label, id_),) = found
        return estate.asset(label, id_) or found[label, id_]
    if found:
        several = ", ".join(f"{id_} ({label})" for label, id_ in list(found)[:8])
        raise UsageError(f"several are called {name!r}: {several}; give an id or ARN")
    close = get_close_matches(name, known, 1)
    hint = f"did you mean {close[0]}?" if close else "see `cloudwarden assets list`"
    raise UsageError(
        f"nothing of the id, ARN or name {name!r} that the internet could reach was collected; "
        f"{hint}"
    )


def _print(
    answer: str, steps: Sequence[str], unknown: Sequence[str], condition: str | None
) -> None:
    lines = [answer]
    lines += [f"  {number}. {step}" for number, step in enumerate(steps, 1)]
    lines += [f"  unknown: {reason}" for reason in unknown]
    if condition:
        lines.append(f"  provided: {condition}")
    sys.stdout.write("\n".join(lines) + "\n")


def _reach_in_words(found: Reach) -> str:
    between = f"{found.source} {{}} {found.target}"
    if found.reachable is False:
        return between.format("does not reach")
    verb = "reaches" if found.reachable else "may reach"
    ports = f" on {', '.join(found.ports)}" if found.ports else ""
    certainty = "" if found.reachable else f" ({found.certainty})"
    return between.format(verb) + ports + certainty


def _reach_row(found: Reach) -> dict[str, Any]:
    return {
        "source": found.source,
        "target": found.target,
        "reachable": found.reachable,
        "certainty": found.certainty.value,
        "ports": list(found.ports),
        "steps": list(found.steps),
        "unknown": list(found.unknown),
        "condition": found.condition,
    }


def _exposure_in_words(asset: EstateAsset, found: Exposure) -> str:
    what = f"{asset.label} {asset.name or asset.id}"
    ports = f" on {', '.join(found.ports)}" if found.ports else ""
    types = ", ".join(one for one in found.types if one)
    if found.exposed:
        return f"{what} is exposed to the internet{ports} ({types})"
    if not found.possible:
        return f"{what} is not exposed to the internet"
    if found.sources:
        return f"{what} is exposed to {', '.join(found.sources)}{ports} ({types})"
    return f"{what} may be exposed to the internet{ports} ({found.certainty})"


def _exposure_row(asset: EstateAsset, found: Exposure) -> dict[str, Any]:
    return {
        "label": asset.label,
        "id": asset.id,
        "name": asset.name,
        "account": asset.account,
        "region": asset.region,
        "exposed_internet": found.exposed,
        "certainty": found.certainty.value,
        "types": [one for one in found.types if one],
        "ports": list(found.ports),
        "sources": list(found.sources),
        "steps": list(found.steps),
        "unknown": list(found.unknown),
        "condition": found.condition,
    }
