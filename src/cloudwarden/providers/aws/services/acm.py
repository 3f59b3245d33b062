"""AWS Certificate Manager: certificates."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Call, Resource
from cloudwarden.schema.labels import PropertyType

# Without them the API lists only RSA keys of 1,024 and 2,048 bits.
_KEY_TYPES = [
    "RSA_1024",
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "EC_prime256v1",
    "EC_secp384r1",
    "EC_secp521r1",
]

RESOURCES = (
    Resource(
        label="AWSACMCertificate",
        aliases=("ACMCertificate",),
        groups=("Certificate",),
        list=Call(
            "acm:ListCertificates",
            items="CertificateSummaryList[]",
            parameters={"MaxItems": 1000, "Includes": {"keyTypes": _KEY_TYPES}},
        ),
        details=(
            Call("acm:DescribeCertificate", items="Certificate"),
            Call("acm:ListTagsForCertificate", tags="Tags"),
        ),
        id="CertificateArn",
        arn="CertificateArn",
        name="DomainName",
        names={"DomainName": "domainname"},
        # The list has their names alone, the description more.
        types={"KeyUsages": PropertyType.JSON, "ExtendedKeyUsages": PropertyType.JSON},
        omit=("CertificateArn", "SubjectAlternativeNameSummaries"),
        description="A TLS certificate, issued or imported.",
    ),
)
