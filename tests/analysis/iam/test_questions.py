import pytest

from cloudwarden.analysis.iam.questions import load_questions, parse_questions
from cloudwarden.core.errors import DeclarationError
from cloudwarden.providers.aws.loader import load_catalogue

TEN_LINES = """
- name: CAN_READ
  label: AWSS3Bucket
  title: read objects
  actions: [s3:GetObject]
  arn: "{arn}/*"
  description: Can read objects.
"""

#: The ecosystem's permission relationships: what its users' queries ask for.
ECOSYSTEM = {
    ("CAN_ADMINISTER", "AWSRDSInstance"),
    ("CAN_ADMINISTER", "AWSRedshiftCluster"),
    ("CAN_EXEC", "AWSCloudFormationStack"),
    ("CAN_EXECUTE_COMMAND", "AWSECSTask"),
    ("CAN_PASS_ROLE", "AWSRole"),
    ("CAN_QUERY", "AWSDynamoDBTable"),
    ("CAN_QUERY", "AWSRDSInstance"),
    ("CAN_READ", "AWSS3Bucket"),
    ("CAN_START_SESSION", "AWSEC2Instance"),
    ("CAN_WRITE", "AWSDynamoDBTable"),
    ("CAN_WRITE", "AWSS3Bucket"),
    ("GET_SECRET", "AWSSecretsManagerSecret"),
}


def test_the_ecosystems_questions_are_all_asked() -> None:
    assert {(q.name, q.label) for q in load_questions()} >= ECOSYSTEM


def test_a_question_is_a_few_lines() -> None:
    (question,) = parse_questions(TEN_LINES, "mine.yaml")

    assert question.actions == ("s3:GetObject",)
    assert question.contents
    assert question.mode == "any"


def test_labels_asked_about_are_labels() -> None:
    assert {q.label for q in load_questions()} <= load_catalogue().labels.keys()


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (("CAN_READ", "can read"), "capitals"),
        (("AWSS3Bucket", "AWSVpc"), "not known who may use it"),
        (("[s3:GetObject]", "[s3:Get*]"), "no action"),
        (("[s3:GetObject]", "[]"), "needs actions"),
        (("[s3:GetObject]", "s3:GetObject"), "expected a list"),
        (("{arn}/*", "{owner}/*"), "{owner} is not kept"),
        (("{arn}/*", "{arn}*"), "only a last"),
        (("title:", "titel:"), "needs"),
        (("title:", "mode: some\n  title:"), "any or all"),
        (("title:", "colour: red\n  title:"), "unknown: colour"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(changed: tuple[str, str], reason: str) -> None:
    with pytest.raises(DeclarationError, match=reason):
        parse_questions(TEN_LINES.replace(*changed), "mine.yaml")


def test_the_same_question_twice_is_refused() -> None:
    with pytest.raises(DeclarationError, match="2 times"):
        parse_questions(TEN_LINES + TEN_LINES, "mine.yaml")
