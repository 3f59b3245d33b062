"""A declaration that does not fit the model fails when it loads, with the reason."""

from __future__ import annotations

import re
from typing import Any

import pytest
from tests.support.reading import compiled, problems

from cloudwarden.providers.aws.declarations import (
    Batch,
    Call,
    Computed,
    Part,
    Path,
    Produced,
    Resource,
    pointed_from,
    points_to,
)
from cloudwarden.providers.base import Steps
from cloudwarden.schema.labels import PropertyType

LIST = Call("sqs:ListQueues", items="QueueUrls[]", bind="QueueUrl")
DETAIL = Call("sqs:GetQueueAttributes", items="Attributes", parameters={"AttributeNames": ["All"]})


def queue(**changes: Any) -> Resource:
    given: dict[str, Any] = {
        "label": "AWSSQSQueue", "list": LIST, "details": (DETAIL,), "id": "QueueArn", **changes
    }  # fmt: skip
    return Resource(**given)


def _read(context: object) -> Steps:
    raise NotImplementedError


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (queue(list=Call("sqss:ListQueues")), "no service sqss; did you mean sqs?"),
        (queue(list=Call("sqs:ListQueus")), "no operation ListQueus; did you mean ListQueues?"),
        (queue(list=Call("sqs:ListQueues", items="QueueUrls[]")), "name their member with `bind`"),
        (queue(list=Call("sqs:ListQueues", items="Queues[]", bind="x")), "did you mean QueueUrls"),
        (
            queue(list=Call("sqs:ListQueues", items="QueueUrls[]", bind="QueueUrl",
                            parameters={"MaxResult": 5})),
            "no parameter MaxResult; did you mean MaxResults?",
        ),
        (queue(id="QueueArm"), "id: path 'QueueArm'.*did you mean QueueArn"),
        (queue(id=""), "id is missing"),
        (queue(name="arn:{Queue}"), "name: path 'Queue'"),
        (queue(list=None), "neither `list` nor `read`"),
        (
            queue(details=(DETAIL, Call("sqs:StartMessageMoveTask", into="Task"))),
            "sqs:StartMessageMoveTask needs SourceArn",
        ),
        (
            queue(details=(DETAIL, Call("sqs:ListQueueTags", tags="Tag"))),
            "tags: path 'Tag'.*did you mean Tags",
        ),
        (
            queue(details=(DETAIL, Call("sqs:ListQueueTags", tags="Tags", when="Fifo"))),
            "path 'Fifo'.*did you mean FifoQueue",
        ),
        (
            queue(details=(DETAIL, Call("sqs:ListDeadLetterSourceQueues", items="queueUrls"))),
            "gives a list; put it under a name with `into`",
        ),
        (queue(relations=(points_to("AWSSQSQueue", "X", by="KmsKey"),)), "X by: path 'KmsKey'"),
        (
            queue(relations=(points_to("AWSQueue", "X", by="KmsMasterKeyId"),)),
            "X points to AWSQueue, which is no label; did you mean AWSSQSQueue",
        ),
        (
            queue(relations=(points_to("AWSSQSQueue", "X", by="Policy", found_by="hostname"),)),
            "finds AWSSQSQueue by hostname, which is not declared there",
        ),
        (
            queue(computed=(Computed("p", PropertyType.STRING, str, "sqs:GetQueue"),)),
            "p rests on sqs:GetQueue, which is not called",
        ),
        (queue(parts=(Part(label="AWSPart", id="x", path="Policys"),)), "did you mean Policy"),
        (queue(parts=(Part(label="AWSPart", id="x"),)), "neither `path` nor `list`"),
        (
            queue(produces=(Produced(label="AWSNode"),),
                  relations=(points_to("AWSNode", "X", by="Policy", implied={"hue": "Policy"}),)),
            "implies AWSNode.hue, which is not declared there",
        ),
        (Resource(label="AWSThing", read=_read), "`read` needs `operations`"),
    ],
)  # fmt: skip
def test_a_misfit_is_refused_with_its_place_and_reason(resource: Resource, reason: str) -> None:
    found = problems(resource)
    assert len(found) == 1, found
    assert found[0].startswith("test.py:1: AWS")
    assert re.search(reason, found[0]), found[0]


def test_a_label_declared_twice_is_refused() -> None:
    one, other = queue(), queue()
    assert problems(one, other) == [
        "test.py:1: AWSSQSQueue: another resource is called AWSSQSQueue"
    ]


def test_required_parameters_fill_themselves_from_the_item() -> None:
    kind = compiled(queue()).resources["AWSSQSQueue"].kind
    assert kind.details[0].bound == {"QueueUrl": "QueueUrl"}


def test_a_parts_detail_may_take_parameters_from_the_parent() -> None:
    cluster = Resource(
        label="AWSEKSCluster",
        list=Call("eks:ListClusters", items="clusters[]", bind="clusterName"),
        id="clusterName",
        parts=(
            Part(
                label="AWSEKSNodegroup",
                list=Call("eks:ListNodegroups", items="nodegroups[]", bind="nodegroupName"),
                details=(Call("eks:DescribeNodegroup", items="nodegroup"),),
                id="{parent.clusterName}/{nodegroupName}",
            ),
        ),
    )
    (part,) = compiled(cluster).resources["AWSEKSCluster"].kind.parts
    assert part.list is not None
    assert part.list.bound == {"clusterName": "clusterName"}
    assert part.details[0].bound == {
        "clusterName": "parent.clusterName", "nodegroupName": "nodegroupName"
    }  # fmt: skip


def test_details_that_need_nothing_from_each_other_share_a_step() -> None:
    tags = Call("sqs:ListQueueTags", tags="Tags")
    tasks = Call(
        "sqs:ListMessageMoveTasks", into="Tasks", parameters={"SourceArn": Path("QueueArn")}
    )
    kind = compiled(queue(details=(DETAIL, tags, tasks))).resources["AWSSQSQueue"].kind
    assert [(call.wave, call.needs) for call in kind.details] == [
        (1, ()), (1, ()), (2, ("sqs:GetQueueAttributes",))
    ]  # fmt: skip


def test_relations_and_identity_know_what_they_rest_on() -> None:
    relation = points_to("AWSSQSQueue", "DEAD_LETTERS_TO", by="RedrivePolicy.deadLetterTargetArn")
    compiler = compiled(queue(relations=(relation,)))
    kind = compiler.resources["AWSSQSQueue"].kind
    assert kind.identity == ("sqs:GetQueueAttributes",)
    assert kind.relations == (("sqs:GetQueueAttributes",),)
    assert compiler.relations[0].operation == "sqs:GetQueueAttributes"


def test_an_incoming_relation_starts_at_the_other_end() -> None:
    compiler = compiled(queue(relations=(pointed_from("AWSSQSQueue", "X", by="KmsMasterKeyId"),)))
    assert (compiler.relations[0].source, compiler.relations[0].target) == (
        "AWSSQSQueue", "AWSSQSQueue"
    )  # fmt: skip


def test_a_label_says_which_scope_and_operation_bring_it() -> None:
    compiler = compiled(queue(produces=(Produced(label="AWSNode"),)))
    label = compiler.labels["AWSSQSQueue"]
    assert (label.scope_type, label.operation) == ("AWSSQSQueue", "sqs:ListQueues")
    implied = compiler.labels["AWSNode"]
    assert (implied.scope_type, implied.operation) == (None, None)


def test_a_read_functions_labels_are_made_from_shapes_and_by_hand() -> None:
    resource = Resource(
        label="AWSUser",
        read=_read,
        operations=("iam:GetAccountAuthorizationDetails", "iam:ListMFADevices"),
        produces=(
            Produced(
                label="AWSUser",
                shape=("iam:GetAccountAuthorizationDetails", "UserDetailList[]"),
                properties={"has_mfa": (PropertyType.BOOLEAN, "iam:ListMFADevices")},
                omit=("UserPolicyList", "AttachedManagedPolicies"),
                relations=(points_to("AWSUser", "KNOWS", by=""),),
            ),
        ),
    )
    compiler = compiled(resource)
    assert compiler.problems == []
    label = compiler.labels["AWSUser"]
    assert label.operation == "iam:GetAccountAuthorizationDetails"
    assert {"user_name", "create_date", "has_mfa"} <= set(label.properties)
    assert compiler.resources["AWSUser"].service == "iam"


def test_a_batch_is_checked_against_the_answers_elements() -> None:
    listed = Call("opensearch:ListDomainNames", items="DomainNames[]")

    def domain(match: str) -> Resource:
        batch = Batch("DomainNames", by="DomainName", match=match, size=5)
        detail = Call("opensearch:DescribeDomains", items="DomainStatusList[]", batch=batch)
        return Resource(label="AWSESDomain", list=listed, details=(detail,), id="DomainName")

    assert problems(domain("DomainName")) == []
    assert "did you mean DomainName" in problems(domain("DomainNam"))[0]
