"""Saved authorization details: every form that the AWS CLI leaves behind, and what is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any
from urllib.parse import quote

import pytest
from typer.testing import CliRunner

from cloudwarden.analysis.iam.authorization_details import read_authorization_details
from cloudwarden.analysis.iam.escalation_paths import Path, paths
from cloudwarden.cli.main import app
from cloudwarden.core.errors import UsageError
from tests.analysis.iam.escalating import ACCOUNT, EVERYTHING, NOW, ROOT, allow, arn, text, trust

Document = Callable[[str], Any]


def details(document: Document = json.loads) -> dict[str, Any]:
    """ann → role a → role goal; bob through a group; cyd by an older version of her policy."""
    return {
        "UserDetailList": [
            {"Arn": arn("user", "ann"), "UserName": "ann", "Path": "/", "GroupList": [],
             "UserPolicyList": [{"PolicyName": "assume",
                                 "PolicyDocument": document(text(allow("sts:AssumeRole")))}]},
            {"Arn": arn("user", "bob"), "UserName": "bob", "GroupList": ["admins"]},
            {"Arn": arn("user", "cyd"), "UserName": "cyd",
             "AttachedManagedPolicies": [{"PolicyName": "p", "PolicyArn": arn("policy", "p")}]},
            {"Arn": arn("user", "dan"), "UserName": "dan",
             "UserPolicyList": [{"PolicyName": "code", "PolicyDocument": document(
                 text(allow(["lambda:UpdateFunctionCode", "lambda:InvokeFunction"])))}]},
        ],
        "GroupDetailList": [
            {"Arn": arn("group", "admins"), "GroupName": "admins",
             "GroupPolicyList": [{"PolicyName": "all", "PolicyDocument": document(
                 text(EVERYTHING))}]},
        ],
        "RoleDetailList": [
            {"Arn": arn("role", "a"), "RoleName": "a", "InstanceProfileList": [],
             "AssumeRolePolicyDocument": document(trust(ROOT))},
            {"Arn": arn("role", "goal"), "RoleName": "goal",
             "AssumeRolePolicyDocument": document(trust({"AWS": arn("role", "a")})),
             "AttachedManagedPolicies": [
                 {"PolicyName": "AdministratorAccess",
                  "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}]},
        ],
        "Policies": [
            {"Arn": arn("policy", "p"), "DefaultVersionId": "v2", "PolicyVersionList": [
                {"VersionId": "v1", "IsDefaultVersion": False,
                 "Document": document(text(EVERYTHING))},
                {"VersionId": "v2", "IsDefaultVersion": True,
                 "Document": document(text(allow("iam:SetDefaultPolicyVersion")))}]},
            {"Arn": "arn:aws:iam::aws:policy/AdministratorAccess", "PolicyVersionList": [
                {"VersionId": "v1", "IsDefaultVersion": True,
                 "Document": document(text(EVERYTHING))}]},
        ],
    }  # fmt: skip


def ways(saved: str) -> dict[str, Path]:
    read = read_authorization_details(saved)
    return {one.principal.rpartition("/")[2]: one for one in paths(read.world, read.setting, NOW)}


FORMS: dict[str, Callable[[], str]] = {
    "as the CLI prints it": lambda: json.dumps(details()),
    "percent-encoded policies": lambda: json.dumps(details(quote)),
    "policies as text": lambda: json.dumps(details(str)),
    "a list of pages": lambda: json.dumps([{name: rows} for name, rows in details().items()]),
    "pages one after another": lambda: "\n".join(
        json.dumps({name: rows, "IsTruncated": name != "Policies"})
        for name, rows in details().items()
    ),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))
def test_every_form_tells_the_same(form: Callable[[], str]) -> None:
    found = ways(form())
    assert [hop.target for hop in found["ann"].hops] == [arn("role", "a"), arn("role", "goal")]
    assert (found["bob"].is_admin, found["bob"].hops) == (True, ())
    assert [hop.technique for hop in found["cyd"].hops] == ["iam-setdefault"]
    assert (found["goal"].is_admin, found["goal"].hops) == (True, ())


def test_what_acts_through_existing_things_is_unknown() -> None:
    path = ways(json.dumps(details()))["dan"]
    assert (path.is_admin, path.certainty.value) == (False, "unknown")
    assert "not told by this file" in path.unknown[0]


def test_what_is_missing_is_unread_and_no_error() -> None:
    saved = details()
    del saved["RoleDetailList"][0]["AssumeRolePolicyDocument"]
    saved["UserDetailList"][2]["AttachedManagedPolicies"].append(
        {"PolicyArn": arn("policy", "lost")}
    )
    saved["UserDetailList"][1]["GroupList"] = ["nobody-knows"]
    saved["Policies"][0]["PolicyVersionList"] = []
    found = ways(json.dumps(saved))
    assert found["ann"].certainty.value == "unknown"
    assert found["bob"].certainty.value == "unknown"
    assert found["cyd"].certainty.value == "unknown"


@pytest.mark.parametrize(
    "saved",
    [
        "", "{", "[1]", "{}", '{"UserDetailList": {}}', '{"UserDetailList": [1]}',
        '{"UserDetailList": [{}]}', '{"RoleDetailList": [{"Arn": "arn:aws:s3:::b"}]}',
        '{"UserDetailList": [{"Arn": "arn:aws:iam::111111111111:user/a", "UserPolicyList": 1}]}',
        '{"Policies": [{"PolicyVersionList": []}]}', "null",
        '{"UserDetailList": [{"Arn": "arn:aws:iam::111111111111:user/a", "GroupList": "admins"}]}',
    ],
)  # fmt: skip
def test_what_is_none_is_refused_with_a_sentence(saved: str) -> None:
    with pytest.raises(UsageError):
        ways(saved)


def test_a_file_filtered_to_principals_still_tells_administrators() -> None:
    saved = details()
    del saved["Policies"]
    found = ways(json.dumps(saved))
    assert found["goal"].is_admin
    assert found["cyd"].certainty.value == "unknown"


@pytest.mark.parametrize("mark", [{"IsTruncated": True, "Marker": "x"}, {"NextToken": "x"}])
def test_a_file_that_ends_before_the_last_page_leaves_everybody_unknown(mark: Any) -> None:
    saved = json.dumps({**details(), **mark})
    found = ways(saved)
    assert found["ann"].certainty.value == "sure"
    assert found["a"].certainty.value == "sure"
    poor = {"UserDetailList": [{"Arn": arn("user", "eve"), "UserName": "eve"}], **mark}
    eve = ways(json.dumps({**poor, "RoleDetailList": []}))["eve"]
    assert eve.unknown == ("not all users and roles of its account were read",)
    rest = json.dumps({"Policies": [], "IsTruncated": False})
    assert ways(f"{json.dumps({**poor, 'RoleDetailList': []})}{rest}")["eve"].unknown == ()


def test_a_file_without_roles_leaves_it_unknown_who_is_there() -> None:
    saved = details()
    del saved["RoleDetailList"]
    assert ways(json.dumps(saved))["ann"].certainty.value == "unknown"


def test_groups_of_one_name_in_two_accounts_are_two() -> None:
    def saved(account: str, *statements: Any) -> str:
        def named(kind: str, name: str) -> str:
            return arn(kind, name, account)

        policy = {"PolicyName": "p", "PolicyDocument": json.loads(text(*statements))}
        return json.dumps({
            "UserDetailList": [{"Arn": named("user", f"in-{account[0]}"), "GroupList": ["team"]}],
            "GroupDetailList": [{"Arn": named("group", "team"), "GroupName": "team",
                                 "GroupPolicyList": [policy]}],
            "RoleDetailList": [],
        })  # fmt: skip

    found = ways(saved(ACCOUNT, EVERYTHING) + saved("222222222222", allow("s3:*")))
    assert found["in-1"].is_admin
    assert not found["in-2"].is_admin


def test_an_empty_account_has_nobody() -> None:
    assert ways('{"UserDetailList": [], "RoleDetailList": []}') == {}


def test_the_command_line_prints_paths_as_json(tmp_path: FilePath) -> None:
    file = tmp_path / "details.json"
    file.write_text(json.dumps(details()))
    arguments = ["access", "paths", "--authorization-details", str(file), "--output", "json"]
    answer = CliRunner().invoke(app, arguments)
    assert answer.exit_code == 0
    rows = {row["principal"]: row for row in json.loads(answer.stdout)}
    assert len(rows) == 6
    ann = rows[arn("user", "ann")]
    assert (ann["principal_type"], ann["admin"], ann["certainty"], ann["hops"]) == (
        "user", True, "sure", 2,
    )  # fmt: skip
    assert ann["account"] == ACCOUNT
    assert ann["path"][0]["statements"][0]["policy"] == "assume"
    assert ann["edge_to_cut"]["closes"] == 2
    assert "not told by this file" in answer.stderr
    assert "To cut: " in answer.stderr
    one = CliRunner().invoke(app, [*arguments, "ann"])
    assert [row["principal"] for row in json.loads(one.stdout)] == [arn("user", "ann")]


@pytest.mark.parametrize("output", ["table", "csv", "ndjson"])
def test_the_command_line_prints_paths_in_every_format(tmp_path: FilePath, output: str) -> None:
    file = tmp_path / "details.json"
    file.write_text(json.dumps(details()))
    arguments = ["access", "paths", "ann", "--authorization-details", str(file), "-o", output]
    answer = CliRunner().invoke(app, arguments)
    assert answer.exit_code == 0
    assert arn("user", "ann") in answer.stdout
    assert "sts-001" in answer.stdout


def test_a_file_that_powershell_wrote_is_read(tmp_path: FilePath) -> None:
    file = tmp_path / "details.json"
    file.write_text(json.dumps(details()), encoding="utf-16")
    answer = CliRunner().invoke(
        app, ["access", "paths", "bob", "--authorization-details", str(file), "-o", "json"]
    )
    assert answer.exit_code == 0
    assert json.loads(answer.stdout)[0]["admin"]


def test_the_command_line_says_that_a_file_is_cut_short(tmp_path: FilePath) -> None:
    file = tmp_path / "details.json"
    file.write_text(json.dumps({**details(), "IsTruncated": True}))
    answer = CliRunner().invoke(app, ["access", "paths", "--authorization-details", str(file)])
    assert answer.exit_code == 5
    assert f"ends before the last page of account {ACCOUNT}" in answer.stderr


@pytest.mark.parametrize("missing", ["no-such-file", "."])
def test_a_file_that_cannot_be_read_is_told(tmp_path: FilePath, missing: str) -> None:
    arguments = ["access", "paths", "--authorization-details", str(tmp_path / missing)]
    answer = CliRunner().invoke(app, arguments)
    assert answer.exit_code == 2
    assert "cannot be read" in str(answer.exception) + answer.stderr


def test_a_policy_that_was_not_read_is_the_only_reason_that_is_told() -> None:
    lost = {"Arn": arn("user", "eve"), "AttachedManagedPolicies": [
        {"PolicyName": "lost", "PolicyArn": arn("policy", "lost")}]}  # fmt: skip
    found = ways(json.dumps({"UserDetailList": [lost], "RoleDetailList": []}))
    assert found["eve"].unknown == ("policy lost was not read",)
