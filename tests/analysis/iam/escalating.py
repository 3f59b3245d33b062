"""Small worlds in which somebody can escalate, made by hand or from what a technique declares."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from cloudwarden.analysis.iam.escalation_graph import Graph, Node
from cloudwarden.analysis.iam.escalation_paths import Path, paths
from cloudwarden.analysis.iam.escalation_setting import Credentials, Setting, Thing
from cloudwarden.analysis.iam.technique_files import load_techniques
from cloudwarden.analysis.iam.techniques import (
    Need,
    Outcome,
    Technique,
    TechniqueCatalogue,
)
from cloudwarden.analysis.iam.world import (
    Account,
    Attachment,
    Principal,
    PrincipalKind,
    World,
)

ACCOUNT = "111111111111"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


def allow(actions: str | Sequence[str], resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


def deny(actions: str | Sequence[str], resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": actions, "Resource": resource, **more}


def text(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(principal: Mapping[str, Any], **more: Any) -> str:
    action = "sts:AssumeRole"
    if "Federated" in principal:
        saml = ":saml-provider/" in principal["Federated"]
        action = f"sts:AssumeRoleWith{'SAML' if saml else 'WebIdentity'}"
    return text({"Effect": "Allow", "Principal": principal, "Action": action, **more})


def inline(*statements: Mapping[str, Any], name: str = "inline") -> Attachment:
    return Attachment(name, text(*statements), "inline")


def arn(kind: str, name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:{kind}/{name}"


def user(name: str, *policies: Attachment, **more: Any) -> Principal:
    return Principal(PrincipalKind.USER, arn("user", name), ACCOUNT, name, policies=policies,
                     **more)  # fmt: skip


def role(name: str, trusting: str, *policies: Attachment, account: str = ACCOUNT,
         **more: Any) -> Principal:  # fmt: skip
    return Principal(PrincipalKind.ROLE, arn("role", name, account), account, name,
                     policies=policies, trust=trusting, **more)  # fmt: skip


def group(name: str, *policies: Attachment) -> Principal:
    return Principal(PrincipalKind.GROUP, arn("group", name), ACCOUNT, name, policies=policies)


def world(principals: Iterable[Principal], **account: Any) -> World:
    found = list(principals)
    ids = sorted({one.account for one in found})
    return World([Account(id_, **account) for id_ in ids], found)


def knowing(setting: Setting | None = None) -> Setting:
    """A setting of which everything was read."""
    kinds = load_techniques().kinds
    return replace(
        setting or Setting(),
        read=frozenset((kind, ACCOUNT) for kind in kinds),
        profiles_read=frozenset([ACCOUNT]),
    )


def path_of(
    everybody: Iterable[Principal] | World, name: str, setting: Setting | None = None
) -> Path:
    """How far somebody is from administration."""
    where = everybody if isinstance(everybody, World) else world(everybody)
    for one in paths(where, setting or knowing(), NOW):
        if one.principal.rpartition("/")[2] == name:
            return one
    raise AssertionError(f"nobody is called {name}")


@dataclass
class Stage:
    """A world in which one technique, and nothing else, leads `ann` to administration."""

    technique: Technique
    statements: list[dict[str, Any]]
    goal: Principal | None = None
    ann: Principal | None = None
    groups: list[Principal] = field(default_factory=list)
    setting: Setting = field(default_factory=Setting)
    extra: list[Attachment] = field(default_factory=list)
    scps: Any = ()
    helpers: tuple[Technique, ...] = ()

    def move_ids(self) -> set[str]:
        """The techniques that are open to ann."""
        return {move.technique.id for move in self.node().open.moves}

    def node(self) -> Node:
        return self.graph().nodes[self.actor().arn, False, ()]

    def graph(self) -> Graph:
        people = [self.actor(), *self.groups, *([self.goal] if self.goal else [])]
        catalogue, needs = load_techniques(), self.technique.needs
        return Graph(
            world(people, scps=self.scps, is_management=Need.SELF_IN_CENTER in needs),
            self.setting,
            NOW,
            TechniqueCatalogue((self.technique, *self.helpers), catalogue.kinds),
        )

    def actor(self) -> Principal:
        assert self.ann is not None
        required = [inline(one, name=f"grant-{i}") for i, one in enumerate(self.statements)]
        return replace(self.ann, policies=(*self.ann.policies, *required, *self.extra))

    def without(self, position: int) -> Stage:
        """The same, with one action less."""
        gone = self.statements[position]["Action"]
        left = [one for one in self.statements if one["Action"] != gone]
        return replace(self, statements=left)


def stage(technique: Technique) -> Stage:
    """The least that a technique needs to work, by its own declaration."""
    needs, targets = set(technique.needs), set(technique.targets)
    granted = [one for one in technique.requires if not one.only_undenied]
    made = Stage(technique, [allow(one.action) for one in granted])
    is_role = Need.SELF_IS_ROLE in needs
    ann = role("ann", trust({"Service": "example.amazonaws.com"})) if is_role else user("ann")
    kinds = load_techniques().kinds
    named = [kind for kind in kinds if kind in targets or kind in technique.beside]
    goal = arn("role", "goal")
    policy = arn("policy", "shared")
    shared = Attachment(policy, text(allow("s3:ListBucket")), "managed")
    versions: dict[str, Any] = {}
    if Need.POLICY_OF_SELF in needs:
        ann = replace(ann, policies=(shared,))
        versions[policy] = (text(EVERYTHING),)
    if Need.SELF_BOUNDED in needs:
        limit = Attachment("limit", text(allow([one.action for one in granted])), "boundary")
        ann = replace(ann, policies=(inline(EVERYTHING, name="all"),), boundary=limit)
    if Need.POLICY_BOUNDS_SELF in needs:
        limit = Attachment(policy, text(allow([one.action for one in granted])), "boundary")
        ann = replace(ann, policies=(inline(EVERYTHING, name="all"),), boundary=limit)
    if "group" in targets:
        joins = technique.outcome is Outcome.GAINS_GROUP
        made.groups = [group("team", inline(EVERYTHING))] if joins else [group("team")]
        ann = replace(ann, groups=() if joins else (arn("group", "team"),))
    if "user" in targets:
        rich = [inline(EVERYTHING)] if technique.outcome is Outcome.ACTS_AS else []
        made.goal = user("goal", *rich)
        made.setting = Setting(
            credentials={made.goal.arn: Credentials(1, password=Need.USER_SIGNS_IN in needs)}
        )
    elif "role" in targets or named:
        made.goal = _goal_role(technique, needs, shared)
    things = {
        kind: (Thing(kind, f"arn:aws:example:us-east-1:{ACCOUNT}:{kind}/it", ACCOUNT, (goal,)),)
        for kind in named
    }
    if Need.SELF_ACTS_AS_USER in needs:
        # By making keys for it.
        made.helpers = (load_techniques().technique("iam-002"),)
        made.statements.append(allow("iam:CreateAccessKey"))
    if Need.SELF_ACTS_AS_ROLE in needs:
        # By starting a build of a project that runs as it.
        made.helpers = (load_techniques().technique("codebuild-002"),)
        made.statements.append(allow("codebuild:StartBuild"))
        things["project"] = (Thing("project", f"arn:aws:example:us-east-1:{ACCOUNT}:project/it",
                                   ACCOUNT, (goal,)),)  # fmt: skip
    made.ann = ann
    made.setting = knowing(replace(made.setting, things=things, versions=versions))
    return made


def _goal_role(technique: Technique, needs: set[Need], shared: Attachment) -> Principal:
    service = technique.passed_to_service
    trusting = trust({"Service": service or "example.amazonaws.com"})
    if service == "cognito-identity.amazonaws.com":
        trusting = trust({"Federated": service})
    if any(one.action == "sts:AssumeRole" and not one.only_undenied for one in technique.requires):
        trusting = trust(ROOT)
    if Need.ROLE_TRUSTS_PROVIDER in needs:
        trusting = trust({"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/corp"})
    rich = [inline(EVERYTHING)] if technique.outcome is not Outcome.ADMIN else []
    if Need.POLICY_OF_ROLE in needs:
        rich.append(shared)
    made = role("goal", trusting, *rich)
    if Need.ROLE_HAS_PROFILE in needs:
        made = replace(made, instance_profiles=(arn("instance-profile", "goal"),))
    if Need.POLICY_BOUNDS_ROLE in needs:
        limit = Attachment(shared.policy, text(allow("s3:*")), "boundary")
        made = replace(made, boundary=limit)
    if Need.ROLE_BOUNDED in needs:
        made = replace(made, boundary=Attachment("limit", text(allow("s3:*")), "boundary"))
    return made
