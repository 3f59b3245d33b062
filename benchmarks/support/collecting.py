"""One real collection in a process of its own, told as JSON: calls, CPU, memory, time.

Calls are counted by botocore's own events, not by our account of them. The arguments are the
database's path, the regions, the resource types (empty for all) and the milliseconds by which
each answer is delayed.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections import Counter
from dataclasses import replace
from typing import Any

from botocore import handlers

#: Parameters that ask for a further page.
_TOKENS = frozenset(
    {"NextToken", "nextToken", "Marker", "marker", "position", "ExclusiveStartTableName", "Token"}
)


class Hook:
    """Sees every request that botocore builds and sends."""

    def __init__(self, delay: float) -> None:
        self.operations: Counter[tuple[str, str]] = Counter()
        self.pages: Counter[tuple[str, str]] = Counter()
        self.requests: Counter[tuple[Any, ...]] = Counter()
        self._delay = delay
        handlers.BUILTIN_HANDLERS.append(("provide-client-params", self.built))
        handlers.BUILTIN_HANDLERS.append(("before-send", self.sent))

    def built(self, params: Any, model: Any, **_: Any) -> None:
        operation = (model.service_model.service_name, model.name)
        if _TOKENS & set(params):
            self.pages[operation] += 1

    def sent(self, request: Any, event_name: str, **_: Any) -> None:
        headers = request.headers
        key = headers.get("Authorization", b"").split(b"/aws4_request")[0].split(b"=")[-1]
        self.requests[
            (
                event_name,
                request.method,
                request.url,
                bytes(request.body or b"")
                if not isinstance(request.body, str)
                else request.body,
                headers.get("X-Amz-Target"),
                key,
            )
        ] += 1
        _, service, operation = event_name.split(".")
        self.operations[service, operation] += 1
        if self._delay:
            time.sleep(self._delay)


def main(database: str, regions: str, types: str, delay: str) -> None:
    """Collect once and print what it took."""
    hook = Hook(int(delay) / 1000)
    from cloudwarden.collect import Collector, CollectSettings
    from cloudwarden.core.clock import SystemClock
    from cloudwarden.inventory.store import Inventory
    from cloudwarden.providers.aws.loader import load_catalogue
    from cloudwarden.providers.aws.provider import AwsProvider
    from cloudwarden.providers.base import AccountSettings

    clock = SystemClock()
    catalogue = load_catalogue()
    if types:
        chosen = {key: catalogue.resources[key] for key in types.split(",")}
        catalogue = replace(catalogue, resources=chosen)
    inventory = Inventory.open(f"sqlite:///{database}", clock, provides=catalogue.provides)
    provider = AwsProvider(catalogue, clock)
    account = AccountSettings(id="123456789012", name="bench", regions=tuple(regions.split(",")))
    started = time.monotonic()
    result = Collector(provider, inventory, clock, CollectSettings()).run([account])
    wall = time.monotonic() - started
    usage = resource.getrusage(resource.RUSAGE_SELF)
    calls = hook.operations.total()
    assert calls == result.api_calls, (calls, result.api_calls)
    print(
        json.dumps(
            {
                "calls": calls,
                "repeated": sum(n - 1 for n in hook.requests.values()),
                "again": [str(key[:4]) for key, n in hook.requests.items() if n > 1],
                "operations": {f"{s}:{o}": n for (s, o), n in hook.operations.items()},
                "pages": {f"{s}:{o}": n for (s, o), n in hook.pages.items()},
                "cpu": usage.ru_utime + usage.ru_stime,
                "memory": usage.ru_maxrss / 1024,
                "wall": wall,
                "scopes": {verdict.value: n for verdict, n in result.scopes.items()},
                "assets": result.seen,
            }
        )
    )
    inventory.close()
    provider.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
