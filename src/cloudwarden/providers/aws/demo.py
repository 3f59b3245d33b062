"""Builds a demonstration company on a server that answers as AWS does, from declared steps."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jmespath

from cloudwarden.core.errors import CloudwardenError, DeclarationError
from cloudwarden.core.json import dumps
from cloudwarden.providers.aws.demo_estate import Estate, Step

if TYPE_CHECKING:
    from botocore.session import Session

_NAME = re.compile(r"\$\{([A-Za-z0-9_.-]+)\}")

#: Seconds to connect, and to wait for an answer.
_TIMEOUTS = (10.0, 60.0)


@dataclass(slots=True)
class Builder:
    """Carries out phases; what steps saved is kept from one phase to the next."""

    estate: Estate
    endpoint: str
    saved: dict[str, dict[str, Any]] = field(default_factory=dict)
    _clients: dict[tuple[str, str, str], Any] = field(default_factory=dict)
    _accounts: DemoAccounts = field(init=False)

    def __post_init__(self) -> None:
        self._accounts = DemoAccounts(self.estate, self.endpoint)

    def run(self, phase: str, on_step: Callable[[], None] = lambda: None) -> int:
        """Carry out a phase, its accounts side by side; returns how many calls it took.

        Raises `CloudwardenError` naming the step that the server refused.
        """
        steps = self.estate.phases[phase]
        names = [n for n in self.estate.accounts if any(step.account == n for step in steps)]

        def account_steps(name: str) -> int:
            return sum(self._step(step, on_step) for step in steps if step.account == name)

        with ThreadPoolExecutor(max_workers=max(len(names), 1)) as pool:
            return sum(pool.map(account_steps, names))

    def _step(self, step: Step, on_step: Callable[[], None]) -> int:
        from botocore.exceptions import BotoCoreError, ClientError

        service, _, operation = step.operation.partition(":")
        client = self._client(step.account, service, step.region)
        method = getattr(client, _method(client, operation, step.where))
        saved = self.saved.setdefault(step.account, {})
        for item in step.items:
            parameters = self._fill(step.parameters, {**saved, "item": item}, step.where)
            try:
                answer = method(**parameters)
            except (BotoCoreError, ClientError) as error:
                raise CloudwardenError(
                    f"{step.where}: {step.operation} in {step.account}: {error}"
                ) from error
            for name, path in step.save.items():
                saved[name.replace("${item}", str(item))] = jmespath.search(path, answer)
            on_step()
        return len(step.items)

    def _client(self, account: str, service: str, region: str) -> Any:
        key = (account, service, region)
        if key not in self._clients:
            self._clients[key] = self._accounts.client(account, service, region)
        return self._clients[key]

    def _fill(self, value: Any, names: Mapping[str, Any], where: str) -> Any:
        if isinstance(value, dict):
            if set(value) == {"json"}:
                return dumps(self._fill(value["json"], names, where))
            return {k: self._fill(v, names, where) for k, v in value.items()}
        if isinstance(value, list):
            return [self._fill(item, names, where) for item in value]
        if not isinstance(value, str):
            return value
        whole = _NAME.fullmatch(value)
        if whole:
            return self._lookup(whole[1], names, where)
        return _NAME.sub(lambda m: str(self._lookup(m[1], names, where)), value)

    def _lookup(self, name: str, names: Mapping[str, Any], where: str) -> Any:
        if name in names:
            return names[name]
        if name in self.estate.accounts:
            return self.estate.accounts[name]
        account, _, rest = name.partition(".")
        if rest and rest in self.saved.get(account, {}):
            return self.saved[account][rest]
        item, _, member = name.partition(".")
        if item == "item" and isinstance(names.get("item"), dict) and member in names["item"]:
            return names["item"][member]
        raise DeclarationError(f"nothing saved ${{{name}}}", where)


class DemoAccounts:
    """Sessions and clients for an estate's accounts, with one set of models and connections."""

    def __init__(self, estate: Estate, endpoint: str) -> None:
        from cloudwarden.providers.aws.connections import Connections
        from cloudwarden.providers.aws.models import ModelLoader

        self._estate = estate
        self._endpoint = endpoint
        operations: dict[str, set[str]] = {}
        for steps in estate.phases.values():
            for step in steps:
                service, _, operation = step.operation.partition(":")
                operations.setdefault(service, set()).add(operation)
        self._models = ModelLoader(operations)
        self._connections = Connections(len(estate.accounts), _TIMEOUTS)
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    def client(self, account: str, service: str, region: str) -> Any:
        """A client of a service, acting in an account."""
        from botocore.config import Config

        from cloudwarden.providers.aws.endpoints import keep_local_endpoints

        # Making sessions and clients is not safe from several threads.
        with self._lock:
            session = self._session(account)
            client = session.create_client(
                service,
                region_name=region,
                endpoint_url=self._endpoint,
                config=Config(inject_host_prefix=False),
            )
        keep_local_endpoints(client)
        self._connections.share(session, client)
        return client

    def close(self) -> None:
        """Close every connection."""
        self._connections.close()

    def _session(self, account: str) -> Session:
        if account not in self._sessions:
            home = self._sessions.get(self._estate.home) or self._new_session("demo", "demo", None)
            self._sessions[self._estate.home] = home
            if account != self._estate.home:
                self._sessions[account] = self._assumed(home, account)
        return self._sessions[account]

    def _assumed(self, home: Session, account: str) -> Session:
        partition = home.get_partition_for_region("us-east-1")
        number = self._estate.accounts[account]
        sts: Any = home.create_client("sts", region_name="us-east-1", endpoint_url=self._endpoint)
        keys = sts.assume_role(
            RoleArn=f"arn:{partition}:iam::{number}:role/{self._estate.role}",
            RoleSessionName="demo",
        )["Credentials"]
        return self._new_session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])

    def _new_session(self, key: str, secret: str, token: str | None) -> Session:
        from botocore.session import Session

        session = Session()
        session.register_component("data_loader", self._models)
        session.set_credentials(key, secret, token)
        return session


def _method(client: Any, operation: str, where: str) -> str:
    mapping: Mapping[str, str] = client.meta.method_to_api_mapping
    for method, name in mapping.items():
        if name == operation:
            return method
    raise DeclarationError(f"there is no operation {operation}", where)
