from __future__ import annotations

import pytest

from cloudwarden.core.errors import DeclarationError
from cloudwarden.providers.aws.inference import infer, infer_template, roots
from cloudwarden.providers.aws.shapes import Models

MODELS = Models()
INSTANCE = MODELS.output("ec2:DescribeInstances")
QUEUE = MODELS.output("sqs:GetQueueAttributes")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("Reservations[].Instances[]", "list"),
        ("Reservations[0].Instances[0].State.Name", "string"),
        ("Reservations[].Instances[].Tags[?Key=='Name'] | [0]", "unknown"),
        ("length(Reservations)", "integer"),
        ("Reservations[].[OwnerId, RequesterId][]", "list"),
        ("Reservations[].{owner: OwnerId} | [0].owner", "string"),
        ("max_by(Reservations, &OwnerId).OwnerId", "string"),
        ("NextToken || 'none'", "string"),
        ("Reservations[].OwnerId == `[]`", "boolean"),
    ],
)
def test_paths_are_typed(path: str, kind: str) -> None:
    if kind == "unknown":
        assert infer(path, INSTANCE).kind in ("list", "structure", "unknown")
    else:
        assert infer(path, INSTANCE).kind == kind


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("Reservation[]", "did you mean Reservations"),
        ("Reservations[].Instances[].State.Nam", "did you mean Name"),
        ("Reservations.Instances", "write \\[\\]"),
        ("NextToken[]", "not of a list"),
        ("Reservations[?OwnerID=='1']", "no member OwnerID"),
        ("lenght(Reservations)", "did you mean length"),
        ("sort_by(Reservations, &Owner)", "no member Owner"),
        ("Reservations[", "not JMESPath"),
    ],
)
def test_a_misspelt_path_is_refused_with_a_suggestion(path: str, reason: str) -> None:
    with pytest.raises(DeclarationError, match=reason):
        infer(path, INSTANCE)


def test_a_maps_known_keys_are_checked() -> None:
    assert infer("Attributes.VisibilityTimeout", QUEUE).kind == "string"
    with pytest.raises(DeclarationError, match="did you mean VisibilityTimeout"):
        infer("Attributes.VisibilityTimeOut", QUEUE)


def test_what_is_inside_a_text_is_not_known() -> None:
    assert infer("Attributes.RedrivePolicy.deadLetterTargetArn", QUEUE).kind == "unknown"


def test_a_templates_paths_are_checked_and_the_scopes_names_are_not() -> None:
    template = "arn:{partition}:x:{region}:{account}:{NextToken}"
    assert infer_template(template, INSTANCE).kind == "string"
    with pytest.raises(DeclarationError, match="no member Next"):
        infer_template("x/{Next}", INSTANCE)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("A.B[].C", {"A"}),
        ("A || B && C[?D=='1']", {"A", "B", "C"}),
        ("arn:{partition}:{A.B}/{split(C, '/')[-1]}", {"A", "C"}),
        ("[A, B.C][]", {"A", "B"}),
    ],
)
def test_the_members_that_a_path_rests_on_are_known(text: str, names: set[str]) -> None:
    assert roots(text) == names
