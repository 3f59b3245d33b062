"""VPC block public access: the region's setting, and the exclusions where it blocks anything."""

from __future__ import annotations

from typing import Any

from tests.support.reading import ACCOUNT, REGION, Read, denied, read_resource

from cloudwarden.providers.aws.services.ec2_block_public_access import RESOURCES

EXCLUSION = {
    "ExclusionId": "vpcbpa-exclude-1",
    "InternetGatewayExclusionMode": "allow-egress",
    "ResourceArn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/vpc-1",
    "State": "create-complete",
}


def read(options: Any, exclusions: Any = None) -> Read:
    (resource,) = RESOURCES
    return read_resource(
        resource,
        {
            "ec2:DescribeVpcBlockPublicAccessOptions": options,
            "ec2:DescribeVpcBlockPublicAccessExclusions": exclusions,
        },
    )


def setting(mode: str) -> dict[str, Any]:
    return {"VpcBlockPublicAccessOptions": {"InternetGatewayBlockMode": mode}}


def test_where_nothing_is_blocked_nothing_is_asked_of_exclusions() -> None:
    found = read(setting("off"))
    assert [one.operation for one in found.requests] == ["ec2:DescribeVpcBlockPublicAccessOptions"]
    assert found.only().properties["internet_gateway_block_mode"] == "off"


def test_exclusions_name_what_they_leave_alone() -> None:
    gone = {**EXCLUSION, "ExclusionId": "vpcbpa-exclude-2", "State": "delete-complete"}
    pages = {"VpcBlockPublicAccessExclusions": [EXCLUSION, gone]}
    found = read(setting("block-bidirectional"), pages).only("AWSVpcBlockPublicAccessExclusion")
    assert found.id == "vpcbpa-exclude-1"
    assert found.properties["resource_arn"] == EXCLUSION["ResourceArn"]
    assert found.properties["internet_gateway_exclusion_mode"] == "allow-egress"


def test_what_was_denied_is_not_called_absent() -> None:
    assert not read(denied()).reading.shows_absence
    partly = read(setting("block-ingress"), denied())
    assert partly.only().properties["internet_gateway_block_mode"] == "block-ingress"
    assert not partly.reading.shows_absence
