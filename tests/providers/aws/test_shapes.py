from __future__ import annotations

import pytest

from cloudwarden.core.errors import DeclarationError
from cloudwarden.providers.aws.shapes import Models

MODELS = Models()


def test_an_operations_answer_has_its_members_shapes() -> None:
    volume = MODELS.output("ec2:DescribeVolumes").members["Volumes"].element
    assert volume.members["Size"].kind == "integer"
    assert volume.members["CreateTime"].kind == "timestamp"
    assert volume.members["Attachments"].element.members["Device"].kind == "string"


def test_an_unknown_service_is_refused_with_the_closest_name() -> None:
    with pytest.raises(DeclarationError, match="did you mean dynamodb"):
        MODELS.operation("dynamodbb:ListTables")


def test_an_unknown_operation_is_refused_with_the_closest_name() -> None:
    with pytest.raises(DeclarationError, match="did you mean ListQueues"):
        MODELS.operation("sqs:ListQueue")


def test_an_operation_without_an_answer_has_no_members() -> None:
    assert MODELS.output("sqs:DeleteQueue").members == {}


def test_paging_follows_botocores_paginator() -> None:
    paging = MODELS.paging("iam:ListUsers")
    assert paging is not None
    assert (paging.inputs, paging.outputs, paging.more) == (("Marker",), ("Marker",), "IsTruncated")


def test_an_operation_that_pages_without_a_paginator_pages_by_its_tokens() -> None:
    paging = MODELS.paging("securityhub:ListAutomationRules")
    assert paging is not None
    assert (paging.inputs, paging.outputs) == (("NextToken",), ("NextToken",))


def test_an_operation_without_tokens_does_not_page() -> None:
    assert MODELS.paging("sqs:GetQueueAttributes") is None


def test_a_shape_that_contains_itself_can_be_walked() -> None:
    item = MODELS.output("dynamodb:GetItem").members["Item"].element
    assert item.members["L"].element.members.keys() == item.members.keys()
