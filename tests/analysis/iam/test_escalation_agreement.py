"""Whom one can assume, and what one may do to oneself, as the strict evaluator says too."""

from __future__ import annotations

import pytest

from cloudwarden.analysis.iam.ask import Access
from cloudwarden.analysis.iam.escalation_graph import Graph
from cloudwarden.analysis.iam.escalation_setting import Setting
from cloudwarden.analysis.iam.escalation_tables import ROLES
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
