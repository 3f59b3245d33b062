"""The calls that list items and complete them, as generators of requests.

All calls of a step are asked for at once, further pages and what remains of a failed batch in the
steps after it.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cloudwarden.providers.aws.assets import Item
from cloudwarden.providers.aws.ledger import Ledger, states_fact
from cloudwarden.providers.aws.parameters import Variables
from cloudwarden.providers.aws.plan import CallPlan, Pages
from cloudwarden.providers.aws.tags import read_tags
from cloudwarden.providers.base import Answer, Request
from cloudwarden.schema.records import Failure, Verdict

Step = Generator[Sequence[Request], Sequence[Answer], None]

#: Error codes with which services say that what was asked about is not there any more.
_GONE = re.compile(r"NotFound|NoSuch|DoesNotExist|NotExist|NonExistent|^404$|\bUnknownResource")


@dataclass(slots=True)
class Listing:
    """One call with all its pages: what they told, and why there are no more if one failed."""

    request: Request
    pages: Pages | None
    documents: list[Any] = field(default_factory=list, kw_only=True)
    failure: Failure | None = field(default=None, kw_only=True)
    tokens: set[str] = field(default_factory=set, kw_only=True)

    def following(self, document: Any) -> bool:
        """Set the request to the next page; False after the last, a failure if tokens repeat."""
        pages = self.pages
        tokens = pages.following(document) if pages else None
        if pages is None or tokens is None:
            return False
        spelt = repr(tokens)
        if spelt in self.tokens:
            self.failure = Failure(
                Verdict.FAILED,
                "RepeatedToken",
                f"{self.request.operation} gave a page token that it had given before",
            )
            return False
        self.tokens.add(spelt)
        before = self.request
        parameters = {n: v for n, v in before.parameters.items() if n not in pages.inputs}
        self.request = Request(
            before.operation, before.account, before.region, {**parameters, **tokens}
        )
        return True


@dataclass(slots=True)
class Job(Listing):
    """A declared call. `items` are those that it completes or whose parts it lists."""

    call: CallPlan
    items: list[Item]


@dataclass(frozen=True, slots=True)
class Asker:
    """Makes the calls of one scope. `region` is where they go that name no other."""

    ledger: Ledger
    region: str
    variables: Variables

    def request(self, call: CallPlan, document: Any, parameters: dict[str, Any]) -> Request:
        """A call of this scope's account."""
        region = call.region(document, self.variables) if call.region else None
        return Request(call.operation, self.ledger.scope.account, region or self.region, parameters)

    def run(self, calls: Sequence[Listing]) -> Step:
        """Make calls side by side to their last pages; documents and failures are then in them."""
        while calls:
            answers = yield from self.ledger.ask([call.request for call in calls])
            unfinished: list[Listing] = []
            for call, answer in zip(calls, answers, strict=True):
                if answer.document is None:
                    call.failure = answer.failure
                    continue
                call.documents.append(answer.document)
                if call.following(answer.document):
                    unfinished.append(call)
            calls = unfinished

    def complete(self, calls: Sequence[CallPlan], items: Sequence[Item]) -> Step:
        """Ask every detail of one step about every item, and merge the answers into the items."""
        jobs: list[Job] = []
        for call in calls:
            wanted = [item for item in items if self._is_wanted(call, item)]
            jobs.extend(self._batches(call, wanted) if call.batch else self._singles(call, wanted))
        while jobs:
            yield from self.run(jobs)
            again: list[Job] = []
            for job in jobs:
                if (
                    job.failure is not None
                    and len(job.items) > 1
                    and _GONE.search(job.failure.code)
                ):
                    # One item that is gone fails the whole batch: ask about each alone.
                    again.extend(self._batches(job.call, job.items, size=1))
                else:
                    self._take(job)
            jobs = again

    def _is_wanted(self, call: CallPlan, item: Item) -> bool:
        if item.vanished:
            return False
        for operation in call.needs:
            failure = item.unread.get(operation)
            if failure is not None:
                # Whether it had to be asked, and what about, is unknown with it.
                item.unread.setdefault(call.operation, failure)
                return False
        return call.when is None or bool(call.when(item.document, self.variables))

    def _singles(self, call: CallPlan, items: Iterable[Item]) -> Iterable[Job]:
        for item in items:
            parameters = call.parameters(item.document, self.variables)
            if parameters is not None:
                request = self.request(call, item.document, parameters)
                yield Job(request, call.pages, call, [item])

    def _batches(self, call: CallPlan, items: Iterable[Item], size: int = 0) -> Iterable[Job]:
        batch, by = call.batch, call.by
        if batch is None or by is None:
            return
        groups: dict[str, dict[Any, list[Item]]] = {}
        for item in items:
            value = by(item.document, self.variables)
            if value is None:
                continue
            region = call.region(item.document, self.variables) if call.region else None
            groups.setdefault(region or self.region, {}).setdefault(value, []).append(item)
        size = size or batch.size
        for region, by_value in groups.items():
            values = list(by_value)
            for start in range(0, len(values), size):
                chunk = values[start : start + size]
                members = [item for value in chunk for item in by_value[value]]
                parameters = call.parameters(members[0].document, self.variables)
                if parameters is None:
                    continue
                parameters[batch.parameter] = chunk
                request = Request(call.operation, self.ledger.scope.account, region, parameters)
                yield Job(request, call.pages, call, members)

    def _take(self, job: Job) -> None:
        call, failure = job.call, job.failure
        if failure is not None:
            self._fail(job, failure)
            return
        for item in job.items:
            item.answered = True
        if call.batch is not None:
            self._take_batch(job)
            return
        _merge(call, job.documents, job.items[0])

    def _take_batch(self, job: Job) -> None:
        call = job.call
        if call.items is None or call.match is None or call.by is None:
            return
        elements: dict[Any, Any] = {}
        for document in job.documents:
            for element in call.items(document) or ():
                elements[call.match(element)] = element
        for item in job.items:
            element = elements.get(call.by(item.document, self.variables))
            if element is None:
                continue
            if call.tags is not None:
                item.tags.update(read_tags(call.tags(element)))
            if call.into:
                item.document[call.into] = element
            elif call.tags is None:
                item.document.update(element)

    def _fail(self, job: Job, failure: Failure) -> None:
        operation = job.call.operation
        if states_fact(failure, job.call.absent):
            for item in job.items:
                item.answered = True
            return
        for item in job.items:
            item.unread[operation] = failure


def gone(items: Iterable[Item]) -> None:
    """Mark the items that vanished between listing and details.

    An item has vanished if every detail that was asked about it answered that there is no such
    thing. Where one did answer the item exists, and the others have failed.
    """
    for item in items:
        if item.unread and not item.answered:
            item.vanished = all(_GONE.search(failure.code) for failure in item.unread.values())


def _merge(call: CallPlan, documents: Sequence[Any], item: Item) -> None:
    """Put what a detail's pages tell into the item."""
    if call.tags is not None:
        for document in documents:
            item.tags.update(read_tags(call.tags(document)))
        if call.items is None:
            return
    if call.items is None:
        found: Any = documents[0]
        for document in documents[1:]:
            found = _joined(found, document)
        found = {name: value for name, value in found.items() if name != "ResponseMetadata"}
    else:
        found = call.items(documents[0])
        for document in documents[1:]:
            more = call.items(document)
            found = found + more if isinstance(found, list) and isinstance(more, list) else more
    if found is None:
        return
    if call.into:
        item.document[call.into] = found
        return
    if isinstance(found, list):
        found = found[0] if found else None
    if isinstance(found, dict):
        item.document.update(found)


def _joined(known: dict[str, Any], page: dict[str, Any]) -> dict[str, Any]:
    """An answer's pages as one: lists are put one after the other."""
    joined = dict(known)
    for name, value in page.items():
        before = joined.get(name)
        if isinstance(value, list) and isinstance(before, list):
            joined[name] = before + value
        else:
            joined[name] = value
    return joined
