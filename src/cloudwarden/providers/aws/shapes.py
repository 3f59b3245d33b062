"""botocore's service models as shapes: what members an answer has, and of which types.

Works on the models' JSON itself rather than `botocore.model`, because walking every curated
operation is then several times cheaper. Nothing here makes a client or a call.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from botocore.exceptions import DataNotFoundError, UnknownServiceError
from botocore.loaders import Loader

from cloudwarden.core.errors import DeclarationError
from cloudwarden.providers.aws.compiled import Paging

SCALARS = frozenset(
    {"string", "character", "integer", "long", "float", "double", "boolean", "timestamp", "blob"}
)

#: Names under which operations without a botocore paginator hand on their place.
_TOKENS = (
    ("NextToken", "NextToken"),
    ("nextToken", "nextToken"),
    ("Marker", "NextMarker"),
    ("Marker", "Marker"),
    ("NextPageToken", "NextPageToken"),
    ("PaginationToken", "PaginationToken"),
    ("position", "position"),
)


@dataclass(frozen=True)
class Shape:
    """What a value looks like: a model's shape, or one put together by a declaration.

    `kind` is botocore's type, or `unknown` for what cannot be told (the inside of a JSON text).
    An `open` structure may hold members that nobody declared.
    """

    kind: str
    name: str = ""
    enum: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    open: bool = False
    document: bool = False
    json_text: bool = False
    _members: Mapping[str, Any] = field(default_factory=dict, repr=False)
    _element: Any = field(default=None, repr=False)
    _key: Any = field(default=None, repr=False)
    _shapes: Mapping[str, Any] | None = field(default=None, repr=False)

    @cached_property
    def members(self) -> Mapping[str, Shape]:
        """Members of a structure, in the model's order."""
        return {name: self._resolve(reference) for name, reference in self._members.items()}

    @cached_property
    def element(self) -> Shape:
        """What a list holds, or a map under its keys."""
        return self._resolve(self._element)

    @cached_property
    def key(self) -> Shape:
        """What a map's keys are."""
        return self._resolve(self._key)

    @property
    def is_scalar(self) -> bool:
        """Whether it is one value without members."""
        return self.kind in SCALARS

    def _resolve(self, reference: Any) -> Shape:
        if isinstance(reference, Shape):
            return reference
        if reference is None or self._shapes is None:
            return UNKNOWN
        shape = from_model(reference["shape"], self._shapes)
        if reference.get("jsonvalue") and not shape.json_text:
            return Shape("unknown", shape.name, json_text=True)
        return shape


UNKNOWN = Shape("unknown")
STRING = Shape("string")
BOOLEAN = Shape("boolean")
INTEGER = Shape("integer")
FLOAT = Shape("double")


def from_model(name: str, shapes: Mapping[str, Any]) -> Shape:
    """The shape called `name` in a service model's `shapes`."""
    raw = shapes[name]
    kind = raw["type"]
    element = raw.get("member") if kind == "list" else raw.get("value")
    return Shape(
        kind,
        name,
        enum=tuple(raw.get("enum", ())),
        required=tuple(raw.get("required", ())),
        document=bool(raw.get("document")),
        _members=raw.get("members", {}),
        _element=element,
        _key=raw.get("key"),
        _shapes=shapes,
    )


def structure(members: Mapping[str, Shape], *, open_: bool = False) -> Shape:
    """A structure of our own making."""
    return Shape("structure", open=open_, _members=dict(members))


def list_of(element: Shape) -> Shape:
    """A list of our own making."""
    return Shape("list", _element=element)


class Models:
    """Every service's model and paginators, each loaded once, when it is first asked for."""

    def __init__(self) -> None:
        self._loader = Loader()
        self._models: dict[str, Mapping[str, Any]] = {}
        self._paginators: dict[str, Mapping[str, Any]] = {}

    def operation(self, operation: str) -> Mapping[str, Any]:
        """The model's entry of `service:Operation`. Raises `DeclarationError` with a suggestion."""
        service, _, name = operation.partition(":")
        operations = self._service(service)["operations"]
        if name not in operations:
            raise DeclarationError(f"{service} has no operation {name}{near(name, operations)}")
        found: Mapping[str, Any] = operations[name]
        return found

    def input(self, operation: str) -> Shape:
        """The shape of an operation's parameters."""
        return self._of(operation, "input")

    def output(self, operation: str) -> Shape:
        """The shape of an operation's answer."""
        return self._of(operation, "output")

    def paging(self, operation: str) -> Paging | None:
        """How the operation pages; None if it does not."""
        service, _, name = operation.partition(":")
        config = self._pagination(service).get(name)
        if config is not None:
            return Paging(
                _texts(config["input_token"]),
                _texts(config["output_token"]),
                config.get("more_results", ""),
            )
        asks, answers = self.input(operation).members, self.output(operation).members
        for given, handed_on in _TOKENS:
            if given in asks and handed_on in answers:
                return Paging((given,), (handed_on,))
        return None

    def _of(self, operation: str, side: str) -> Shape:
        reference = self.operation(operation).get(side)
        if reference is None:
            return structure({})
        return from_model(reference["shape"], self._service(operation.partition(":")[0])["shapes"])

    def _service(self, service: str) -> Mapping[str, Any]:
        model = self._models.get(service)
        if model is None:
            try:
                model = self._loader.load_service_model(service, "service-2")
            except (UnknownServiceError, DataNotFoundError) as error:
                known = self._loader.list_available_services("service-2")
                raise DeclarationError(
                    f"botocore knows no service {service}{near(service, known)}"
                ) from error
            self._models[service] = model
        return model

    def _pagination(self, service: str) -> Mapping[str, Any]:
        found = self._paginators.get(service)
        if found is None:
            try:
                found = self._loader.load_service_model(service, "paginators-1")["pagination"]
            except (UnknownServiceError, DataNotFoundError):
                found = {}
            self._paginators[service] = found
        return found


def near(name: str, known: Iterable[str]) -> str:
    """A suggestion to end a message with, where something is spelt like `name`."""
    names = {one.lower(): one for one in known}
    close = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.5)
    return f"; did you mean {names[close[0]]}?" if close else ""


def _texts(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
