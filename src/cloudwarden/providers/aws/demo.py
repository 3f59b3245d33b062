"""Builds a demonstration company on a moto server, from steps declared as data.

An estate is a folder of YAML files. `estate.yaml` names the accounts and the phases; every other
file holds the steps of one phase:

    - in: alpha us-east-1            # account name and region; kept until the next `in`
      do: ec2:CreateVpc              # service:Operation, as in botocore's model
      with: {CidrBlock: 10.1.0.0/16}
      save: {vpc: Vpc.VpcId}         # JMESPath into the answer
    - do: ec2:CreateTags
      for: [web, worker]             # once for each; the value is ${item}
      with: {Resources: ["${vpc}"], Tags: [{Key: Name, Value: "${item}"}]}

`${name}` stands for a saved value of the same account, `${account.name}` for one of another
account, `${alpha}` for an account's id. A text that is nothing but one such name keeps the
value's type. A mapping under `json:` becomes JSON text, for policies.

moto runs in a process of its own and is only ever reached on 127.0.0.1.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jmespath
import yaml

from cloudwarden.core.errors import CloudwardenError, DeclarationError
from cloudwarden.core.json import dumps

_NAME = re.compile(r"\$\{([A-Za-z0-9_.-]+)\}")
_STEP_KEYS = {"in", "do", "with", "save", "for"}


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a phase, for one account and region."""

    account: str
    region: str
    operation: str
    parameters: Mapping[str, Any]
    save: Mapping[str, str]
    items: Sequence[Any]
    where: str


@dataclass(frozen=True, slots=True)
class Estate:
    """The accounts by name, the one whose credentials are ambient, and the phases' steps."""

    accounts: Mapping[str, str]
    home: str
    role: str
    root: Mapping[str, Mapping[str, int]]
    phases: Mapping[str, Sequence[Step]]


@dataclass(slots=True)
class Builder:
    """Carries out phases; what steps saved is kept from one phase to the next."""

    estate: Estate
    endpoint: str
    saved: dict[str, dict[str, Any]] = field(default_factory=dict)
    _clients: dict[tuple[str, str, str], Any] = field(default_factory=dict)

    def run(self, phase: str, on_step: Callable[[], None] = lambda: None) -> int:
        """Carry out a phase, its accounts side by side; returns how many calls it took.

        Raises `CloudwardenError` naming the step that the server refused.
        """
        steps = self.estate.phases[phase]
        names = [n for n in self.estate.accounts if any(step.account == n for step in steps)]

        def account_steps(name: str) -> int:
            return sum(self._step(step, on_step) for step in steps if step.account == name)

        # The home account goes first: what others refer to across accounts is made there.
        done = account_steps(self.estate.home) if self.estate.home in names else 0
        others = [name for name in names if name != self.estate.home]
        with ThreadPoolExecutor(max_workers=max(len(others), 1)) as pool:
            return done + sum(pool.map(account_steps, others))

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
            from botocore.config import Config

            from cloudwarden.providers.aws.endpoints import keep_local_endpoints

            self._clients[key] = self._session(account).create_client(
                service,
                region_name=region,
                endpoint_url=self.endpoint,
                config=Config(inject_host_prefix=False),
            )
            keep_local_endpoints(self._clients[key])
        return self._clients[key]

    def _session(self, account: str) -> Any:
        from botocore.session import Session

        session = Session()
        session.set_credentials("demo", "demo")
        if account == self.estate.home:
            return session
        partition = session.get_partition_for_region("us-east-1")
        sts: Any = session.create_client("sts", region_name="us-east-1", endpoint_url=self.endpoint)
        answer = sts.assume_role(
            RoleArn=(
                f"arn:{partition}:iam::{self.estate.accounts[account]}:role/{self.estate.role}"
            ),
            RoleSessionName="demo",
        )["Credentials"]
        assumed = Session()
        assumed.set_credentials(
            answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"]
        )
        return assumed

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


def load_estate(folder: Path) -> Estate:
    """Read and check an estate. Raises `DeclarationError` naming file and step."""
    main = folder / "estate.yaml"
    try:
        table = yaml.safe_load(main.read_text())
        accounts = {str(name): str(number) for name, number in table["accounts"].items()}
        home, role = str(table["home"]), str(table["role"])
        root = {accounts[name]: dict(facts) for name, facts in table.get("root", {}).items()}
        files = {str(phase): list(names) for phase, names in table["phases"].items()}
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise DeclarationError(
            f"not an estate (accounts, home, role, phases): {error}", str(main)
        ) from error
    phases = {
        phase: [step for name in names for step in _steps(folder / name, accounts)]
        for phase, names in files.items()
    }
    return Estate(accounts=accounts, home=home, role=role, root=root, phases=phases)


def _steps(file: Path, accounts: Mapping[str, str]) -> Iterator[Step]:
    try:
        records = yaml.safe_load(file.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise DeclarationError(f"not a list of steps: {error}", str(file)) from error
    account = region = ""
    for number, record in enumerate(records, 1):
        where = f"{file}:{number}"
        unknown = set(record) - _STEP_KEYS
        if unknown or "do" not in record:
            raise DeclarationError(f"a step has do and of {sorted(_STEP_KEYS)}: {record}", where)
        if "in" in record:
            account, _, region = record["in"].partition(" ")
            if account not in accounts or not region:
                raise DeclarationError(f"`in` names an account and a region: {record['in']}", where)
        yield Step(
            account=account,
            region=region,
            operation=record["do"],
            parameters=record.get("with", {}),
            save=record.get("save", {}),
            items=record.get("for", [None]),
            where=where,
        )


def _method(client: Any, operation: str, where: str) -> str:
    mapping: Mapping[str, str] = client.meta.method_to_api_mapping
    for method, name in mapping.items():
        if name == operation:
            return method
    raise DeclarationError(f"there is no operation {operation}", where)


@contextmanager
def moto_server(estate: Estate, timeout: float = 30.0) -> Iterator[str]:
    """A moto server for `estate` in a process of its own on a free loopback port; yields its URL.

    Raises `CloudwardenError` if moto is not installed or does not answer within `timeout` seconds.
    """
    if find_spec("moto") is None:
        raise CloudwardenError("the demo needs moto: pip install 'cloudwarden[demo]'")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(  # noqa: S603  our own interpreter, our own arguments
        [
            sys.executable,
            "-m",
            "cloudwarden.providers.aws.demo_server",
            str(port),
            dumps(estate.root),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, server, timeout)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(port: int, server: subprocess.Popen[bytes], timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise CloudwardenError(f"the moto server on 127.0.0.1:{port} did not start")
