"""Whose requests the rules of a load balancer's listeners hand on to a target group."""

from __future__ import annotations

from typing import Any

import pytest

from cloudwarden.analysis.exposure.verdicts import Exposure

from .networks import Builder
from .test_balancers import instance, network

EXPOSED, CLOSED = (True, "sure"), (False, "sure")
CONDITIONAL, UNKNOWN = (None, "conditional"), (None, "unknown")


def rule(
    *groups: str,
    priority: int | str = "default",
    actions: tuple[str, ...] = ("forward",),
    weights: dict[str, int] | None = None,
    passing: bool = False,
    **conditions: list[str],
) -> dict[str, Any]:
    """A rule as it is kept; conditions by their field, with `_` for `-`."""
    named = {"http-header": "names", "query-string": "names"}
    fields = {name.replace("_", "-"): values for name, values in conditions.items()}
    return {
        "priority": priority,
        "conditions": [{"field": f, named.get(f, "values"): v} for f, v in fields.items()],
        "actions": list(actions),
        "forwards_to": [
            {"target_group_arn": one, **({"weight": weights[one]} if weights else {})}
            for one in groups
        ],
        "lets_strangers_pass": passing,
    }


FIXED = rule(actions=("fixed-response",))
OURS = ["10.0.0.0/8"]


def behind(*rules: dict[str, Any], target: str = "tcp/8080 sg-lb", **more: Any) -> Builder:
    """An instance in tg-1 behind a load balancer whose only listener has these rules."""
    made = network(target)
    groups = tuple(t["target_group_arn"] for one in rules for t in one["forwards_to"])
    made.balancer(subnets=["subnet-2"], listeners={80: groups}, rules=rules, **more)
    made.target_group()
    return made


def answer(found: Exposure) -> tuple[bool | None, str]:
    return found.exposed, found.certainty.value


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([rule("tg-1")], EXPOSED),
        ([FIXED], CLOSED),
        ([rule(actions=("redirect",))], CLOSED),
        ([rule("tg-1", priority=1, source_ip=OURS), FIXED], CLOSED),
        ([rule("tg-1", priority=1, source_ip=["0.0.0.0/0"]), FIXED], EXPOSED),
        ([rule("tg-1", priority=1, source_ip=["203.0.113.0/24"]), FIXED], (False, "conditional")),
        ([rule("tg-1", priority=1, source_ip=["::/0"]), FIXED], CLOSED),
        ([rule("tg-2", priority=1, source_ip=["0.0.0.0/0"]), rule("tg-1")], CLOSED),
        ([rule("tg-2", priority=1, source_ip=OURS), rule("tg-1")], EXPOSED),
        ([rule("tg-1", priority=1, path_pattern=["/admin/*"], source_ip=OURS), FIXED], CLOSED),
        ([rule("tg-1", priority=1, path_pattern=["/admin/*"]), FIXED], EXPOSED),
        ([rule("tg-1", priority=1, host_header=["a.example"]), rule("tg-2")], EXPOSED),
        ([rule("tg-2", priority=1, path_pattern=["/*"]), rule("tg-1")], CLOSED),
        ([rule("tg-2", priority=1, path_pattern=["/a"]), rule("tg-1")], EXPOSED),
        (
            [rule("tg-2", priority=1, path_pattern=["*"], source_ip=OURS), rule("tg-1")],
            EXPOSED,
        ),
        ([rule("tg-1", priority=1, http_header=["X-Origin-Verify"]), FIXED], CONDITIONAL),
        ([rule("tg-1", priority=1, http_header=["User-Agent"]), FIXED], EXPOSED),
        ([rule("tg-2", priority=1, http_header=["X-Origin-Verify"]), rule("tg-1")], EXPOSED),
        ([rule("tg-1", priority=1, http_request_method=["POST"]), FIXED], EXPOSED),
        ([rule("tg-1", priority=1, query_string=["version"]), FIXED], EXPOSED),
        ([rule("tg-1", actions=("authenticate-oidc", "forward"))], CONDITIONAL),
        ([rule("tg-1", actions=("authenticate-cognito", "forward"))], CONDITIONAL),
        ([rule("tg-1", actions=("jwt-validation", "forward"))], CONDITIONAL),
        ([rule("tg-1", actions=("authenticate-oidc", "forward"), passing=True)], EXPOSED),
        (
            [
                rule("tg-1", priority=1, path_pattern=["/health"]),
                rule("tg-1", actions=("authenticate-oidc", "forward")),
            ],
            EXPOSED,
        ),
        (
            [rule("tg-2", priority=1, actions=("authenticate-oidc", "forward")), rule("tg-1")],
            CLOSED,
        ),
        ([rule("tg-1", "tg-2", weights={"tg-1": 1, "tg-2": 1})], EXPOSED),
        ([rule("tg-1", "tg-2", weights={"tg-1": 0, "tg-2": 1})], CLOSED),
        ([rule("tg-1", "tg-2", weights={"tg-1": 0, "tg-2": 0})], EXPOSED),
    ],
)
def test_a_group_gets_what_the_rules_leave_it(
    rules: list[dict[str, Any]], expected: tuple[bool | None, str]
) -> None:
    assert answer(instance(behind(*rules))) == expected


def test_what_a_rule_wants_is_said() -> None:
    found = instance(behind(rule("tg-1", priority=7, source_ip=OURS), FIXED))
    assert found.steps[-1] == "rule 7 of listener HTTP 80 lets in 10.0.0.0/8 alone"
    found = instance(behind(rule("tg-1", actions=("authenticate-oidc", "forward"))))
    assert found.condition == "only who has signed in with an identity provider"


def test_a_listener_that_wants_a_client_certificate_lets_in_only_those_who_have_one() -> None:
    assert answer(instance(behind(rule("tg-1"), mutual="verify"))) == CONDITIONAL
    assert answer(instance(behind(rule("tg-1"), mutual="passthrough"))) == EXPOSED


def test_rules_that_were_not_read_leave_even_the_default_open() -> None:
    made = network("tcp/8080 sg-lb")
    made.balancer(subnets=["subnet-2"], rules_unread=True)
    made.target_group()
    assert answer(instance(made)) == UNKNOWN


def test_a_rule_for_addresses_counts_beside_the_balancers_own_groups() -> None:
    made = network("tcp/8080 sg-lb", balancer=("tcp/80 203.0.113.0/24",))
    rules = [rule("tg-1", priority=1, source_ip=["198.51.100.0/24"]), FIXED]
    made.balancer(subnets=["subnet-2"], listeners={80: ["tg-1"]}, rules=rules)
    made.target_group()
    assert answer(instance(made)) == CLOSED
