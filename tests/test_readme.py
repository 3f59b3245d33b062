"""Every command on the newcomer's page runs: `make` ones by `.ci/run`, the others here."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.support.commands import Run
from tests.support.moto import Aws

ROOT = Path(__file__).parents[1]


def commands(page: str) -> list[str]:
    """The commands of a page's console blocks, continued lines joined."""
    text = (ROOT / page).read_text()
    blocks = re.findall(r"```console\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [line.removeprefix("$ ").strip() for line in lines if line.startswith("$ ")]


def test_ci_runs_what_the_readme_tells_a_newcomer_to_make() -> None:
    made = [c for c in commands("README.md") if c.startswith("make ")]
    assert made == ["make demo", "make test"]
    ci = (ROOT / ".ci" / "run").read_text().splitlines()
    assert [line for line in ci if line in made] == made


@pytest.mark.parametrize(
    "page", ["README.md", "docs/collecting.md", "docs/checks.md", "docs/access.md"]
)
def test_every_other_command_of_a_page_runs(run: Run, aws: Aws, tmp_path: Path, page: str) -> None:
    """Exit 0, or the documented codes that tell of findings and of what was not read."""
    aws.client("s3").create_bucket(Bucket="mine")
    instance = aws.client("ec2").run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)
    known = instance["Instances"][0]["InstanceId"]
    (tmp_path / "cloudwarden.toml").write_text('regions = ["us-east-1"]\n')
    policy = (
        '{"Version": "2012-10-17", '
        '"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
    )
    iam = aws.client("iam")
    iam.create_user(UserName="reader")
    iam.put_user_policy(UserName="reader", PolicyName="read", PolicyDocument=policy)
    run("collect", "--only", "s3,ec2,elb,elbv2,iam,organizations")
    run("check")
    (finding, *_) = run("findings", "--output", "json").json
    (tmp_path / "cloudwarden.toml").unlink()
    told = [c for c in commands(page) if c.startswith("cloudwarden ")]
    assert told
    for command in told:
        words = shlex.split(command)[1:]
        words = [known if word == "i-0123456789abcdef0" else word for word in words]
        words = [finding["id"] if re.fullmatch(r"(0123456789abcdef){2}", w) else w for w in words]
        if words[0] == "collect":
            words += ["--regions", "us-east-1", "--only", "s3,sqs"]
        answer = run(*words)
        assert answer.exit_code == 0, f"{command}: {answer.stderr}"
