"""The language in which AWS resource types are declared.

botocore's model of an operation's output is the schema: every scalar member of an item becomes a
typed property by itself, nested structures are flattened, lists of scalars stay lists, lists of
structures become JSON text unless a `Part` makes assets of them. A declaration says only what the
model cannot know. `loader.py` checks every one against the model; `reader.py` carries it out.

Paths are JMESPath. In a detail's or part's context the path sees the item as merged so far;
`@parent` members are reachable through `parent.` and the scope through `{account}`, `{region}`
and `{partition}` in templates.

A template is a text with JMESPath in braces:
`arn:{partition}:ec2:{region}:{account}:volume/{VolumeId}`. A text without braces is a plain path.
A template whose path finds nothing gives nothing. `split(text, '/')` and `parse(json_text)` are
functions beside JMESPath's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cloudwarden.schema.labels import PropertyType
from cloudwarden.schema.records import Failure, Verdict

if TYPE_CHECKING:
    from cloudwarden.providers.aws.reader import ReadContext
    from cloudwarden.providers.base import Steps

Document = Mapping[str, Any]


class Naming(StrEnum):
    """How a member's path becomes a property name, where `names` does not say otherwise."""

    #: `DBInstanceIdentifier` -> `db_instance_identifier`, `Endpoint.Address` -> `endpoint_address`
    SNAKE = "snake"
    #: `LaunchTime` -> `launchtime`, `State.Name` -> `statename`: the ecosystem's older labels
    SQUASHED = "squashed"


class Epoch(StrEnum):
    """A type for `types`: a moment that an answer spells as a number since 1970, or as its text."""

    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"


@dataclass(frozen=True, slots=True)
class Path:
    """A call parameter taken from the item (or from the parent, in a part), by JMESPath."""

    path: str


@dataclass(frozen=True, slots=True)
class Batch:
    """One call for many items: `parameter` takes up to `size` values of `by`.

    Each element of the answer's items goes to the item whose `by` equals the element's `match`.
    """

    parameter: str
    by: str
    match: str
    size: int = 100


@dataclass(frozen=True, slots=True)
class Call:
    """An API operation and what to take from its answer.

    `operation` is `service:Operation` in botocore's spelling (`ec2:DescribeVolumes`). Required
    parameters that the item has under the same name are filled from it by themselves; `parameters`
    gives the rest: constants, or `Path`s. Paging follows botocore's paginator.

    `items` is the path to the items (a list call) or to the object (a detail); empty means the
    whole answer. Scalar items become objects with the one member named `bind`.

    For details: `into` puts the answer's members under that prefix instead of merging them;
    `absent` lists error codes that state a fact (there is no bucket policy) and are no failure
    (unless what they come with is a refusal: nothing is concluded from that);
    `when` is a path that must be truthy for the call to be made; `batch` asks for many at once.
    `region` is a template for where the call goes, where that is not the scope's region.
    `tags` is the path to tags in the answer.
    """

    operation: str
    items: str = ""
    bind: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    into: str = ""
    tags: str = ""
    absent: tuple[str, ...] = ()
    when: str = ""
    batch: Batch | None = None
    region: str = ""


class UnreadableError(Exception):
    """An answer came, but what it says cannot be told (a policy that is no JSON).

    `failure` is what the asset then holds in `unread`, under the operation that answered.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.failure = Failure(Verdict.FAILED, code, reason)


@dataclass(frozen=True, slots=True)
class Computed:
    """A property that a pure function makes from the merged document.

    `operation` is the one whose answer it rests on; where that was not read the function is not
    called and the property is unknown. The function returns None where there is nothing to say,
    and raises `UnreadableError` where it cannot tell: the operation then counts as unread.
    """

    name: str
    type: PropertyType
    function: Callable[[Document], Any]
    operation: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Points:
    """A relation from the asset to what `by` finds (a value or a list of values).

    The target is looked up by id, or by ARN, among `target` (a label or a group). `incoming`
    turns the edge round. `transform` maps each found value to the target's id, or to None for no
    edge. With `found_by`, what is found is the value of that property of the target instead, in
    any case of letters (a DNS name). `properties` are paths, evaluated on the item. With `implied`
    (property name -> path or template; may be empty) the graph holds the target even if nothing
    collects it.

    `operations` says what an edge rests on that a `read` function makes by itself; of others it
    is known from their paths.
    """

    target: str
    type: str
    by: str
    incoming: bool = False
    transform: Callable[[Any, Document], str | None] | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    implied: Mapping[str, str] | None = None
    found_by: str = ""
    operations: tuple[str, ...] = ()


def points_to(target: str, type: str, *, by: str, **options: Any) -> Points:  # noqa: A002
    """An edge from this asset to `target`; options are those of `Points`."""
    return Points(target, type, by, **options)


def pointed_from(source: str, type: str, *, by: str, **options: Any) -> Points:  # noqa: A002
    """An edge from `source` to this asset; options are those of `Points`."""
    return Points(source, type, by, incoming=True, **options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Assets of their own inside another one: listeners of a load balancer, records of a zone.

    Either `path` finds them in the parent's document, or `list` asks for them, once per parent.
    Everything else is as in `Resource`. `parent_relation` is the edge from the part to its parent
    (`incoming` semantics by `parent_incoming`: the edge then runs from the parent to the part).
    """

    label: str
    id: str
    path: str = ""
    list: Call | None = None
    details: Sequence[Call] = ()
    name: str = ""
    arn: str = ""
    parent_relation: str = ""
    parent_incoming: bool = False
    naming: Naming = Naming.SNAKE
    names: Mapping[str, str] = field(default_factory=dict)
    omit: frozenset[str] | tuple[str, ...] = ()
    volatile: frozenset[str] | tuple[str, ...] = ()
    types: Mapping[str, PropertyType | Epoch] = field(default_factory=dict)
    tags: str = ""
    computed: Sequence[Computed] = ()
    relations: Sequence[Points] = ()
    parts: Sequence[Part] = ()
    aliases: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    owned: bool = True
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource type: how it is listed, completed, identified, and what it points to.

    `id` and `name` are paths or templates; `arn` is a template for types whose answers carry
    none. `names` maps member paths (`State.Name`) to property names; `omit` lists member paths
    not kept. `volatile` lists properties, by member path or by name, that change by themselves
    (sizes, counters, heartbeats): the last value is kept, but a new one is no change of the asset.
    Tags in the item (`Tags`, `TagSet`, `tags`, `TagList`, as list or map) are found by
    themselves; `tags` names another path. `is_global` overrides what botocore's partition data says
    about where the service lives.

    `types` gives member paths a type that the model does not know: numbers and truth values that
    an answer spells as text (`{"VisibilityTimeout": INTEGER}`), moments it spells as numbers
    (`{"creationTime": Epoch.MILLISECONDS}`), keys of a map without known ones, and members inside
    a JSON text (`{"RedrivePolicy.maxReceiveCount": INTEGER}`). A structure or list typed `JSON` is
    kept whole.

    `region` is a template for the region an asset lives in, where that is not the scope's.

    `read` replaces list and details: a generator of its own (`providers.base.Steps`) for what
    calls in sequence cannot say; `produces` then declares the labels that it brings.

    `read_with` names other services (botocore's names): whoever chooses one of them for reading
    gets this type too, because what those tell cannot be judged without it.
    """

    label: str
    id: str = ""
    list: Call | None = None
    details: Sequence[Call] = ()
    name: str = ""
    arn: str = ""
    naming: Naming = Naming.SNAKE
    names: Mapping[str, str] = field(default_factory=dict)
    omit: frozenset[str] | tuple[str, ...] = ()
    volatile: frozenset[str] | tuple[str, ...] = ()
    types: Mapping[str, PropertyType | Epoch] = field(default_factory=dict)
    tags: str = ""
    computed: Sequence[Computed] = ()
    relations: Sequence[Points] = ()
    parts: Sequence[Part] = ()
    aliases: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    owned: bool = True
    description: str = ""
    is_global: bool | None = None
    region: str = ""
    read: Callable[[ReadContext], Steps] | None = None
    produces: Sequence[Produced] = ()
    operations: tuple[str, ...] = ()
    read_with: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Produced:
    """A label that a `read` function or a relation brings: its properties are declared by hand.

    `properties` maps a name to `(type, operation)`, or to all operations it rests on, the main one
    first; `shape` may name an operation and path (`iam:GetAccountAuthorizationDetails`,
    `UserDetailList[]`) whose members are properties too. Relations that a `read` function makes by
    itself are declared with an empty `by`.

    `listings` are the operations that finding every one of them rests on, where a reading may
    fail in others without missing one; `tag_operations` those that tell its tags, where its shape
    has none.
    """

    label: str
    properties: Mapping[str, tuple[PropertyType, str | tuple[str, ...]]] = field(
        default_factory=dict
    )
    shape: tuple[str, str] | None = None
    naming: Naming = Naming.SNAKE
    names: Mapping[str, str] = field(default_factory=dict)
    omit: frozenset[str] | tuple[str, ...] = ()
    volatile: frozenset[str] | tuple[str, ...] = ()
    types: Mapping[str, PropertyType | Epoch] = field(default_factory=dict)
    relations: Sequence[Points] = ()
    aliases: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    owned: bool = True
    description: str = ""
    listings: tuple[str, ...] = ()
    tag_operations: tuple[str, ...] = ()
