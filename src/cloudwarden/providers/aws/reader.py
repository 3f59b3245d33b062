"""The script that reads one scope: list, complete, find the parts, make assets.

A generator without I/O (`providers.base.Steps`). What fails is a stored state: a failed detail is
in its asset's `unread`, a failed listing in the reading's verdict, and nothing that was not seen
is taken for gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cloudwarden.providers.aws.asking import Asker, Job, Step, gone
from cloudwarden.providers.aws.assets import Item, build, identity
from cloudwarden.providers.aws.context import ReadContext
from cloudwarden.providers.aws.ledger import Ledger, states_fact
from cloudwarden.providers.aws.plan import CallPlan, KindPlan, PartPlan, Plan
from cloudwarden.providers.base import Steps
from cloudwarden.schema.records import (
    GLOBAL_REGION,
    Asset,
    Failure,
    Relation,
    Scope,
    Verdict,
)

__all__ = ["ReadContext", "read"]

#: Where the services without regions of their own answer, by partition.
HOME_REGIONS = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-south-1",
    "aws-eusc": "eusc-de-east-1",
}


def read(plan: Plan, scope: Scope, partition: str) -> Steps:
    """Read one scope by its plan.

    A global scope's calls go to the partition's home region.
    """
    region = scope.region
    if region == GLOBAL_REGION:
        region = HOME_REGIONS.get(partition, HOME_REGIONS["aws"])
    variables = {"account": scope.account, "region": scope.region, "partition": partition}
    asker = Asker(Ledger(scope), region, variables)
    if plan.read is not None:
        return (yield from plan.read(ReadContext(asker, plan.produced, plan.pages)))
    return (yield from _Reader(asker).read(plan))


class _Reader:
    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._ledger = asker.ledger

    def read(self, plan: Plan) -> Steps:
        listing = plan.list
        if listing is None:
            return self._ledger.reading(())
        parameters = listing.parameters(None, self._asker.variables)
        request = self._asker.request(listing, None, parameters or {})
        job = Job(request, listing.pages, listing, [])
        yield from self._asker.run([job])
        if job.failure is not None and not states_fact(job.failure, listing.absent):
            self._ledger.unlisted(listing.operation, job.failure)
        items = list(_items(listing, job.documents))
        yield from self._complete(plan.kind, items)
        return self._ledger.reading(self._assets(plan.kind, items))

    def _complete(self, kind: KindPlan, items: list[Item]) -> Step:
        """Ask for everything that the items and their parts lack; drops what has vanished."""
        for wave in kind.waves:
            yield from self._asker.complete(wave, items)
            gone(items)
        items[:] = [item for item in items if not item.vanished]
        for item in items:
            for operation, failure in item.unread.items():
                self._ledger.fail(operation, failure)
        for part in kind.parts:
            yield from self._find_parts(part, items)
            found = [child for item in items for child in item.parts[-1]]
            if found:
                yield from self._complete(part.kind, found)
                for item in items:
                    item.parts[-1] = [child for child in item.parts[-1] if not child.vanished]

    def _find_parts(self, part: PartPlan, parents: Sequence[Item]) -> Step:
        """Give every parent one more list of parts."""
        jobs: list[Job] = []
        for parent in parents:
            parent.parts.append([])
            blocked = next((one for one in part.source if one in parent.unread), None)
            if blocked is not None:
                self._ledger.unlisted(blocked, parent.unread[blocked])
            elif part.path is not None:
                found = part.path(parent.document)
                elements = found if isinstance(found, list) else (found,) if found else ()
                parent.parts[-1] = [_child(element, parent) for element in elements]
            elif part.list is not None and _applies(part.list, parent, self._asker):
                parameters = part.list.parameters(parent.document, self._asker.variables)
                if parameters is not None:
                    request = self._asker.request(part.list, parent.document, parameters)
                    jobs.append(Job(request, part.list.pages, part.list, [parent]))
        yield from self._asker.run(jobs)
        for job in jobs:
            parent = job.items[0]
            if job.failure is not None and not states_fact(job.failure, job.call.absent):
                parent.unread[job.call.operation] = job.failure
                self._ledger.unlisted(job.call.operation, job.failure)
            parent.parts[-1] = [
                _child(item.document, parent) for item in _items(job.call, job.documents)
            ]

    def _assets(self, kind: KindPlan, items: Sequence[Item]) -> Iterator[Asset]:
        for item in items:
            yield from self._with_parts(kind, item, ())

    def _with_parts(
        self, kind: KindPlan, item: Item, relations: tuple[Relation, ...]
    ) -> Iterator[Asset]:
        id_ = identity(kind, item, self._asker.variables)
        if id_ is None:
            self._unidentified(kind, item)
            return
        parts: list[Asset] = []
        for part, children in zip(kind.parts, item.parts, strict=True):
            for child in children:
                edge: tuple[Relation, ...] = ()
                if part.relation:
                    edge = (Relation(part.relation, kind.label, id_, incoming=part.incoming),)
                _inherit(part.kind, child, item)
                parts.extend(self._with_parts(part.kind, child, edge))
        asset = build(kind, item, id_, self._ledger.scope, self._asker.variables, relations)
        self._ledger.note(asset)
        yield asset
        yield from parts

    def _unidentified(self, kind: KindPlan, item: Item) -> None:
        """Something is there whose id is unknown: what was known before may not be called gone."""
        for operation in kind.identity:
            if operation in item.unread:
                self._ledger.unlisted(operation, item.unread[operation])
                return
        self._ledger.unlisted(
            kind.identity[0] if kind.identity else next(iter(self._ledger.operations), ""),
            Failure(Verdict.FAILED, "NoIdentity", f"a {kind.label} came without what makes its id"),
        )


def _items(call: CallPlan, documents: Sequence[Any]) -> Iterator[Item]:
    for document in documents:
        found = document if call.items is None else call.items(document)
        if found is None:
            continue
        for element in found if isinstance(found, list) else (found,):
            if call.bind:
                yield Item({call.bind: element})
            elif isinstance(element, dict):
                item = Item(dict(element))
                if call.items is None:
                    item.document.pop("ResponseMetadata", None)
                yield item


def _child(element: Any, parent: Item) -> Item:
    """A part's item; its document reaches its parent's under `parent`."""
    document = dict(element) if isinstance(element, dict) else {"value": element}
    document["parent"] = parent.document
    return Item(document)


def _applies(call: CallPlan, parent: Item, asker: Asker) -> bool:
    return call.when is None or bool(call.when(parent.document, asker.variables))


def _inherit(kind: KindPlan, child: Item, parent: Item) -> None:
    """What was not read of the parent is not known of a part that rests on it either."""
    for operation, failure in parent.unread.items():
        if operation in kind.operations:
            child.unread.setdefault(operation, failure)
