"""Many listings at once, for hand-written `read` functions.

`ReadContext.paginate` follows one list to its end before the next begins; where each of a hundred
zones has a list of its own, theirs are followed side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cloudwarden.providers.aws.paths import compile_path
from cloudwarden.providers.base import Answer, Request
from cloudwarden.schema.records import Failure

if TYPE_CHECKING:
    from cloudwarden.providers.aws.context import ReadContext

Asking = Generator[Sequence[Request], Sequence[Answer], Sequence[Answer]]
ManyItems = Generator[Sequence[Request], Sequence[Answer], list[list[Any]]]


def listings(
    context: ReadContext, requests: Sequence[Request], items: str, tokens: Mapping[str, str]
) -> ManyItems:
    """The items of every page of each request's list: one list of items for each request.

    `items` is the path to them in a page; `tokens` maps each parameter that asks for the next page
    to the path of its value. Where a page is not read, nothing missing is called gone.
    """

    def missed(request: Request, failure: Failure | None) -> None:
        context.incomplete(request.operation, failure)

    return (yield from follow(context.requests, missed, requests, items, tokens))


def follow(
    ask: Callable[[Sequence[Request]], Asking],
    missed: Callable[[Request, Failure | None], None],
    requests: Sequence[Request],
    items: str,
    tokens: Mapping[str, str],
) -> ManyItems:
    """As `listings`: `ask` makes the calls, `missed` is told of each page that was not read."""
    find = compile_path(items)
    places = {name: compile_path(path) for name, path in tokens.items()}
    found: list[list[Any]] = [[] for _ in requests]
    pending = list(enumerate(requests))
    while pending:
        answers = yield from ask([request for _, request in pending])
        following: list[tuple[int, Request]] = []
        for (index, request), answer in zip(pending, answers, strict=True):
            if answer.document is None:
                missed(request, answer.failure)
                continue
            found[index] += find(answer.document) or []
            more = {n: token for n, place in places.items() if (token := place(answer.document))}
            # Tokens of the page before must not linger where this one has none.
            kept = {n: v for n, v in request.parameters.items() if n not in tokens}
            again = Request(request.operation, request.account, request.region, {**kept, **more})
            if more and again != request:
                following.append((index, again))
        pending = following
    return found
