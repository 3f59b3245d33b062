from typing import Any

from tests.support.reading import ACCOUNT, Read, denied, read_resource

from cloudwarden.providers.aws.services.ssm import RESOURCES
from cloudwarden.schema.records import Asset, Verdict

RESOURCE = {resource.label: resource for resource in RESOURCES}


def parameters(parameter: dict[str, Any], tags: Any = None) -> Read:
    answers = {
        "ssm:DescribeParameters": {"Parameters": [parameter]},
        "ssm:ListTagsForResource": tags or {"TagList": [{"Key": "team", "Value": "a"}]},
    }
    return read_resource(RESOURCE["AWSSSMParameter"], answers)


def parameter(name: str, **more: Any) -> Asset:
    return parameters({"Name": name, **more}).only()


def test_a_parameter_goes_by_its_arn_whether_its_name_is_a_path_or_not() -> None:
    prefix = f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter"

    assert parameter("/app/db").id == f"{prefix}/app/db"
    assert parameter("plain").id == f"{prefix}/plain"


def test_a_parameter_is_described_and_tagged_but_never_read() -> None:
    read = parameters({"Name": "/p", "Type": "SecureString", "Version": 3, "KeyId": "k-1"})
    asset = read.only()

    assert set(read.reading.operations) == {"ssm:DescribeParameters", "ssm:ListTagsForResource"}
    assert asset.tags == {"team": "a"}
    assert asset.properties["parameter_version"] == 3
    assert asset.properties["kms_key_id_short"] == "k-1"
    assert [(r.type, r.target) for r in asset.relations] == [("ENCRYPTED_BY", "k-1")]


def test_a_key_named_by_alias_has_no_short_id() -> None:
    assert "kms_key_id_short" not in parameter("/p", KeyId="alias/aws/ssm").properties
    arn = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/k-1"
    assert parameter("/p", KeyId=arn).properties["kms_key_id_short"] == "k-1"


def test_denied_tags_are_unread() -> None:
    read = parameters({"Name": "/p"}, denied())

    assert read.reading.verdict is Verdict.PARTIAL
    assert set(read.only().unread) == {"ssm:ListTagsForResource"}


def test_a_managed_instance_hangs_on_its_instance() -> None:
    information = {"InstanceId": "i-1", "PingStatus": "Online", "AssociationOverview": {}}
    answers = {"ssm:DescribeInstanceInformation": {"InstanceInformationList": [information]}}

    asset = read_resource(RESOURCE["AWSSSMInstanceInformation"], answers).only()

    assert asset.properties == {"instance_id": "i-1", "ping_status": "Online"}
    assert [(r.type, r.target_label, r.target, r.incoming) for r in asset.relations] == [
        ("HAS_INFORMATION", "AWSEC2Instance", "i-1", True)
    ]
