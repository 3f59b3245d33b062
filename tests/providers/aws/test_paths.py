from __future__ import annotations

from typing import Any

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudwarden.providers.aws.paths import compile_path, compile_template, split_template

DOCUMENT = {
    "Name": "web",
    "Count": 3,
    "On": True,
    "Empty": "",
    "State": {"Name": "running"},
    "Groups": [{"Id": "a"}, {"Id": "b", "Tags": ["x", "y"]}, {}],
    "Policy": '{"deadLetterTargetArn": "arn:q", "Deep": {"Er": [1, 2]}}',
    "Zones": "subnet-1,subnet-2",
}
VARIABLES = {"account": "1", "region": "eu-west-1", "partition": "aws-cn"}


@pytest.mark.parametrize(
    "path",
    ["Name", "State.Name", "Groups[].Id", "Groups[*].Id", "Groups[].Tags[]", "Groups[].Tags",
     "Groups[1].Id", "Missing", "Missing.Deeper", "Missing[].Id", "State[].Name", "Name.Id",
     "Groups", "Groups[?Id=='b'].Tags | [0]", "Missing || Name"],
)  # fmt: skip
def test_a_path_finds_what_jmespath_finds(path: str) -> None:
    assert compile_path(path)(DOCUMENT) == jmespath.search(path, DOCUMENT)


_keys = st.sampled_from(["A", "B", "C"])
_documents = st.recursive(
    st.none() | st.integers() | st.just("text"),
    lambda inner: st.dictionaries(_keys, inner, max_size=3) | st.lists(inner, max_size=3),
    max_leaves=12,
)


@given(
    st.dictionaries(_keys, _documents),
    st.lists(st.tuples(_keys, st.sampled_from(["", "[]"])), min_size=1, max_size=3),
)
def test_plain_paths_mean_what_they_mean_in_jmespath(
    document: dict[str, Any], steps: list[tuple[str, str]]
) -> None:
    path = ".".join(key + suffix for key, suffix in steps)
    assert compile_path(path)(document) == jmespath.search(path, document)


def test_a_path_goes_on_into_json_text() -> None:
    assert compile_path("Policy.deadLetterTargetArn")(DOCUMENT) == "arn:q"
    assert compile_path("Policy.Deep.Er[]")(DOCUMENT) == [1, 2]


def test_a_text_that_is_not_json_has_nothing_inside() -> None:
    assert compile_path("Name.Anything")(DOCUMENT) is None
    assert compile_path("Broken.Key")({"Broken": "{not json"}) is None


def test_paths_can_split_texts_and_parse_json() -> None:
    assert compile_path("split(Zones)")(DOCUMENT) == ["subnet-1", "subnet-2"]
    assert compile_path("split('a/b/c', '/')[-1]")(DOCUMENT) == "c"
    assert compile_path("split(Missing)")(DOCUMENT) == []
    assert compile_path("parse(Policy).Deep.Er")(DOCUMENT) == [1, 2]


def test_a_function_that_does_not_fit_the_value_finds_nothing() -> None:
    assert compile_path("starts_with(Count, 'x')")(DOCUMENT) is None


def test_a_template_fills_in_paths_and_the_scope() -> None:
    fill = compile_template("arn:{partition}:sqs:{region}:{account}:{State.Name}/{Count}/{On}")
    assert fill(DOCUMENT, VARIABLES) == "arn:aws-cn:sqs:eu-west-1:1:running/3/true"


def test_a_template_may_hold_whole_expressions() -> None:
    fill = compile_template("{Missing || Name}:{(On && 'yes') || 'no'}")
    assert fill(DOCUMENT, VARIABLES) == "web:yes"


@pytest.mark.parametrize("path", ["Missing", "Empty"])
def test_a_template_whose_path_finds_nothing_gives_nothing(path: str) -> None:
    assert compile_template(f"x/{{{path}}}")(DOCUMENT, VARIABLES) is None


def test_a_multi_select_hash_is_no_template() -> None:
    assert split_template("Groups[].{id: Id}") is None
    assert compile_template("State.{is: Name}")(DOCUMENT, VARIABLES) == {"is": "running"}


def test_an_open_brace_is_refused() -> None:
    with pytest.raises(ValueError, match="brace"):
        compile_template("arn:{partition")
