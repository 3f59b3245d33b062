"""What one thing can reach of another through load balancers."""

from __future__ import annotations

from typing import Any

from .networks import Builder, standard
from .test_reach import asked


def behind_a_balancer(scheme: str = "internal", **changes: Any) -> Builder:
    """`i-1` in the standard subnet lets only a load balancer's group in; `eni-2` is beside it."""
    made = standard(
        group={"inbound": ["tcp/8080 sg-lb"]}, interface={"public": None, "instance_id": "i-1"}
    )
    made.instance()
    made.group("sg-lb", inbound=["tcp/80 0.0.0.0/0"])
    made.group("sg-2")
    made.interface("eni-2", groups=["sg-2"], private="10.0.1.20")
    made.balancer(scheme=scheme, **changes)
    made.target_group()
    return made


def test_a_load_balancer_leads_to_what_is_behind_it() -> None:
    found = asked(behind_a_balancer(), "eni-2", "i-1")
    assert (found.reachable, found.ports) == (True, ("tcp/8080",))
    assert "new forwards 80 to i-1" in found.steps
    assert "sg-1 allows tcp 8080 from sg-lb" in found.steps
    assert asked(behind_a_balancer(), "internet", "i-1").reachable is False
    assert asked(behind_a_balancer("internet-facing"), "internet", "i-1").ports == ("tcp/8080",)


def test_a_load_balancer_whose_rules_leave_one_out_does_not_lead_there() -> None:
    def rule(*blocks: str) -> list[dict[str, Any]]:
        sources = {"field": "source-ip", "values": list(blocks)}
        targets = [{"target_group_arn": "tg-1"}]
        return [{"priority": 1, "conditions": [sources], "forwards_to": targets}]

    assert asked(behind_a_balancer(rules=rule("10.0.1.20/32")), "eni-2", "i-1").reachable is True
    assert asked(behind_a_balancer(rules=rule("10.9.0.0/16")), "eni-2", "i-1").reachable is False


def test_load_balancers_that_were_not_read_may_lead_there() -> None:
    made = behind_a_balancer()
    made.unread = {"AWSLoadBalancerV2"}
    found = asked(made, "eni-2", "i-1")
    assert (found.reachable, found.certainty, found.ports) == (None, "unknown", ("tcp/8080",))


def test_a_load_balancer_behind_another_leads_on() -> None:
    made = behind_a_balancer()
    made.balancer("net/front/1", "internet-facing", "network", groups=[], listeners={443: ["tg-a"]})
    made.target_group("tg-a", [("AWSLoadBalancerV2", "new.elb.eu-west-1.amazonaws.com", 80)],
                      ["net/front/1"], "alb", "TCP", keeps=True)  # fmt: skip
    found = asked(made, "internet", "i-1")
    assert (found.reachable, found.ports) == (True, ("tcp/8080",))
    assert "front forwards 443 to new" in found.steps
