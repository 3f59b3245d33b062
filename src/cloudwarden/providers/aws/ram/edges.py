"""Where a resource share leads: to what is shared, and to those it is shared with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cloudwarden.schema.records import Relation

SHARES, SHARED_WITH = "SHARES", "SHARED_WITH"
#: The labels of what can be shared, by the service and the type that an ARN names.
KINDS = {
    ("backup", "backup-vault"): "AWSBackupVault",
    ("ec2", "image"): "AWSEC2Image",
    ("ec2", "prefix-list"): "AWSManagedPrefixList",
    ("ec2", "security-group"): "AWSEC2SecurityGroup",
    ("ec2", "subnet"): "AWSEC2Subnet",
    ("ec2", "transit-gateway"): "AWSTransitGateway",
    ("rds", "cluster"): "AWSRDSCluster",
    ("ssm", "parameter"): "AWSSSMParameter",
}
_EC2 = ("ec2", "prefix-list"), ("ec2", "security-group"), ("ec2", "subnet"), (
    "ec2", "transit-gateway"
)  # fmt: skip


def edges(principals: Iterable[str], resources: Iterable[str]) -> Iterator[Relation]:
    """Relations of a share to the accounts and principals that have it, and to what is in it.

    Organizations and services have none, nor has what is of a kind that is not collected.
    """
    for principal in principals:
        parts = principal.split(":")
        if principal.isdigit() or (len(parts) > 5 and parts[5] == "root"):
            account = principal if principal.isdigit() else parts[4]
            yield Relation(SHARED_WITH, "AWSAccount", account, implied={})
        elif len(parts) > 5 and parts[2] == "iam":
            yield Relation(SHARED_WITH, "AWSPrincipal", principal)
    for resource in resources:
        parts = resource.split(":", 5)
        kind, _, name = parts[5].partition("/") if len(parts) > 5 else ("", "", "")
        if parts[2:3] == ["rds"]:
            kind = kind.partition(":")[0]
        label = KINDS.get((parts[2], kind)) if len(parts) > 5 else None
        if label is not None:
            # EC2's ids say it wherever they are read; ARNs differ by who reads them.
            yield Relation(SHARES, label, name if (parts[2], kind) in _EC2 else resource)
