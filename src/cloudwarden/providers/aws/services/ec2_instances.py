"""Amazon EC2: instances with their reservations, and images: the account's own and those in use.

One script for all: which foreign images matter is known only from the instances. A terminated
instance is gone, though AWS goes on listing it for an hour, and is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cloudwarden.providers.aws.declarations import (
    Naming,
    Produced,
    Resource,
    pointed_from,
    points_to,
)
from cloudwarden.providers.aws.tags import read_tags
from cloudwarden.schema.labels import PropertyType

if TYPE_CHECKING:
    from cloudwarden.providers.aws.reader import ReadContext
    from cloudwarden.providers.base import Answer, Steps
    from cloudwarden.schema.records import Asset

INSTANCES = "ec2:DescribeInstances"
IMAGES = "ec2:DescribeImages"
PERMISSIONS = "ec2:DescribeImageAttribute"

_TOKEN = {"NextToken": "NextToken"}
#: How many values one filter may have.
_FILTER_SIZE = 200
_CLUSTER_TAG = "eks:cluster-name"
_CLUSTER_TAG_PREFIX = "kubernetes.io/cluster/"
_METADATA = {
    "required": {"imdsaccessmode": "v2_only", "imdsv1enabled": False, "imdsv2required": True},
    "optional": {"imdsaccessmode": "v1_or_v2", "imdsv1enabled": True, "imdsv2required": False},
}

_GRANTEES = ("Group", "UserId", "OrganizationArn", "OrganizationalUnitArn")

_TEXT, _TRUTH, _NUMBER = PropertyType.STRING, PropertyType.BOOLEAN, PropertyType.INTEGER


def read_instances(context: ReadContext) -> Steps:
    """List instances, then our own images, then the foreign ones that instances were made from.

    Whom our own are shared with is asked image by image: no listing tells.

    Foreign images are asked for with a filter and not by id: an image that was deregistered is
    then left out of the answer, where by id it would be an error for all of them.
    """
    listed = yield from context.paginate(INSTANCES, tokens=_TOKEN)
    own = yield from context.paginate(IMAGES, tokens=_TOKEN, Owners=["self"])
    reservations = [
        {**reservation, "Instances": alive}
        for reservation in listed.items("Reservations[]")
        if (alive := [i for i in reservation.get("Instances") or () if _is_alive(i)])
    ]
    images = {image["ImageId"]: image for image in own.items("Images[]")}
    used = {i["ImageId"] for r in reservations for i in r["Instances"] if i.get("ImageId")}
    missing = sorted(used - images.keys())
    for start in range(0, len(missing), _FILTER_SIZE):
        chunk = missing[start : start + _FILTER_SIZE]
        foreign = yield from context.paginate(
            IMAGES, tokens=_TOKEN, Filters=[{"Name": "image-id", "Values": chunk}]
        )
        images.update({image["ImageId"]: image for image in foreign.items("Images[]")})
    answers = yield from context.requests(
        [
            context.prepare(PERMISSIONS, ImageId=image["ImageId"], Attribute="launchPermission")
            for image in own.items("Images[]")
        ],
        # Deregistered meanwhile.
        absent=("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"),
    )
    shared = {answer.request.parameters["ImageId"]: answer for answer in answers}
    return context.reading(_assets(context, reservations, images.values(), shared))


def _assets(
    context: ReadContext,
    reservations: Iterable[Mapping[str, Any]],
    images: Iterable[Mapping[str, Any]],
    shared: Mapping[str, Answer],
) -> Iterator[Asset]:
    for reservation in reservations:
        yield context.asset("AWSEC2Reservation", reservation, id_=reservation["ReservationId"])
        for instance in reservation["Instances"]:
            yield _instance(context, reservation, instance)
    for image in images:
        yield _image(context, image, shared.get(image["ImageId"]))


def _image(context: ReadContext, image: Mapping[str, Any], told: Answer | None) -> Asset:
    tags = read_tags(image.get("Tags"))
    # An image's ARN has no account: it is read by everybody under the same one.
    arn = f"arn:{context.partition}:ec2:{context.region}::image/{image['ImageId']}"
    properties: dict[str, Any] = {"arn": arn}
    if told is not None and told.document is not None:
        properties["shared_with"] = _shared_with(told.document)
    return context.asset(
        "AWSEC2Image",
        image,
        id_=image["ImageId"],
        name=image.get("Name") or tags.get("Name"),
        tags=tags,
        properties=properties,
        unread={PERMISSIONS: told.failure} if told is not None and told.failure else {},
    )


def _shared_with(answer: Mapping[str, Any]) -> list[str]:
    """Accounts, organizations and their units by ARN, and `all`, which is everybody."""
    found = (one.get(name) for one in answer.get("LaunchPermissions") or () for name in _GRANTEES)
    return sorted(str(one) for one in found if one)


def _instance(
    context: ReadContext, reservation: Mapping[str, Any], instance: Mapping[str, Any]
) -> Asset:
    tags = read_tags(instance.get("Tags"))
    identity = instance["InstanceId"]
    owner = reservation.get("OwnerId") or context.account
    where = f"{context.partition}:ec2:{context.region}:{owner}"
    cluster = _cluster(tags)
    launched = instance.get("LaunchTime")
    return context.asset(
        "AWSEC2Instance",
        {**instance, "Reservation": reservation["ReservationId"], "Cluster": cluster},
        id_=identity,
        name=tags.get("Name"),
        tags=tags,
        properties={
            "arn": f"arn:{where}:instance/{identity}",
            "launchtimeunix": int(launched.timestamp()) if launched else None,
            "eks_cluster_name": cluster,
            **_METADATA.get((instance.get("MetadataOptions") or {}).get("HttpTokens", ""), {}),
        },
    )


def _is_alive(instance: Mapping[str, Any]) -> bool:
    return (instance.get("State") or {}).get("Name") != "terminated"


def _cluster(tags: Mapping[str, str]) -> str | None:
    """The EKS cluster that an instance is a node of, by the tags that EKS puts on it."""
    if _CLUSTER_TAG in tags:
        return tags[_CLUSTER_TAG]
    for key, value in tags.items():
        if key.startswith(_CLUSTER_TAG_PREFIX) and value == "owned":
            return key.removeprefix(_CLUSTER_TAG_PREFIX)
    return None


RESOURCES = (
    Resource(
        label="AWSEC2Instance",
        read=read_instances,
        operations=(INSTANCES, IMAGES, PERMISSIONS),
        produces=(
            Produced(
                label="AWSEC2Instance",
                aliases=("EC2Instance",),
                groups=("ComputeInstance",),
                shape=(INSTANCES, "Reservations[].Instances[]"),
                naming=Naming.SQUASHED,
                names={
                    "State.Name": "state",
                    "IamInstanceProfile.Arn": "iaminstanceprofile",
                    "Placement.AvailabilityZone": "availabilityzone",
                    "Placement.Tenancy": "tenancy",
                    "Placement.HostResourceGroupArn": "hostresourcegrouparn",
                    "HibernationOptions.Configured": "hibernationoptions",
                    "MetadataOptions.HttpTokens": "metadatahttptokens",
                    "MetadataOptions.HttpEndpoint": "metadatahttpendpoint",
                    "MetadataOptions.HttpPutResponseHopLimit": "metadatahttpputresponsehoplimit",
                    "MetadataOptions.HttpProtocolIpv6": "metadatahttpprotocolipv6",
                    "MetadataOptions.InstanceMetadataTags": "metadatainstancetags",
                },
                # What is left out are assets of their own, or would only be their JSON.
                omit=(
                    "NetworkInterfaces",
                    "SecondaryInterfaces",
                    "SecurityGroups",
                    "BlockDeviceMappings",
                ),
                properties={
                    "arn": (_TEXT, INSTANCES),
                    "launchtimeunix": (_NUMBER, INSTANCES),
                    "eks_cluster_name": (_TEXT, INSTANCES),
                    "imdsaccessmode": (_TEXT, INSTANCES),
                    "imdsv1enabled": (_TRUTH, INSTANCES),
                    "imdsv2required": (_TRUTH, INSTANCES),
                },
                relations=(
                    points_to("AWSEC2Reservation", "MEMBER_OF_EC2_RESERVATION", by="Reservation"),
                    points_to(
                        "AWSInstanceProfile", "INSTANCE_PROFILE", by="IamInstanceProfile.Arn"
                    ),
                    points_to("AWSEC2Subnet", "PART_OF_SUBNET", by="SubnetId"),
                    points_to("AWSVpc", "MEMBER_OF_AWS_VPC", by="VpcId"),
                    points_to(
                        "AWSEC2SecurityGroup",
                        "MEMBER_OF_EC2_SECURITY_GROUP",
                        # The instance names its primary interface's groups; every interface counts.
                        by="[SecurityGroups, NetworkInterfaces[].Groups[]][][].GroupId",
                    ),
                    points_to(
                        "AWSNetworkInterface",
                        "NETWORK_INTERFACE",
                        by="NetworkInterfaces[].NetworkInterfaceId",
                    ),
                    points_to("AWSEC2Image", "USES_IMAGE", by="ImageId"),
                    points_to(
                        "AWSEKSCluster",
                        "MEMBER_OF_EKS_CLUSTER",
                        by="arn:{partition}:eks:{region}:{account}:cluster/{Cluster}",
                    ),
                    # A deleted key pair still signs its owner in, hence it is implied.
                    pointed_from(
                        "AWSEC2KeyPair",
                        "SSH_LOGIN_TO",
                        by="arn:{partition}:ec2:{region}:{account}:key-pair/{KeyName}",
                        implied={"keyname": "KeyName"},
                    ),
                ),
                description="A virtual machine; terminated ones are left out.",
            ),
            Produced(
                label="AWSEC2Reservation",
                aliases=("EC2Reservation",),
                shape=(INSTANCES, "Reservations[]"),
                naming=Naming.SQUASHED,
                omit=("Instances", "Groups"),
                description="The launch that instances came from.",
            ),
            Produced(
                label="AWSEC2Image",
                aliases=("EC2Image",),
                shape=(IMAGES, "Images[]"),
                naming=Naming.SQUASHED,
                names={
                    "Public": "ispublic",
                    "ImageType": "type",
                    "ImageLocation": "location",
                    "OwnerId": "owner",
                    "ImageOwnerAlias": "image_owner_alias",
                    "KernelId": "kernel_id",
                    "RamdiskId": "ramdisk_id",
                    "PlatformDetails": "platform_details",
                    "SriovNetSupport": "sriov_net_support",
                },
                omit=("Name",),
                properties={
                    "arn": (_TEXT, IMAGES),
                    "shared_with": (PropertyType.STRINGS, PERMISSIONS),
                },
                relations=(
                    points_to(
                        "AWSEBSSnapshot",
                        "MADE_OF",
                        by="BlockDeviceMappings[].Ebs.SnapshotId",
                    ),
                ),
                description="What instances start from: one of ours, or one in use.",
            ),
        ),
        description="A virtual machine; terminated ones are left out.",
    ),
)
