"""botocore's service models, cut down to the operations we call.

The models of forty services take 70 MB and most of a second to load; what we call of them takes
a tenth. This is a botocore `Loader` like any other, so that sessions, clients and everything
built on them behave as ever. A process needs one.
"""

from __future__ import annotations

import gzip
import os
import shutil
import threading
from collections.abc import Collection, Mapping
from hashlib import blake2b
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import botocore
import orjson
from botocore.loaders import JSONFileLoader, Loader

from cloudwarden import __version__

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

    Safe to use from many threads; each model is read once. What was cut down is kept in
    `cache_dir`, by versions and operations, for the next process; a cache that cannot be read or
    written is done without, and so it is where the user has models of their own.
    """

    def __init__(
        self,
        operations: Mapping[str, Collection[str]] | None = None,
        cache_dir: Path | None = None,
    ) -> None:
        super().__init__(file_loader=_Files(), extra_search_paths=_own_paths())
        self._operations = operations or {}
        shared = not _own_paths() and not Path(self.CUSTOMER_DATA_PATH).exists()
        self._cached = ModelCache(cache_dir) if cache_dir and shared else None
        self._models: dict[tuple[str, str, str | None], Any] = {}
        self._lock = threading.RLock()

    def load_service_model(
        self, service_name: str, type_name: str, api_version: str | None = None
    ) -> Any:
        """A model of a service, as botocore's own loader would give it. Raises as that does."""
        key = (service_name, type_name, api_version)
        with self._lock:
            if key not in self._models:
                self._models[key] = self._find(service_name, type_name, api_version)
            return self._models[key]

    def _find(self, service: str, type_name: str, api_version: str | None) -> Any:
        if service not in self._operations or api_version is not None:
            return _Once(self).load_service_model(service, type_name, api_version)
        wanted = {*self._operations[service], *_ALWAYS.get(service, ())}
        found = self._cached.get(service, type_name, wanted) if self._cached else None
        if found is None:
            found = _Once(self).load_service_model(service, type_name)
            if type_name == "service-2":
                found = only(found, wanted)
            if self._cached:
                self._cached.put(service, type_name, wanted, found)
        return found


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


class ModelCache:
    """Files of models cut down by earlier processes, one folder for each version of botocore."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / f"botocore-{botocore.__version__}"

    def get(self, service: str, type_name: str, operations: Collection[str]) -> Any:
        """A model that was put; None if there is none."""
        try:
            return orjson.loads(self._path(service, type_name, operations).read_bytes())
        except (OSError, ValueError):
            return None

    def put(self, service: str, type_name: str, operations: Collection[str], model: Any) -> None:
        """Keep a model; other versions' are taken away with the first one of a new version."""
        path = self._path(service, type_name, operations)
        try:
            if not self._folder.exists():
                for old in self._folder.parent.glob("botocore-*"):
                    shutil.rmtree(old, ignore_errors=True)
                self._folder.mkdir(parents=True)
            with NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as file:
                file.write(orjson.dumps(model))
            Path(file.name).replace(path)
        except OSError:
            return

    def _path(self, service: str, type_name: str, operations: Collection[str]) -> Path:
        told = " ".join((__version__, *sorted(operations)))
        digest = blake2b(told.encode(), digest_size=8).hexdigest()
        return self._folder / f"{service}-{type_name}-{digest}.json"


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
