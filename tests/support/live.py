"""Reads declared resources against a live moto server, call by call, without collection."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from cloudwarden.providers.aws.declarations import Resource
from cloudwarden.providers.aws.plan import make_plan
from cloudwarden.providers.aws.reader import read
from cloudwarden.providers.base import Answer, Request
from cloudwarden.schema.records import Asset, Failure, Scope, Verdict
from tests.support.moto import HUB, Aws
from tests.support.reading import Read, compiled


def declared(module: str, label: str) -> Resource:
    """A resource of `services/<module>.py`."""
    resources: tuple[Resource, ...] = import_module(
        f"cloudwarden.providers.aws.services.{module}"
    ).RESOURCES
    (found,) = (one for one in resources if one.label == label)
    return found


def read_live(
    aws: Aws, resource: Resource, *, account: str = HUB, region: str = "us-east-1"
) -> Read:
    """What reading `resource` in one account and region comes to, with real answers."""
    compiler = compiled(resource)
    if compiler.problems:
        raise compiler.problems[0]
    plan = make_plan(compiler.resources[resource.label], resource)
    steps = read(plan, Scope("aws", account, region, resource.label), "aws")
    batches: list[Any] = []
    try:
        batch = next(steps)
        while True:
            batches.append(list(batch))
            batch = steps.send([_call(aws, request) for request in batch])
    except StopIteration as end:
        return Read(end.value, batches)


def _call(aws: Aws, request: Request) -> Answer:
    service, operation = request.operation.split(":")
    client = aws.client(service, request.account, request.region)
    try:
        document = getattr(client, xform_name(operation))(**request.parameters)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return Answer(request, failure=Failure(Verdict.FAILED, code, str(error)))
    return Answer(request, document=document)


def edges(asset: Asset) -> set[tuple[str, str]]:
    """An asset's relations as `(type, target)`; those that run towards it as `(<type, target)`."""
    return {
        (("<" if relation.incoming else "") + relation.type, relation.target)
        for relation in asset.relations
    }
