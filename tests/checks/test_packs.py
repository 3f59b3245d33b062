from __future__ import annotations

from pathlib import Path

import pytest

from cloudwarden.checks.packs import SEVERITIES, load_checks, load_pack
from cloudwarden.core.errors import DeclarationError

GOOD = {
    "id": "mine",
    "title": "It is wrong",
    "severity": "low",
    "subject": "AWSSQSQueue",
    "query": "MATCH (q:AWSSQSQueue) RETURN q.id AS asset, 'x' AS why",
    "remediation": "Right it",
}


def _write(folder: Path, **changes: object) -> Path:
    import yaml

    record = {k: v for k, v in {**GOOD, **changes}.items() if v is not None}
    file = folder / "mine.yaml"
    file.write_text(yaml.safe_dump([record]))
    return file


def test_checks_come_with_the_package_over_the_services_that_matter_first() -> None:
    checks = load_checks()
    assert len([check for check in checks if check.pack == "aws-foundations"]) == 30
    services = {check.id.split("-")[1] for check in checks}
    assert services >= {
        "iam",
        "s3",
        "ec2",
        "ebs",
        "rds",
        "cloudtrail",
        "kms",
        "vpc",
        "lambda",
        "sqs",
        "sns",
        "dns",
        "cloudfront",
    }
    assert {check.severity for check in checks} == set(SEVERITIES)


def test_a_check_of_ten_lines_loads(tmp_path: Path) -> None:
    (check,) = load_pack(_write(tmp_path, controls={"cis": ["1.1"]}, tags=["a"]))
    assert (check.id, check.pack, check.controls) == ("mine", "mine", {"cis": ("1.1",)})


def test_a_users_folder_adds_to_the_built_in_checks(tmp_path: Path) -> None:
    (tmp_path / "checks").mkdir()
    _write(tmp_path / "checks")
    assert "mine" in {check.id for check in load_checks(extra=[tmp_path, tmp_path / "absent"])}


def test_the_same_id_twice_is_refused(tmp_path: Path) -> None:
    first = _write(tmp_path)
    (tmp_path / "other.yaml").write_text(first.read_text())
    with pytest.raises(DeclarationError, match="mine is also in"):
        load_checks([tmp_path])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"severity": "awful"}, "severity is one of low, medium, high, critical"),
        ({"query": None}, "lacks its query"),
        ({"remediation": " "}, "lacks its remediation"),
        ({"querry": "x"}, "a check has no querry"),
        ({"tags": "a"}, "tags is a list of texts"),
        ({"controls": {"cis": "1.1"}}, "controls maps a framework to a list of ids"),
    ],
)
def test_a_mistake_is_told_with_file_and_check(
    tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(DeclarationError, match=said) as caught:
        load_pack(_write(tmp_path, **changes))
    assert "mine.yaml:1" in str(caught.value)
