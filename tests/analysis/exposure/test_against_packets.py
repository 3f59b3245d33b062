"""The engine's regions against a naive evaluator that looks at one packet at a time."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cloudwarden.analysis.exposure.internet import Internet
from cloudwarden.analysis.exposure.network import Network
from cloudwarden.analysis.exposure.passages import Passages
from cloudwarden.analysis.exposure.points import point_of
from cloudwarden.analysis.exposure.regions import ICMP, TCP, UDP, Region
from cloudwarden.analysis.exposure.spans import spans

from .naive import EDGES, acl_allows, answered, group_allows, route
from .networks import standard

PROTOCOLS = {"tcp": TCP, "udp": UDP, "icmp": ICMP}
ADDRESSES = ("1.2.3.4", "52.1.1.1", "52.95.0.1", "126.255.255.254", "128.0.0.1", "203.0.113.9")
BLOCKS = ("0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "52.0.0.0/8", "52.95.0.0/16", "203.0.113.0/24")
#: ICMP has types, not ports; those that rules name are few.
_PORTS = st.sampled_from(
    ("", "/22", "/80-443", "/0-1023", "/1024-65535", "/1024-32768", "/61000-65535")
)

whats = st.one_of(
    st.builds("{}{}".format, st.sampled_from(("tcp", "udp")), _PORTS),
    st.sampled_from(("icmp", "icmp/0", "icmp/8", "icmp/22", "all")),
)
blocks = st.sampled_from(BLOCKS)
acl_rules = st.lists(
    st.builds("{} {} {}".format, st.sampled_from(("allow", "deny")), whats, blocks), max_size=5
).map(lambda rules: [f"{number} {rule}" for number, rule in enumerate(rules, 1)])
group_rules = st.lists(st.builds("{} {}".format, whats, blocks), max_size=4)
tables = st.dictionaries(blocks, st.sampled_from(("igw-1", "nat-1", "tgw-1")), max_size=4)


def has(region: Region, protocol: int, port: int, address: str) -> bool:
    return any(
        low <= port <= high and int(ip_address(address)) in addresses
        for low, high, addresses in region.of(protocol)
    )


@settings(max_examples=60, deadline=None)
@given(tables, acl_rules, acl_rules, group_rules, group_rules)
def test_what_comes_from_the_internet_is_what_each_packet_may(
    routes: dict[str, str], inbound: list[str], outbound: list[str], one: list[str], two: list[str]
) -> None:
    made = standard(
        table={"routes": routes},
        acl={"inbound": inbound, "outbound": outbound},
        group={"inbound": one},
        interface={"groups": ["sg-1", "sg-2"]},
    )
    made.group("sg-2", inbound=two)
    passing = Internet(Network(made.estate())).passing("subnet-1", frozenset({"sg-1", "sg-2"}), 4)
    assert passing.certain == passing.possible
    for name, number in PROTOCOLS.items():
        for port in EDGES:
            for address in ADDRESSES:
                expected = (
                    route(routes, address) == "igw-1"
                    and acl_allows(inbound, name, port, address)
                    and answered(outbound, name, address, port)
                    and group_allows([*one, *two], name, port, address)
                )
                assert has(passing.certain, number, port, address) is expected, (
                    name,
                    port,
                    address,
                )


@settings(max_examples=40, deadline=None)
@given(tables, acl_rules, group_rules, st.lists(blocks, max_size=3), st.booleans())
def test_what_an_unread_list_holds_is_within_the_bounds(
    routes: dict[str, str], inbound: list[str], rules: list[str], held: list[str], routed: bool
) -> None:
    def passing(cidrs: list[str] | None) -> Any:
        changes: dict[str, Any] = {"routes": {**routes, "pl-1": "tgw-1"} if routed else routes}
        made = standard(
            table=changes,
            acl={"inbound": inbound},
            group={"inbound": [*rules, "tcp/22 pl-1"]},
        )
        made.prefix_list("pl-1", cidrs)
        return Internet(Network(made.estate())).passing("subnet-1", frozenset({"sg-1"}), 4)

    truth, bounds = passing(held), passing(None)
    assert truth.certain == truth.possible
    assert not bounds.certain - truth.certain
    assert not truth.certain - bounds.possible


members = st.lists(
    st.builds(
        "{} {}".format, whats, st.sampled_from(("sg-1", "sg-2", "10.0.1.0/24", "10.0.2.5/32"))
    ),
    max_size=4,
)
inner = st.lists(
    st.builds(
        "{} {} {}".format,
        st.sampled_from(("allow", "deny")),
        whats,
        st.sampled_from(("0.0.0.0/0", "10.0.0.0/16", "10.0.1.0/24", "10.0.2.5/32")),
    ),
    max_size=4,
).map(lambda rules: [f"{number} {rule}" for number, rule in enumerate(rules, 1)])


@settings(max_examples=60, deadline=None)
@given(members, members, inner, inner, inner, inner)
def test_what_passes_between_two_subnets_is_what_each_packet_may(
    leaving: list[str],
    arriving: list[str],
    near_in: list[str],
    near_out: list[str],
    far_in: list[str],
    far_out: list[str],
) -> None:
    made = standard(
        group={"inbound": [], "outbound": leaving},
        acl={"inbound": near_in, "outbound": near_out},
        interface={"private": "10.0.1.5"},
    )
    made.subnet("subnet-2", cidr="10.0.2.0/24")
    made.acl("acl-2", ["subnet-2"], inbound=far_in, outbound=far_out)
    made.group("sg-2", inbound=arriving)
    made.interface("eni-2", "subnet-2", ["sg-2"], private="10.0.2.5")
    network = Network(made.estate())
    near, far = (point_of(network.interfaces[one]) for one in ("eni-1", "eni-2"))
    found = Passages(network, Internet(network).filters).passage(near, far, 4).bounds
    assert found.certain == found.possible
    for name, number in PROTOCOLS.items():
        for port in EDGES:
            expected = (
                group_allows(leaving, name, port, "10.0.2.5", frozenset({"sg-2"}))
                and group_allows(arriving, name, port, "10.0.1.5", frozenset({"sg-1"}))
                and acl_allows(near_out, name, port, "10.0.2.5")
                and acl_allows(far_in, name, port, "10.0.1.5")
                and answered(far_out, name, "10.0.1.5", port)
                and answered(near_in, name, "10.0.2.5", port)
            )
            assert has(found.certain, number, port, "10.0.1.5") is expected, (name, port)


runs = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 6)), max_size=6).map(
    lambda found: [(low, low + length) for low, length in found]
)


def numbers(found: list[tuple[int, int]]) -> set[int]:
    return {number for low, high in found for number in range(low, high + 1)}


@given(runs, runs)
def test_spans_are_sets_of_numbers(one: list[tuple[int, int]], two: list[tuple[int, int]]) -> None:
    left, right = spans(one), spans(two)
    for combined, expected in (
        (left | right, numbers(one) | numbers(two)),
        (left & right, numbers(one) & numbers(two)),
        (left - right, numbers(one) - numbers(two)),
    ):
        assert numbers(list(combined.runs)) == expected
        assert combined == spans(combined.runs)
        assert combined.size == len(expected)
    assert left.covers(right) is (numbers(two) <= numbers(one))
