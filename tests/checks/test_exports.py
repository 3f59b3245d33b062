from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from cloudwarden.checks.exports import to_ocsf, to_sarif
from cloudwarden.checks.packs import Check
from cloudwarden.checks.results import CheckResult, Judgement, Status
from cloudwarden.core.clock import FixedClock

AT = datetime(2026, 3, 1, tzinfo=UTC)
CHECK = Check(
    "c", "It is wrong", "high", "AWSS3Bucket", "", "Right it", references=("https://example.test/c",),
    controls={"cis-aws-3.0": ("2.1", "2.2")},
)  # fmt: skip


def judgement(*results: CheckResult) -> Judgement:
    return Judgement(results, ["c"], None, 1, AT)


def result(status: Status, asset: str | None = "b u") -> CheckResult:
    return CheckResult(
        "c", "high", status, asset, "AWSS3Bucket", "111111111111", "global", "because"
    )


def test_sarif_has_every_result_and_only_failures_have_a_level() -> None:
    log = to_sarif(judgement(*(result(s) for s in Status), result(Status.UNKNOWN, None)), [CHECK])
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["c"]
    assert [(r["kind"], r["level"]) for r in run["results"]] == [
        ("pass", "none"),
        ("fail", "error"),
        ("open", "none"),
        ("open", "none"),
    ]
    assert run["results"][1]["message"]["text"] == "It is wrong: because"
    uri = run["results"][1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "cloudwarden/111111111111/global/AWSS3Bucket/b%20u"


def test_sarif_satisfies_the_shape_that_viewers_read() -> None:
    import jsonschema

    text: dict[str, Any] = {"type": "string"}
    jsonschema.validate(
        to_sarif(judgement(result(Status.FAIL)), [CHECK]),
        {
            "type": "object",
            "required": ["version", "runs", "$schema"],
            "properties": {
                "runs": {
                    "type": "array",
                    "items": {
                        "required": ["tool", "results"],
                        "properties": {
                            "results": {
                                "items": {
                                    "required": ["ruleId", "message", "locations", "level", "kind"],
                                    "properties": {
                                        "level": {"enum": ["none", "note", "warning", "error"]},
                                        "kind": {
                                            "enum": [
                                                "notApplicable", "pass", "fail", "review", "open",
                                                "informational",
                                            ]
                                        },
                                        "partialFingerprints": {"additionalProperties": text},
                                    },
                                }
                            }
                        },
                    },
                }
            },
        },
    )  # fmt: skip


def test_a_finding_keeps_its_fingerprint_from_run_to_run() -> None:
    one, two = (
        to_sarif(judgement(result(status)), [CHECK])["runs"][0]["results"][0]["partialFingerprints"]
        for status in (Status.FAIL, Status.PASS)
    )
    assert one == two


def test_ocsf_is_a_compliance_finding_for_each_result() -> None:
    clock = FixedClock(AT)
    passed, failed, unknown = to_ocsf(
        judgement(result(Status.PASS), result(Status.FAIL), result(Status.UNKNOWN)), [CHECK], clock
    )
    for event in (passed, failed, unknown):
        assert event["class_uid"] == 2003
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
        assert event["time"] == int(AT.timestamp() * 1000)
        assert event["compliance"]["requirements"] == ["2.1", "2.2"]
    assert (failed["compliance"]["status_id"], failed["severity_id"]) == (3, 4)
    assert (passed["compliance"]["status_id"], passed["severity_id"]) == (1, 1)
    assert (unknown["compliance"]["status_id"], unknown["severity_id"]) == (2, 1)


def test_ocsf_has_everything_that_its_class_requires() -> None:
    # Class 2003 of OCSF 1.5 with the cloud profile, and the objects in it.
    clock, plain = FixedClock(AT), replace(CHECK, controls={}, pack="mine")
    (event,) = to_ocsf(judgement(result(Status.UNKNOWN, None)), [plain], clock)
    required = {
        "": ["activity_id", "category_uid", "class_uid", "type_uid", "severity_id", "time",
             "metadata", "finding_info", "compliance", "cloud"],
        "metadata": ["product", "version"],
        "finding_info": ["uid"],
        "compliance": ["standards"],
        "cloud": ["provider"],
        "remediation": ["desc"],
    }  # fmt: skip
    for place, names in required.items():
        for name in names:
            assert (event[place] if place else event)[name] not in ("", [], None), (place, name)
    assert event["compliance"]["standards"] == ["mine"]
    assert event["resources"][0]["uid"] == "111111111111/global/AWSS3Bucket"
