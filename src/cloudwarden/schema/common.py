"""What every graph has, whoever collected it: accounts that own, and tags.

Providers declare none of it; a registry gets it by `with_common`, and the graph's build makes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cloudwarden.schema.labels import Label, Property, PropertyType, RelationKind
from cloudwarden.schema.registry import Registry

ACCOUNT = "AWSAccount"
TAG = "AWSTag"
OWNS = "RESOURCE"
TAGGED = "TAGGED"

#: What is known of every account beside what was read of it.
ACCOUNT_PROPERTIES = {
    p.name: p
    for p in (
        Property(
            "foreign",
            PropertyType.BOOLEAN,
            description="Whether it is only named by others: nobody collects it.",
        ),
        Property("inscope", PropertyType.BOOLEAN, description="Whether it is collected."),
    )
}

_TAG = Label(
    TAG,
    provider="aws",
    properties={
        p.name: p
        for p in (
            Property("key", PropertyType.STRING, description="The tag's key."),
            Property("value", PropertyType.STRING, description="The tag's value."),
        )
    },
    description="A tag: one node for each key and value, whatever carries it.",
    groups=("Tag",),
    owned=False,
)
_ACCOUNT = Label(ACCOUNT, provider="aws", properties={}, owned=False)


def with_common(labels: Iterable[Label]) -> list[Label]:
    """These labels, and those that every graph has; declared ones get what was left out."""
    found = {label.name: label for label in labels}
    account = found.get(ACCOUNT, _ACCOUNT)
    properties = {**ACCOUNT_PROPERTIES, **account.properties}
    return [
        *{**found, ACCOUNT: replace(account, properties=properties)}.values(),
        *(() if TAG in found else (_TAG,)),
    ]


def common_relations(registry: Registry) -> tuple[RelationKind, ...]:
    """The relations that every graph has between a registry's labels, beside the declared ones."""
    labels = [label for label in registry.labels.values() if label.name != TAG]
    owned = [label for label in labels if label.owned and label.name != ACCOUNT]
    return (
        *(RelationKind(OWNS, ACCOUNT, label.name) for label in owned),
        *(RelationKind(TAGGED, label.name, TAG) for label in labels),
    )
