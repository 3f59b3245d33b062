"""VPC peerings, seen from the address blocks that they join."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cloudwarden.schema.records import Relation

Document = Mapping[str, Any]

_ENDED = frozenset({"deleted", "rejected", "expired", "failed"})


def is_alive(connection: Document) -> bool:
    """Whether the connection still is one: AWS goes on listing ended ones for days."""
    return (connection.get("Status") or {}).get("Code") not in _ENDED


def blocks_of(side: Document) -> list[str]:
    """The address blocks of one side of a connection, IPv4 first, each once."""
    found = [side.get("CidrBlock")]
    found += [block.get("CidrBlock") for block in side.get("CidrBlockSet") or ()]
    found += [block.get("Ipv6CidrBlock") for block in side.get("Ipv6CidrBlockSet") or ()]
    return list(dict.fromkeys(block for block in found if block))


def block_label(block: str) -> str:
    """The label of an address block."""
    return "AWSIpv6CidrBlock" if ":" in block else "AWSIpv4CidrBlock"


def block_id(vpc: str, block: str) -> str:
    """The identity of a VPC's address block."""
    return f"{vpc}|{block}"


def peerings_by_vpc(connections: Iterable[Document]) -> dict[str, list[Relation]]:
    """For each VPC, the edges from any of its blocks to the blocks of the VPCs it peers with.

    An edge runs from the requester's block to the accepter's, whichever side carries it, so that
    both sides' accounts tell of one edge. The far block may be in an account that nobody
    collects, hence it is implied.
    """
    found: dict[str, list[Relation]] = {}
    for connection in filter(is_alive, connections):
        requester = connection.get("RequesterVpcInfo") or {}
        accepter = connection.get("AccepterVpcInfo") or {}
        for near, far, incoming in ((requester, accepter, False), (accepter, requester, True)):
            if near.get("VpcId"):
                found.setdefault(near["VpcId"], []).extend(_edges(connection, far, incoming))
    return found


def _edges(connection: Document, far: Document, incoming: bool) -> Iterator[Relation]:
    status = connection.get("Status") or {}
    for block in blocks_of(far):
        yield Relation(
            "VPC_PEERING",
            block_label(block),
            block_id(far["VpcId"], block),
            properties={
                "connection_id": connection["VpcPeeringConnectionId"],
                "status_code": status.get("Code"),
            },
            incoming=incoming,
            implied={"cidr_block": block, "vpcid": far["VpcId"]},
        )
