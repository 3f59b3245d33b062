"""What a hand-written `read` function is given: its scope, calls to ask for, assets to make.

def read(context: ReadContext) -> Steps:
    pages = yield from context.paginate("iam:ListUsers")
    users = [context.asset("AWSUser", user, id_=user["Arn"]) for user in pages.items("Users[]")]
    return context.reading(users)
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudwarden.providers.aws.asking import Asker, Listing, Step
from cloudwarden.providers.aws.assets import Item, build
from cloudwarden.providers.aws.flatten import plain
from cloudwarden.providers.aws.ledger import states_fact
from cloudwarden.providers.aws.paths import compile_path
from cloudwarden.providers.aws.plan import KindPlan, Pages
from cloudwarden.providers.base import Answer, Request
from cloudwarden.schema.records import Asset, Failure, Reading, Relation, Scope

Asked = Generator[Sequence[Request], Sequence[Answer], Any]
Listed = Generator[Sequence[Request], Sequence[Answer], list[list[Any]]]


@dataclass(frozen=True, slots=True)
class Documents:
    """The pages of a list, and why there are no more if one failed."""

    documents: tuple[Mapping[str, Any], ...]
    failure: Failure | None = None

    def items(self, path: str) -> list[Any]:
        """What `path` finds in every page, as one list."""
        find = compile_path(path)
        return [one for document in self.documents for one in find(document) or ()]


class ReadContext:
    """One scope being read by hand. Calls are counted, and failures noted, by themselves."""

    def __init__(
        self,
        asker: Asker,
        kinds: Mapping[str, KindPlan],
        pages: Mapping[str, Pages] | None = None,
    ) -> None:
        self._asker = asker
        self._pages = pages or {}
        self._ledger = asker.ledger
        self._kinds = kinds

    @property
    def scope(self) -> Scope:
        """What is being read."""
        return self._ledger.scope

    @property
    def account(self) -> str:
        """The account that is being read."""
        return self.scope.account

    @property
    def region(self) -> str:
        """Where calls go that name no other region; a global scope's go to the home region."""
        return self._asker.region

    @property
    def partition(self) -> str:
        """The partition that ARNs are made with."""
        return self._asker.variables["partition"]

    def request(
        self,
        operation: str,
        *,
        absent: Iterable[str] = (),
        region: str = "",
        **parameters: Any,
    ) -> Asked:
        """Ask once: an `Answer`. Codes in `absent` state a fact and come as an empty document."""
        answers = yield from self.requests(
            [self.prepare(operation, region=region, **parameters)], absent=absent
        )
        return answers[0]

    def prepare(self, operation: str, *, region: str = "", **parameters: Any) -> Request:
        """A request of this scope's account, for `requests`."""
        return Request(operation, self.account, region or self.region, parameters)

    def requests(self, requests: Sequence[Request], *, absent: Iterable[str] = ()) -> Asked:
        """Ask many at once: their `Answer`s in the same order."""
        answers = yield from self._ledger.ask(requests)
        codes = frozenset(absent)
        found = []
        for answer in answers:
            if answer.failure is not None and states_fact(answer.failure, codes):
                found.append(Answer(answer.request, document={}))
                continue
            if answer.failure is not None:
                self._ledger.fail(answer.request.operation, answer.failure)
            found.append(answer)
        return found

    def paginate(
        self,
        operation: str,
        *,
        tokens: Mapping[str, str] | None = None,
        region: str = "",
        **parameters: Any,
    ) -> Asked:
        """Ask for every page of a listing: `Documents`.

        Pages follow botocore's paginator where the operation is among the resource's
        `operations`; `tokens` says it otherwise, mapping each parameter that asks for the next
        page to the path of its value. A page that is not read means that something may have been
        missed: nothing is called gone.
        """
        pages = self._pages.get(operation)
        if tokens is not None:
            pages = Pages(tuple(tokens), tuple(map(compile_path, tokens.values())), None)
        asked = Listing(self.prepare(operation, region=region, **parameters), pages)
        yield from self._follow([asked])
        return Documents(tuple(asked.documents), asked.failure)

    def listings(
        self, requests: Sequence[Request], items: str, *, absent: Iterable[str] = ()
    ) -> Listed:
        """Follow many lists side by side, each as `paginate` does: the items of each.

        `items` is the path to them in a page. A list that fails with a code in `absent` is empty.
        """
        asked = [Listing(request, self._pages.get(request.operation)) for request in requests]
        yield from self._follow(asked, frozenset(absent))
        return [Documents(tuple(one.documents), one.failure).items(items) for one in asked]

    def _follow(self, asked: Sequence[Listing], absent: Collection[str] = ()) -> Step:
        yield from self._asker.run(asked)
        for one in asked:
            if one.failure is not None and not states_fact(one.failure, absent):
                self.incomplete(one.request.operation, one.failure)

    def incomplete(self, operation: str, failure: Failure | None) -> None:
        """Something that may hold assets was not read: nothing missing may be called gone."""
        if failure is not None:
            self._ledger.unlisted(operation, failure)

    def asset(
        self,
        label: str,
        document: Mapping[str, Any],
        *,
        id_: str,
        name: str | None = None,
        region: str = "",
        properties: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        relations: Iterable[Relation] = (),
        unread: Mapping[str, Failure] | None = None,
    ) -> Asset:
        """An asset of a label in `produces`: the document's members as its shape says, and more.

        `properties` are added to (and win over) those of the document. Raises `KeyError` for a
        label that is not produced.
        """
        item = Item(dict(document), dict(tags or {}), dict(unread or {}))
        made = build(
            self._kinds[label], item, id_, self.scope, self._asker.variables, tuple(relations)
        )
        self._ledger.note(made)
        given = {n: plain(v) for n, v in (properties or {}).items() if v is not None}
        return Asset(
            made.label,
            made.id,
            made.account,
            region or made.region,
            name if name is not None else made.name,
            {**made.properties, **given},
            made.tags,
            made.relations,
            made.unread,
        )

    def reading(self, assets: Iterable[Asset]) -> Reading:
        """What the script came to."""
        return self._ledger.reading(assets)
