"""Reading a scope: what is asked, what becomes of the answers, and what a failure leaves."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.reading import ACCOUNT, REGION, Read, denied, failed, read_resource

from cloudwarden.providers.aws.declarations import (
    Batch,
    Call,
    Computed,
    Part,
    Path,
    Resource,
    UnreadableError,
    pointed_from,
    points_to,
)
from cloudwarden.schema.labels import PropertyType
from cloudwarden.schema.records import GLOBAL_REGION, Relation, Verdict

LIST, ATTRIBUTES, TAGS = "sqs:ListQueues", "sqs:GetQueueAttributes", "sqs:ListQueueTags"

QUEUE = Resource(
    label="AWSSQSQueue",
    list=Call(LIST, items="QueueUrls[]", bind="QueueUrl"),
    details=(
        Call(ATTRIBUTES, items="Attributes", parameters={"AttributeNames": ["All"]}),
        Call(TAGS, tags="Tags"),
    ),
    id="{QueueUrl}",
    arn="QueueArn",
    computed=(
        Computed("encrypted", PropertyType.BOOLEAN, lambda d: "KmsMasterKeyId" in d, ATTRIBUTES),
    ),
    relations=(
        points_to("AWSKMSKey", "ENCRYPTED_BY", by="KmsMasterKeyId"),
        points_to("AWSSQSQueue", "DEAD_LETTERS_TO", by="RedrivePolicy.deadLetterTargetArn"),
    ),
)

VOLUME = Resource(
    label="AWSEBSVolume", list=Call("ec2:DescribeVolumes", items="Volumes[]"), id="VolumeId"
)


def attributes(asked: Any) -> Any:
    return {"Attributes": {"QueueArn": f"arn:{asked['QueueUrl']}", "KmsMasterKeyId": "key"}}


def queues(*urls: str, **answers: Any) -> Read:
    given = {LIST: {"QueueUrls": list(urls)}, ATTRIBUTES: attributes, TAGS: {"Tags": {"a": "b"}}}
    return read_resource(QUEUE, {**given, **answers})


def with_answers(**answers: Any) -> dict[str, Any]:
    return {f"sqs:{name}": answer for name, answer in answers.items()}


def test_items_become_assets_with_properties_tags_and_relations() -> None:
    read = queues("q1")
    asset = read.only()
    assert (asset.label, asset.id, asset.account, asset.region) == (
        "AWSSQSQueue", "q1", ACCOUNT, REGION
    )  # fmt: skip
    assert asset.properties["arn"] == "arn:q1"
    assert asset.properties["encrypted"] is True
    assert asset.tags == {"a": "b"}
    assert asset.relations == (Relation("ENCRYPTED_BY", "AWSKMSKey", "key"),)
    assert read.reading.verdict is Verdict.COMPLETE
    assert read.reading.listed


def test_details_of_all_items_are_asked_for_at_once_and_counted() -> None:
    read = queues("q1", "q2", "q3")
    assert [len(batch) for batch in read.batches] == [1, 6]
    assert read.reading.operations == {LIST: 1, ATTRIBUTES: 3, TAGS: 3}
    assert read.requests[1].parameters == {"AttributeNames": ["All"], "QueueUrl": "q1"}


def test_pages_are_followed_to_the_end() -> None:
    read = read_resource(
        VOLUME,
        {
            "ec2:DescribeVolumes": [
                {"Volumes": [{"VolumeId": "v1"}], "NextToken": "t"},
                {"Volumes": [{"VolumeId": "v2"}], "NextToken": ""},
            ]
        },
    )
    assert set(read.assets) == {"v1", "v2"}
    assert [request.parameters for request in read.requests] == [{}, {"NextToken": "t"}]


def test_a_page_token_that_comes_again_ends_the_listing_as_a_failure() -> None:
    page = {"Volumes": [{"VolumeId": "v1"}], "NextToken": "t"}
    read = read_resource(VOLUME, {"ec2:DescribeVolumes": [page, page]})
    assert read.reading.verdict is Verdict.PARTIAL
    assert not read.reading.shows_absence
    assert read.reading.failures["ec2:DescribeVolumes"].code == "RepeatedToken"


def test_a_denied_listing_is_a_denied_reading_without_assets() -> None:
    read = read_resource(QUEUE, {LIST: denied()})
    assert read.reading.verdict is Verdict.DENIED
    assert read.reading.assets == ()
    assert not read.reading.shows_absence
    assert read.reading.failures == {LIST: denied()}
    assert "sqs:ListQueues: AccessDenied" in read.reading.reason


def test_a_later_page_that_fails_keeps_what_was_read_and_proves_nothing_gone() -> None:
    read = read_resource(
        VOLUME,
        {"ec2:DescribeVolumes": [{"Volumes": [{"VolumeId": "v1"}], "NextToken": "t"}, denied()]},
    )
    assert set(read.assets) == {"v1"}
    assert read.reading.verdict is Verdict.PARTIAL
    assert not read.reading.shows_absence


def test_a_code_that_states_a_fact_makes_an_empty_complete_listing() -> None:
    resource = Resource(
        label="AWSSecurityHub",
        list=Call("securityhub:DescribeHub", absent=("InvalidAccessException",)),
        id="HubArn",
    )
    read = read_resource(resource, {"securityhub:DescribeHub": failed("InvalidAccessException")})
    assert (read.reading.verdict, read.reading.assets) == (Verdict.COMPLETE, ())


def test_a_refusal_states_no_fact_whatever_its_code() -> None:
    refusal = denied("InvalidAccessException")
    hub = Resource(
        label="AWSSecurityHub",
        list=Call("securityhub:DescribeHub", absent=("InvalidAccessException",)),
        id="HubArn",
    )
    listed = read_resource(hub, {"securityhub:DescribeHub": refusal}).reading
    assert (listed.verdict, listed.shows_absence) == (Verdict.DENIED, False)

    detail = Call("sqs:ListQueueTags", tags="Tags", absent=("InvalidAccessException",))
    queue = read_resource(
        Resource(
            label="AWSSQSQueue",
            list=Call("sqs:ListQueues", items="QueueUrls[]", bind="QueueUrl"),
            details=(detail,),
            id="QueueUrl",
        ),
        {"sqs:ListQueues": {"QueueUrls": ["url"]}, "sqs:ListQueueTags": refusal},
    )
    assert queue.only().unread == {"sqs:ListQueueTags": refusal}


def test_a_whole_answer_can_be_the_item() -> None:
    resource = Resource(label="AWSSecurityHub", list=Call("securityhub:DescribeHub"), id="HubArn")
    read = read_resource(
        resource, {"securityhub:DescribeHub": {"HubArn": "arn:hub", "ResponseMetadata": {}}}
    )
    assert read.only().properties == {"hub_arn": "arn:hub"}


def test_a_denied_detail_is_noted_on_its_asset_and_still_shows_absence() -> None:
    def some(asked: Any) -> Any:
        return denied() if asked["QueueUrl"] == "q2" else attributes(asked)

    read = queues("q1", "q2", **with_answers(GetQueueAttributes=some))
    assert read.assets["q1"].unread == {}
    blind = read.assets["q2"]
    assert blind.unread == {ATTRIBUTES: denied()}
    assert blind.properties == {"queue_url": "q2"}
    assert blind.relations == ()
    assert read.reading.verdict is Verdict.PARTIAL
    assert read.reading.listed
    assert read.reading.shows_absence


def test_an_item_that_vanished_since_the_listing_is_left_out() -> None:
    def some(asked: Any) -> Any:
        vanished = asked["QueueUrl"] == "q2"
        return failed("QueueDoesNotExist") if vanished else attributes(asked)

    read = queues("q1", "q2", **with_answers(GetQueueAttributes=some, ListQueueTags=some))
    assert set(read.assets) == {"q1"}
    assert read.reading.verdict is Verdict.COMPLETE


def test_an_item_of_which_one_detail_answers_exists_whatever_the_others_say() -> None:
    read = queues("q1", **with_answers(ListQueueTags=failed("QueueDoesNotExist")))
    assert set(read.assets["q1"].unread) == {TAGS}


def test_an_item_whose_id_was_not_read_lets_nothing_be_called_gone() -> None:
    resource = Resource(
        label="AWSSQSQueue", list=QUEUE.list, details=QUEUE.details[:1], id="QueueArn"
    )
    read = read_resource(resource, {LIST: {"QueueUrls": ["q1"]}, ATTRIBUTES: denied()})
    assert read.reading.assets == ()
    assert read.reading.verdict is Verdict.DENIED
    assert not read.reading.shows_absence


def test_an_absent_detail_is_a_fact_and_no_failure() -> None:
    resource = Resource(
        label="AWSLambda",
        list=Call("lambda:ListFunctions", items="Functions[]"),
        details=(Call("lambda:GetPolicy", into="Resource", absent=("ResourceNotFoundException",)),),
        id="FunctionName",
        computed=(
            Computed("open", PropertyType.BOOLEAN, lambda d: "Resource" in d, "lambda:GetPolicy"),
        ),
    )
    read = read_resource(
        resource,
        {
            "lambda:ListFunctions": {"Functions": [{"FunctionName": "f"}]},
            "lambda:GetPolicy": failed("ResourceNotFoundException"),
        },
    )
    assert read.only().properties["open"] is False
    assert read.only().unread == {}
    assert read.reading.verdict is Verdict.COMPLETE


def test_details_wait_for_what_they_need_and_are_skipped_where_they_do_not_apply() -> None:
    resource = Resource(
        label="AWSKMSKey",
        list=Call("kms:ListKeys", items="Keys[]"),
        details=(
            Call("kms:DescribeKey", items="KeyMetadata"),
            Call("kms:GetKeyRotationStatus", when="KeyManager == 'CUSTOMER'"),
            Call("kms:GetKeyPolicy"),
        ),
        id="KeyId",
    )
    managers = {"k1": "AWS", "k2": "CUSTOMER"}

    def describe(asked: Any) -> Any:
        return {"KeyMetadata": {**asked, "KeyManager": managers[asked["KeyId"]]}}

    answers = {
        "kms:ListKeys": {"Keys": [{"KeyId": "k1"}, {"KeyId": "k2"}]},
        "kms:DescribeKey": describe,
        "kms:GetKeyRotationStatus": {"KeyRotationEnabled": True},
        "kms:GetKeyPolicy": {"Policy": "{}"},
    }
    read = read_resource(resource, answers)
    assert [len(batch) for batch in read.batches] == [1, 4, 1]
    assert "key_rotation_enabled" not in read.assets["k1"].properties
    assert read.assets["k2"].properties["key_rotation_enabled"] is True
    blind = read_resource(resource, {**answers, "kms:DescribeKey": denied()})
    assert set(blind.assets["k2"].unread) == {"kms:DescribeKey", "kms:GetKeyRotationStatus"}
    assert "kms:GetKeyRotationStatus" not in blind.reading.operations


def test_a_batch_asks_for_many_and_gives_each_its_own() -> None:
    resource = Resource(
        label="AWSESDomain",
        list=Call("opensearch:ListDomainNames", items="DomainNames[]"),
        details=(
            Call(
                "opensearch:DescribeDomains",
                items="DomainStatusList[]",
                batch=Batch("DomainNames", by="DomainName", match="DomainName", size=2),
            ),
        ),
        id="DomainName",
    )

    def describe(asked: Any) -> Any:
        return {
            "DomainStatusList": [
                {"DomainName": name, "EngineVersion": f"v-{name}"}
                for name in reversed(asked["DomainNames"])
            ]
        }

    names = ["a", "b", "c"]
    read = read_resource(
        resource,
        {
            "opensearch:ListDomainNames": {"DomainNames": [{"DomainName": n} for n in names]},
            "opensearch:DescribeDomains": describe,
        },
    )
    assert [len(batch) for batch in read.batches] == [1, 2]
    assert {k: a.properties["engine_version"] for k, a in read.assets.items()} == {
        "a": "v-a", "b": "v-b", "c": "v-c"
    }  # fmt: skip


BALANCER = Resource(
    label="AWSLoadBalancer",
    list=Call("elb:DescribeLoadBalancers", items="LoadBalancerDescriptions[]"),
    details=(
        Call(
            "elb:DescribeTags",
            items="TagDescriptions[]",
            tags="Tags",
            batch=Batch("LoadBalancerNames", "LoadBalancerName", "LoadBalancerName", 20),
        ),
    ),
    id="LoadBalancerName",
)


def test_one_vanished_item_does_not_spoil_its_batch() -> None:
    def tags(asked: Any) -> Any:
        names = asked["LoadBalancerNames"]
        if "b" in names:
            return failed("LoadBalancerNotFound")
        return {
            "TagDescriptions": [
                {"LoadBalancerName": name, "Tags": [{"Key": "is", "Value": name}]} for name in names
            ]
        }

    listed = [{"LoadBalancerName": name} for name in "abc"]
    read = read_resource(
        BALANCER,
        {
            "elb:DescribeLoadBalancers": {"LoadBalancerDescriptions": listed},
            "elb:DescribeTags": tags,
        },
    )
    assert {name: asset.tags for name, asset in read.assets.items()} == {
        "a": {"is": "a"}, "c": {"is": "c"}
    }  # fmt: skip
    assert read.reading.verdict is Verdict.COMPLETE


def test_a_detail_may_be_asked_for_in_another_region() -> None:
    resource = Resource(
        label="AWSS3Bucket",
        list=Call("s3:ListBuckets", items="Buckets[]", parameters={"MaxBuckets": 1000}),
        details=(
            Call("s3:GetBucketVersioning", parameters={"Bucket": Path("Name")},
                 region="{BucketRegion}"),
        ),
        id="Name",
        region="{BucketRegion}",
        names={"BucketRegion": "bucket_region"},
    )  # fmt: skip
    buckets = [{"Name": "b", "BucketRegion": "ap-south-1"}, {"Name": "c"}]
    read = read_resource(
        resource,
        {"s3:ListBuckets": {"Buckets": buckets}, "s3:GetBucketVersioning": {"Status": "Enabled"}},
        region=GLOBAL_REGION,
    )
    assert [request.region for request in read.requests] == ["us-east-1", "ap-south-1", "us-east-1"]
    assert {a.id: a.region for a in read.reading.assets} == {"b": "ap-south-1", "c": "global"}


@pytest.mark.parametrize(("partition", "home"), [("aws", "us-east-1"), ("aws-cn", "cn-north-1")])
def test_a_global_scopes_calls_go_to_the_partitions_home(partition: str, home: str) -> None:
    read = read_resource(QUEUE, {LIST: {}}, region=GLOBAL_REGION, partition=partition)
    assert [request.region for request in read.requests] == [home]


ZONE = Resource(
    label="AWSNetworkInterface",
    list=Call("ec2:DescribeNetworkInterfaces", items="NetworkInterfaces[]"),
    id="NetworkInterfaceId",
    parts=(
        Part(
            label="AWSEC2PrivateIp",
            path="PrivateIpAddresses[]",
            id="{parent.NetworkInterfaceId}:{PrivateIpAddress}",
            name="PrivateIpAddress",
            parent_relation="PRIVATE_IP_ADDRESS",
            parent_incoming=True,
            relations=(pointed_from("AWSEC2Subnet", "HOLDS", by="parent.SubnetId"),),
        ),
    ),
)


def test_parts_in_the_document_become_assets_that_hang_on_their_parent() -> None:
    interface = {
        "NetworkInterfaceId": "eni-1",
        "SubnetId": "subnet-1",
        "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.1", "Primary": True}],
    }
    read = read_resource(
        ZONE, {"ec2:DescribeNetworkInterfaces": {"NetworkInterfaces": [interface]}}
    )
    part = read.only("AWSEC2PrivateIp")
    assert (part.id, part.name) == ("eni-1:10.0.0.1", "10.0.0.1")
    assert part.properties == {"private_ip_address": "10.0.0.1", "primary": True}
    assert part.relations == (
        Relation("PRIVATE_IP_ADDRESS", "AWSNetworkInterface", "eni-1", incoming=True),
        Relation("HOLDS", "AWSEC2Subnet", "subnet-1", incoming=True),
    )
    assert "private_ip_addresses" not in read.only("AWSNetworkInterface").properties


CLUSTER = Resource(
    label="AWSEKSCluster",
    list=Call("eks:ListClusters", items="clusters[]", bind="name"),
    id="name",
    parts=(
        Part(
            label="AWSEKSNodegroup",
            list=Call(
                "eks:ListNodegroups",
                items="nodegroups[]",
                bind="nodegroupName",
                parameters={"clusterName": Path("name")},
            ),
            details=(
                Call(
                    "eks:DescribeNodegroup",
                    items="nodegroup",
                    parameters={"clusterName": Path("parent.name")},
                ),
            ),
            id="{parent.name}/{nodegroupName}",
            parent_relation="MEMBER_OF_EKS_CLUSTER",
        ),
    ),
)


def groups(asked: Any) -> Any:
    if asked["clusterName"] == "two":
        return denied()
    return (
        {"nodegroups": ["b"]} if "nextToken" in asked else {"nodegroups": ["a"], "nextToken": "t"}
    )


def test_parts_that_are_listed_are_asked_for_once_a_parent_with_all_their_pages() -> None:
    read = read_resource(
        CLUSTER,
        {
            "eks:ListClusters": {"clusters": ["one"]},
            "eks:ListNodegroups": groups,
            "eks:DescribeNodegroup": lambda asked: {"nodegroup": {**asked, "status": "ACTIVE"}},
        },
    )
    assert list(read.assets) == ["one", "one/a", "one/b"]
    assert read.assets["one/b"].properties["status"] == "ACTIVE"
    assert read.assets["one/a"].relations == (
        Relation("MEMBER_OF_EKS_CLUSTER", "AWSEKSCluster", "one"),
    )


def test_parts_that_could_not_be_listed_are_not_gone() -> None:
    read = read_resource(
        CLUSTER,
        {
            "eks:ListClusters": {"clusters": ["one", "two"]},
            "eks:ListNodegroups": groups,
            "eks:DescribeNodegroup": {"nodegroup": {}},
        },
    )
    assert set(read.assets) == {"one", "one/a", "one/b", "two"}
    assert read.assets["two"].unread == {"eks:ListNodegroups": denied()}
    assert read.reading.verdict is Verdict.PARTIAL
    assert not read.reading.shows_absence


def test_a_part_that_several_parents_share_is_one_asset_with_all_its_edges() -> None:
    resource = Resource(
        label="AWSLambda",
        list=Call("lambda:ListFunctions", items="Functions[]"),
        id="FunctionName",
        parts=(Part(label="AWSLambdaLayer", path="Layers", id="Arn", parent_relation="OF"),),
    )
    functions = [{"FunctionName": n, "Layers": [{"Arn": "arn:layer"}]} for n in ("f", "g")]
    read = read_resource(resource, {"lambda:ListFunctions": {"Functions": functions}})
    assert {edge.target for edge in read.only("AWSLambdaLayer").relations} == {"f", "g"}


def test_a_relation_may_imply_its_target_carry_properties_and_be_transformed() -> None:
    resource = Resource(
        label="AWSEC2SecurityGroup",
        list=Call("ec2:DescribeSecurityGroups", items="SecurityGroups[]"),
        id="GroupId",
        relations=(
            points_to(
                "IpRange", "OPEN_TO", by="IpPermissions[].IpRanges[].CidrIp",
                transform=lambda range_, document: range_ if range_ != "10.0.0.0/8" else None,
                properties={"group": "GroupName"},
                implied={"range": "{target}", "seen_in": "VpcId"},
            ),
        ),
    )  # fmt: skip
    group = {
        "GroupId": "sg-1", "GroupName": "web", "VpcId": "vpc-1",
        "IpPermissions": [
            {"IpRanges": [{"CidrIp": "0.0.0.0/0"}, {"CidrIp": "10.0.0.0/8"}]},
            {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
        ],
    }  # fmt: skip
    read = read_resource(resource, {"ec2:DescribeSecurityGroups": {"SecurityGroups": [group]}})
    assert read.only().relations == (
        Relation(
            "OPEN_TO", "IpRange", "0.0.0.0/0", {"group": "web"},
            implied={"range": "0.0.0.0/0", "seen_in": "vpc-1"},
        ),
    )  # fmt: skip


def test_a_relation_may_find_its_target_by_a_property_of_it() -> None:
    resource = Resource(
        label="AWSCloudFrontDistribution",
        list=Call("cloudfront:ListDistributions", items="DistributionList.Items[]"),
        id="ARN",
        omit=("Id",),
        relations=(
            points_to("LoadBalancer", "SERVES", by="Origins.Items[].DomainName", found_by="host"),
        ),
    )
    items = [{"ARN": "arn:d", "Origins": {"Items": [{"DomainName": "web.example"}]}}]
    read = read_resource(
        resource, {"cloudfront:ListDistributions": {"DistributionList": {"Items": items}}}
    )
    assert read.only().relations == (
        Relation("SERVES", "LoadBalancer", "web.example", found_by="host"),
    )


def test_an_answer_that_says_nothing_readable_counts_as_unread() -> None:
    def tell(document: Any) -> str:
        if document["Policy"] == "garbled":
            raise UnreadableError("UnreadablePolicy", "it is garbled")
        return str(document["Policy"])

    resource = Resource(
        label="AWSSQSQueue",
        list=Call("sqs:ListQueues", items="QueueUrls[]", bind="QueueUrl"),
        details=(
            Call(
                "sqs:GetQueueAttributes",
                items="Attributes",
                parameters={"AttributeNames": ["All"]},
            ),
        ),
        id="QueueUrl",
        computed=(Computed("told", PropertyType.STRING, tell, "sqs:GetQueueAttributes"),),
        relations=(points_to("AWSKMSKey", "ENCRYPTED_BY", by="KmsMasterKeyId"),),
    )
    answers = {
        "sqs:ListQueues": {"QueueUrls": ["a", "b"]},
        "sqs:GetQueueAttributes": [
            {"Attributes": {"Policy": "garbled", "KmsMasterKeyId": "key"}},
            {"Attributes": {"Policy": "clear"}},
        ],
    }
    read = read_resource(resource, answers)

    garbled, clear = read.assets["a"], read.assets["b"]
    assert "told" not in garbled.properties
    assert garbled.unread["sqs:GetQueueAttributes"].code == "UnreadablePolicy"
    assert (garbled.properties["policy"], len(garbled.relations)) == ("garbled", 1)
    assert (clear.properties["told"], clear.unread) == ("clear", {})
    assert read.reading.verdict is Verdict.PARTIAL
    assert read.reading.shows_absence
