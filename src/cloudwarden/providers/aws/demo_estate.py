"""A demonstration company as data: accounts, and the steps that build it, phase by phase.

An estate is a folder of YAML files. `estate.yaml` names the accounts and the phases; every other
file holds the steps of one phase:

    - in: alpha us-east-1            # account name and region; kept until the next `in`
      do: ec2:CreateVpc              # service:Operation, as in botocore's model
      with: {CidrBlock: 10.1.0.0/16}
      save: {vpc: Vpc.VpcId}         # JMESPath into the answer
    - do: ec2:CreateTags
      for: [web, worker]             # once for each; the value is ${item}
      with: {Resources: ["${vpc}"], Tags: [{Key: Name, Value: "${item}"}]}

`${name}` stands for a saved value of the same account, `${alpha}` for an account's id, and
`${account.name}` for a value that another account saved in an earlier phase. A text that is
nothing but one such name keeps the value's type. A mapping under `json:` becomes JSON text, for
policies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cloudwarden.core.errors import DeclarationError

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
