"""A believable large AWS estate, made on the fly: the same size always gives the same one.

Each `Kind` says how much of the estate it is, what its documents hold and what they point to.
Assets of a kind are numbered; asset n of a kind points to others by arithmetic, mostly within its
own account, so that nothing need be kept in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cloudwarden.schema.labels import Label, Property, PropertyType, RelationKind
from cloudwarden.schema.records import GLOBAL_REGION, Asset, Reading, Relation, Scope, Verdict
from cloudwarden.schema.registry import Registry

#: When everything was read.
READ = datetime(2026, 11, 1, tzinfo=UTC)
REGIONS = ("eu-west-1", "us-east-1", "eu-central-1", "us-west-2")

_TYPES = {
    "s": PropertyType.STRING,
    "i": PropertyType.INTEGER,
    "f": PropertyType.FLOAT,
    "b": PropertyType.BOOLEAN,
    "j": PropertyType.JSON,
    "S": PropertyType.STRINGS,
}


@dataclass(frozen=True, slots=True)
class Edge:
    """`count` edges to `target` from each node whose number `every` divides.

    `value` makes the id of an implied target instead; `scatter` deals targets out over all
    accounts, so that there are cycles of any length.
    """

    type: str
    target: str
    count: int = 1
    every: int = 1
    incoming: bool = False
    value: Callable[[int], str] | None = None
    scatter: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """A label: its share of the estate in thousandths, its properties as `name:type`, its edges.

    `fixed` gives values that queries look for, by the asset's number.
    """

    label: str
    share: float
    id: str
    properties: str
    edges: tuple[Edge, ...] = ()
    fixed: dict[str, Callable[[int], Any]] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    tagged: bool = False


def _cidr(n: int) -> str:
    return "0.0.0.0/0" if n % 40 == 0 else f"10.{n % 200}.{n // 200 % 50}.0/24"


def _principal(n: int) -> str:
    return f"arn:aws:iam::{900000000000 + n % 60}:root"


KINDS = (
    Kind(
        "AWSVpc",
        2,
        "vpc-{n:017x}",
        "vpcid:s primary_cidr_block:s state:s is_default:b instance_tenancy:s dhcp_options_id:s",
        tagged=True,
    ),
    Kind(
        "AWSEC2Subnet",
        15,
        "subnet-{n:017x}",
        "subnetid:s cidr_block:s availability_zone:s available_ip_address_count:i state:s "
        "default_for_az:b map_public_ip_on_launch:b map_customer_owned_ip_on_launch:b arn:s",
        (Edge("MEMBER_OF_AWS_VPC", "AWSVpc"),),
        tagged=True,
    ),
    Kind(
        "AWSEC2SecurityGroup",
        40,
        "sg-{n:017x}",
        "groupid:s name:s description:s ownerid:s arn:s",
        (Edge("MEMBER_OF_EC2_SECURITY_GROUP", "AWSVpc"),),
        tagged=True,
    ),
    Kind(
        "AWSIpPermissionInbound",
        90,
        "sgr-{n:017x}/IpPermissionInbound",
        "ruleid:s protocol:s fromport:i toport:i groupid:s",
        (
            Edge("MEMBER_OF_EC2_SECURITY_GROUP", "AWSEC2SecurityGroup"),
            Edge("MEMBER_OF_IP_RULE", "AWSIpRange", incoming=True, value=_cidr),
        ),
        {
            "fromport": lambda n: (22, 80, 443, 3389, 5432)[n % 5],
            "toport": lambda n: (22, 80, 443, 3389, 5432)[n % 5],
            "protocol": lambda n: "udp" if n % 9 == 0 else "tcp",
        },
    ),
    Kind(
        "AWSEC2Image",
        10,
        "ami-{n:017x}",
        "imageid:s name:s creationdate:s architecture:s ispublic:b ownerid:s state:s "
        "description:s platform_details:s root_device_type:s virtualization_type:s",
        tagged=True,
    ),
    Kind(
        "AWSEC2Instance",
        90,
        "i-{n:017x}",
        "instanceid:s arn:s publicdnsname:s privateipaddress:s publicipaddress:s imageid:s "
        "instancetype:s monitoringstate:s state:s launchtime:s launchtimeunix:i platform:s "
        "architecture:s ebsoptimized:b bootmode:s instancelifecycle:s hibernationoptions:b "
        "availabilityzone:s tenancy:s iaminstanceprofile:s metadatahttptokens:s keyname:s "
        "metadatahttpendpoint:s metadatahttpputresponsehoplimit:i exposed_internet:b",
        (
            Edge("MEMBER_OF_EC2_SECURITY_GROUP", "AWSEC2SecurityGroup", 2),
            Edge("PART_OF_SUBNET", "AWSEC2Subnet"),
            Edge("HAS_IMAGE", "AWSEC2Image"),
            Edge("INSTANCE_PROFILE", "AWSInstanceProfile", every=2),
        ),
        {
            "state": lambda n: "stopped" if n % 7 == 0 else "running",
            "exposed_internet": lambda n: n % 50 == 0,
        },
        tagged=True,
    ),
    Kind(
        "AWSNetworkInterface",
        110,
        "eni-{n:017x}",
        "description:s private_ip_address:s private_dns_name:s status:s interface_type:s "
        "mac_address:s requester_id:s requester_managed:b source_dest_check:b public_ip:s "
        "availability_zone:s owner_id:s arn:s",
        (
            Edge("PART_OF_SUBNET", "AWSEC2Subnet"),
            Edge("MEMBER_OF_EC2_SECURITY_GROUP", "AWSEC2SecurityGroup"),
            Edge("NETWORK_INTERFACE", "AWSEC2Instance", incoming=True),
        ),
        tagged=True,
    ),
    Kind(
        "AWSEBSVolume",
        100,
        "vol-{n:017x}",
        "arn:s availabilityzone:s createtime:s encrypted:b size:i state:s snapshotid:s iops:i "
        "type:s multiattachenabled:b kmskeyid:s deleteontermination:b fastrestored:b",
        (Edge("ATTACHED_TO", "AWSEC2Instance"),),
        {"encrypted": lambda n: n % 4 != 0},
        tagged=True,
    ),
    Kind(
        "AWSEBSSnapshot",
        110,
        "snap-{n:017x}",
        "snapshotid:s description:s encrypted:b progress:s starttime:s state:s statemessage:s "
        "volumeid:s volumesize:i outpostarn:s dataencryptionkeyid:s kmskeyid:s arn:s",
        (Edge("CREATED_FROM", "AWSEBSVolume"),),
        tagged=True,
    ),
    Kind(
        "AWSRole",
        70,
        "arn:aws:iam::{account}:role/role-{n}",
        "arn:s name:s path:s roleid:s createdate:s lastuseddate:s maxsessionduration:i "
        "description:s trustpolicy:j",
        (
            Edge("TRUSTS_AWS_PRINCIPAL", "AWSPrincipal", every=3, value=_principal),
            Edge("TRUSTS_AWS_PRINCIPAL", "AWSRole", every=5),
            Edge("POLICY", "AWSPolicy", 2),
        ),
        groups=("AWSPrincipalGroup",),
        tagged=True,
    ),
    Kind(
        "AWSUser",
        15,
        "arn:aws:iam::{account}:user/user-{n}",
        "arn:s name:s path:s userid:s createdate:s passwordlastused:s mfa_active:b "
        "password_enabled:b",
        (Edge("MEMBER_AWS_GROUP", "AWSGroup", 2), Edge("POLICY", "AWSPolicy", every=4)),
        groups=("AWSPrincipalGroup",),
        tagged=True,
    ),
    Kind(
        "AWSGroup",
        3,
        "arn:aws:iam::{account}:group/group-{n}",
        "arn:s name:s path:s groupid:s createdate:s",
        (Edge("POLICY", "AWSPolicy", 2),),
        groups=("AWSPrincipalGroup",),
    ),
    Kind(
        "AWSAccountAccessKey",
        15,
        "AKIA{n:016X}",
        "accesskeyid:s createdate:s status:s lastuseddate:s lastusedservice:s lastusedregion:s",
        (Edge("AWS_ACCESS_KEY", "AWSUser", incoming=True),),
    ),
    Kind(
        "AWSInstanceProfile",
        15,
        "arn:aws:iam::{account}:instance-profile/profile-{n}",
        "arn:s instance_profile_id:s instance_profile_name:s path:s create_date:s",
        (Edge("ASSOCIATED_WITH", "AWSRole"),),
    ),
    Kind(
        "AWSPolicy",
        70,
        "arn:aws:iam::{account}:policy/policy-{n}",
        "arn:s name:s path:s type:s createdate:s updatedate:s policyid:s defaultversionid:s",
    ),
    Kind(
        "AWSPolicyStatement",
        140,
        "arn:aws:iam::{account}:policy/policy-{n}/statement/0",
        "sid:s effect:s action:S resource:S condition:j",
        (Edge("STATEMENT", "AWSPolicy", incoming=True),),
        {
            "effect": lambda n: "Deny" if n % 9 == 0 else "Allow",
            "action": lambda n: ["*"] if n % 500 == 0 else [f"s3:Get{n % 50}", "s3:ListBucket"],
            "resource": lambda n: ["*"] if n % 3 == 0 else [f"arn:aws:s3:::bucket-{n}/*"],
        },
    ),
    Kind(
        "AWSLambda",
        40,
        "arn:aws:lambda:{region}:{account}:function:function-{n}",
        "arn:s name:s modifieddate:s runtime:s description:s timeout:i memory:i codesize:i "
        "handler:s version:s codesha256:s packagetype:s state:s lastupdatestatus:s "
        "signingprofileversionarn:s anonymous_access:b anonymous_actions:S architectures:S",
        (
            Edge("STS_ASSUMEROLE_ALLOW", "AWSRole"),
            Edge("MEMBER_OF_EC2_SECURITY_GROUP", "AWSEC2SecurityGroup", every=3),
        ),
        {
            "anonymous_access": lambda n: n % 300 == 0,
            "anonymous_actions": lambda n: ["lambda:InvokeFunction"] if n % 300 == 0 else [],
        },
        tagged=True,
    ),
    Kind(
        "AWSS3Bucket",
        20,
        "bucket-{account}-{n}",
        "arn:s name:s creationdate:s anonymous_access:b anonymous_actions:S "
        "default_encryption:b encryption_algorithm:s bucket_key_enabled:b "
        "versioning_status:s mfa_delete:s block_public_acls:b ignore_public_acls:b "
        "block_public_policy:b restrict_public_buckets:b object_ownership:s "
        "logging_enabled:b logging_target_bucket:s policy:j",
        (Edge("LOGS_TO", "AWSS3Bucket", every=4),),
        {
            "anonymous_access": lambda n: n % 200 == 0,
            "anonymous_actions": lambda n: ["s3:GetObject"] if n % 200 == 0 else [],
        },
        tagged=True,
    ),
    Kind(
        "AWSRDSInstance",
        10,
        "arn:aws:rds:{region}:{account}:db:db-{n}",
        "arn:s db_instance_identifier:s db_instance_class:s engine:s engine_version:s "
        "master_username:s db_name:s instance_create_time:s availability_zone:s multi_az:b "
        "publicly_accessible:b storage_encrypted:b kms_key_id:s endpoint_address:s "
        "endpoint_port:i backup_retention_period:i deletion_protection:b allocated_storage:i "
        "iam_database_authentication_enabled:b auto_minor_version_upgrade:b",
        (
            Edge("MEMBER_OF_EC2_SECURITY_GROUP", "AWSEC2SecurityGroup"),
            Edge("ENCRYPTED_BY", "AWSKMSKey"),
        ),
        {"publicly_accessible": lambda n: n % 30 == 0},
        tagged=True,
    ),
    Kind(
        "AWSKMSKey",
        10,
        "{n:08x}-0000-4000-8000-{n:012x}",
        "arn:s description:s enabled:b key_state:s key_manager:s creation_date:s origin:s "
        "key_usage:s multi_region:b rotation_enabled:b policy:j",
        tagged=True,
    ),
    Kind(
        "AWSSecretsManagerSecret",
        8,
        "arn:aws:secretsmanager:{region}:{account}:secret:secret-{n}",
        "arn:s name:s description:s kms_key_id:s rotation_enabled:b last_changed_date:s "
        "last_accessed_date:s last_rotated_date:s owning_service:s primary_region:s",
        (Edge("ENCRYPTED_BY", "AWSKMSKey"),),
        tagged=True,
    ),
    Kind(
        "AWSSQSQueue",
        10,
        "arn:aws:sqs:{region}:{account}:queue-{n}",
        "arn:s name:s url:s visibility_timeout:i maximum_message_size:i delay_seconds:i "
        "message_retention_period:i fifo_queue:b kms_master_key_id:s policy:j",
        (Edge("HAS_DEADLETTER_QUEUE", "AWSSQSQueue", every=3),),
        tagged=True,
    ),
    Kind(
        "AWSLoadBalancerV2",
        4,
        "lb-{n}-{account}.elb.{region}.amazonaws.com",
        "arn:s name:s dnsname:s type:s scheme:s createdtime:s state:s exposed_internet:b",
        (
            Edge("MEMBER_OF_EC2_SECURITY_GROUP", "AWSEC2SecurityGroup", 2),
            Edge("EXPOSE", "AWSEC2Instance", 3),
        ),
        {
            "scheme": lambda n: "internet-facing" if n % 3 == 0 else "internal",
            "exposed_internet": lambda n: n % 3 == 0,
        },
        groups=("LoadBalancer",),
        tagged=True,
    ),
    Kind(
        "AWSELBV2Listener",
        8,
        "arn:aws:elasticloadbalancing:{region}:{account}:listener/app/lb-{n}",
        "arn:s port:i protocol:s ssl_policy:s targetgrouparn:s",
        (Edge("ELBV2_LISTENER", "AWSLoadBalancerV2", incoming=True),),
    ),
)


@dataclass(frozen=True, slots=True)
class Estate:
    """`size` assets of these kinds in accounts of 5,000 each, over four regions."""

    size: int
    kinds: tuple[Kind, ...] = KINDS

    @property
    def accounts(self) -> dict[str, str]:
        """Ids and names of the accounts."""
        number = max(self.size // 5000, 2)
        return {f"{100000000000 + n}": f"account-{n}" for n in range(number)}

    def count(self, kind: Kind) -> int:
        """How many assets there are of a kind."""
        whole = sum(each.share for each in self.kinds)
        return max(int(self.size * kind.share / whole), 1)

    def registry(self) -> Registry:
        """The schema that the documents follow."""
        labels = [
            Label(
                kind.label,
                "aws",
                {
                    name: Property(name, _TYPES[type_])
                    for name, _, type_ in (p.partition(":") for p in kind.properties.split())
                },
                groups=("AWSPrincipal",) if "AWSPrincipalGroup" in kind.groups else kind.groups,
            )
            for kind in self.kinds
        ]
        text = PropertyType.STRING
        labels += [
            Label("AWSIpRange", "aws", {"range": Property("range", text)}, owned=False),
            Label(
                "AWSRootPrincipal", "aws", {"arn": Property("arn", text)}, groups=("AWSPrincipal",)
            ),
        ]
        relations = [
            RelationKind(edge.type, *ends)
            for kind in self.kinds
            for edge in kind.edges
            for ends in [(kind.label, _implied_label(edge))]
        ]
        return Registry(labels, relations)

    def readings(self) -> Iterator[Reading]:
        """A complete reading of each account and kind."""
        for number, account in enumerate(self.accounts):
            for kind in self.kinds:
                scope = Scope("aws", account, GLOBAL_REGION, kind.label)
                yield Reading(scope, Verdict.COMPLETE, assets=tuple(self.assets(kind, number)))

    def assets(self, kind: Kind, account_number: int) -> Iterator[Asset]:
        """The assets of a kind in one account, in order of number."""
        accounts = list(self.accounts)
        fields = [tuple(p.split(":")) for p in kind.properties.split()]
        for n in range(account_number, self.count(kind), len(accounts)):
            account, region = _place(n, accounts)
            asset_id = kind.id.format(n=n, account=account, region=region)
            properties = {
                name: kind.fixed[name](n) if name in kind.fixed else _value(name, type_, n)
                for name, type_ in fields
            }
            if "arn" in properties:
                properties["arn"] = (
                    asset_id
                    if asset_id.startswith("arn:")
                    else f"arn:aws:{kind.label.lower()}:{region}:{account}:{asset_id}"
                )
            yield Asset(
                kind.label,
                asset_id,
                account,
                region,
                f"{kind.label.lower()}-{n}",
                properties,
                {"env": ("prod", "test", "dev")[n % 3], "app": f"app-{n % 4000}"}
                if kind.tagged
                else {},
                tuple(self._relations(kind, n, accounts)),
            )

    def _relations(self, kind: Kind, n: int, accounts: list[str]) -> Iterator[Relation]:
        for edge in kind.edges:
            if n % edge.every:
                continue
            if edge.value:
                target = edge.value(n)
                label = _implied_label(edge)
                implied = (
                    {"range": target}
                    if label == "AWSIpRange"
                    else {"arn": target, "account": target.split(":")[4]}
                )
                yield Relation(edge.type, label, target, incoming=edge.incoming, implied=implied)
                continue
            other = next(kind for kind in self.kinds if kind.label == edge.target)
            size = self.count(other)
            for step in range(edge.count):
                # Numbers far apart in the same account: accounts are dealt round.
                m = (n + step * len(accounts) * 7) % size
                if edge.scatter:
                    m = (n * 7_919 + step * 104_729 + 1) % size
                account, region = _place(m, accounts)
                target = other.id.format(n=m, account=account, region=region)
                yield Relation(edge.type, edge.target, target, incoming=edge.incoming)


def _implied_label(edge: Edge) -> str:
    return "AWSRootPrincipal" if edge.target == "AWSPrincipal" else edge.target


def _place(n: int, accounts: list[str]) -> tuple[str, str]:
    return accounts[n % len(accounts)], REGIONS[n // len(accounts) % len(REGIONS)]


def _value(name: str, type_: str, n: int) -> Any:
    if type_ == "i":
        return (n * 7919) % 5000
    if type_ == "b":
        return n % 3 == 0
    if type_ == "j":
        account = f"{100000000000 + n % 200}"
        return (
            '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": '
            f'"arn:aws:iam::{account}:root"}}, "Action": "sts:AssumeRole"}}]}}'
        )
    if type_ == "S":
        return [f"{name}-{n % 20}", f"{name}-{n % 7}"]
    if name.endswith(("date", "time", "used")):
        return f"2026-{n % 12 + 1:02d}-{n % 28 + 1:02d}T{n % 24:02d}:00:00Z"
    return f"{name}-{n % 1000}" if n % 2 else f"{name}-{n}"
