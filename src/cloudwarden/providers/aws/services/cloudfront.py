"""Amazon CloudFront: distributions and what they serve from."""

from __future__ import annotations

import re
from typing import Any

from cloudwarden.providers.aws.declarations import (
    Call,
    Computed,
    Document,
    Path,
    Resource,
    points_to,
)
from cloudwarden.schema.labels import PropertyType

_LIST = "cloudfront:ListDistributions"

#: `bucket.s3.amazonaws.com`, `bucket.s3.eu-west-1.amazonaws.com`, `bucket.s3-website…`; the
#: lazy name lets a bucket called `a.s3.b` be told from the service's own part.
_BUCKET_HOST = re.compile(
    r"(?P<bucket>.+)\.s3(?:[.-](?:website|dualstack|accelerate))*(?:[.-][a-z0-9-]+)?"
    r"\.amazonaws\.com(?:\.cn)?"
)


def bucket_of(host: Any, _document: Document | None = None) -> str | None:
    """The bucket that an origin's host name belongs to; None for any other host."""
    found = _BUCKET_HOST.fullmatch(str(host).lower())
    return found["bucket"] if found else None


def _origin_hosts(document: Document) -> list[str]:
    origins = (document.get("Origins") or {}).get("Items") or []
    return sorted(origin["DomainName"] for origin in origins)


def _origins(document: Document) -> list[dict[str, Any]]:
    """Origins by host, with what tells how CloudFront gets there; headers are left out."""
    found: list[dict[str, Any]] = []
    for origin in (document.get("Origins") or {}).get("Items") or ():
        custom = origin.get("CustomOriginConfig") or {}
        told = {
            "id": origin.get("Id"),
            "host": origin["DomainName"],
            "vpc_origin": (origin.get("VpcOriginConfig") or {}).get("VpcOriginId"),
            "access_control": origin.get("OriginAccessControlId") or None,
            "protocols": custom.get("OriginProtocolPolicy"),
            "http_port": custom.get("HTTPPort"),
            "https_port": custom.get("HTTPSPort"),
        }
        found.append({name: value for name, value in told.items() if value is not None})
    return found


def _balancer(arn: Any, _document: Document) -> str | None:
    return str(arn) if ":loadbalancer/" in str(arn) else None


def _instance(arn: Any, _document: Document) -> str | None:
    return str(arn).rpartition("/")[2] if ":instance/" in str(arn) else None


def _function_arn(arn: Any, _document: Document) -> str | None:
    """Edge associations name a version; the function is the ARN without it."""
    return ":".join(str(arn).split(":")[:7])


RESOURCES = (
    Resource(
        label="AWSCloudFrontDistribution",
        aliases=("CloudFrontDistribution",),
        description="A content delivery distribution.",
        list=Call(_LIST, items="DistributionList.Items[]"),
        details=(
            Call(
                "cloudfront:ListTagsForResource",
                parameters={"Resource": Path("ARN")},
                tags="Tags.Items",
            ),
        ),
        id="ARN",
        arn="ARN",
        name="DomainName",
        names={
            "Id": "distribution_id",
            "Aliases.Items": "aliases",
            "ETag": "etag",
            "ViewerCertificate.ACMCertificateArn": "acm_certificate_arn",
            "ViewerCertificate.IAMCertificateId": "iam_certificate_id",
            "ViewerCertificate.CloudFrontDefaultCertificate": "cloudfront_default_certificate",
            "ViewerCertificate.MinimumProtocolVersion": "minimum_protocol_version",
            "ViewerCertificate.SSLSupportMethod": "ssl_support_method",
            "Restrictions.GeoRestriction.RestrictionType": "geo_restriction_type",
            "Restrictions.GeoRestriction.Items": "geo_restriction_locations",
        },
        omit=(
            "Aliases.Quantity",
            "AliasICPRecordals",
            "CacheBehaviors",
            "CustomErrorResponses",
            "DefaultCacheBehavior",
            "OriginGroups",
            # Custom headers of origins are used as shared secrets.
            "Origins",
            "Restrictions.GeoRestriction.Quantity",
            "ViewerCertificate.Certificate",
            "ViewerCertificate.CertificateSource",
            "ViewerMtlsConfig",
            "ConnectionFunctionAssociation",
        ),
        computed=(
            Computed(
                "viewer_protocol_policy",
                PropertyType.STRING,
                lambda document: (document.get("DefaultCacheBehavior") or {}).get(
                    "ViewerProtocolPolicy"
                ),
                _LIST,
                "Whether viewers may come by plain HTTP.",
            ),
            Computed(
                "origin_domain_names",
                PropertyType.STRINGS,
                _origin_hosts,
                _LIST,
                "Host names of its origins.",
            ),
            Computed(
                "origins",
                PropertyType.JSON,
                _origins,
                _LIST,
                "Its origins, and how it gets to them; their headers are not kept.",
            ),
        ),
        relations=(
            points_to(
                "AWSS3Bucket",
                "SERVES_FROM",
                by="Origins.Items[].DomainName",
                transform=bucket_of,
            ),
            points_to(
                "AWSCloudFrontVpcOrigin",
                "USES_VPC_ORIGIN",
                by="Origins.Items[].VpcOriginConfig.VpcOriginId",
            ),
            points_to(
                "AWSACMCertificate",
                "USES_CERTIFICATE",
                by="ViewerCertificate.ACMCertificateArn",
            ),
            points_to(
                "AWSLambda",
                "USES_LAMBDA_EDGE",
                by="[DefaultCacheBehavior, CacheBehaviors.Items[]][]"
                ".LambdaFunctionAssociations.Items[].LambdaFunctionARN",
                transform=_function_arn,
            ),
        ),
    ),
    Resource(
        label="AWSCloudFrontVpcOrigin",
        description="A load balancer or instance in a VPC that distributions serve from.",
        list=Call("cloudfront:ListVpcOrigins", items="VpcOriginList.Items[]"),
        id="Id",
        arn="Arn",
        name="Name",
        relations=(
            points_to("LoadBalancer", "LEADS_TO", by="OriginEndpointArn", transform=_balancer),
            points_to("AWSEC2Instance", "LEADS_TO", by="OriginEndpointArn", transform=_instance),
        ),
    ),
)
