"""What access points let in, which their buckets have to let in as well.

Follows "Configuring IAM policies for using access points": both policies have to allow a request
of another account, and the bucket's is told through which access point it comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from cloudwarden.analysis.estate import Estate, EstateAsset
from cloudwarden.analysis.iam import requests
from cloudwarden.analysis.iam.context import Context
from cloudwarden.analysis.iam.documents import PolicyError
from cloudwarden.analysis.iam.evaluator import evaluate
from cloudwarden.analysis.iam.external.kinds import RESTRICTED
from cloudwarden.analysis.iam.external.policy_rows import PolicyRows, owner_of
from cloudwarden.analysis.iam.external.report import ExternalRow
from cloudwarden.analysis.iam.external.search import OUTSIDERS_OWN
from cloudwarden.analysis.iam.external.ways import noted
from cloudwarden.analysis.iam.layers import Attached, Layers
from cloudwarden.analysis.iam.requests import Request
from cloudwarden.schema.derived import Certainty

BUCKET: Final = "AWSS3Bucket"
_POLICY: Final = "s3:GetBucketPolicy"


def through_point(
    rows: list[ExternalRow], point: EstateAsset, estate: Estate, judge: PolicyRows
) -> Iterator[ExternalRow]:
    """What is left of the rows of an access point's policy, and on which condition.

    A bucket without a policy gives nothing to other accounts; what its policy is seen to allow
    through the access point needs nothing more.
    """
    names = [str(name) for name in point.get("buckets") or [point.get("bucket")]]
    buckets = [estate.asset(BUCKET, name) for name in names]
    if all(bucket is not None and _has_no_policy(bucket) for bucket in buckets):
        rows = [row for row in rows if row.kind not in RESTRICTED]
    condition = f"if the policy of bucket {' or '.join(names)} allows it through it too"
    if point.get("network_origin") == "VPC":
        rows = [noted(row, f"from the network {point.get('vpc_id')}") for row in rows]
    for row in rows:
        seen = any(_allows(bucket, row, point, judge) for bucket in buckets if bucket is not None)
        yield row if seen else noted(row, condition)


def _has_no_policy(bucket: EstateAsset) -> bool:
    return _POLICY not in bucket.unread and not bucket.get("policy")


def _allows(bucket: EstateAsset, row: ExternalRow, point: EstateAsset, judge: PolicyRows) -> bool:
    """Whether a bucket's policy allows the request that shows a row, with each of its actions."""
    text = bucket.get("policy")
    if _POLICY in bucket.unread or not text or row.witness is None:
        return False
    if any("*" in action or "?" in action for action in row.actions):
        return False
    try:
        policy = judge.policy(str(text), BUCKET)
    except PolicyError:
        return False
    layers = Layers(identity=(OUTSIDERS_OWN,), resource=Attached(policy, "policy", bucket.id))
    return all(
        decision.allowed and decision.certainty is Certainty.SURE
        for action in row.actions
        for decision in [evaluate(_request(row.witness, action, bucket, point), layers)]
    )


def _request(
    witness: Mapping[str, Any], action: str, bucket: EstateAsset, point: EstateAsset
) -> Request:
    """The request of a witness as it reaches the bucket."""
    who = requests.principal(witness["principal"], witness["principal_type"])
    _, is_object, key = str(witness["resource"]).partition("/object/")
    arn = str(bucket.get("arn"))
    owner = owner_of(point)
    context = {
        **witness["context"],
        "s3:DataAccessPointAccount": owner,
        "s3:DataAccessPointArn": str(point.get("arn") or point.id),
        "s3:AccessPointNetworkOrigin": str(point.get("network_origin") or "Internet"),
    }
    resource = f"{arn}/{key}" if is_object else arn
    return Request(who, action, resource, bucket.account, Context(context))
