"""The calls that wait to be made, handed out fairly to the threads that make them.

Calls of one account × service × region share a lane, which has a pace. The next call is taken
from the account with the fewest calls under way, from its lanes in turn.
"""

from __future__ import annotations

import heapq
import threading
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count

from cloudwarden.collect.pacing import Pace
from cloudwarden.collect.scripts import Call
from cloudwarden.core.clock import Clock


@dataclass(slots=True)
class _Lane:
    pace: Pace
    calls: deque[Call] = field(default_factory=deque)


@dataclass(slots=True)
class _Account:
    lanes: dict[tuple[str, str], _Lane] = field(default_factory=dict)
    #: the lanes that have calls, the next one first
    busy: OrderedDict[tuple[str, str], None] = field(default_factory=OrderedDict)
    under_way: int = 0


class CallQueue:
    """Safe to use from many threads.

    `rate` is the pace of a lane before it was throttled, `floor` the least that throttling leaves
    of it. While several accounts have calls, none has more than three quarters of the `threads`,
    so that one whose endpoint hangs does not hold up the others.
    """

    def __init__(self, clock: Clock, threads: int, rate: float, floor: float) -> None:
        self._clock = clock
        self._rate = rate
        self._floor = floor
        self._threads = threads
        self._share = max(1, threads - threads // 4)
        self._changed = threading.Condition()
        self._accounts: dict[str, _Account] = {}
        self._later: list[tuple[float, int, Call]] = []
        self._order = count()
        self._closed = False

    def put(self, calls: Iterable[Call]) -> None:
        """Add calls to be made as soon as may be."""
        with self._changed:
            added = 0
            for call in calls:
                self._add(call)
                added += 1
            self._changed.notify(added)

    def put_later(self, call: Call, seconds: float) -> None:
        """Add a call to be made again after a while."""
        with self._changed:
            due = self._clock.monotonic() + seconds
            heapq.heappush(self._later, (due, next(self._order), call))
            self._changed.notify()

    def take(self) -> Call | None:
        """The next call to make, waiting for one; None once the queue is closed."""
        with self._changed:
            while not self._closed:
                now = self._clock.monotonic()
                self._bring_back(now)
                call, wait = self._next(now)
                if call is not None:
                    call.sent_at = now
                    if not call.tries:
                        call.begun_at = now
                    call.tries += 1
                    return call
                self._changed.wait(wait)
            return None

    def done(self, call: Call, *, throttled: bool) -> None:
        """A call that was taken came to an end, whether it will be made again or not."""
        with self._changed:
            account, lane = self._places(call)
            account.under_way -= 1
            if throttled:
                lane.pace.throttled(call.sent_at, self._clock.monotonic())
            else:
                lane.pace.succeeded()
            if account.busy:
                self._changed.notify()

    def close(self) -> None:
        """Hand out nothing more; whoever waits is told so."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _add(self, call: Call) -> None:
        account, lane = self._places(call)
        lane.calls.append(call)
        account.busy.setdefault(_lane_key(call), None)

    def _bring_back(self, now: float) -> None:
        while self._later and self._later[0][0] <= now:
            self._add(heapq.heappop(self._later)[2])

    def _next(self, now: float) -> tuple[Call | None, float | None]:
        """A call that may be made now, or how long to wait before asking again."""
        wait = self._later[0][0] - now if self._later else None
        candidates = [account for account in self._accounts.values() if account.busy]
        limit = self._threads if len(candidates) < 2 else self._share
        for account in sorted(candidates, key=_under_way):
            if account.under_way >= limit:
                break
            for key in account.busy:
                lane = account.lanes[key]
                pause = lane.pace.wait(now)
                if pause > 0.0:
                    wait = pause if wait is None else min(wait, pause)
                    continue
                lane.pace.take(now)
                account.under_way += 1
                call = lane.calls.popleft()
                del account.busy[key]
                if lane.calls:
                    account.busy[key] = None
                return call, None
        return None, wait

    def _places(self, call: Call) -> tuple[_Account, _Lane]:
        account = self._accounts.setdefault(call.request.account, _Account())
        key = _lane_key(call)
        lane = account.lanes.get(key)
        if lane is None:
            lane = account.lanes[key] = _Lane(Pace(self._rate, self._floor))
        return account, lane


def _lane_key(call: Call) -> tuple[str, str]:
    return call.request.operation.partition(":")[0], call.request.region


def _under_way(account: _Account) -> int:
    return account.under_way
