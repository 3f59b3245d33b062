"""AWS IAM Identity Center: instances, permission sets and their assignments, users and groups."""

from __future__ import annotations

from cloudwarden.providers.aws.declarations import Produced, Resource, pointed_from
from cloudwarden.providers.aws.identity_center import reading
from cloudwarden.providers.aws.identity_center.reading import (
    ACCOUNTS,
    ASSIGNMENTS,
    GROUPS,
    INSTANCES,
    MEMBERS,
    OPERATIONS,
    SET,
    SETS,
    USERS,
)
from cloudwarden.schema.labels import PropertyType

_TEXT = PropertyType.STRING
_ASSIGNED = (ASSIGNMENTS, ACCOUNTS)


RESOURCES = (
    Resource(
        label="AWSIdentityCenter",
        read=reading.read,
        operations=OPERATIONS,
        produces=(
            Produced(
                label="AWSIdentityCenter",
                description="An instance of IAM Identity Center.",
                shape=(INSTANCES, "Instances[]"),
                omit=("InstanceArn", "Regions", "StatusReason", "IdentityStoreArn"),
                properties={"arn": (_TEXT, INSTANCES)},
                listings=(INSTANCES,),
            ),
            Produced(
                label="AWSPermissionSet",
                groups=("PermissionRole",),
                description="What is assigned to people in accounts: each gets a role of its name.",
                shape=(SET, "PermissionSet"),
                omit=("PermissionSetArn",),
                properties={"arn": (_TEXT, SETS), "instance_arn": (_TEXT, SETS)},
                relations=(
                    pointed_from(
                        "AWSIdentityCenter", "HAS_PERMISSION_SET", by="", operations=(SETS,)
                    ),
                    *(
                        pointed_from(
                            label,
                            "HAS_PERMISSION_SET",
                            by="",
                            # Ids of accounts, with commas; here only the type counts.
                            properties={"accounts": '`""`'},
                            operations=_ASSIGNED,
                        )
                        for label in ("AWSSSOUser", "AWSSSOGroup")
                    ),
                ),
                listings=(INSTANCES, SETS),
            ),
            Produced(
                label="AWSSSOUser",
                groups=("UserAccount",),
                description="A person in the directory of Identity Center.",
                properties={
                    "user_name": (_TEXT, USERS),
                    "display_name": (_TEXT, USERS),
                    "user_status": (_TEXT, USERS),
                    "user_type": (_TEXT, USERS),
                    "created_at": (_TEXT, USERS),
                    "external_id": (_TEXT, USERS),
                    "identity_store_id": (_TEXT, USERS),
                },
                listings=(INSTANCES, SETS, USERS),
            ),
            Produced(
                label="AWSSSOGroup",
                groups=("UserGroup",),
                description="A group in the directory of Identity Center.",
                properties={
                    "display_name": (_TEXT, GROUPS),
                    "description": (_TEXT, GROUPS),
                    "created_at": (_TEXT, GROUPS),
                    "external_id": (_TEXT, GROUPS),
                    "identity_store_id": (_TEXT, GROUPS),
                },
                relations=(
                    pointed_from("AWSSSOUser", "MEMBER_OF_SSO_GROUP", by="", operations=(MEMBERS,)),
                ),
                listings=(INSTANCES, SETS, GROUPS),
            ),
        ),
    ),
)
