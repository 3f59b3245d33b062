"""Functions, their policies and addresses, and what makes them run."""

from __future__ import annotations

import json
from typing import Any

from tests.support.reading import Read, denied, failed, read_resource

from cloudwarden.providers.aws.services import lambda_
from cloudwarden.schema.records import Verdict

ARN = "arn:aws:lambda:eu-west-1:111122223333:function:resize"
ROLE = "arn:aws:iam::111122223333:role/resize"
OPEN = json.dumps(
    {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunction"}]}
)


def read(function: dict[str, Any] | None = None, **answers: Any) -> Read:
    listed = {
        "FunctionName": "resize",
        "FunctionArn": ARN,
        "Role": ROLE,
        "Runtime": "python3.8",
        "MemorySize": 128,
        "LastModified": "2026-01-01T00:00:00.000+0000",
        "RevisionId": "of-the-function",
        "PackageType": "Zip",
        **(function or {}),
    }
    given = {
        "ListFunctions": {"Functions": [listed]},
        "GetPolicy": failed("ResourceNotFoundException"),
        "GetFunctionUrlConfig": failed("ResourceNotFoundException"),
        "ListTags": {"Tags": {"team": "media"}},
        "ListAliases": {"Aliases": []},
        **answers,
    }
    return read_resource(lambda_.FUNCTION, {f"lambda:{name}": a for name, a in given.items()})


def test_a_function_without_policy_or_address_is_closed() -> None:
    found = read()
    asset = found.only("AWSLambda")
    assert found.reading.verdict is Verdict.COMPLETE
    assert asset.tags == {"team": "media"}
    expected = {
        "anonymous_access": False,
        "anonymous_actions": [],
        "runtime": "python3.8",
        "memory": 128,
        "modifieddate": "2026-01-01T00:00:00.000+0000",
        "revisionid": "of-the-function",
    }
    assert expected.items() <= asset.properties.items()
    assert ("ASSUMES", "AWSRole", ROLE) in {
        (one.type, one.target_label, one.target) for one in asset.relations
    }


def test_an_open_policy_and_an_address_are_told() -> None:
    properties = (
        read(
            GetPolicy={"Policy": OPEN, "RevisionId": "of-the-policy"},
            GetFunctionUrlConfig={"FunctionUrl": "https://x.example", "AuthType": "NONE"},
        )
        .only("AWSLambda")
        .properties
    )
    assert properties["anonymous_access"] is True
    assert properties["anonymous_actions"] == ["lambda:InvokeFunction"]
    assert properties["policy"] == OPEN
    assert properties["function_url"] == "https://x.example"
    assert properties["function_url_auth_type"] == "NONE"
    assert properties["revisionid"] == "of-the-function"


def test_a_denied_policy_leaves_access_unknown() -> None:
    asset = read(GetPolicy=denied()).only("AWSLambda")
    assert "anonymous_access" not in asset.properties
    assert set(asset.unread) == {"lambda:GetPolicy"}


def test_values_of_environment_variables_are_not_kept() -> None:
    asset = read({"Environment": {"Variables": {"TOKEN": "s3cret"}}}).only("AWSLambda")
    assert asset.properties["environment_variable_names"] == ["TOKEN"]
    assert "s3cret" not in str(asset)


def test_a_function_from_an_image_points_to_it() -> None:
    uri = "1.dkr.ecr.eu-west-1.amazonaws.com/app"
    code = {"ImageUri": f"{uri}:v1", "ResolvedImageUri": f"{uri}@sha256:ab", "Location": "signed"}
    asset = read({"PackageType": "Image"}, GetFunction={"Code": code}).only("AWSLambda")
    assert asset.properties["image_digest"] == "sha256:ab"
    assert "signed" not in str(asset.properties)
    assert ("HAS_IMAGE", "sha256:ab") in {(one.type, one.target) for one in asset.relations}


def test_aliases_and_layers_are_assets_of_their_own() -> None:
    layer = "arn:aws:lambda:eu-west-1:111122223333:layer:tools:3"
    found = read(
        {"Layers": [{"Arn": layer, "CodeSize": 10}]},
        ListAliases={"Aliases": [{"AliasArn": f"{ARN}:live", "Name": "live"}]},
    )
    assert found.assets[layer].name == "tools"
    alias = found.assets[f"{ARN}:live"]
    assert alias.properties["aliasname"] == "live"
    assert [(r.type, r.target, r.incoming) for r in alias.relations] == [("KNOWN_AS", ARN, True)]


def test_a_mapping_hangs_on_its_function_whatever_alias_it_names() -> None:
    mapping = {
        "UUID": "u",
        "FunctionArn": f"{ARN}:live",
        "EventSourceArn": "arn:aws:sqs:eu-west-1:111122223333:q",
        "State": "Enabled",
        "MaximumRecordAgeInSeconds": 60,
    }
    asset = read_resource(
        lambda_.EVENT_SOURCE_MAPPING,
        {"lambda:ListEventSourceMappings": {"EventSourceMappings": [mapping]}},
    ).only()
    assert asset.properties["maximumrecordage"] == 60
    assert {(r.type, r.target_label, r.target) for r in asset.relations} == {
        ("RESOURCE", "AWSLambda", ARN),
        ("POLLS", "AWSSQSQueue", "arn:aws:sqs:eu-west-1:111122223333:q"),
    }


LAYER = "arn:aws:lambda:eu-west-1:111122223333:layer:tools"


def layers(policy: Any) -> Read:
    version = {"LayerVersionArn": f"{LAYER}:2", "Version": 2, "CompatibleRuntimes": ["python3.12"]}
    given = {
        "ListLayers": {"Layers": [{"LayerName": "tools", "LayerArn": LAYER}]},
        "ListLayerVersions": {"LayerVersions": [version]},
        "GetLayerVersionPolicy": policy,
    }
    return read_resource(lambda_.LAYER, {f"lambda:{name}": a for name, a in given.items()})


def test_a_version_of_a_layer_has_a_policy_of_its_own() -> None:
    read = layers({"Policy": OPEN, "RevisionId": "r"})
    version = read.only("AWSLambdaLayerVersion")
    assert version.properties["policy"] == OPEN
    assert version.properties["version_number"] == 2
    assert [edge.target for edge in version.relations] == [LAYER]
    asked = [one for one in read.requests if one.operation == "lambda:GetLayerVersionPolicy"]
    assert [one.parameters for one in asked] == [{"LayerName": LAYER, "VersionNumber": 2}]


def test_a_layer_that_is_shared_with_nobody_is_read_whole_and_a_denied_policy_is_unread() -> None:
    private = layers(failed("ResourceNotFoundException"))
    assert private.reading.verdict is Verdict.COMPLETE
    unread = layers(denied()).only("AWSLambdaLayerVersion").unread
    assert set(unread) == {"lambda:GetLayerVersionPolicy"}
