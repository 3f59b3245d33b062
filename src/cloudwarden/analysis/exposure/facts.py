"""What a network is made of, as values: no API names, no assets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from cloudwarden.analysis.exposure.addresses import Block
from cloudwarden.analysis.exposure.regions import Gap

#: `eu-west-1a`, `us-gov-west-1b`; `euw1-az1`. Others have more parts: `us-west-2-lax-1a`.
_ZONE = re.compile(r"[a-z]+(?:-[a-z]+)+-\d+[a-z]|[a-z]+\d+-az\d+")


class Place(NamedTuple):
    """Where a listing was made: an account and a region. It is looked up for every asset."""

    account: str
    region: str


@dataclass(frozen=True, slots=True)
class Vpc:
    """A private network. `owner` is the place that tells of its tables, lists and groups."""

    id: str
    owner: Place
    blocks: tuple[Block, ...] = ()
    block_mode: str | None = None


@dataclass(frozen=True, slots=True)
class Subnet:
    """A range of a VPC. `block_mode` is how far block public access closes its way out.

    `zone` is the zone's id, which is the same for all accounts, or its name where that is all.
    """

    id: str
    vpc: str
    owner: Place
    blocks: tuple[Block, ...] = ()
    zone: str | None = None
    block_mode: str | None = None


def is_ordinary(zone: str) -> bool:
    """Whether a zone, by its name or id, is one of a region's own: no local or wavelength zone."""
    return _ZONE.fullmatch(zone) is not None


@dataclass(frozen=True, slots=True)
class Route:
    """One line of a route table. `blocks` is None where the addresses are of an unread list."""

    destination: str
    blocks: tuple[Block, ...] | None
    target: str
    active: bool = True
    listed: bool = False


@dataclass(frozen=True, slots=True)
class RouteTable:
    """The way out of subnets, or (an edge table) the way in from a gateway."""

    id: str
    vpc: str
    routes: tuple[Route, ...] = ()


@dataclass(frozen=True, slots=True)
class AclRule:
    """One line of a network ACL."""

    number: int
    allows: bool
    protocol: int
    first: int
    last: int
    block: Block | None


@dataclass(frozen=True, slots=True)
class Acl:
    """A stateless filter at the edge of subnets: the lowest number that matches decides."""

    id: str
    inbound: tuple[AclRule, ...] = ()
    outbound: tuple[AclRule, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupRule:
    """What a security group allows: blocks, prefix lists and members of other groups."""

    id: str
    protocol: int
    first: int
    last: int
    blocks: tuple[Block, ...] = ()
    lists: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """A stateful filter around interfaces: the union of what its rules allow."""

    id: str
    vpc: str
    place: Place
    inbound: tuple[GroupRule, ...] = ()
    outbound: tuple[GroupRule, ...] = ()


@dataclass(frozen=True, slots=True)
class PrefixList:
    """A named set of addresses. `blocks` is None where they are not known.

    `index` numbers the lists that AWS keeps for itself, whose addresses are not told.
    """

    id: str
    name: str
    blocks: tuple[Block, ...] | None
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Interface:
    """A network card. `groups` is None where nothing filters it, as a NAT gateway's."""

    id: str
    vpc: str
    subnet: str
    groups: frozenset[str] | None
    private: tuple[str, ...] = ()
    public: tuple[str, ...] = ()
    version6: tuple[str, ...] = ()
    kind: str = "interface"
    closed6: bool = False
    balancers: tuple[str, ...] = ()
    instance: str | None = None
    index: int | None = None
    place: Place = field(default=Place("", ""))
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class Peering:
    """A road between two VPCs."""

    id: str
    vpcs: tuple[str, str]
    regions: tuple[str | None, str | None]
    active: bool
    accounts: tuple[str | None, str | None] = (None, None)
    blocks: tuple[tuple[Block, ...], tuple[Block, ...]] = ((), ())


@dataclass(frozen=True, slots=True)
class TransitGateway:
    """A hub of networks. `owner` is the place that tells of its tables.

    `members` says whether groups may be named across it; None where that was not read.
    """

    id: str
    owner: Place
    members: bool | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """One end of what joins a transit gateway to something; `table` rules what comes in by it.

    A `policy` table, where it has one instead, chooses among tables. `peer` is the gateway at the
    other end of a peering. `subnets` are where a VPC's traffic enters and leaves; of the options
    None, `gaps` say why they are not known.
    """

    id: str
    gateway: str
    kind: str
    resource: str
    table: str | None
    subnets: tuple[str, ...] = ()
    active: bool = True
    peer: str | None = None
    policy: str | None = None
    version6: bool | None = None
    members: bool | None = None
    spreads: bool | None = None
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class TransitRoute:
    """One line of a transit gateway's route table."""

    destination: str
    blocks: tuple[Block, ...] | None
    attachments: tuple[str, ...]
    active: bool = True


@dataclass(frozen=True, slots=True)
class ListenerRule:
    """What a listener does with requests that no rule before this one took.

    `blocks` is where they must come from (None: anywhere), `others` whether something else of them
    counts, which whoever asks may choose; `demands` is what not everybody can bring.
    """

    name: str
    groups: tuple[str, ...] = ()
    blocks: tuple[Block, ...] | None = None
    others: bool = False
    demands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listener:
    """A port on which a load balancer listens, and the target groups that it forwards to.

    `instance_port` is a classic load balancer's way on; `gaps` say why there may be more groups.
    `rules` say which requests go to which group; None where they are not known: then `groups` is
    all there is to know.
    """

    protocols: tuple[int, ...]
    port: int
    name: str
    groups: tuple[str, ...] = ()
    instance_port: int | None = None
    gaps: tuple[Gap, ...] = ()
    rules: tuple[ListenerRule, ...] | None = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """Something registered with a load balancer, by label and id, and the ports it is used on."""

    label: str
    id: str
    protocols: tuple[int, ...]
    ports: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """Targets of one kind that a load balancer forwards to.

    `keeps_clients` says whether they see clients' own addresses; None where that was not read.
    """

    id: str
    name: str
    kind: str
    family: int
    targets: tuple[Target, ...] = ()
    gaps: tuple[Gap, ...] = ()
    keeps_clients: bool | None = None


@dataclass(frozen=True, slots=True)
class Balancer:
    """A load balancer, `type` elb (classic), application, network or gateway."""

    label: str
    id: str
    arn: str
    name: str
    type: str
    scheme: str
    vpc: str
    subnets: tuple[str, ...]
    groups: frozenset[str] | None
    families: tuple[int, ...]
    place: Place
    listeners: tuple[Listener, ...] = ()
    targets: tuple[TargetGroup, ...] = ()
    gaps: tuple[Gap, ...] = ()
    target_gaps: tuple[Gap, ...] = ()

    @property
    def via(self) -> str:
        """How exposure through it is called."""
        return "elb" if self.type == "elb" else "elbv2"
