"""Network ACLs on the way over a transit gateway, against a naive evaluator of single packets."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cloudwarden.analysis.exposure.internet import Internet
from cloudwarden.analysis.exposure.network import Network
from cloudwarden.analysis.exposure.passages import Passages
from cloudwarden.analysis.exposure.points import point_of
from cloudwarden.analysis.exposure.regions import ICMP, TCP, UDP

from .naive import EDGES, acl_allows, answered
from .test_against_packets import has
from .test_transit import by_transit

filters = st.lists(
    st.builds(
        "{} {} {}".format,
        st.sampled_from(("allow", "deny")),
        st.sampled_from(("tcp", "tcp/22", "tcp/1024-65535", "udp", "icmp/8", "icmp/0", "all")),
        st.sampled_from(("0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/16", "10.2.1.5/32")),
    ),
    max_size=3,
).map(lambda rules: [*(f"{n} {rule}" for n, rule in enumerate(rules, 1)), "9 allow all 0.0.0.0/0"])


@settings(max_examples=40, deadline=None)
@given(st.tuples(*[st.tuples(filters, filters) for _ in range(4)]))
def test_what_passes_over_a_gateway_is_what_each_packet_may(
    rules: tuple[tuple[list[str], list[str]], ...],
) -> None:
    names = ("acl-1", "acl-tgw-1", "acl-tgw-2", "acl-2")
    subnets = ("subnet-1", "subnet-tgw-1", "subnet-tgw-2", "subnet-2")
    made = by_transit(rule="all 10.0.0.0/8")
    made.found = [one for one in made.found if not one.label.startswith("AWSEC2NetworkAcl")]
    for name, subnet, (inbound, outbound) in zip(names, subnets, rules, strict=True):
        made.acl(name, [subnet], inbound=inbound, outbound=outbound)
    network = Network(made.estate())
    near, far = (point_of(network.interfaces[one]) for one in ("eni-1", "eni-2"))
    found = Passages(network, Internet(network).filters).passage(near, far, 4).bounds
    assert found.certain == found.possible
    (near_in, near_out), (enters, gives_back), (takes_back, leaves), (far_in, far_out) = rules
    source, target = "10.0.1.5", "10.2.1.5"
    for name, number in (("tcp", TCP), ("udp", UDP), ("icmp", ICMP)):
        for port in EDGES:
            expected = (
                acl_allows(near_out, name, port, target)
                and acl_allows(enters, name, port, source)
                and acl_allows(leaves, name, port, target)
                and acl_allows(far_in, name, port, source)
                and answered(far_out, name, source, port)
                and answered(takes_back, name, target, port)
                and answered(gives_back, name, source, port)
                and answered(near_in, name, target, port)
            )
            assert has(found.certain, number, port, source) is expected, (name, port)
