from datetime import UTC, datetime
from typing import Any

import pytest
from tests.support.reading import ACCOUNT, Read, denied, failed, read_resource

from cloudwarden.providers.aws.services.iam import RESOURCES
from cloudwarden.schema.records import Asset, Failure, Verdict

RESOURCE = {resource.label: resource for resource in RESOURCES}
ANNA = f"arn:aws:iam::{ACCOUNT}:user/anna"
BORN = datetime(2024, 1, 2, tzinfo=UTC)
REPORT = f"user,arn,password_enabled,mfa_active\nanna,{ANNA},true,false\n".encode()


def user(name: str) -> dict[str, Any]:
    arn = f"arn:aws:iam::{ACCOUNT}:user/{name}"
    return {"UserName": name, "UserId": name, "Arn": arn, "Path": "/", "CreateDate": BORN}


def principals(**changed: Any) -> Read:
    answers = {
        "iam:GetAccountAuthorizationDetails": {"UserDetailList": [user("anna")]},
        "iam:GenerateCredentialReport": {"State": "COMPLETE"},
        "iam:GetCredentialReport": {"Content": REPORT},
    }
    renamed = {f"iam:{operation}": answer for operation, answer in changed.items()}
    return read_resource(RESOURCE["AWSPrincipal"], {**answers, **renamed}, region="global")


def credentials(**changed: Any) -> Read:
    answers = {
        "iam:ListUsers": {"Users": [user("anna"), user("ben")]},
        "iam:ListAccessKeys": lambda asked: {
            "AccessKeyMetadata": [{"AccessKeyId": f"AKIA-{asked['UserName']}", "Status": "Active"}]
        },
        "iam:ListMFADevices": {"MFADevices": []},
        "iam:ListVirtualMFADevices": {"VirtualMFADevices": []},
        "iam:GetAccessKeyLastUsed": {
            "AccessKeyLastUsed": {"LastUsedDate": BORN, "ServiceName": "s3", "Region": "eu-west-1"}
        },
    }
    renamed = {f"iam:{operation}": answer for operation, answer in changed.items()}
    return read_resource(RESOURCE["AWSAccountAccessKey"], {**answers, **renamed}, region="global")


def edges(asset: Asset) -> list[tuple[str, str, str, bool]]:
    return [(r.type, r.target_label, r.target, r.incoming) for r in asset.relations]


def test_principals_and_report_take_three_calls_however_many_there_are() -> None:
    many = {"UserDetailList": [user(f"user-{number}") for number in range(50)]}

    read = principals(GetAccountAuthorizationDetails=many)

    assert read.reading.api_calls == 3
    assert len([a for a in read.reading.assets if a.label == "AWSUser"]) == 50


def test_a_user_is_told_with_its_credentials() -> None:
    asset = principals().assets[ANNA]

    assert asset.properties["password_enabled"] is True
    assert asset.properties["mfa_active"] is False
    assert asset.properties["createdate"] == "2024-01-02T00:00:00Z"
    assert asset.unread == {}


def test_every_page_of_the_details_is_read() -> None:
    pages = [
        {"UserDetailList": [user("anna")], "IsTruncated": True, "Marker": "more"},
        {"UserDetailList": [user("ben")], "IsTruncated": False},
    ]

    read = principals(GetAccountAuthorizationDetails=pages)

    assert read.reading.verdict is Verdict.COMPLETE
    assert read.requests[2].parameters == {"MaxItems": 1000, "Marker": "more"}
    assert f"arn:aws:iam::{ACCOUNT}:user/ben" in read.assets


def test_a_page_that_is_not_read_shows_no_absence() -> None:
    pages = [{"UserDetailList": [user("anna")], "IsTruncated": True, "Marker": "more"}, denied()]

    read = principals(GetAccountAuthorizationDetails=pages)

    assert read.reading.verdict is Verdict.PARTIAL
    assert not read.reading.shows_absence
    assert ANNA in read.assets


def test_denied_details_are_a_denied_scope() -> None:
    read = principals(GetAccountAuthorizationDetails=denied())

    assert read.reading.verdict is Verdict.DENIED
    assert not read.reading.assets


@pytest.mark.parametrize("failure", [denied(), failed("ReportInProgress")])
def test_a_report_that_is_not_read_leaves_credentials_unread(failure: Failure) -> None:
    read = principals(GetCredentialReport=failure)

    assert read.reading.verdict is Verdict.PARTIAL
    assert read.reading.shows_absence
    assert set(read.assets[ANNA].unread) == {"iam:GetCredentialReport"}


def test_a_key_belongs_to_its_user_and_says_when_it_was_used() -> None:
    key = credentials().assets["AKIA-anna"]

    assert key.properties == {
        "accesskeyid": "AKIA-anna",
        "status": "Active",
        "lastuseddate": "2024-01-02T00:00:00Z",
        "lastusedservice": "s3",
        "lastusedregion": "eu-west-1",
    }
    assert edges(key) == [
        ("AWS_ACCESS_KEY", "AWSUser", ANNA, True),
        ("OWNED_BY", "AWSUser", ANNA, False),
    ]


def test_a_key_never_used_says_nothing_of_its_use() -> None:
    never = {"AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}}

    key = credentials(GetAccessKeyLastUsed=never).assets["AKIA-anna"]

    assert set(key.properties) == {"accesskeyid", "status"}


def test_a_denied_last_use_is_unread() -> None:
    read = credentials(GetAccessKeyLastUsed=denied())

    assert set(read.assets["AKIA-ben"].unread) == {"iam:GetAccessKeyLastUsed"}
    assert read.reading.shows_absence


def test_keys_of_a_user_that_are_denied_show_no_absence() -> None:
    read = credentials(ListAccessKeys=[denied(), {"AccessKeyMetadata": []}])

    assert not read.reading.shows_absence


def test_a_user_deleted_since_the_listing_has_no_keys_and_hides_none() -> None:
    read = credentials(ListAccessKeys=[failed("NoSuchEntity"), {"AccessKeyMetadata": []}])

    assert read.reading.verdict is Verdict.COMPLETE


def test_devices_belong_to_a_user_to_the_root_or_to_nobody() -> None:
    root_device = f"arn:aws:iam::{ACCOUNT}:mfa/root-account-mfa-device"
    read = credentials(
        ListUsers={"Users": [user("anna")]},
        ListMFADevices={"MFADevices": [{"UserName": "anna", "SerialNumber": "hardware"}]},
        ListVirtualMFADevices={
            "VirtualMFADevices": [
                {"SerialNumber": root_device, "User": {"Arn": f"arn:aws:iam::{ACCOUNT}:root"}},
                {"SerialNumber": "spare"},
            ]
        },
    )

    root = f"arn:aws:iam::{ACCOUNT}:root"
    assert edges(read.assets["hardware"]) == [("MFA_DEVICE", "AWSUser", ANNA, True)]
    assert read.assets["hardware"].properties["virtual"] is False
    assert edges(read.assets[root_device]) == [("MFA_DEVICE", "AWSRootPrincipal", root, True)]
    assert edges(read.assets["spare"]) == []


def test_an_instance_profile_points_to_its_role() -> None:
    arn, role = f"arn:aws:iam::{ACCOUNT}:instance-profile/p", f"arn:aws:iam::{ACCOUNT}:role/r"
    profile = {"InstanceProfileName": "p", "Arn": arn, "CreateDate": BORN, "Roles": [{"Arn": role}]}

    read = read_resource(
        RESOURCE["AWSInstanceProfile"],
        {"iam:ListInstanceProfiles": {"InstanceProfiles": [profile]}},
        region="global",
    )

    assert read.only().properties["createdate"] == "2024-01-02T00:00:00Z"
    assert edges(read.only()) == [("ASSOCIATED_WITH", "AWSRole", role, False)]


def test_identity_providers_and_certificates_are_listed() -> None:
    saml = f"arn:aws:iam::{ACCOUNT}:saml-provider/corp"
    oidc = f"arn:aws:iam::{ACCOUNT}:oidc-provider/ci.example.com"
    certificate = f"arn:aws:iam::{ACCOUNT}:server-certificate/web"
    answers = {
        "iam:ListSAMLProviders": {"SAMLProviderList": [{"Arn": saml}]},
        "iam:ListOpenIDConnectProviders": {"OpenIDConnectProviderList": [{"Arn": oidc}]},
        "iam:GetOpenIDConnectProvider": {"Url": "ci.example.com", "ClientIDList": ["sts"]},
        "iam:ListServerCertificates": {
            "ServerCertificateMetadataList": [
                {"Arn": certificate, "ServerCertificateName": "web", "Expiration": BORN}
            ]
        },
    }

    def read(label: str) -> Asset:
        return read_resource(RESOURCE[label], answers, region="global").only()

    assert (read("AWSSAMLProvider").id, read("AWSSAMLProvider").name) == (saml, "corp")
    assert read("AWSOpenIDConnectProvider").properties["client_ids"] == ["sts"]
    assert read("AWSServerCertificate").properties["expiration"] == "2024-01-02T00:00:00Z"


S3_USED = {
    "ServiceName": "Amazon S3",
    "ServiceNamespace": "s3",
    "LastAuthenticated": BORN,
    "LastAuthenticatedEntity": ANNA,
    "LastAuthenticatedRegion": "eu-west-1",
    "TotalAuthenticatedEntities": 1,
}
SQS_UNUSED = {"ServiceName": "SQS", "ServiceNamespace": "sqs", "TotalAuthenticatedEntities": 0}
SERVICES = {
    "JobStatus": "COMPLETED",
    "JobCreationDate": BORN,
    "JobCompletionDate": BORN,
    "ServicesLastAccessed": [SQS_UNUSED, S3_USED],
}


def last_accessed(*names: str, **changed: Any) -> Read:
    details = {"UserDetailList": [user(name) for name in names or ("anna", "ben")]}
    answers = {
        "iam:GetAccountAuthorizationDetails": details,
        "iam:GenerateServiceLastAccessedDetails": lambda asked: {"JobId": f"job {asked['Arn']}"},
        "iam:GetServiceLastAccessedDetails": SERVICES,
    }
    renamed = {f"iam:{operation}": answer for operation, answer in changed.items()}
    return read_resource(
        RESOURCE["AWSServiceLastAccessed"], {**answers, **renamed}, region="global"
    )


def reports(read: Read) -> dict[str, Asset]:
    return {asset.name or "": asset for asset in read.reading.assets}


def test_a_virtual_device_is_one_even_where_those_were_not_listed() -> None:
    serial = f"arn:aws:iam::{ACCOUNT}:mfa/phone"
    device = {"SerialNumber": serial, "UserName": "anna", "EnableDate": BORN}
    devices = [{"MFADevices": [device]}, {"MFADevices": []}]

    read = credentials(ListMFADevices=devices, ListVirtualMFADevices=denied())

    assert read.assets[serial].properties["virtual"] is True


def test_a_report_says_which_services_were_used_when_and_which_were_not() -> None:
    read = last_accessed()

    report = reports(read)["anna"]
    assert report.properties["used_services"] == ["s3"]
    assert report.properties["unused_services"] == ["sqs"]
    assert report.properties["last_accessed_service_namespace"] == "s3"
    assert report.properties["last_authenticated"] == "2024-01-02T00:00:00Z"
    assert report.properties["last_authenticated_region"] == "eu-west-1"
    assert edges(report) == [("SERVICE_LAST_ACCESSED", "AWSUser", ANNA, True)]
    assert read.reading.verdict is Verdict.COMPLETE


def test_reports_take_two_calls_a_principal_and_all_are_started_before_one_is_fetched() -> None:
    read = last_accessed(*(f"user-{number}" for number in range(20)))

    assert read.reading.api_calls == 1 + 20 + 20
    operations = [request.operation.partition(":")[2][:3] for request in read.requests]
    assert operations == ["Get"] + ["Gen"] * 20 + ["Get"] * 20


def test_reports_are_fetched_a_hundred_at_a_time() -> None:
    read = last_accessed(*(f"user-{number}" for number in range(250)))

    assert [len(batch) for batch in read.batches] == [1, 1, 249, 100, 100, 50]
    assert all(one.properties["used_services"] == ["s3"] for one in read.reading.assets)


def test_of_nobody_no_report_is_asked_for() -> None:
    read = last_accessed(GetAccountAuthorizationDetails={})

    assert (read.reading.verdict, read.reading.api_calls) == (Verdict.COMPLETE, 1)


def test_every_page_of_a_report_is_read() -> None:
    pages = [
        {**SERVICES, "ServicesLastAccessed": [S3_USED], "IsTruncated": True, "Marker": "more"},
        {**SERVICES, "ServicesLastAccessed": [SQS_UNUSED]},
    ]

    read = last_accessed("anna", GetServiceLastAccessedDetails=pages)

    assert read.requests[-1].parameters["Marker"] == "more"
    assert reports(read)["anna"].properties["unused_services"] == ["sqs"]


def test_of_a_report_with_a_page_that_is_not_read_nothing_is_told() -> None:
    pages = [{**SERVICES, "IsTruncated": True, "Marker": "more"}, denied()]

    report = reports(last_accessed("anna", GetServiceLastAccessedDetails=pages))["anna"]

    assert report.properties == {}
    assert set(report.unread) == {"iam:GetServiceLastAccessedDetails"}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"JobStatus": "FAILED", "Error": {"Code": "Internal", "Message": "sorry"}}, "Internal"),
        ({"JobStatus": "IN_PROGRESS"}, "JobInProgress"),
        (denied(), "AccessDenied"),
        (failed("NotFinished"), "NotFinished"),
    ],
)
def test_a_report_that_is_not_finished_is_unread_and_not_unused(answer: Any, code: str) -> None:
    read = last_accessed(GetServiceLastAccessedDetails=[answer, SERVICES])

    report = reports(read)["anna"]
    assert report.properties == {}
    assert report.unread["iam:GetServiceLastAccessedDetails"].code == code
    assert reports(read)["ben"].unread == {}
    assert (read.reading.verdict, read.reading.shows_absence) == (Verdict.PARTIAL, True)


def test_reports_that_may_not_be_started_are_unread_of_each() -> None:
    read = last_accessed(GenerateServiceLastAccessedDetails=denied())

    assert {name: set(one.unread) for name, one in reports(read).items()} == {
        "anna": {"iam:GenerateServiceLastAccessedDetails"},
        "ben": {"iam:GenerateServiceLastAccessedDetails"},
    }
    assert read.reading.verdict is Verdict.PARTIAL


def test_where_there_are_no_reports_nobody_else_is_asked_about() -> None:
    lacking = Failure(Verdict.UNSUPPORTED, "NotImplemented", "there is no such thing here")

    read = last_accessed(GenerateServiceLastAccessedDetails=lacking)

    assert (read.reading.verdict, read.reading.api_calls) == (Verdict.UNSUPPORTED, 2)


def test_a_principal_deleted_in_between_has_no_report() -> None:
    started = [{"JobId": "1"}, failed("NoSuchEntity")]

    read = last_accessed(GenerateServiceLastAccessedDetails=started)

    assert set(reports(read)) == {"anna"}
    assert read.reading.verdict is Verdict.COMPLETE
