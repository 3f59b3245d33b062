"""Amazon ECS: clusters, services, tasks with their containers, instances, task definitions in use.

Everything but task definitions is listed cluster by cluster and described in batches of one
cluster; definitions are asked for once, however many tasks run them. Hence a script of its own.
What is listed but cannot be described is kept, by its ARN alone.

The values of environment variables are not kept: they hold secrets too often.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudwarden.providers.aws.declarations import Resource
from cloudwarden.providers.aws.ecs import labels

if TYPE_CHECKING:
    from cloudwarden.providers.aws.reader import ReadContext
    from cloudwarden.providers.base import Request, Steps
    from cloudwarden.schema.records import Asset, Failure

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a cluster holds: how it is listed, how it is described, and how many at once."""

    label: str
    lists: str
    arns: str
    describes: str
    parameter: str
    items: str
    arn: str
    size: int


_SERVICES = _Kind(
    labels.SERVICE,
    "ecs:ListServices",
    "serviceArns",
    "ecs:DescribeServices",
    "services",
    "services",
    "serviceArn",
    10,
)
_TASKS = _Kind(
    labels.TASK,
    "ecs:ListTasks",
    "taskArns",
    "ecs:DescribeTasks",
    "tasks",
    "tasks",
    "taskArn",
    100,
)
_INSTANCES = _Kind(
    labels.INSTANCE,
    "ecs:ListContainerInstances",
    "containerInstanceArns",
    "ecs:DescribeContainerInstances",
    "containerInstances",
    "containerInstances",
    "containerInstanceArn",
    100,
)
_LIST = "ecs:ListClusters"
_CLUSTERS = "ecs:DescribeClusters"
_DEFINITION = "ecs:DescribeTaskDefinition"


@dataclass(slots=True)
class _Found:
    """Descriptions by ARN, and why an ARN has none."""

    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    unread: dict[str, dict[str, Failure]] = field(default_factory=dict)


def read_ecs(context: ReadContext) -> Steps:
    """Clusters first, then what is in them, then the definitions that it runs."""
    listed = yield from context.paginate(_LIST, maxResults=100)
    arns = listed.items("clusterArns")
    clusters = yield from _describe(
        context,
        [
            (batch, context.prepare(_CLUSTERS, clusters=batch, include=_CLUSTER_EXTRAS))
            for batch in _batches(arns, 100)
        ],
        "clusters",
        "clusterArn",
    )
    held: dict[str, _Found] = {}
    for kind in (_SERVICES, _TASKS, _INSTANCES):
        held[kind.label] = yield from _inside(context, kind, arns)
    definitions = yield from _definitions(context, held)
    return context.reading(_assets(context, clusters, held, definitions))


_CLUSTER_EXTRAS = ["TAGS", "SETTINGS", "CONFIGURATIONS", "ATTACHMENTS"]


def _inside(context: ReadContext, kind: _Kind, clusters: Sequence[str]) -> Any:
    """Everything of one kind in every cluster, described."""
    found = yield from context.listings(
        [context.prepare(kind.lists, cluster=cluster, maxResults=100) for cluster in clusters],
        kind.arns,
    )
    requests: list[tuple[Sequence[str], Request]] = []
    owners: dict[str, str] = {}
    for cluster, arns in zip(clusters, found, strict=True):
        owners.update(dict.fromkeys(arns, cluster))
        for batch in _batches(arns, kind.size):
            asked: dict[str, Any] = {
                "cluster": cluster,
                kind.parameter: batch,
                "include": ["TAGS"],
            }
            requests.append((batch, context.prepare(kind.describes, **asked)))
    described = yield from _describe(context, requests, kind.items, kind.arn)
    for arn, document in described.documents.items():
        # Instances do not say which cluster they are in.
        document.setdefault("clusterArn", owners[arn])
    return described


def _definitions(context: ReadContext, held: Mapping[str, _Found]) -> Any:
    """Each task definition that a service or task uses."""
    used = {s.get("taskDefinition") for s in held[labels.SERVICE].documents.values()}
    used |= {t.get("taskDefinitionArn") for t in held[labels.TASK].documents.values()}
    arns = sorted(str(arn) for arn in used if arn)
    answers = yield from context.requests(
        [context.prepare(_DEFINITION, taskDefinition=arn, include=["TAGS"]) for arn in arns]
    )
    found = _Found()
    for arn, answer in zip(arns, answers, strict=True):
        if answer.document is None:
            found.unread[arn] = {_DEFINITION: answer.failure}
            # Its containers are assets too, and must not be called gone.
            context.incomplete(_DEFINITION, answer.failure)
        else:
            tags = answer.document.get("tags") or ()
            found.documents[arn] = {**answer.document["taskDefinition"], "tags": tags}
    return found


def _describe(
    context: ReadContext,
    requests: Sequence[tuple[Sequence[str], Request]],
    items: str,
    arn: str,
) -> Any:
    """The descriptions of each batch; what went missing since it was listed has none."""
    answers = yield from context.requests([request for _, request in requests])
    found = _Found()
    for (batch, request), answer in zip(requests, answers, strict=True):
        if answer.document is None:
            for one in batch:
                found.unread[one] = {request.operation: answer.failure}
            continue
        for document in answer.document.get(items) or ():
            found.documents[document[arn]] = dict(document)
    return found


def _assets(
    context: ReadContext, clusters: _Found, held: Mapping[str, _Found], definitions: _Found
) -> Iterator[Asset]:
    for arn, document in clusters.documents.items():
        settings = {one.get("name"): one.get("value") for one in document.get("settings") or ()}
        yield context.asset(
            labels.CLUSTER,
            document,
            id_=arn,
            name=document.get("clusterName"),
            properties={"container_insights": settings.get("containerInsights")},
        )
    services = held[labels.SERVICE]
    for arn, document in services.documents.items():
        yield context.asset(labels.SERVICE, document, id_=arn, name=document.get("serviceName"))
    for arn, document in held[labels.TASK].documents.items():
        yield from _task(context, arn, document, services)
    for arn, document in held[labels.INSTANCE].documents.items():
        yield context.asset(labels.INSTANCE, document, id_=arn, name=_last(arn))
    for arn, document in definitions.documents.items():
        yield from _definition(context, arn, document)
    found = {labels.CLUSTER: clusters, **held, labels.DEFINITION: definitions}
    for label, kind in found.items():
        for arn, unread in kind.unread.items():
            yield context.asset(
                label, {}, id_=arn, name=_last(arn), properties={"arn": arn}, unread=unread
            )
        if label == labels.TASK:
            for unread in kind.unread.values():
                for operation, failure in unread.items():
                    # The containers of tasks are assets too.
                    context.incomplete(operation, failure)


def _task(context: ReadContext, arn: str, document: Document, services: _Found) -> Iterator[Asset]:
    group, _, service = str(document.get("group") or "").partition(":")
    service_name = service if group == "service" else None
    interfaces = [
        str(detail.get("value"))
        for attachment in document.get("attachments") or ()
        for detail in attachment.get("details") or ()
        if detail.get("name") == "networkInterfaceId"
    ]
    extra: dict[str, Any] = {"networkInterfaceIds": interfaces}
    for candidate, one in services.documents.items():
        same_cluster = one.get("clusterArn") == document.get("clusterArn")
        if service_name and same_cluster and one.get("serviceName") == service_name:
            extra["serviceArn"] = candidate
    yield context.asset(
        labels.TASK,
        {**document, **extra},
        id_=arn,
        name=_last(arn),
        properties={
            "service_name": service_name,
            "network_interface_id": interfaces[0] if interfaces else None,
        },
    )
    for container in document.get("containers") or ():
        yield context.asset(
            labels.CONTAINER,
            {**container, "taskArn": arn},
            id_=container["containerArn"],
            name=container.get("name"),
        )


def _definition(context: ReadContext, arn: str, document: Document) -> Iterator[Asset]:
    yield context.asset(labels.DEFINITION, document, id_=arn, name=_last(arn))
    for container in document.get("containerDefinitions") or ():
        yield context.asset(
            labels.CONTAINER_DEFINITION,
            {**container, "taskDefinitionArn": arn},
            id_=f"{arn}-{container['name']}",
            name=container["name"],
            properties={
                "task_definition_arn": arn,
                "environment_variable_names": _names(container.get("environment")),
                "secret_names": _names(container.get("secrets")),
            },
        )


def _names(entries: Sequence[Document] | None) -> list[str]:
    return sorted(str(entry.get("name")) for entry in entries or ())


def _last(arn: str) -> str:
    return arn.rpartition("/")[2]


def _batches(values: Sequence[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(values), size):
        yield list(values[start : start + size])


RESOURCES = (
    Resource(
        label=labels.CLUSTER,
        read=read_ecs,
        operations=(
            _LIST,
            _CLUSTERS,
            *(
                operation
                for k in (_SERVICES, _TASKS, _INSTANCES)
                for operation in (k.lists, k.describes)
            ),
            _DEFINITION,
        ),
        produces=labels.PRODUCED,
    ),
)
