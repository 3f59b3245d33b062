"""The account itself: alias, IAM summary, password policy, regions, and settings of its own.

What the whole account is protected by (S3's public access block, EBS encryption by default) are
assets too, so that a check has something to pass or to fail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwarden.providers.aws.declarations import Call, Produced, Resource, points_to
from cloudwarden.schema.labels import PropertyType

if TYPE_CHECKING:
    from cloudwarden.providers.aws.reader import ReadContext
    from cloudwarden.providers.base import Steps

SUMMARY = "iam:GetAccountSummary"
PASSWORDS = "iam:GetAccountPasswordPolicy"
ALIASES = "iam:ListAccountAliases"
BLOCK = "s3control:GetPublicAccessBlock"
#: The organization tells these of its members (`services/organizations.py`).
MEMBERS = "organizations:ListAccountsForParent"

_TEXT, _NUMBER, _TRUTH = PropertyType.STRING, PropertyType.INTEGER, PropertyType.BOOLEAN

#: Entries of the account summary that become properties; the others are quotas.
_SUMMARY = {
    "users": "Users",
    "groups": "Groups",
    "roles": "Roles",
    "policies": "Policies",
    "policy_versions_in_use": "PolicyVersionsInUse",
    "instance_profiles": "InstanceProfiles",
    "providers": "Providers",
    "server_certificates": "ServerCertificates",
    "mfa_devices": "MFADevices",
    "mfa_devices_in_use": "MFADevicesInUse",
    "account_mfa_enabled": "AccountMFAEnabled",
    "account_access_keys_present": "AccountAccessKeysPresent",
    "account_signing_certificates_present": "AccountSigningCertificatesPresent",
}

_PASSWORDS = {
    "minimum_password_length": ("MinimumPasswordLength", _NUMBER),
    "require_symbols": ("RequireSymbols", _TRUTH),
    "require_numbers": ("RequireNumbers", _TRUTH),
    "require_uppercase_characters": ("RequireUppercaseCharacters", _TRUTH),
    "require_lowercase_characters": ("RequireLowercaseCharacters", _TRUTH),
    "allow_users_to_change_password": ("AllowUsersToChangePassword", _TRUTH),
    "expire_passwords": ("ExpirePasswords", _TRUTH),
    "max_password_age": ("MaxPasswordAge", _NUMBER),
    "password_reuse_prevention": ("PasswordReusePrevention", _NUMBER),
    "hard_expiry": ("HardExpiry", _TRUTH),
}

_BLOCK = {
    "block_public_acls": "BlockPublicAcls",
    "ignore_public_acls": "IgnorePublicAcls",
    "block_public_policy": "BlockPublicPolicy",
    "restrict_public_buckets": "RestrictPublicBuckets",
}


def read_account(context: ReadContext) -> Steps:
    """The account is there whatever is denied; what is denied is unread."""
    answers = yield from context.requests(
        [context.prepare(SUMMARY), context.prepare(PASSWORDS), context.prepare(ALIASES)],
        absent=("NoSuchEntity",),
    )
    summary, passwords, aliases = answers
    # An account has one alias at most.
    alias = next(iter((aliases.document or {}).get("AccountAliases") or ()), None)
    properties: dict[str, object] = {"alias": alias}
    if summary.document is not None:
        entries = summary.document["SummaryMap"]
        properties.update({name: entries.get(entry) for name, entry in _SUMMARY.items()})
    if passwords.document is not None:
        policy = passwords.document.get("PasswordPolicy")
        properties["password_policy_exists"] = policy is not None
        members = policy or {}
        properties.update({name: members.get(key) for name, (key, _) in _PASSWORDS.items()})
    asset = context.asset(
        "AWSAccount",
        {},
        id_=context.account,
        name=alias,
        properties=properties,
        unread={
            answer.request.operation: answer.failure
            for answer in answers
            if answer.failure is not None
        },
    )
    return context.reading([asset])


def read_public_access_block(context: ReadContext) -> Steps:
    """The account's four settings; an account that never set them blocks nothing."""
    answer = yield from context.request(
        BLOCK, absent=("NoSuchPublicAccessBlockConfiguration",), AccountId=context.account
    )
    if answer.document is None:
        context.incomplete(BLOCK, answer.failure)
        return context.reading(())
    settings = answer.document.get("PublicAccessBlockConfiguration") or {}
    asset = context.asset(
        "AWSS3AccountPublicAccessBlock",
        {},
        id_=f"{context.account}:global",
        properties={
            "account_id": context.account,
            **{name: bool(settings.get(member)) for name, member in _BLOCK.items()},
        },
    )
    return context.reading([asset])


RESOURCES = (
    Resource(
        label="AWSAccount",
        is_global=True,
        read=read_account,
        operations=(SUMMARY, PASSWORDS, ALIASES),
        produces=(
            Produced(
                label="AWSAccount",
                groups=("Tenant",),
                owned=False,
                description="An account; `foreign` where it is only named and not collected.",
                properties={
                    **dict.fromkeys(_SUMMARY, (_NUMBER, SUMMARY)),
                    "password_policy_exists": (_TRUTH, PASSWORDS),
                    **{name: (type_, PASSWORDS) for name, (_, type_) in _PASSWORDS.items()},
                    "alias": (_TEXT, ALIASES),
                    "email": (_TEXT, MEMBERS),
                    "org_id": (_TEXT, MEMBERS),
                    "status": (_TEXT, MEMBERS),
                    "state": (_TEXT, MEMBERS),
                    "joined_method": (_TEXT, MEMBERS),
                    "joined_timestamp": (_TEXT, MEMBERS),
                    "foreign": (_TRUTH, ""),
                    "inscope": (_TRUTH, ""),
                },
            ),
        ),
    ),
    Resource(
        label="AWSRegion",
        is_global=True,
        list=Call("ec2:DescribeRegions", items="Regions[]", parameters={"AllRegions": True}),
        id="{account}:{RegionName}",
        name="RegionName",
        omit=("Geography",),
        description="A region as it is for one account: enabled by it, or not.",
    ),
    Resource(
        label="AWSS3AccountPublicAccessBlock",
        is_global=True,
        # Without it nobody knows which of the account's buckets are open.
        read_with=("s3",),
        read=read_public_access_block,
        operations=(BLOCK,),
        produces=(
            Produced(
                label="AWSS3AccountPublicAccessBlock",
                aliases=("S3AccountPublicAccessBlock",),
                description="What the account forbids all of its buckets to make public.",
                properties={
                    "account_id": (_TEXT, BLOCK),
                    **dict.fromkeys(_BLOCK, (_TRUTH, BLOCK)),
                },
            ),
        ),
    ),
    Resource(
        label="AWSEC2AccountSettings",
        list=Call("ec2:GetEbsEncryptionByDefault"),
        details=(
            Call("ec2:GetEbsDefaultKmsKeyId", into="DefaultKey"),
            Call("ec2:GetSnapshotBlockPublicAccessState", into="Snapshots"),
            Call("ec2:GetImageBlockPublicAccessState", into="Images"),
        ),
        id="{account}:{region}",
        name="EC2 settings of {region}",
        names={
            "DefaultKey.KmsKeyId": "ebs_default_kms_key_id",
            "Snapshots.State": "snapshot_block_public_access_state",
            "Snapshots.ManagedBy": "snapshot_block_public_access_managed_by",
            "Images.ImageBlockPublicAccessState": "image_block_public_access_state",
            "Images.ManagedBy": "image_block_public_access_managed_by",
            "SseType": "ebs_sse_type",
        },
        relations=(points_to("AWSKMSKey", "ENCRYPTED_BY", by="DefaultKey.KmsKeyId"),),
        description="What the account has set for EC2 in a region.",
    ),
)
