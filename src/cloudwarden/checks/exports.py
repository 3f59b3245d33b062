"""A judgement for other tools: SARIF 2.1.0 (code scanning) and OCSF 1.5 compliance findings.

Sources: OASIS SARIF 2.1.0 schema; OCSF class 2003, Compliance Finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from cloudwarden import __version__
from cloudwarden.checks.packs import Check
from cloudwarden.checks.results import CheckResult, Judgement, Status
from cloudwarden.checks.updates import finding_id
from cloudwarden.core.clock import Clock, format_moment

_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_SARIF_LEVEL = {"low": "note", "medium": "warning", "high": "error", "critical": "error"}
#: What code-scanning viewers sort by; the CVSS bands' middles.
_SECURITY_SEVERITY = {"low": "2.0", "medium": "5.5", "high": "8.0", "critical": "9.5"}
_SARIF_KIND = {Status.PASS: "pass", Status.FAIL: "fail", Status.UNKNOWN: "open"}

_OCSF_VERSION = "1.5.0"
_OCSF_SEVERITY = {"low": 2, "medium": 3, "high": 4, "critical": 5}
#: Warning is what OCSF calls a check that gave no result because something was not known.
_OCSF_COMPLIANCE = {
    Status.PASS: (1, "Pass"),
    Status.FAIL: (3, "Fail"),
    Status.UNKNOWN: (2, "Warning"),
}


def to_sarif(judgement: Judgement, checks: Sequence[Check]) -> dict[str, Any]:
    """A SARIF log with one run; every result is in it, passes as `kind: pass`."""
    index = {check.id: number for number, check in enumerate(checks)}
    titles = {check.id: check.title for check in checks}
    return {
        "$schema": _SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "cloudwarden",
                        "version": __version__,
                        "rules": [_rule(check) for check in checks],
                    }
                },
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "endTimeUtc": format_moment(judgement.judged_at),
                    }
                ],
                "results": [
                    _sarif_result(result, index[result.check], titles[result.check])
                    for result in judgement.results
                ],
            }
        ],
    }


def to_ocsf(judgement: Judgement, checks: Sequence[Check], clock: Clock) -> list[dict[str, Any]]:
    """One OCSF Compliance Finding for each result. Times are milliseconds since the epoch."""
    known = {check.id: check for check in checks}
    now = int(clock.now().timestamp() * 1000)
    return [_ocsf(result, known[result.check], judgement, now) for result in judgement.results]


def _rule(check: Check) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "id": check.id,
        "name": check.id,
        "shortDescription": {"text": check.title},
        "fullDescription": {"text": check.description or check.title},
        "help": {"text": check.remediation},
        "defaultConfiguration": {"level": _SARIF_LEVEL[check.severity]},
        "properties": {
            "tags": sorted({"security", *check.tags}),
            "security-severity": _SECURITY_SEVERITY[check.severity],
            "controls": {name: list(ids) for name, ids in check.controls.items()},
        },
    }
    if check.references:
        rule["helpUri"] = check.references[0]
    return rule


def _sarif_result(result: CheckResult, index: int, title: str) -> dict[str, Any]:
    asset = result.asset or f"{result.label} (scope not read)"
    failed = result.status is Status.FAIL
    return {
        "ruleId": result.check,
        "ruleIndex": index,
        "kind": _SARIF_KIND[result.status],
        "level": _SARIF_LEVEL[result.severity] if failed else "none",
        "message": {"text": f"{title}: {result.why}" if result.why else title},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {
                        "uri": quote(
                            f"cloudwarden/{result.account}/{result.region}/{result.label}/{asset}"
                        )
                    }
                },
                "logicalLocations": [
                    {
                        "name": result.name or asset,
                        "fullyQualifiedName": f"{result.account}/{result.region}/{asset}",
                        "kind": "resource",
                    }
                ],
            }
        ],
        "partialFingerprints": {"cloudwardenFinding/v1": _id(result)},
    }


def _ocsf(result: CheckResult, check: Check, judgement: Judgement, now: int) -> dict[str, Any]:
    status_id, status = _OCSF_COMPLIANCE[result.status]
    judged = int(judgement.judged_at.timestamp() * 1000)
    return {
        "activity_id": 1,
        "activity_name": "Create",
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2003,
        "class_name": "Compliance Finding",
        "type_uid": 200301,
        "type_name": "Compliance Finding: Create",
        "time": judged,
        "severity_id": _OCSF_SEVERITY[result.severity] if result.status is Status.FAIL else 1,
        "severity": result.severity.title() if result.status is Status.FAIL else "Informational",
        "status_id": 1,
        "status": "New",
        "message": result.why or check.title,
        "metadata": {
            "version": _OCSF_VERSION,
            "profiles": ["cloud"],
            "logged_time": now,
            "product": {
                "name": "cloudwarden",
                "vendor_name": "cloudwarden",
                "version": __version__,
            },
        },
        "cloud": {
            "provider": "AWS",
            "region": result.region,
            "account": {"uid": result.account, "type": "AWS Account", "type_id": 10},
        },
        "finding_info": {
            "uid": _id(result),
            "title": check.title,
            "desc": check.description or check.title,
            "created_time": judged,
            "types": [check.id],
        },
        "compliance": {
            "control": check.id,
            "status": status,
            "status_id": status_id,
            "status_detail": result.why,
            # There must be one; a check that answers no framework answers its pack.
            "standards": sorted(check.controls) or [check.pack or "cloudwarden"],
            "requirements": sorted(i for ids in check.controls.values() for i in ids),
        },
        "remediation": {"desc": check.remediation, "references": list(check.references)},
        "resources": [
            {
                "uid": result.asset or f"{result.account}/{result.region}/{result.label}",
                "name": result.name or result.asset or result.label,
                "type": result.label,
                "region": result.region,
                "owner": {"account": {"uid": result.account}},
            }
        ],
    }


def _id(result: CheckResult) -> str:
    return finding_id(result.check, result.account, result.label, result.asset or result.region)
