"""Each question about a bucket, and each property that the answers give.

One table says what is asked (`DETAILS`), another what follows (`PROPERTIES`). A property is known
only if every operation it rests on was answered; "there is none" is an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jmespath

from cloudwarden.core.json import dumps
from cloudwarden.providers.aws.s3.access import (
    bucket_anonymous_actions,
    is_tls_only,
)
from cloudwarden.schema.labels import PropertyType

Document = Mapping[str, Any]

#: The answers about one bucket by operation; what does not exist is an empty answer.
Facts = Mapping[str, Document]

LIST = "s3:ListBuckets"
LOCATION = "s3:GetBucketLocation"
POLICY = "s3:GetBucketPolicy"
POLICY_STATUS = "s3:GetBucketPolicyStatus"
ACL = "s3:GetBucketAcl"
TAGS = "s3:GetBucketTagging"
ENCRYPTION = "s3:GetBucketEncryption"
WEBSITE = "s3:GetBucketWebsite"
METRICS = "s3:ListBucketMetricsConfigurations"
BLOCK = "s3:GetPublicAccessBlock"
VERSIONING = "s3:GetBucketVersioning"
LOGGING = "s3:GetBucketLogging"
OWNERSHIP = "s3:GetBucketOwnershipControls"
LIFECYCLE = "s3:GetBucketLifecycleConfiguration"
NOTIFICATION = "s3:GetBucketNotificationConfiguration"
REPLICATION = "s3:GetBucketReplication"
OBJECT_LOCK = "s3:GetObjectLockConfiguration"


@dataclass(frozen=True, slots=True)
class Detail:
    """A question about a bucket.

    It is asked only where `when` finds something in the answer of the operation `after`, because
    otherwise its answer is known: there is none.
    """

    operation: str
    after: str = ""
    when: str = ""


#: What is asked, in two steps. Replication and object lock exist only on versioned buckets, and
#: versioning cannot be suspended under them; a status is that of a policy.
WAVES: tuple[tuple[Detail, ...], ...] = (
    tuple(
        Detail(operation)
        for operation in (
            POLICY,
            ACL,
            TAGS,
            ENCRYPTION,
            WEBSITE,
            METRICS,
            BLOCK,
            VERSIONING,
            LOGGING,
            OWNERSHIP,
            LIFECYCLE,
            NOTIFICATION,
        )
    ),
    (
        Detail(POLICY_STATUS, after=POLICY, when="Policy"),
        Detail(REPLICATION, after=VERSIONING, when="Status == 'Enabled'"),
        Detail(OBJECT_LOCK, after=VERSIONING, when="Status == 'Enabled'"),
    ),
)

#: Error codes that state a fact: there is none.
NOTHING_THERE = frozenset(
    {
        "NoSuchBucketPolicy",
        "NoSuchConfiguration",
        "NoSuchLifecycleConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
        "NoSuchTagSet",
        "NoSuchWebsiteConfiguration",
        "ObjectLockConfigurationNotFoundError",
        "OwnershipControlsNotFoundError",
        "ReplicationConfigurationNotFoundError",
        "ServerSideEncryptionConfigurationNotFoundError",
    }
)


@dataclass(frozen=True, slots=True)
class BucketProperty:
    """A property, the operations it rests on (its main one first), and how they give it."""

    name: str
    type: PropertyType
    operations: tuple[str, ...]
    value: Callable[[Facts], Any]
    description: str = ""


def _at(
    name: str,
    type_: PropertyType,
    operation: str,
    path: str,
    otherwise: Any = None,
    description: str = "",
) -> BucketProperty:
    """What `path` finds in the answer of `operation`, or `otherwise` where it finds nothing."""
    compiled = jmespath.compile(path)

    def value(facts: Facts) -> Any:
        found = compiled.search(facts[operation])
        return otherwise if found is None else found

    return BucketProperty(name, type_, (operation,), value, description)


def _json(name: str, operation: str, path: str, description: str) -> BucketProperty:
    compiled = jmespath.compile(path)

    def value(facts: Facts) -> str | None:
        found = compiled.search(facts[operation])
        return dumps(found) if found else None

    return BucketProperty(name, PropertyType.JSON, (operation,), value, description)


def _exists(name: str, operation: str, path: str, description: str) -> BucketProperty:
    compiled = jmespath.compile(path)
    return BucketProperty(
        name,
        PropertyType.BOOLEAN,
        (operation,),
        lambda facts: bool(compiled.search(facts[operation])),
        description,
    )


def is_open(facts: Facts) -> bool:
    """Whether anything is open to anybody."""
    return bool(anonymous_actions_of(facts))


def anonymous_actions_of(facts: Facts) -> list[str]:
    """The actions open to anybody, from the answers of `ACCESS_OPERATIONS`."""
    rules = (facts[OWNERSHIP].get("OwnershipControls") or {}).get("Rules") or [{}]
    return bucket_anonymous_actions(
        facts[POLICY].get("Policy"),
        facts[ACL],
        facts[BLOCK].get("PublicAccessBlockConfiguration") or {},
        rules[0].get("ObjectOwnership"),
    )


#: What anybody may do follows from all of these together: without one of them it is unknown.
ACCESS_OPERATIONS = (POLICY, ACL, BLOCK, OWNERSHIP)

_RULE = "ServerSideEncryptionConfiguration.Rules[0]"
_DEFAULT = f"{_RULE}.ApplyServerSideEncryptionByDefault"
_BLOCKED = "PublicAccessBlockConfiguration"
_TEXT, _FLAG, _COUNT = PropertyType.STRING, PropertyType.BOOLEAN, PropertyType.INTEGER
_TEXTS, _JSON = PropertyType.STRINGS, PropertyType.JSON

PROPERTIES: tuple[BucketProperty, ...] = (
    BucketProperty(
        "anonymous_access",
        _FLAG,
        ACCESS_OPERATIONS,
        is_open,
        "Whether its policy or ACL opens it to anybody, and nothing of its own blocks that.",
    ),
    BucketProperty("anonymous_actions", _TEXTS, ACCESS_OPERATIONS, anonymous_actions_of),
    _at("policy", _JSON, POLICY, "Policy"),
    BucketProperty(
        "tls_only",
        _FLAG,
        (POLICY,),
        lambda facts: is_tls_only(facts[POLICY].get("Policy"), facts[LIST]["Arn"]),
        "Whether its policy denies everybody requests without TLS.",
    ),
    _at("policy_is_public", _FLAG, POLICY_STATUS, "PolicyStatus.IsPublic", otherwise=False),
    _at("block_public_acls", _FLAG, BLOCK, f"{_BLOCKED}.BlockPublicAcls", otherwise=False),
    _at("ignore_public_acls", _FLAG, BLOCK, f"{_BLOCKED}.IgnorePublicAcls", otherwise=False),
    _at("block_public_policy", _FLAG, BLOCK, f"{_BLOCKED}.BlockPublicPolicy", otherwise=False),
    _at(
        "restrict_public_buckets",
        _FLAG,
        BLOCK,
        f"{_BLOCKED}.RestrictPublicBuckets",
        otherwise=False,
    ),
    _exists("default_encryption", ENCRYPTION, _DEFAULT, "Whether new objects are encrypted."),
    _at("encryption_algorithm", _TEXT, ENCRYPTION, f"{_DEFAULT}.SSEAlgorithm"),
    _at("encryption_key_id", _TEXT, ENCRYPTION, f"{_DEFAULT}.KMSMasterKeyID"),
    _at("bucket_key_enabled", _FLAG, ENCRYPTION, f"{_RULE}.BucketKeyEnabled", otherwise=False),
    _at(
        "versioning_status",
        _TEXT,
        VERSIONING,
        "Status",
        otherwise="Disabled",
        description="`Enabled`, `Suspended`, or `Disabled` where it never was enabled.",
    ),
    _at("mfa_delete", _TEXT, VERSIONING, "MFADelete", otherwise="Disabled"),
    _exists("logging_enabled", LOGGING, "LoggingEnabled", "Whether access is logged."),
    _at("logging_target_bucket", _TEXT, LOGGING, "LoggingEnabled.TargetBucket"),
    _at("logging_target_prefix", _TEXT, LOGGING, "LoggingEnabled.TargetPrefix"),
    _at("object_ownership", _TEXT, OWNERSHIP, "OwnershipControls.Rules[0].ObjectOwnership"),
    _exists(
        "website_enabled",
        WEBSITE,
        "IndexDocument || RedirectAllRequestsTo",
        "Whether it is set up to be served as a website.",
    ),
    _at("website_index_document", _TEXT, WEBSITE, "IndexDocument.Suffix"),
    _at("website_error_document", _TEXT, WEBSITE, "ErrorDocument.Key"),
    _at("website_redirect_host", _TEXT, WEBSITE, "RedirectAllRequestsTo.HostName"),
    _exists(
        "request_metrics_enabled",
        METRICS,
        "MetricsConfigurationList",
        "Whether it sends request metrics to CloudWatch.",
    ),
    _at("metrics_configuration_ids", _TEXTS, METRICS, "MetricsConfigurationList[].Id"),
    _json("lifecycle_rules", LIFECYCLE, "Rules", "How objects move and expire."),
    _at(
        "lifecycle_rule_count",
        _COUNT,
        LIFECYCLE,
        "length(Rules[?Status=='Enabled'] || `[]`)",
        description="How many lifecycle rules are in force.",
    ),
    _at("notification_topic_arns", _TEXTS, NOTIFICATION, "TopicConfigurations[].TopicArn"),
    _at("notification_queue_arns", _TEXTS, NOTIFICATION, "QueueConfigurations[].QueueArn"),
    _at(
        "notification_function_arns",
        _TEXTS,
        NOTIFICATION,
        "LambdaFunctionConfigurations[].LambdaFunctionArn",
    ),
    BucketProperty(
        "event_bridge_enabled",
        _FLAG,
        (NOTIFICATION,),
        lambda facts: facts[NOTIFICATION].get("EventBridgeConfiguration") is not None,
        "Whether its events go to EventBridge.",
    ),
    _exists(
        "replication_enabled",
        REPLICATION,
        "ReplicationConfiguration.Rules[?Status=='Enabled']",
        "Whether objects are copied to another bucket.",
    ),
    _json("replication_rules", REPLICATION, "ReplicationConfiguration.Rules", "What is copied."),
    _at("replication_role_arn", _TEXT, REPLICATION, "ReplicationConfiguration.Role"),
    _exists(
        "object_lock_enabled",
        OBJECT_LOCK,
        "ObjectLockConfiguration.ObjectLockEnabled == 'Enabled'",
        "Whether object versions can be locked against deletion.",
    ),
    _at(
        "object_lock_mode", _TEXT, OBJECT_LOCK, "ObjectLockConfiguration.Rule.DefaultRetention.Mode"
    ),
    _at(
        "object_lock_days",
        _COUNT,
        OBJECT_LOCK,
        "ObjectLockConfiguration.Rule.DefaultRetention.Days",
    ),
    _at(
        "object_lock_years",
        _COUNT,
        OBJECT_LOCK,
        "ObjectLockConfiguration.Rule.DefaultRetention.Years",
    ),
)
