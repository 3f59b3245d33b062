"""botocore's service models, cut down to the operations we call.

The models of forty services take 70 MB and most of a second to load; what we call of them takes
a tenth. This is a botocore `Loader` like any other, so that sessions, clients and everything
built on them behave as ever. A process needs one.
"""

from __future__ import annotations

import gzip
import os
import threading
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import orjson
from botocore.loaders import JSONFileLoader, Loader

#: What botocore itself calls behind a client's back: S3's redirects to a bucket's region.
_ALWAYS: Mapping[str, frozenset[str]] = {
    "s3": frozenset({"HeadBucket", "CreateSession"}),
    "sts": frozenset({"AssumeRole", "AssumeRoleWithWebIdentity", "GetCallerIdentity"}),
    "sso": frozenset({"GetRoleCredentials"}),
    "sso-oidc": frozenset({"CreateToken"}),
    "ec2": frozenset({"DescribeRegions"}),
    "iam": frozenset({"ListAccountAliases"}),
}


class ModelLoader(Loader):
    """Loads models with `operations` (names by service) only; a service not named loads whole.

    Safe to use from many threads; each model is read once.
    """

    def __init__(self, operations: Mapping[str, Collection[str]] | None = None) -> None:
        super().__init__(file_loader=_Files(), extra_search_paths=_own_paths())
        self._operations = operations or {}
        self._models: dict[tuple[str, str, str | None], Any] = {}
        self._lock = threading.RLock()

    def load_service_model(
        self, service_name: str, type_name: str, api_version: str | None = None
    ) -> Any:
        """A model of a service, as botocore's own loader would give it. Raises as that does."""
        key = (service_name, type_name, api_version)
        with self._lock:
            if key not in self._models:
                model = _Once(self).load_service_model(service_name, type_name, api_version)
                if type_name == "service-2" and service_name in self._operations:
                    wanted = {*self._operations[service_name], *_ALWAYS.get(service_name, ())}
                    model = only(model, wanted)
                self._models[key] = model
            return self._models[key]


def only(model: Mapping[str, Any], operations: Collection[str]) -> dict[str, Any]:
    """A service model with these operations, the shapes they reach, and no documentation."""
    kept = {
        name: _undocumented(model["operations"][name])
        for name in model["operations"]
        if name in operations
    }
    shapes: dict[str, Any] = {}
    pending = [
        reference["shape"]
        for operation in kept.values()
        for reference in (
            operation.get("input"),
            operation.get("output"),
            *operation.get("errors", ()),
        )
        if reference
    ]
    while pending:
        name = pending.pop()
        if name in shapes:
            continue
        shape = _undocumented(model["shapes"][name])
        references = [shape[part] for part in ("member", "key", "value") if part in shape]
        if "members" in shape:
            shape["members"] = {
                member: _undocumented(reference) for member, reference in shape["members"].items()
            }
            references += shape["members"].values()
        shapes[name] = shape
        pending += [reference["shape"] for reference in references]
    return {**_undocumented(model), "operations": kept, "shapes": shapes}


def _undocumented(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: part for key, part in value.items() if key != "documentation"}


def _own_paths() -> list[str]:
    """Where the user keeps models of their own (`AWS_DATA_PATH`)."""
    text = os.environ.get("AWS_DATA_PATH", "")
    return [os.path.expandvars(Path(p).expanduser()) for p in text.split(os.pathsep) if p]


class _Once(Loader):
    """Loads one model and is thrown away, as a loader keeps for good whatever it loaded."""

    def __init__(self, index: Loader) -> None:
        super().__init__(file_loader=_Files(), extra_search_paths=_own_paths())
        self._index = index

    def list_available_services(self, type_name: str) -> Any:
        """What the lasting loader found, as looking through the folders takes long."""
        return self._index.list_available_services(type_name)


class _Files(JSONFileLoader):
    """Reads botocore's data files; several times faster than its own reader."""

    def exists(self, file_path: str) -> bool:
        return os.path.isfile(f"{file_path}.json") or os.path.isfile(f"{file_path}.json.gz")  # noqa: PTH113

    def load_file(self, file_path: str) -> Any:
        for path, opened in ((f"{file_path}.json", open), (f"{file_path}.json.gz", gzip.open)):
            if os.path.isfile(path):  # noqa: PTH113
                with opened(path, "rb") as file:
                    return orjson.loads(file.read())
        return None
