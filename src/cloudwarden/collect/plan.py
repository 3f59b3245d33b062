"""The scopes of one run: which wait, which are under way, and what came of the others."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cloudwarden.collect.result import AccountResult, judge_account
from cloudwarden.providers.base import AccountState
from cloudwarden.schema.records import Failure, Scope, Verdict


@dataclass(slots=True)
class _Account:
    state: AccountState
    waiting: deque[Scope]
    under_way: dict[Scope, None] = field(default_factory=dict)
    verdicts: Counter[Verdict] = field(default_factory=Counter)


class Plan:
    """Scopes are started from the account with the fewest under way, in the provider's order.

    Not safe for threads: the thread that runs the collection owns it.
    """

    def __init__(self) -> None:
        self._accounts: dict[str, _Account] = {}
        self._under_way = 0

    @property
    def under_way(self) -> int:
        """How many scopes were started and are not yet stored."""
        return self._under_way

    @property
    def verdicts(self) -> Counter[Verdict]:
        """How many scopes came to each verdict."""
        return sum((account.verdicts for account in self._accounts.values()), Counter())

    def add(self, state: AccountState, scopes: Sequence[Scope]) -> None:
        """Add an account that was connected to, with its scopes, each of which counts once."""
        self._accounts[state.id] = _Account(state, deque(dict.fromkeys(scopes)))

    def start(self) -> Scope | None:
        """Take the scope to start now; None if none waits."""
        waiting = [account for account in self._accounts.values() if account.waiting]
        if not waiting:
            return None
        account = min(waiting, key=lambda each: len(each.under_way))
        scope = account.waiting.popleft()
        account.under_way[scope] = None
        self._under_way += 1
        return scope

    def stored(self, scope: Scope, verdict: Verdict) -> None:
        """The reading of a scope is in the store, whether the scope was started or not."""
        account = self._accounts[scope.account]
        if scope in account.under_way:
            del account.under_way[scope]
            self._under_way -= 1
        account.verdicts[verdict] += 1

    def unfinished(self) -> Iterator[Scope]:
        """Take every scope that is under way or waits, one after the other."""
        for account in self._accounts.values():
            yield from list(account.under_way)
            while account.waiting:
                yield account.waiting.popleft()

    def results(self) -> list[AccountResult]:
        """How each account fared, in the order in which they were connected to."""
        return [_result(account) for account in self._accounts.values()]


def connection_error(failure: Failure) -> str:
    """Why an account could not be connected to, in one sentence."""
    if not failure.message:
        return failure.code
    if failure.code in failure.message:
        return failure.message
    return f"{failure.code}: {failure.message}"


def not_connected(account_id: str, name: str, failure: Failure) -> AccountResult:
    """The result of an account that could not be connected to."""
    signed_in = failure.verdict is not Verdict.DENIED
    return AccountResult(account_id, name, Verdict.FAILED, connection_error(failure), signed_in)


def _result(account: _Account) -> AccountResult:
    state = account.state
    if state.failure is not None:
        return not_connected(state.id, state.name, state.failure)
    verdict, error = judge_account(account.verdicts)
    return AccountResult(state.id, state.name, verdict, error)
