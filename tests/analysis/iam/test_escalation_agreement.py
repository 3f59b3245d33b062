"""Whom one can assume, and what one may do to things, as the strict evaluator says too."""

from __future__ import annotations

import pytest

from cloudwarden.analysis.iam.ask import Access
from cloudwarden.analysis.iam.escalation_graph import Graph
from cloudwarden.analysis.iam.escalation_setting import Setting, Thing
from cloudwarden.analysis.iam.escalation_tables import ROLES
from cloudwarden.analysis.iam.techniques import (
    Kind,
    Outcome,
    Requirement,
    Technique,
    TechniqueCatalogue,
)
from cloudwarden.analysis.iam.world import PrincipalKind
from cloudwarden.schema.derived import Certainty
from tests.analysis.iam.escalating import NOW
from tests.analysis.iam.worlds import Worlds


@pytest.mark.parametrize("seed", range(4))
def test_assuming_a_role_agrees_with_the_strict_evaluator(seed: int) -> None:
    world = Worlds(seed).world()
    graph, access = Graph(world, Setting(), NOW), Access(world, NOW)
    roles = [one for one in world.principals if one.kind is PrincipalKind.ROLE]
    for node in graph.nodes.values():
        actor = node.standing.principal
        if not node.standing.is_itself or actor.is_service_linked:
            continue
        sure: set[str] = set()
        possible: set[str] = set()
        arns = graph.reaches[node.account].arns(ROLES)
        for move in node.open.moves:
            if move.technique.id == "sts-001":
                sure |= {arn for row, arn in enumerate(arns) if move.sure >> row & 1}
                possible |= {arn for row, arn in enumerate(arns) if move.onto.perhaps >> row & 1}
        for role in roles:
            if role.arn == actor.arn:
                continue
            decision = access.can(actor.arn, "sts:AssumeRole", role.arn).decision
            allowed = decision.allowed and decision.certainty is Certainty.SURE
            assert (role.arn in sure) is allowed
            assert (role.arn in possible) is decision.allowed


@pytest.mark.parametrize("seed", range(6))
def test_what_one_may_do_to_things_agrees_with_the_strict_evaluator(seed: int) -> None:
    """Queues stand for things whose own policies let in some, or were not read."""
    world = Worlds(seed).world()
    rows = list(world.resources["AWSSQSQueue"])
    roles = [one.arn for one in world.principals if one.kind is PrincipalKind.ROLE]
    things = tuple(
        Thing("queue", row.arn, row.account, (roles[i % len(roles)],), row.policy, row.region,
              tags=row.tags)
        for i, row in enumerate(rows)
    )  # fmt: skip
    technique = Technique(
        "example", "existing-role", "Send a message",
        (Requirement("sqs:SendMessage", "queue"),), Outcome.ACTS_AS, "queue",
    )  # fmt: skip
    kinds = {"queue": Kind("queue", "queue")}
    setting = Setting(
        things={"queue": things}, read=frozenset(("queue", one.account) for one in things)
    )
    catalogue = TechniqueCatalogue((technique,), kinds)
    graph, access = Graph(world, setting, NOW, catalogue), Access(world, NOW)
    compared = 0
    for account, reach in graph.reaches.items():
        arns = reach.arns("queue")
        for node in graph.nodes.values():
            actor = node.standing.principal
            if node.account != account or actor.is_service_linked or not node.standing.is_itself:
                continue
            masks = reach.masks(node.standing, technique.requires[0], "queue", None)
            for row in rows:
                decision = access.can(actor.arn, "sqs:SendMessage", row.arn).decision
                bit = 1 << arns.index(row.arn) if row.arn in arns else 0
                sure = decision.allowed and decision.certainty is Certainty.SURE
                assert bool(masks.sure & bit) is sure, (actor.arn, row.arn)
                assert bool(masks.perhaps & bit) is decision.allowed, (actor.arn, row.arn)
                compared += 1
    assert compared > 100
