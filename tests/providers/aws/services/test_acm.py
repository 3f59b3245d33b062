from datetime import UTC, datetime
from typing import Any

from tests.support.reading import ACCOUNT, Read, denied, read_resource

from cloudwarden.providers.aws.services.acm import RESOURCES
from cloudwarden.schema.records import Verdict

ARN = f"arn:aws:acm:eu-west-1:{ACCOUNT}:certificate/c"
END = datetime(2027, 1, 2, tzinfo=UTC)


def certificates(described: Any = None) -> Read:
    listed = {
        "CertificateArn": ARN,
        "DomainName": "a.example.com",
        "KeyUsages": ["DIGITAL_SIGNATURE"],
        "NotAfter": END,
    }
    certificate = {
        "CertificateArn": ARN,
        "DomainName": "a.example.com",
        "KeyUsages": [{"Name": "DIGITAL_SIGNATURE"}],
        "InUseBy": ["arn:lb"],
        "SignatureAlgorithm": "SHA256WITHRSA",
    }
    answers = {
        "acm:ListCertificates": {"CertificateSummaryList": [listed]},
        "acm:DescribeCertificate": described or {"Certificate": certificate},
        "acm:ListTagsForCertificate": {"Tags": [{"Key": "team", "Value": "a"}]},
    }
    return read_resource(RESOURCES[0], answers)


def test_a_certificate_says_whose_it_is_and_until_when() -> None:
    certificate = certificates().only()

    assert (certificate.id, certificate.name) == (ARN, "a.example.com")
    assert certificate.tags == {"team": "a"}
    assert certificate.properties["domainname"] == "a.example.com"
    assert certificate.properties["not_after"] == "2027-01-02T00:00:00Z"
    assert certificate.properties["in_use_by"] == ["arn:lb"]
    assert certificate.properties["key_usages"] == '[{"Name":"DIGITAL_SIGNATURE"}]'


def test_certificates_of_every_kind_of_key_are_asked_for() -> None:
    asked = certificates().requests[0].parameters

    assert {"EC_prime256v1", "RSA_4096"} <= set(asked["Includes"]["keyTypes"])


def test_a_denied_description_is_unread() -> None:
    read = certificates(denied())

    assert read.reading.verdict is Verdict.PARTIAL
    assert set(read.only().unread) == {"acm:DescribeCertificate"}
    assert "in_use_by" not in read.only().properties
