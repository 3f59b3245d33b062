"""Labels, properties and relations as declared: what the graph and the checks speak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class PropertyType(StrEnum):
    """What a property's value is. Times are STRING in one ISO 8601 spelling (`core.clock`).

    JSON is a STRING that holds the JSON text of a nested structure.
    """

    STRING = "string"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    JSON = "json"
    STRINGS = "list of string"
    INTEGERS = "list of integer"
    FLOATS = "list of float"
    BOOLEANS = "list of boolean"


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a label.

    `operation` is the API operation that provides it (`service:Operation`); None for what we
    make ourselves (`id`, `account`, `firstseen`). Where it rests on several, `operations` has all
    of them: without any one of them it is unknown. A time is a STRING with `moment` set. What is
    `volatile` changes by itself: a change of it is none of the asset. What analysis derives is
    unknown of a node that has the property `unknown_by`, whose text says why.
    """

    name: str
    type: PropertyType
    operation: str | None = None
    description: str = ""
    moment: bool = False
    volatile: bool = False
    operations: tuple[str, ...] = ()
    unknown_by: str = ""

    @property
    def rests_on(self) -> tuple[str, ...]:
        """Every operation without which it is unknown."""
        return self.operations or ((self.operation,) if self.operation else ())


@dataclass(frozen=True, slots=True)
class RelationKind:
    """A relation that may exist: `(source)-[:type]->(target)`; ends may be groups of labels.

    `carriers` are the labels whose assets tell of it, and `operations` what it rests on there;
    without operations it is not known what, and anything unread of a carrier may hide it. Derived
    relations have no operations: those of a carrier that has the property `unknown_by` are unknown.
    """

    type: str
    source: str
    target: str
    operation: str | None = None
    properties: Mapping[str, PropertyType] = field(default_factory=dict)
    description: str = ""
    operations: tuple[str, ...] = ()
    carriers: tuple[str, ...] = ()
    unknown_by: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """A kind of asset.

    `aliases` are older names that mean this label alone; `groups` are names that span labels
    (`AWSPrincipal`). `owned` labels get `(:AWSAccount)-[:RESOURCE]->` from their account.
    `scope_type` is the key of the resource declaration whose scopes bring assets of this label
    (None for labels that only relations imply, such as an IP range); `operation` is the one that
    lists them.

    `listings` are all operations that finding every asset of the label rests on (a part's are
    those of what it is in, too), and `tag_operations` those that tell its tags; empty where that
    is not known. `elsewhere` maps operations of its properties to the scope type that calls them,
    where that is another: an organization tells of its accounts.
    """

    name: str
    provider: str
    properties: Mapping[str, Property]
    description: str = ""
    aliases: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    owned: bool = True
    scope_type: str | None = None
    operation: str | None = None
    listings: tuple[str, ...] = ()
    tag_operations: tuple[str, ...] = ()
    elsewhere: Mapping[str, str] = field(default_factory=dict)


#: Properties that every asset has, whatever its label.
COMMON_PROPERTIES: Mapping[str, Property] = {
    p.name: p
    for p in (
        Property("id", PropertyType.STRING, description="Identity within its label."),
        Property("name", PropertyType.STRING, description="What people call it."),
        Property("arn", PropertyType.STRING, description="Amazon Resource Name, where it has one."),
        Property("account", PropertyType.STRING, description="The account that it was read in."),
        Property("region", PropertyType.STRING, description="The region that it was read in."),
        Property(
            "firstseen", PropertyType.STRING, description="When it was first read.", moment=True
        ),
        Property(
            "lastupdated", PropertyType.STRING, description="When it was last read.", moment=True
        ),
    )
}
