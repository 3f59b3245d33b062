"""A bucket, the grants of its ACL and the statements of its policy, as assets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jmespath

from cloudwarden.core.json import content_hash, dumps
from cloudwarden.providers.aws.declarations import UnreadableError
from cloudwarden.providers.aws.flatten import plain
from cloudwarden.providers.aws.iam.policies import as_list, parse_document, statements_of
from cloudwarden.providers.aws.resource_policies import anonymous_actions
from cloudwarden.providers.aws.s3.details import (
    ACL,
    ENCRYPTION,
    LIST,
    LOCATION,
    LOGGING,
    NOTIFICATION,
    POLICY,
    PROPERTIES,
    REPLICATION,
    TAGS,
    WAVES,
    Detail,
    Document,
    Facts,
)
from cloudwarden.providers.aws.tags import read_tags
from cloudwarden.providers.base import Answer
from cloudwarden.schema.records import Asset, Failure, Relation

BUCKET = "AWSS3Bucket"
GRANT = "AWSS3Acl"
STATEMENT = "AWSS3PolicyStatement"


@dataclass(slots=True)
class Bucket:
    """What is known of one bucket so far: the list's entry, the answers, what gave none."""

    entry: Document
    account: str
    partition: str
    region: str
    facts: dict[str, Document] = field(default_factory=dict)
    unread: dict[str, Failure] = field(default_factory=dict)
    is_gone: bool = False

    @property
    def name(self) -> str:
        """Its name, which is its id: unique in the partition."""
        return str(self.entry["Name"])

    @property
    def arn(self) -> str:
        """Its ARN, which has neither region nor account."""
        return f"arn:{self.partition}:s3:::{self.name}"

    def wants(self, detail: Detail) -> bool:
        """Whether a question has to be asked; notes the answer where it is known without."""
        if self.is_gone or detail.operation in self.unread:
            return False
        if not detail.after:
            return True
        if detail.after in self.unread:
            self.unread[detail.operation] = self.unread[detail.after]
            return False
        if jmespath.search(detail.when, self.facts[detail.after]):
            return True
        self.facts[detail.operation] = {}
        return False

    def take(self, answer: Answer) -> None:
        """Keep an answer, or why there is none; a bucket deleted meanwhile is gone."""
        operation = answer.request.operation
        if answer.document is not None:
            self.facts[operation] = answer.document
        elif answer.failure is not None and answer.failure.code == "NoSuchBucket":
            self.is_gone = True
        elif answer.failure is not None:
            self.unread[operation] = answer.failure

    def doubt(self) -> None:
        """Count a policy that is no JSON as unread: nothing follows from it."""
        try:
            anonymous_actions(self.facts.get(POLICY, {}).get("Policy"))
        except UnreadableError as error:
            self.unread[POLICY] = error.failure
            del self.facts[POLICY]

    def lose(self, failure: Failure | None) -> None:
        """Nothing can be asked about a bucket whose place is unknown."""
        if failure is not None:
            self.unread[LOCATION] = failure
            self.unread |= {d.operation: failure for wave in WAVES for d in wave}


def assets_of(bucket: Bucket) -> Iterator[Asset]:
    """The bucket first, then its grants and statements."""
    properties: dict[str, Any] = {
        "arn": bucket.arn,
        "creationdate": bucket.entry.get("CreationDate"),
    }
    facts: Facts = {**bucket.facts, LIST: {"Arn": bucket.arn}}
    for declared in PROPERTIES:
        if all(operation in facts for operation in declared.operations):
            properties[declared.name] = declared.value(facts)
    yield Asset(
        BUCKET,
        bucket.name,
        bucket.account,
        bucket.region,
        name=bucket.name,
        properties={n: plain(value) for n, value in properties.items() if value is not None},
        tags=read_tags(bucket.facts.get(TAGS, {}).get("TagSet")),
        relations=tuple(_relations(bucket)),
        unread=bucket.unread,
    )
    yield from _grants(bucket)
    yield from _statements(bucket)


def _relations(bucket: Bucket) -> Iterator[Relation]:
    rules = _member(bucket, ENCRYPTION, "ServerSideEncryptionConfiguration").get("Rules") or ()
    for rule in rules:
        key = (rule.get("ApplyServerSideEncryptionByDefault") or {}).get("KMSMasterKeyID")
        if key:
            yield Relation("ENCRYPTED_BY", "AWSKMSKey", str(key))
    told = bucket.facts.get(NOTIFICATION, {})
    for member, arn, label in (
        ("TopicConfigurations", "TopicArn", "AWSSNSTopic"),
        ("QueueConfigurations", "QueueArn", "AWSSQSQueue"),
        ("LambdaFunctionConfigurations", "LambdaFunctionArn", "AWSLambda"),
    ):
        for target in sorted({str(entry[arn]) for entry in told.get(member) or ()}):
            yield Relation("NOTIFIES", label, target)
    target_bucket = _member(bucket, LOGGING, "LoggingEnabled").get("TargetBucket")
    if target_bucket:
        yield Relation("LOGS_TO", BUCKET, str(target_bucket))
    rules = _member(bucket, REPLICATION, "ReplicationConfiguration").get("Rules") or ()
    copies = {str(rule["Destination"]["Bucket"]) for rule in rules if rule.get("Destination")}
    for destination in sorted(copies):
        yield Relation("REPLICATES_TO", BUCKET, destination.rpartition(":")[2])


def _member(bucket: Bucket, operation: str, member: str) -> Document:
    return bucket.facts.get(operation, {}).get(member) or {}


def _grants(bucket: Bucket) -> Iterator[Asset]:
    acl = bucket.facts.get(ACL, {})
    owner = acl.get("Owner") or {}
    seen: set[str] = set()
    for grant in acl.get("Grants") or ():
        grantee = grant.get("Grantee") or {}
        properties = {
            "permission": grant.get("Permission"),
            "type": grantee.get("Type"),
            "displayname": grantee.get("DisplayName"),
            "granteeid": grantee.get("ID"),
            "email": grantee.get("EmailAddress"),
            "uri": grantee.get("URI"),
            "owner": owner.get("DisplayName"),
            "ownerid": owner.get("ID"),
        }
        who = grantee.get("ID") or grantee.get("URI") or grantee.get("EmailAddress")
        identity = f"{bucket.name}/acl/{grant.get('Permission')}/{who or content_hash(grant)}"
        if identity not in seen:
            seen.add(identity)
            yield _part(
                bucket, GRANT, identity, properties, Relation("APPLIES_TO", BUCKET, bucket.name)
            )


def _statements(bucket: Bucket) -> Iterator[Asset]:
    document = parse_document(bucket.facts.get(POLICY, {}).get("Policy"))
    for number, statement in enumerate(statements_of(document), start=1):
        properties = {
            "bucket": bucket.name,
            "policy_id": document.get("Id"),
            "policy_version": document.get("Version"),
            "sid": statement.get("Sid"),
            "effect": statement.get("Effect"),
            "principal": _text(statement.get("Principal", statement.get("NotPrincipal"))),
            "action": [str(value) for value in as_list(statement.get("Action"))],
            "notaction": [str(value) for value in as_list(statement.get("NotAction"))],
            "resource": [str(value) for value in as_list(statement.get("Resource"))],
            "notresource": [str(value) for value in as_list(statement.get("NotResource"))],
            "condition": _text(statement.get("Condition")),
        }
        identity = f"{bucket.name}/policy_statement/{number}/{statement.get('Sid') or ''}"
        relation = Relation("POLICY_STATEMENT", BUCKET, bucket.name, incoming=True)
        yield _part(bucket, STATEMENT, identity.rstrip("/"), properties, relation)


def _part(
    bucket: Bucket, label: str, identity: str, properties: Mapping[str, Any], relation: Relation
) -> Asset:
    kept = {name: value for name, value in properties.items() if value not in (None, [])}
    return Asset(
        label, identity, bucket.account, bucket.region, properties=kept, relations=(relation,)
    )


def _text(value: Any) -> str | None:
    return dumps(value) if value else None
