"""Reads one declared resource against answers given in a test, without network or collection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cloudwarden.core.errors import DeclarationError
from cloudwarden.providers.aws.compiler import Compiler
from cloudwarden.providers.aws.declarations import Resource
from cloudwarden.providers.aws.plan import make_plan
from cloudwarden.providers.aws.reader import read
from cloudwarden.providers.base import Answer, Request, Steps
from cloudwarden.schema.labels import COMMON_PROPERTIES, Label, PropertyType
from cloudwarden.schema.records import Asset, Failure, Reading, Scope, Verdict

ACCOUNT = "111122223333"
REGION = "eu-west-1"

_PYTHON_TYPES: Mapping[PropertyType, type | tuple[type, ...]] = {
    PropertyType.STRING: str,
    PropertyType.JSON: str,
    PropertyType.INTEGER: int,
    PropertyType.FLOAT: (int, float),
    PropertyType.BOOLEAN: bool,
    PropertyType.STRINGS: list,
    PropertyType.INTEGERS: list,
    PropertyType.FLOATS: list,
    PropertyType.BOOLEANS: list,
}

#: What answers a request: a document, a failure, a list of them (one a call), or a function of the
#: parameters.
Reply = Any


@dataclass
class Read:
    """A reading, and the batches of requests that it took."""

    reading: Reading
    batches: list[Sequence[Request]] = field(default_factory=list)

    @property
    def requests(self) -> list[Request]:
        return [request for batch in self.batches for request in batch]

    @property
    def assets(self) -> dict[str, Asset]:
        return {asset.id: asset for asset in self.reading.assets}

    def only(self, label: str = "") -> Asset:
        (asset,) = (one for one in self.reading.assets if not label or one.label == label)
        return asset


def compiled(*resources: Resource) -> Compiler:
    """The declarations checked; targets of relations need not exist."""
    compiler = Compiler()
    for position, resource in enumerate(resources):
        compiler.add("test", position, resource, lambda _label: "test.py:1")
    return compiler


def read_resource(
    resource: Resource,
    answers: Mapping[str, Reply],
    *,
    region: str = REGION,
    partition: str = "aws",
) -> Read:
    """What reading `resource` comes to. Raises the declaration's first problem.

    Fails where an asset has a property that its label does not declare, or of another type.
    """
    compiler = compiled(resource)
    if compiler.problems:
        raise compiler.problems[0]
    plan = make_plan(compiler.resources[resource.label], resource)
    scope = Scope("aws", ACCOUNT, region, resource.label)
    result = drive(read(plan, scope, partition), answers)
    for asset in result.reading.assets:
        assert_declared(asset, compiler.labels)
    return result


def assert_declared(asset: Asset, labels: Mapping[str, Label]) -> None:
    """An asset holds only what its label declares, in the declared types."""
    declared = {**COMMON_PROPERTIES, **labels[asset.label].properties}
    for name, value in asset.properties.items():
        assert name in declared, f"{asset.label}.{name} is not declared"
        expected = _PYTHON_TYPES[declared[name].type]
        assert isinstance(value, expected), f"{asset.label}.{name} is {value!r}, not {expected}"


def drive(steps: Steps, answers: Mapping[str, Reply]) -> Read:
    """Answer every request of `steps` from `answers`, by operation."""
    left = {name: list(reply) for name, reply in answers.items() if isinstance(reply, list)}
    batches: list[Sequence[Request]] = []
    try:
        batch = next(steps)
        while True:
            batches.append(list(batch))
            batch = steps.send([_answer(request, answers, left) for request in batch])
    except StopIteration as end:
        return Read(end.value, batches)


def denied(code: str = "AccessDenied") -> Failure:
    return Failure(Verdict.DENIED, code, "you may not")


def failed(code: str) -> Failure:
    return Failure(Verdict.FAILED, code, "it did not work")


def problems(*resources: Resource) -> list[str]:
    """Everything that is wrong with declarations, as one would read it."""
    compiler = compiled(*resources)
    compiler.finish()
    found: list[DeclarationError] = compiler.problems
    return [str(problem) for problem in found]


def _answer(
    request: Request, answers: Mapping[str, Reply], left: Mapping[str, list[Any]]
) -> Answer:
    reply = answers[request.operation]
    if isinstance(reply, list):
        reply = left[request.operation].pop(0)
    if isinstance(reply, Callable):  # type: ignore[arg-type]
        reply = reply(request.parameters)
    if isinstance(reply, Failure):
        return Answer(request, failure=reply)
    return Answer(request, document=reply)
