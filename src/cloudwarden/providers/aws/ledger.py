"""The bookkeeping of one scope's reading: calls made, what failed, and what it is worth."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Sequence

from cloudwarden.providers.base import Answer, Request
from cloudwarden.schema.records import Asset, Failure, Reading, Scope, Verdict

#: A generator that asks for answers on the way to a result.
Asking = Generator[Sequence[Request], Sequence[Answer], Sequence[Answer]]


class Ledger:
    """Counts calls by operation, keeps each operation's first failure, and judges in the end."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.operations: dict[str, int] = {}
        self.failures: dict[str, Failure] = {}
        self._unlisted: tuple[str, Failure] | None = None

    def ask(self, requests: Sequence[Request]) -> Asking:
        """The answers to requests that may run at once, counted."""
        if not requests:
            return ()
        for request in requests:
            self.operations[request.operation] = self.operations.get(request.operation, 0) + 1
        return (yield requests)

    def fail(self, operation: str, failure: Failure) -> None:
        """Note that an operation gave no answer where one was needed."""
        self.failures.setdefault(operation, failure)

    def note(self, asset: Asset) -> None:
        """Note what could not be read of an asset."""
        for operation, failure in asset.unread.items():
            self.fail(operation, failure)

    def unlisted(self, operation: str, failure: Failure) -> None:
        """Note that there may be assets which were not seen: nothing missing is gone."""
        self.fail(operation, failure)
        if self._unlisted is None:
            self._unlisted = (operation, failure)

    def reading(self, assets: Iterable[Asset]) -> Reading:
        """What the reading is worth.

        Complete if nothing failed, or only details that the service does not offer here. If
        something else did: partial, or, where the listing failed and nothing was found, that
        failure's own verdict.
        """
        found = one_each(assets)
        verdict, reason = Verdict.COMPLETE, ""
        if self.failures:
            operation, failure = self._unlisted or next(iter(self.failures.items()))
            reason = f"{operation}: {failure.code}: {failure.message}"
            offered = any(f.verdict is not Verdict.UNSUPPORTED for f in self.failures.values())
            if offered or self._unlisted is not None:
                verdict = Verdict.PARTIAL
            if self._unlisted is not None and not found:
                verdict = failure.verdict
        return Reading(
            self.scope,
            verdict,
            reason,
            found,
            self.operations,
            self.failures,
            listed=self._unlisted is None,
        )


def states_fact(failure: Failure, absent: Collection[str]) -> bool:
    """Whether a failure says that there is nothing (its code is among `absent`).

    A refusal states nothing, whatever its code: Security Hub's `InvalidAccessException` is that of
    an account without a hub, and that of a caller who may not ask.
    """
    return failure.code in absent and failure.verdict is not Verdict.DENIED


def one_each(assets: Iterable[Asset]) -> tuple[Asset, ...]:
    """Assets without repetitions: what several parents share is one asset with all their edges."""
    found: dict[tuple[str, str], Asset] = {}
    for asset in assets:
        key = (asset.label, asset.id)
        known = found.setdefault(key, asset)
        if known is not asset:
            extra = tuple(one for one in asset.relations if one not in known.relations)
            found[key] = Asset(
                label=known.label,
                id=known.id,
                account=known.account,
                region=known.region,
                name=known.name or asset.name,
                properties={**asset.properties, **known.properties},
                tags={**asset.tags, **known.tags},
                relations=known.relations + extra,
                unread={**asset.unread, **known.unread},
            )
    return tuple(found.values())
