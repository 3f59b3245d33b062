"""Ways to administration: chains, conditions, and what stands in the way."""

from __future__ import annotations

from dataclasses import replace

from cloudwarden.analysis.iam.escalation_derive import derive
from cloudwarden.analysis.iam.escalation_setting import Credentials, Setting, Thing
from cloudwarden.analysis.iam.world import UNREAD, Attachment, Principal, PrincipalKind
from cloudwarden.schema.derived import DerivedProperties, DerivedRelations
from tests.analysis.iam.escalating import (
    ACCOUNT,
    EVERYTHING,
    NOW,
    ROOT,
    allow,
    arn,
    deny,
    group,
    inline,
    knowing,
    path_of,
    role,
    text,
    trust,
    user,
    world,
)

OTHER = "222222222222"
ADMIN = inline(EVERYTHING)
ASSUME = inline(allow("sts:AssumeRole"))


def by_ann(**more: object) -> str:
    return trust({"AWS": arn("user", "ann")}, **more)


def test_everything_on_everything_makes_an_administrator() -> None:
    path = path_of([user("ann", ADMIN)], "ann")
    assert (path.is_admin, path.certainty.value, path.hops) == (True, "sure", ())


def test_a_policys_name_makes_no_administrator() -> None:
    fake = Attachment(arn("policy", "AdministratorAccess"), text(allow("s3:*")), "managed")
    assert not path_of([user("ann", fake)], "ann").is_admin


def test_a_group_makes_its_members_administrators() -> None:
    carried = Attachment("inline", ADMIN.document, "group admins")
    ann = user("ann", carried, groups=(arn("group", "admins"),))
    assert path_of([group("admins", ADMIN), ann], "ann").is_admin


def test_power_without_identity_is_no_administration() -> None:
    power = {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}
    assert not path_of([user("ann", inline(power))], "ann").is_admin


def test_policies_that_allow_everything_together_make_an_administrator() -> None:
    def hops(*statements: dict[str, object]) -> int | None:
        policies = [inline(one, name=str(i)) for i, one in enumerate(statements)]
        path = path_of([user("ann", *policies)], "ann")
        return len(path.hops) if path.is_admin else None

    def but(*actions: str) -> dict[str, object]:
        return {"Effect": "Allow", "NotAction": list(actions), "Resource": "*"}

    assert hops(but("iam:*"), allow("iam:*")) == 0
    assert hops(but("s3:Get*"), but("iam:*")) == 0
    assert hops(but("s3:*", "lambda:*"), allow("s3:*"), allow("lambda:*")) == 0
    assert hops(but("s3:*", "lambda:*"), allow("s3:*")) == 1
    assert hops(but("iam:*"), allow("iam:Get*")) is None
    assert hops(but("*")) is None


def test_a_boundary_or_denial_takes_administration_away() -> None:
    limit = Attachment("limit", text(allow("s3:*")), "boundary")
    assert not path_of([user("ann", ADMIN, boundary=limit)], "ann").is_admin
    assert not path_of([user("ann", ADMIN, inline(deny("iam:*")))], "ann").is_admin


def test_a_denial_without_second_factor_makes_it_conditional() -> None:
    no_mfa = deny("*", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})
    path = path_of([user("ann", ADMIN, inline(no_mfa))], "ann")
    assert (path.is_admin, path.certainty.value) == (True, "conditional")
    assert "aws:MultiFactorAuthPresent" in (path.condition or "")


def test_a_chain_of_roles_is_walked_by_its_shortest_way() -> None:
    people = [
        user("ann", ASSUME),
        role("a", trust(ROOT), ASSUME),
        role("b", trust({"AWS": arn("role", "a")}), ASSUME),
        role("goal", trust({"AWS": [arn("role", "b"), arn("role", "a")]}), ADMIN),
    ]
    path = path_of(people, "ann")
    assert [hop.target.rpartition("/")[2] for hop in path.hops] == ["a", "goal"]
    assert {hop.technique for hop in path.hops} == {"sts-001"}


def test_a_cycle_of_roles_ends() -> None:
    people = [
        role("a", trust({"AWS": arn("role", "b")}), ASSUME),
        role("b", trust({"AWS": arn("role", "a")}), ASSUME),
    ]
    assert not path_of(people, "a").is_admin


def test_a_role_that_names_the_actor_needs_no_grant() -> None:
    assert path_of([user("ann"), role("goal", by_ann(), ADMIN)], "ann").is_admin


def test_a_role_that_names_the_account_needs_one() -> None:
    goal = role("goal", trust(ROOT), ADMIN)
    assert not path_of([user("ann"), goal], "ann").is_admin
    assert path_of([user("ann", ASSUME), goal], "ann").is_admin


def test_a_conditional_trust_makes_a_conditional_way() -> None:
    asked = {"StringEquals": {"sts:ExternalId": "secret"}}
    path = path_of([user("ann"), role("goal", by_ann(Condition=asked), ADMIN)], "ann")
    assert path.certainty.value == "conditional"
    assert path.hops[0].condition == "if sts:ExternalId is secret"


def test_a_longer_way_that_is_sure_is_preferred() -> None:
    asked = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    people = [
        user("ann"),
        role("middle", by_ann()),
        role(
            "goal",
            text(
                {"Effect": "Allow", "Principal": {"AWS": arn("user", "ann")},
                 "Action": "sts:AssumeRole", "Condition": asked},
                {"Effect": "Allow", "Principal": {"AWS": arn("role", "middle")},
                 "Action": "sts:AssumeRole"},
            ),
            ADMIN,
        ),
    ]  # fmt: skip
    path = path_of(people, "ann")
    assert (path.certainty.value, len(path.hops)) == ("sure", 2)


def test_both_sides_have_to_allow_across_accounts() -> None:
    goal = replace(
        role("goal", trust({"AWS": arn("user", "ann")}), ADMIN, account=OTHER), account=OTHER
    )
    assert not path_of([user("ann"), goal], "ann").is_admin
    assert path_of([user("ann", ASSUME), goal], "ann").is_admin


def test_the_organization_cuts_a_way() -> None:
    level = (
        Attachment("all", text(allow("*")), "root"),
        Attachment("no", text(deny("sts:AssumeRole")), "root"),
    )
    people = [user("ann", ASSUME), role("goal", trust(ROOT), ADMIN)]
    assert path_of(world(people), "ann").is_admin
    assert not path_of(world(people, scps=(level,)), "ann").is_admin


def test_what_was_not_read_is_unknown_and_not_absent() -> None:
    path = path_of([user("ann", Attachment(arn("policy", "x"), UNREAD, "managed"))], "ann")
    assert (path.is_admin, path.certainty.value) == (False, "unknown")
    assert path.unknown == ("policy x was not read",)


def test_what_is_unknown_of_whom_one_can_act_as_is_unknown_of_oneself() -> None:
    hidden = role("hidden", by_ann(), Attachment(arn("policy", "x"), UNREAD, "managed"))
    path = path_of([user("ann"), hidden], "ann")
    assert path.certainty.value == "unknown"
    assert "role/hidden" in path.unknown[0]


def test_a_boundary_on_oneself_makes_a_policy_of_ones_own_worthless() -> None:
    limit = Attachment("limit", text(allow(["iam:PutUserPolicy", "s3:*"])), "boundary")
    ann = user("ann", inline(allow("iam:PutUserPolicy")), boundary=limit)
    assert not path_of([ann], "ann").is_admin


def test_dropping_a_boundary_first_opens_what_it_held_back() -> None:
    drop = "iam:DeleteUserPermissionsBoundary"
    limit = Attachment("limit", text(allow(drop)), "boundary")
    ann = user("ann", inline(allow(["iam:PutUserPolicy", drop])), boundary=limit)
    path = path_of([ann], "ann")
    assert [hop.technique for hop in path.hops] == ["iam-022", "iam-007"]


def test_what_a_group_brings_opens_what_comes_next() -> None:
    ann = user("ann", inline(allow("iam:AddUserToGroup")))
    helpers = group("helpers", inline(allow("iam:PutUserPolicy")))
    path = path_of([ann, helpers], "ann")
    assert [hop.technique for hop in path.hops] == ["iam-013", "iam-007"]


def test_an_empty_group_is_of_use_to_whoever_may_join_it_and_write_it() -> None:
    ann = user("ann", inline(allow(["iam:AddUserToGroup", "iam:PutGroupPolicy"])))
    path = path_of([ann, group("empty")], "ann")
    assert [hop.technique for hop in path.hops] == ["iam-joingroup-put"]


def test_a_poor_role_that_one_acts_as_and_may_write_is_a_way() -> None:
    poor = role("poor", trust({"Service": "lambda.amazonaws.com"}))
    start = ["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"]
    path = path_of([user("ann", inline(allow([*start, "iam:PutRolePolicy"]))), poor], "ann")
    assert [(hop.technique, hop.target) for hop in path.hops] == [("iam-actedrole-put", poor.arn)]
    assert path.certainty.value == "sure"
    made = inline(allow(["iam:PassRole", "lambda:CreateFunction", "iam:PutRolePolicy"]))
    unsure = path_of([user("ann", made), poor], "ann")
    assert unsure.condition == "if something that the actor reaches invokes the function"
    assert not path_of([user("ann", inline(allow("iam:PutRolePolicy"))), poor], "ann").is_admin


def test_actions_on_oneself_only_need_no_more_than_that() -> None:
    own = allow("iam:PutUserPolicy", f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}")
    assert path_of([user("ann", inline(own))], "ann").is_admin
    other = allow("iam:PutUserPolicy", arn("user", "bob"))
    assert not path_of([user("ann", inline(other)), user("bob")], "ann").is_admin


def test_two_actions_have_to_meet_on_one_thing() -> None:
    grants = inline(
        allow("iam:PutRolePolicy", arn("role", "one")),
        allow("sts:AssumeRole", arn("role", "two")),
    )
    people = [user("ann", grants), role("one", trust(ROOT)), role("two", trust(ROOT))]
    assert not path_of(people, "ann").is_admin


def test_a_new_role_has_to_be_named_by_both_of_its_actions() -> None:
    def ways(attached: str) -> bool:
        grants = inline(
            allow("iam:CreateRole", arn("role", "app-*")),
            allow("iam:AttachRolePolicy", arn("role", attached)),
        )
        return path_of([user("ann", grants)], "ann").is_admin

    assert ways("*")
    assert ways("app-*")
    assert not ways("web-*")


def test_what_there_is_already_cannot_be_made() -> None:
    grants = inline(allow(["iam:CreateRole", "iam:AttachRolePolicy"], arn("role", "app")))
    ann = user("ann", grants)
    assert path_of([ann], "ann").is_admin
    assert not path_of([ann, role("app", trust({"Service": "x.amazonaws.com"}))], "ann").is_admin


def test_roles_made_only_under_a_boundary_lead_nowhere() -> None:
    bounded = {"StringEquals": {"iam:PermissionsBoundary": arn("policy", "limit")}}
    grants = inline(allow(["iam:CreateRole", "iam:AttachRolePolicy"], Condition=bounded))
    assert not path_of([user("ann", grants)], "ann").is_admin


def test_nobody_has_credentials_of_long_ago() -> None:
    def certainty(operator: str) -> str | None:
        long_ago = {operator: {"aws:TokenIssueTime": "2020-01-01T00:00:01Z"}}
        path = path_of([user("ann", inline(allow("iam:PutUserPolicy", Condition=long_ago)))], "ann")
        return path.certainty.value if path.is_admin else None

    assert certainty("DateLessThan") is None
    assert certainty("DateGreaterThan") == "conditional"


def test_only_wide_policies_help_whoever_attaches_one() -> None:
    def ways(policy: str) -> bool:
        only = {"ArnEquals": {"iam:PolicyARN": f"arn:aws:iam::aws:policy/{policy}"}}
        grants = inline(allow("iam:AttachUserPolicy", Condition=only))
        return path_of([user("ann", grants)], "ann").is_admin

    assert ways("AdministratorAccess")
    assert ways("*")
    assert not ways("ReadOnlyAccess")


def test_keys_can_be_made_only_where_there_is_room_for_them() -> None:
    goal = user("goal", ADMIN)
    people = [user("ann", inline(allow("iam:CreateAccessKey"))), goal]
    full = knowing(Setting(credentials={goal.arn: Credentials(2, password=True)}))
    assert not path_of(people, "ann", full).is_admin
    free = knowing(Setting(credentials={goal.arn: Credentials(1, password=True)}))
    assert path_of(people, "ann", free).certainty.value == "sure"
    unread = path_of(people, "ann", knowing())
    assert unread.condition == "if it has fewer than two access keys"


def test_a_function_lends_the_role_that_it_has() -> None:
    goal = role("goal", trust({"Service": "lambda.amazonaws.com"}), ADMIN)
    poor = role("poor", trust({"Service": "lambda.amazonaws.com"}))
    functions = tuple(
        Thing("function", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{name}", ACCOUNT, (of.arn,))
        for name, of in (("rich", goal), ("poor", poor))
    )
    setting = knowing(Setting(things={"function": functions}))
    for name, reaches in (("rich", True), ("poor", False)):
        where = f"arn:aws:lambda:*:{ACCOUNT}:function:{name}"
        grants = inline(allow(["lambda:UpdateFunctionCode", "lambda:InvokeFunction"], where))
        assert path_of([user("ann", grants), goal, poor], "ann", setting).is_admin is reaches


def test_a_functions_policy_lets_other_accounts_in_if_both_sides_allow() -> None:
    actions = ["lambda:UpdateFunctionCode", "lambda:InvokeFunction"]
    where = f"arn:aws:lambda:eu-west-1:{OTHER}:function:it"
    goal = role("goal", trust({"Service": "lambda.amazonaws.com"}), ADMIN, account=OTHER)
    said = text({"Effect": "Allow", "Action": actions, "Resource": where,
                 "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}})  # fmt: skip
    for policy, grants, reaches in (
        (said, (inline(allow(actions)),), True),
        (said, (), False),
        (None, (inline(allow(actions)),), False),
    ):
        thing = Thing("function", where, OTHER, (goal.arn,), policy)
        setting = knowing(Setting(things={"function": (thing,)}))
        path = path_of([user("ann", *grants), goal], "ann", setting)
        assert path.is_admin is reaches
        if reaches:
            assert path.hops[0].target == goal.arn
            assert path.cut is not None


def test_roles_of_services_are_nobodys_way() -> None:
    linked = Principal(
        PrincipalKind.ROLE, arn("role", "aws-service-role/x.amazonaws.com/AWSServiceRoleForX"),
        ACCOUNT, "AWSServiceRoleForX", path="/aws-service-role/x.amazonaws.com/",
        policies=(ADMIN,), trust=trust({"Service": "x.amazonaws.com"}),
    )  # fmt: skip
    grants = inline(allow(["iam:UpdateAssumeRolePolicy", "sts:AssumeRole", "iam:PutRolePolicy"]))
    assert not path_of([user("ann", grants), linked], "ann").is_admin


def test_the_graph_has_whom_one_acts_as_and_how_one_becomes_an_administrator() -> None:
    asked = {"StringEquals": {"sts:ExternalId": "secret"}}
    people = [
        user("ann", ASSUME),
        role("a", trust(ROOT), ASSUME),
        role("goal", trust({"AWS": arn("role", "a")}, Condition=asked), ADMIN),
    ]
    told = list(derive(world(people), NOW, knowing()))
    acting = {
        (source, target): (technique, certainty.value, condition)
        for one in told
        if isinstance(one, DerivedRelations) and one.type == "ACTS_AS"
        for source, target, technique, certainty, condition in zip(
            one.sources, one.targets, one.columns["technique"], one.certainty, one.conditions,
            strict=True,
        )
    }  # fmt: skip
    assert acting[arn("user", "ann"), arn("role", "a")] == ("sts-001", "sure", None)
    assert acting[arn("role", "a"), arn("role", "goal")] == (
        "sts-001", "conditional", "if sts:ExternalId is secret",
    )  # fmt: skip
    becoming = [
        one for one in told if isinstance(one, DerivedRelations) and one.type == "CAN_BECOME_ADMIN"
    ]
    of_users = next(one for one in becoming if one.source_label == "AWSUser")
    assert of_users.targets == [ACCOUNT]
    assert of_users.columns["hops"] == [2]
    way = [arn("user", "ann"), arn("role", "a"), arn("role", "goal")]
    assert of_users.columns["path"] == [way]
    properties = {
        id_: (admin, hops)
        for one in told
        if isinstance(one, DerivedProperties)
        for id_, admin, hops in zip(
            one.ids, one.columns["admin"], one.columns["admin_hops"], strict=True
        )
    }
    assert properties[arn("role", "goal")] == ("sure", 0)
    assert properties[arn("user", "ann")] == ("conditional", 2)


def test_whoever_asks_chooses_the_region_but_not_that_of_iam() -> None:
    elsewhere = deny("*", Condition={"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}})
    goal = role("goal", trust({"Service": "lambda.amazonaws.com"}), ADMIN)
    passing = inline(allow(["iam:PassRole", "lambda:*"]), elsewhere)
    assert path_of([user("ann", passing), goal], "ann").certainty.value == "sure"
    own = inline(allow("iam:PutUserPolicy"), elsewhere)
    assert not path_of([user("ann", own), goal], "ann").is_admin


def test_of_ways_that_depend_on_something_the_one_that_depends_on_least_is_told() -> None:
    goal = role("goal", trust({"Service": "ecs-tasks.amazonaws.com"}), ADMIN)
    grants = inline(allow(["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:RunTask"]))
    path = path_of([user("ann", grants), goal], "ann", Setting())
    assert (path.hops[0].technique, path.condition) == ("ecs-004", "if there is an ECS cluster")


def test_of_ways_of_equal_length_the_plainest_is_told() -> None:
    goal = role("goal", trust({"Service": "lambda.amazonaws.com"}), ADMIN)
    grants = inline(allow(["iam:PassRole", "lambda:*", "iam:PutUserPolicy"]))
    path = path_of([user("ann", grants), goal], "ann")
    assert [hop.technique for hop in path.hops] == ["iam-007"]
