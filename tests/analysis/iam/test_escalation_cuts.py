"""The edge to cut: what taking grants away closes, against trying everything."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations
from random import Random

import pytest

from cloudwarden.analysis.iam import escalation_cuts
from cloudwarden.analysis.iam.escalation_cuts import Cuts
from cloudwarden.analysis.iam.escalation_grants import Grant
from cloudwarden.analysis.iam.escalation_graph import Graph
from cloudwarden.analysis.iam.escalation_paths import Paths
from cloudwarden.analysis.iam.world import Attachment, Principal
from tests.analysis.iam.escalating import (
    EVERYTHING,
    NOW,
    ROOT,
    allow,
    arn,
    inline,
    knowing,
    path_of,
    role,
    trust,
    user,
    world,
)


def cuts_of(people: list[Principal]) -> tuple[Cuts, set[str]]:
    found = Paths(Graph(world(people), knowing(), NOW))
    ways = [found.of(node) for node in found.principals()]
    return Cuts(found.graph, found.possible), {one.principal for one in ways if one.hops}


def without(people: list[Principal], gone: tuple[Grant, ...]) -> list[Principal]:
    """The same people with these statements taken out of their policies."""

    def left(document: object, holder: str, policy: str) -> str:
        parsed = json.loads(str(document))
        parsed["Statement"] = [
            one for i, one in enumerate(parsed["Statement"])
            if not any((g.holder, g.policy, g.statement) == (holder, policy, i) for g in gone)
        ]  # fmt: skip
        return json.dumps(parsed)

    return [
        replace(
            one,
            policies=tuple(
                Attachment(p.policy, left(p.document, one.arn, p.policy), p.through)
                for p in one.policies
            ),
            trust=None if one.trust is None else left(one.trust, one.arn, "trust policy"),
        )
        for one in people
    ]


def chains(random: Random) -> list[Principal]:
    """Some users and roles that can assume some of each other, and one administrator."""
    names = [f"role-{i}" for i in range(4)]
    people: list[Principal] = [user(f"user-{i}", inline(allow("sts:AssumeRole"))) for i in range(2)]
    for i, name in enumerate(names):
        trusted = [arn("role", one) for one in names if one != name and random.random() < 0.4]
        trusted += [arn("user", f"user-{n}") for n in range(2) if random.random() < 0.3]
        people.append(
            role(
                name,
                trust({"AWS": trusted or [arn("role", "nobody")]}),
                inline(EVERYTHING) if i == 0 else inline(allow("s3:GetObject")),
            )
        )
    return people


def test_a_shared_edge_closes_every_way_at_once() -> None:
    people = [
        *(user(f"user-{i}", inline(allow("sts:AssumeRole"))) for i in range(5)),
        role("middle", trust(ROOT)),
        role("goal", trust({"AWS": arn("role", "middle")}), inline(EVERYTHING)),
    ]
    cuts, _ = cuts_of(people)
    best = cuts.best()
    assert best.grants == (Grant(arn("role", "goal"), "trust policy", 0),)
    assert (len(best.closes), best.leaves, best.greedy) == (6, 0, False)
    path = path_of(people, "user-0")
    assert path.cut == best.grants[0]
    assert path.cut_closes == 6


def test_what_is_said_to_close_is_closed_and_nothing_else() -> None:
    random = Random(7)
    for _ in range(6):
        people = chains(random)
        cuts, leading = cuts_of(people)
        best = cuts.best()
        _, still = cuts_of(without(people, best.grants))
        assert leading - still == set(best.closes)
        assert len(still) == best.leaves


def test_no_smaller_set_closes_as_much() -> None:
    random = Random(11)
    for _ in range(4):
        people = chains(random)
        cuts, leading = cuts_of(people)
        best = cuts.best()
        if best.greedy or not leading:
            continue
        grants = [Grant(one.arn, "trust policy", 0) for one in people if one.trust is not None] + [
            Grant(one.arn, "inline", 0) for one in people
        ]
        for size in range(len(best.grants)):
            for some in combinations(grants, size):
                assert cuts_of(without(people, some))[1] & leading


def test_two_grants_of_the_same_are_no_single_edge() -> None:
    double = [inline(allow("iam:PutUserPolicy"), name=name) for name in ("one", "two")]
    assert path_of([user("ann", *double)], "ann").cut is None
    cuts, _ = cuts_of([user("ann", *double)])
    assert len(cuts.best().grants) == 2


def test_a_grant_on_everybody_closes_however_many_moves_it_opens() -> None:
    people = [
        user("ann", inline(allow("iam:PutRolePolicy"), name="write"), inline(allow("sts:*"))),
        *(role(f"role-{i}", trust(ROOT)) for i in range(60)),
    ]
    path = path_of(people, "ann")
    assert path.cut == Grant(arn("user", "ann"), "inline", 0)
    cuts, _ = cuts_of(people)
    assert cuts.closed_by([Grant(arn("user", "ann"), "write", 0)])


def test_where_there_are_too_many_moves_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(escalation_cuts, "_MOST_MOVES", 0)
    people = [user("ann", inline(allow("iam:PutUserPolicy")))]
    cuts, _ = cuts_of(people)
    best = cuts.best()
    assert (best.grants, best.closes, best.leaves, best.skipped) == ((), (), 1, 1)
    assert path_of(people, "ann").cut is None
