"""Every technique works with the least that it declares, and with nothing less."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from cloudwarden.analysis.iam.escalation_paths import Paths
from cloudwarden.analysis.iam.technique_files import load_techniques
from cloudwarden.analysis.iam.techniques import Need, Technique
from cloudwarden.analysis.iam.world import UNREAD, Attachment
from tests.analysis.iam.escalating import ACCOUNT, allow, deny, inline, stage, text, trust

CATALOGUE = load_techniques()


def each(techniques: Iterable[Technique]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("technique", list(techniques), ids=lambda one: one.id)


every = each(CATALOGUE.techniques)
passing_a_role = each(one for one in CATALOGUE.techniques if one.passed_to_service)
about_things = each(
    one for one in CATALOGUE.techniques if any(kind in one.targets for kind in CATALOGUE.kinds)
)
granted = each(
    one for one in CATALOGUE.techniques
    if any(r.action != "sts:AssumeRole" and not r.only_undenied for r in one.requires)
)  # fmt: skip
on_instances = each(one for one in CATALOGUE.techniques if Need.ROLE_HAS_PROFILE in one.needs)


@every
def test_leads_to_administration_with_the_least_that_it_declares(technique: Technique) -> None:
    made = stage(technique)
    graph = made.graph()
    path = Paths(graph).of(graph.nodes[made.actor().arn, False, ()])
    assert path.is_admin
    assert path.hops[0].technique == technique.id
    assert path.certainty.value == ("conditional" if technique.conditions else "sure")
    for words in technique.conditions:
        assert words in (path.condition or "")


@every
def test_takes_every_action_that_it_requires(technique: Technique) -> None:
    made = stage(technique)
    if {Need.SELF_BOUNDED, Need.POLICY_BOUNDS_SELF} & {*technique.needs}:
        # Everything is granted there: it is the boundary that has to allow.
        assert made.ann is not None
        made.ann = replace(made.ann, boundary=Attachment("limit", text(allow("sqs:*")), "boundary"))
        assert technique.id not in made.move_ids()
        return
    for position in range(len(made.statements)):
        assert technique.id not in made.without(position).move_ids()


@every
def test_is_stopped_by_a_denial_of_any_of_its_actions(technique: Technique) -> None:
    made = stage(technique)
    for one in technique.requires:
        denied = replace(made, extra=[inline(deny(one.action), name="no")])
        assert technique.id not in denied.move_ids()


@every
def test_is_stopped_by_the_organization(technique: Technique) -> None:
    made = stage(technique)
    for one in technique.requires:
        level = (
            Attachment("all", text(allow("*")), "root"),
            Attachment("no", text(deny(one.action)), "root"),
        )
        assert technique.id not in replace(made, scps=(level,)).move_ids()


@granted
def test_is_unknown_where_the_organization_was_not_read(technique: Technique) -> None:
    node = replace(stage(technique), scps=UNREAD).node()
    assert not any(move.sure for move in node.open.moves)
    assert any("not read" in reason for reason in node.open.unknown)


@every
def test_is_stopped_by_a_boundary_that_lacks_its_actions(technique: Technique) -> None:
    made = stage(technique)
    assert made.ann is not None
    made.ann = replace(made.ann, boundary=Attachment("limit", text(allow("sqs:*")), "boundary"))
    assert technique.id not in made.move_ids()


@about_things
def test_needs_the_things_that_it_is_about(technique: Technique) -> None:
    made = stage(technique)
    made.setting = replace(made.setting, things={})
    assert technique.id not in made.move_ids()


@about_things
def test_is_not_absent_where_its_things_were_not_read(technique: Technique) -> None:
    made = stage(technique)
    missed = frozenset((kind, ACCOUNT) for kind in CATALOGUE.kinds)
    made.setting = replace(made.setting, things={}, read=frozenset(), missed=missed)
    node = made.node()
    moves = [move for move in node.open.moves if move.technique.id == technique.id]
    if moves:
        assert not any(move.sure for move in moves)
    else:
        assert any(technique.id in reason for reason in node.open.unknown)


@passing_a_role
def test_needs_the_role_to_trust_the_service(technique: Technique) -> None:
    made = stage(technique)
    assert made.goal is not None
    made.goal = replace(made.goal, trust=trust({"Service": "other.amazonaws.com"}))
    assert technique.id not in made.move_ids()


@passing_a_role
def test_takes_the_role_to_be_passed_to_that_service(technique: Technique) -> None:
    for service, works in ((technique.passed_to_service, True), ("other.amazonaws.com", False)):
        made = stage(technique)
        condition = {"StringEquals": {"iam:PassedToService": service}}
        made.statements = [
            {**one, "Condition": condition} if one["Action"] == "iam:PassRole" else one
            for one in made.statements
        ]
        assert (technique.id in made.move_ids()) is works


@on_instances
def test_needs_an_instance_profile_where_instances_take_the_role(technique: Technique) -> None:
    made = stage(technique)
    assert made.goal is not None
    made.goal = replace(made.goal, instance_profiles=())
    assert technique.id not in made.move_ids()


@pytest.mark.parametrize("without", ["image", "network-interface", "security-group", "subnet"])
def test_launching_an_instance_takes_every_resource_that_it_is_made_of(without: str) -> None:
    made = stage(CATALOGUE.technique("ec2-001"))
    types = ["instance", "image", "network-interface", "security-group", "subnet"]

    def works(*types: str) -> bool:
        where = [f"arn:aws:ec2:*:*:{one}/*" for one in types]
        made.statements = [allow("iam:PassRole"), allow("ec2:RunInstances", where)]
        return made.technique.id in made.move_ids()

    assert works(*types)
    assert not works(*(one for one in types if one != without))
