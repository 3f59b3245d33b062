"""A reading that is written by hand, call by call.

`Script` follows pages, tells facts ("there is none") from failures, and keeps the ledger. It makes
no call itself: its generators yield requests and are sent their answers, as
`providers.base.Steps` wants.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import Any

from cloudwarden.providers.aws.ledger import Asking, Ledger
from cloudwarden.providers.aws.paging import ManyItems, follow
from cloudwarden.providers.base import Answer, Request
from cloudwarden.schema.records import Asset, Failure, Reading, Scope

Items = Generator[Sequence[Request], Sequence[Answer], list[Any]]


class Script:
    """One scope's reading in the making."""

    def __init__(self, scope: Scope, region: str) -> None:
        """`region` is where calls go that name none (a global scope has no region of its own)."""
        self.scope = scope
        self._region = region
        self._ledger = Ledger(scope)

    def request(
        self, operation: str, parameters: Mapping[str, Any] | None = None, region: str = ""
    ) -> Request:
        """A call of this scope's account."""
        return Request(operation, self.scope.account, region or self._region, parameters or {})

    def ask(
        self,
        requests: Sequence[Request],
        absent: Mapping[str, frozenset[str]] | None = None,
    ) -> Asking:
        """The answers to requests that may run at once.

        `absent` has, by operation, error codes that state a fact (there is none); such an answer
        comes back as an empty document and is no failure.
        """
        answers = yield from self._ledger.ask(requests)
        found: list[Answer] = []
        for answer in answers:
            operation = answer.request.operation
            codes = (absent or {}).get(operation, frozenset())
            if answer.failure is None:
                found.append(answer)
            elif answer.failure.code in codes:
                found.append(Answer(answer.request, document={}))
            else:
                self._ledger.fail(operation, answer.failure)
                found.append(answer)
        return found

    def listing(
        self,
        operation: str,
        items: str,
        tokens: Mapping[str, str],
        parameters: Mapping[str, Any] | None = None,
    ) -> Items:
        """The items of every page of a list; where one is not read, the reading is incomplete.

        `tokens` maps each parameter that asks for the next page to the path of its value.
        """
        found = yield from self.listings([self.request(operation, parameters)], items, tokens)
        return found[0]

    def listings(
        self, requests: Sequence[Request], items: str, tokens: Mapping[str, str]
    ) -> ManyItems:
        """As `listing`, for many lists of one operation at once: a list of items for each."""

        def missed(request: Request, failure: Failure | None) -> None:
            self.incomplete(failure, request.operation)

        return (yield from follow(self.ask, missed, requests, items, tokens))

    def incomplete(self, failure: Failure | None, operation: str = "") -> None:
        """Something that may hold assets was not read: nothing missing may be called gone."""
        if failure is not None:
            self._ledger.unlisted(operation or self.scope.type, failure)

    def reading(self, assets: Iterable[Asset]) -> Reading:
        """What the script came to, as `Ledger.reading` judges it."""
        return self._ledger.reading(assets)
