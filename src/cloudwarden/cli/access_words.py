"""What people write of principals, actions and resources, taken for the one thing that is meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from cloudwarden.cli.output import say
from cloudwarden.core.errors import StoreError, UsageError

if TYPE_CHECKING:
    from cloudwarden.analysis.estate import Estate
    from cloudwarden.analysis.iam.world import World

_ACTION = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9]+")
_ACCOUNT = re.compile(r"\d{12}")
_AWS_SERVICE = re.compile(r"\.amazonaws\.com(\.cn)?$")
#: So many of what a name may mean are told.
_TOLD = 5


def collected(estate: Estate) -> Estate:
    """The estate. Raises `StoreError` where there is none: nothing read is not "nobody"."""
    if not estate.accounts:
        raise StoreError(
            "nothing has been collected yet; run `cloudwarden collect` "
            "(or `cloudwarden demo` to see an example)"
        )
    return estate


def actor(world: World, text: str) -> str:
    """The ARN of the one user or role of that name or ARN. Raises `UsageError` for any other."""
    named = [
        one.arn
        for one in world.principals
        if text in (one.arn, one.name) and one.kind.value != "group"
    ]
    if len(named) == 1:
        return named[0]
    if named:
        raise _several(text, named)
    raise _nobody(world, text)


def principal(world: World, text: str) -> str:
    """Who was meant: a user or role by its name, or whatever may ask by how AWS spells it.

    Raises `UsageError` where nobody, or more than one, is called that, and for groups.
    """
    if ":group/" in text:
        raise _group(text)
    named = [one.arn for one in world.principals if one.name == text and one.kind.value != "group"]
    if len(named) == 1:
        return named[0]
    if named:
        raise _several(text, named)
    if text == "*" or ":" in text or _ACCOUNT.fullmatch(text):
        return text
    if _AWS_SERVICE.search(text) or (_is_service(text) and not _close(world, text)):
        return text
    raise _nobody(world, text)


def action(text: str) -> str:
    """One action. Raises `UsageError` for what is none; one that AWS does not list is told of."""
    from cloudwarden.analysis.iam.actions import catalogue

    if not _ACTION.fullmatch(text):
        hint = "ask about one action at a time" if "*" in text or "?" in text else "write it whole"
        raise UsageError(f"{text!r} is not an action; {hint}, as s3:GetObject")
    known = catalogue()
    if text not in known:
        service = text.partition(":")[0].lower()
        names = {name: name for name in known.names if name.startswith(f"{service}:")}
        found = [known.action(name) for name in get_close_matches(text.lower(), names, 2)]
        close = " or ".join(one.name for one in found if one is not None)
        hint = f"; did you mean {close}?" if close else ""
        say(f"notice: AWS lists no action {text}{hint} Policies are compared with it as text.")
    return text


def resource(world: World, text: str) -> str:
    """The ARN that was meant: as it stands, or that of the one resource with that id or name.

    Raises `UsageError` where nothing, or more than one thing, is called that.
    """
    if text == "*" or text.startswith("arn:"):
        return text
    named = [
        arn
        for table in world.resources.values()
        for arn, id_, name in zip(table.arns, table.ids, table.names, strict=True)
        if text in (id_, name) and arn
    ]
    if len(set(named)) == 1:
        return named[0]
    if named:
        raise _several(text, sorted(set(named)))
    raise UsageError(
        f"{text!r} is not an ARN, and no resource that was collected is called that; "
        "write arn:…, or * for an action without resources"
    )


def _is_service(text: str) -> bool:
    """Whether a text is what AWS calls a service, or the address of an identity provider."""
    return "." in text and not re.search(r"[\s/@]", text)


def _several(text: str, named: Sequence[str]) -> UsageError:
    told = ", ".join(sorted(named)[:_TOLD])
    more = f" and {len(named) - _TOLD} more" if len(named) > _TOLD else ""
    return UsageError(f"several are called {text!r}: {told}{more}; give an ARN")


def _nobody(world: World, text: str) -> UsageError:
    groups = [one for one in world.principals if one.kind.value == "group"]
    if any(text in (group.name, group.arn) for group in groups):
        return _group(text)
    close = _close(world, text)
    hint = f"did you mean {' or '.join(close)}?" if close else "give an ARN, or see"
    hint = f"{hint} See" if close else hint
    return UsageError(f"no user or role is called {text!r}; {hint} `cloudwarden access report`")


def _close(world: World, text: str) -> list[str]:
    """Names of users and roles that may have been meant."""
    names = {one.name for one in world.principals if one.kind.value != "group"}
    return get_close_matches(text, names, 3)


def _group(text: str) -> UsageError:
    return UsageError(f"{text!r} is a group, and groups cannot act: ask about one of its members")
