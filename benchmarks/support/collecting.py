"""One real collection in a process of its own, told as JSON: calls, CPU, memory, time.

Calls are counted by botocore's own events, not by our account of them. The one argument is JSON:
`database` (a path), `regions`, `types` (all if empty), `threads`, and `delay`, the seconds that
each request waits before it is sent.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from botocore import handlers

ACCOUNT = "123456789012"

#: Parameters that ask for a further page.
_TOKENS = frozenset(
    {
        "ContinuationToken",
        "ExclusiveStartTableName",
        "Marker",
        "NextMarker",
        "NextToken",
        "marker",
        "nextToken",
        "position",
    }
)


class Hook:
    """Sees every call that botocore builds, and every request that it sends."""

    def __init__(self, delay: float) -> None:
        self.operations: Counter[str] = Counter()
        self.pages: Counter[str] = Counter()
        self.requests: Counter[tuple[Any, ...]] = Counter()
        self._delay = delay
        handlers.BUILTIN_HANDLERS.append(("provide-client-params", self.built))
        handlers.BUILTIN_HANDLERS.append(("before-send", self.sent))

    def built(self, params: Any, model: Any, **_: Any) -> None:
        """Botocore's event `provide-client-params`."""
        operation = f"{model.service_model.service_name}:{model.name}"
        self.operations[operation] += 1
        self.pages[operation] += bool(_TOKENS & set(params))

    def sent(self, request: Any, event_name: str, **_: Any) -> None:
        """Botocore's event `before-send`."""
        # The scope of a signature is the key, the day, the region and the service.
        signed = request.headers.get("Authorization", b"").partition(b"Credential=")[2]
        scope = signed.partition(b",")[0]
        self.requests[event_name, request.url, str(request.body), scope] += 1
        if self._delay:
            time.sleep(self._delay)


def main(database: str, regions: list[str], types: list[str], threads: int, delay: float) -> None:
    """Collect once and print what it took."""
    hook = Hook(delay)
    from cloudwarden.collect import Collector, CollectSettings
    from cloudwarden.collect.events import CallMade, Event
    from cloudwarden.core.clock import SystemClock
    from cloudwarden.inventory.store import Inventory
    from cloudwarden.providers.aws.loader import load_catalogue
    from cloudwarden.providers.aws.provider import AwsProvider
    from cloudwarden.providers.base import AccountSettings

    clock = SystemClock()
    catalogue = load_catalogue()
    if types:
        chosen = {key: one for key, one in catalogue.resources.items() if key in types}
        catalogue = replace(catalogue, resources=chosen)
    inventory = Inventory.open(f"sqlite:///{database}", clock)
    provider = AwsProvider(catalogue, clock, max_connections=threads)
    account = AccountSettings(id=ACCOUNT, name="bench", regions=tuple(regions))
    started = time.monotonic()
    retried: Counter[str] = Counter()

    def on_event(event: Event) -> None:
        if isinstance(event, CallMade) and event.retried:
            retried[event.operation] += 1

    settings = CollectSettings(threads=threads)
    result = Collector(provider, inventory, clock, settings, on_event).run([account])
    wall = time.monotonic() - started
    usage = resource.getrusage(resource.RUSAGE_SELF)
    told = {
        "calls": hook.requests.total(),
        "told": result.api_calls,
        # What was asked again because it had not been answered is no repetition.
        "repeated": hook.requests.total() - len(hook.requests) - retried.total(),
        "retried": retried.total(),
        "again": [key[:3] for key, times in hook.requests.items() if times > 1],
        "operations": hook.operations,
        "cpu": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss / 1024,
        "wall": wall,
        "scopes": {verdict.value: count for verdict, count in result.scopes.items()},
        "assets": result.seen,
    }
    assets = Counter(asset.label for asset in inventory.assets())
    scopes = Counter(reading.scope.type for reading in inventory.readings())
    allowed = _allowed(catalogue.resources.values(), assets, scopes)
    # Further pages, and what was not answered the first time, come on top.
    told["excess"] = dict(hook.operations - allowed - hook.pages - retried)
    inventory.close()
    provider.close()
    sys.stdout.write(json.dumps(told))


def _allowed(resources: Iterable[Any], assets: Counter[str], scopes: Counter[str]) -> Counter[str]:
    """One list call a scope and one detail call an asset and operation; pages come on top."""
    # Who we are, where we may read, what the account calls itself: once an account.
    allowed = Counter({"sts:GetCallerIdentity": 1, "ec2:DescribeRegions": 1})
    for one in resources:
        if one.kind.list is None:
            # A script of its own: it may list by any of its operations, and complete by any.
            most = max((assets[label] for label in one.labels), default=0)
            for operation in one.operations:
                allowed[operation] += scopes[one.key] + most
        else:
            _allow(one.kind, scopes[one.key], assets, allowed)
    return allowed


def _allow(kind: Any, lists: int, assets: Counter[str], allowed: Counter[str]) -> None:
    if kind.list is not None:
        allowed[kind.list.operation] += lists
    for detail in kind.details:
        allowed[detail.operation] += assets[kind.label]
    for part in kind.parts:
        _allow(part, assets[kind.label], assets, allowed)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
