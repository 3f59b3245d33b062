"""A small catalogue of AWS resource types, so that the provider is tested without the real one."""

from __future__ import annotations

from collections.abc import Sequence

from cloudwarden.providers.aws.compiled import CompiledKind, CompiledResource
from cloudwarden.providers.base import Request, Steps
from cloudwarden.schema.records import Asset, Reading, Scope, Verdict

#: Resource type: the operation that lists it, the members that lead to its items and their id,
#: and whether it has no region.
TYPES = {
    "AWSS3Bucket": ("s3:ListBuckets", "Buckets", "Name", True),
    "AWSRole": ("iam:ListRoles", "Roles", "Arn", None),
    "AWSVpc": ("ec2:DescribeVpcs", "Vpcs", "VpcId", None),
    "AWSSQSQueue": ("sqs:ListQueues", "QueueUrls", "", None),
    "AWSCloudFrontDistribution": ("cloudfront:ListDistributions", "DistributionList", "Id", None),
}


class SmallCatalogue:
    """Reads each type with one list call; pages are followed by `NextToken`."""

    relations = ()
    labels: dict[str, object] = {}  # noqa: RUF012

    def __init__(self, *types: str) -> None:
        self.resources = {
            key: CompiledResource(
                key, "", 0, TYPES[key][0].split(":")[0], (TYPES[key][0],), (), TYPES[key][3],
                CompiledKind(key),
            )
            for key in types or TYPES
        }  # fmt: skip

    def services(self) -> Sequence[str]:
        return sorted({resource.service for resource in self.resources.values()})

    def reader(self, scope: Scope, partition: str) -> Steps:
        operation, items, identity, _ = TYPES[scope.type]
        assets: list[Asset] = []
        parameters: dict[str, str] = {}
        while True:
            (answer,) = yield [Request(operation, scope.account, scope.region, parameters)]
            if answer.document is None:
                failure = answer.failure
                verdict = Verdict.PARTIAL if assets else failure.verdict
                return Reading(
                    scope, verdict, failure.message, tuple(assets), failures={operation: failure}
                )
            found = answer.document.get(items) or ()
            assets += [
                Asset(scope.type, item[identity] if identity else item, scope.account, scope.region)
                for item in found
            ]
            token = answer.document.get("NextToken")
            if not token:
                return Reading(scope, Verdict.COMPLETE, assets=tuple(assets))
            parameters = {"NextToken": token}
