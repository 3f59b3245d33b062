"""Models cut down to what is called behave as whole ones do."""

from __future__ import annotations

import botocore
import botocore.session
import pytest
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.model import ServiceModel

from cloudwarden.providers.aws.models import ModelLoader


def test_only_what_is_called_is_kept_and_it_is_unchanged():
    whole = ServiceModel(Loader().load_service_model("sqs", "service-2"), "sqs")
    cut = ServiceModel(
        ModelLoader({"sqs": ["GetQueueAttributes"]}).load_service_model("sqs", "service-2"), "sqs"
    )

    assert cut.operation_names == ["GetQueueAttributes"]
    assert cut.metadata == whole.metadata
    mine, theirs = (model.operation_model("GetQueueAttributes") for model in (cut, whole))
    assert mine.http == theirs.http
    assert list(mine.output_shape.members) == list(theirs.output_shape.members)
    assert [shape.name for shape in mine.error_shapes] == [s.name for s in theirs.error_shapes]
    assert not mine.documentation


def test_a_service_that_is_not_named_is_whole():
    model = ModelLoader({"sqs": []}).load_service_model("sns", "service-2")
    assert "CreateTopic" in model["operations"]


def test_what_botocore_calls_by_itself_is_always_there():
    model = ModelLoader({"s3": ["ListBuckets"]}).load_service_model("s3", "service-2")
    assert set(model["operations"]) == {"ListBuckets", "HeadBucket", "CreateSession"}


def test_a_model_is_read_once():
    loader = ModelLoader({"sqs": ["ListQueues"]})
    assert loader.load_service_model("sqs", "service-2") is loader.load_service_model(
        "sqs", "service-2"
    )


def test_an_unknown_service_is_refused_as_botocore_refuses_it():
    with pytest.raises(UnknownServiceError):
        ModelLoader().load_service_model("quantum", "service-2")


def test_a_users_own_models_are_found(tmp_path, monkeypatch):
    folder = tmp_path / "toaster" / "2026-01-01"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text('{"metadata": {}, "operations": {}, "shapes": {}}')
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    assert ModelLoader().load_service_model("toaster", "service-2")["operations"] == {}


def test_clients_are_made_from_it():
    session = botocore.session.Session()
    session.register_component("data_loader", ModelLoader({"sqs": ["ListQueues"]}))
    client = session.create_client(
        "sqs", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="y"
    )
    assert client.meta.method_to_api_mapping == {"list_queues": "ListQueues"}
    assert client.meta.endpoint_url == "https://sqs.eu-west-1.amazonaws.com"
    client.close()


def test_what_was_cut_down_is_kept_for_the_next_process(tmp_path, monkeypatch):
    operations = {"sqs": ["ListQueues"]}
    first = ModelLoader(operations, tmp_path).load_service_model("sqs", "service-2")
    monkeypatch.setattr("botocore.loaders.Loader.load_service_model", None)

    assert ModelLoader(operations, tmp_path).load_service_model("sqs", "service-2") == first


def test_a_kept_model_of_other_operations_is_not_taken(tmp_path):
    ModelLoader({"sqs": ["ListQueues"]}, tmp_path).load_service_model("sqs", "service-2")
    other = ModelLoader({"sqs": ["ListQueueTags"]}, tmp_path)
    assert list(other.load_service_model("sqs", "service-2")["operations"]) == ["ListQueueTags"]


def test_a_damaged_cache_is_done_without(tmp_path):
    operations = {"sqs": ["ListQueues"]}
    first = ModelLoader(operations, tmp_path).load_service_model("sqs", "service-2")
    for path in tmp_path.rglob("*.json"):
        path.write_text("{")
    assert ModelLoader(operations, tmp_path).load_service_model("sqs", "service-2") == first


def test_kept_models_of_another_botocore_are_taken_away(tmp_path):
    old = tmp_path / "botocore-0.1"
    old.mkdir()
    ModelLoader({"sqs": ["ListQueues"]}, tmp_path).load_service_model("sqs", "service-2")
    assert [path.name for path in tmp_path.iterdir()] == [f"botocore-{botocore.__version__}"]


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path):
    (tmp_path / "file").write_text("")
    loader = ModelLoader({"sqs": ["ListQueues"]}, tmp_path / "file")
    assert loader.load_service_model("sqs", "service-2")["operations"]
