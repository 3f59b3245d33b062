from collections.abc import Iterable
from typing import Any

from cloudwarden.analysis.iam.access import derive, vocabulary
from cloudwarden.analysis.iam.bulk.relations import ALL_OF_TYPE, STANDS_FOR, Options
from cloudwarden.analysis.iam.world import UNREAD, Account, Attachment, ResourceRow, World
from cloudwarden.analysis.vocabulary import extended
from cloudwarden.providers.aws.loader import load_catalogue
from cloudwarden.schema.derived import DerivedProperties, DerivedRelations
from tests.analysis.iam.support import (
    NOW,
    ONE,
    TWO,
    allow,
    bucket,
    deny,
    policy,
    role,
    world,
)

MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
READ = policy(allow("s3:GetObject", "arn:aws:s3:::photos/*"))


def relations(found: World, options: Options | None = None) -> list[DerivedRelations]:
    return [told for told in derive(found, NOW, options=options)
            if isinstance(told, DerivedRelations)]  # fmt: skip


def rows(found: World, type_: str = "CAN_READ", **options: Any) -> dict[tuple[str, str], Any]:
    """(principal's name, target) -> (certainty, condition, scope) of one relation type."""
    return {
        (source.rpartition("/")[2], target): (certainty.value, condition, scope)
        for told in relations(found, Options(**options))
        if told.type == type_
        for source, target, certainty, condition, scope in zip(
            told.sources,
            told.targets,
            told.certainty,
            told.conditions,
            told.columns.get("scope") or [None] * len(told.sources),
            strict=True,
        )
    }


def unknown(found: World) -> dict[str, str]:
    return {
        id_: why
        for told in derive(found, NOW)
        if isinstance(told, DerivedProperties)
        for id_, why in zip(told.ids, told.columns["access_unknown"], strict=True)
    }


def test_a_grant_is_a_relation_and_an_explicit_deny_removes_it() -> None:
    denied = policy(allow("s3:*"), deny("s3:Get*", "arn:aws:s3:::photos/*"))
    found = world([role("reader", READ), role("denied", denied)], [bucket("photos")])

    assert rows(found) == {("reader", "photos"): ("sure", None, "all")}
    assert ("denied", "photos") in rows(found, "CAN_WRITE")


def test_a_grant_of_some_objects_says_so() -> None:
    some = policy(allow("s3:GetObject", "arn:aws:s3:::photos/public/*"))
    but = policy(allow("s3:GetObject"), deny("s3:*", "arn:aws:s3:::photos/private/*"))
    none = policy(allow("s3:GetObject", "arn:aws:s3:::photos"))
    found = world([role("some", some), role("but", but), role("none", none)], [bucket("photos")])

    assert rows(found) == {
        ("some", "photos"): ("sure", None, "some"),
        ("but", "photos"): ("sure", None, "some"),
    }


def test_patterns_that_meet_inside_a_bucket_are_looked_at_together() -> None:
    boundary = Attachment("b", policy(allow("s3:*", "arn:aws:s3:::photos/*.jpg")))
    found = world(
        [role("r", policy(allow("s3:*", "arn:aws:s3:::photos/2024*")), boundary=boundary)],
        [bucket("photos")],
    )

    assert rows(found) == {("r", "photos"): ("sure", None, "some")}


def test_a_condition_on_what_is_unknown_is_told_in_words() -> None:
    held = policy(allow("s3:GetObject", Condition=MFA))
    kept_out = policy(
        allow("s3:GetObject"),
        deny("s3:*", Condition={"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8"]}}),
    )
    found = world([role("held", held), role("kept", kept_out)], [bucket("photos")])

    assert rows(found) == {
        ("held", "photos"): ("conditional", "if aws:MultiFactorAuthPresent is true", "all"),
        ("kept", "photos"): ("conditional", "unless aws:SourceIp is not in 10.0.0.0/8", "all"),
    }


def test_each_resource_is_told_its_own_conditions() -> None:
    text = policy(
        allow("s3:GetObject", "arn:aws:s3:::photos/*", Condition=MFA),
        allow("s3:GetObject", "arn:aws:s3:::logs/*"),
        deny("s3:*", "arn:aws:s3:::logs/*", Condition={"Null": {"aws:SourceVpce": "true"}}),
    )
    found = world([role("r", text)], [bucket("photos"), bucket("logs"), bucket("other")])

    assert {target: condition for (_, target), (_, condition, _) in rows(found).items()} == {
        "photos": "if aws:MultiFactorAuthPresent is true",
        "logs": "unless aws:SourceVpce is absent",
    }


def test_a_bucket_that_insists_on_tls_is_read_for_sure() -> None:
    tls = {
        **deny("s3:*", ["arn:aws:s3:::photos", "arn:aws:s3:::photos/*"]),
        "Principal": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    found = world([role("reader", READ)], [bucket("photos", policy(tls))])

    assert rows(found) == {("reader", "photos"): ("sure", None, "all")}


def test_the_default_policy_of_a_topic_lets_nobody_in_who_asks_directly() -> None:
    arn = f"arn:aws:sns:eu-west-1:{ONE}:news"
    default = {**allow(["SNS:Publish", "SNS:Subscribe"], arn), "Principal": {"AWS": "*"}}
    default["Condition"] = {"StringEquals": {"AWS:SourceOwner": ONE}}
    topic = ResourceRow("AWSSNSTopic", arn, arn, ONE, "eu-west-1", "news", policy(default), {})
    publisher = role("publisher", policy(allow("sns:Publish", arn)))
    outsider = role("outsider", policy(allow("sns:*")), account=TWO)

    found = world([publisher, role("other"), outsider], [topic])

    assert rows(found, "CAN_WRITE") == {("publisher", arn): ("sure", None, None)}
    assert rows(found) == {}


def test_across_accounts_both_sides_have_to_allow() -> None:
    opens = policy({**allow("s3:GetObject", "arn:aws:s3:::photos/*"), "Principal": {"AWS": TWO}})
    principals = [role("both", READ, account=TWO), role("one", account=TWO)]

    assert rows(world(principals, [bucket("photos", opens)])) == {
        ("both", "photos"): ("sure", None, "all")
    }
    assert rows(world(principals, [bucket("photos")])) == {}


def test_a_policy_that_was_not_read_makes_access_unknown_not_absent() -> None:
    found = world(
        [role("reader", READ), role("other"), role("hidden", UNREAD)], [bucket("photos", UNREAD)]
    )

    told = rows(found)
    assert {source: certainty for (source, _), (certainty, _, _) in told.items()} == {
        "reader": "unknown",
        "other": "unknown",
        "hidden": "unknown",
    }
    assert told["reader", "photos"][1] == "the resource's policy was not read"
    assert unknown(found) == {
        "photos": "its policy was not read",
        f"arn:aws:iam::{ONE}:role/hidden": "policy hidden-0 was not read",
    }


def test_service_control_policies_that_were_not_read_leave_what_is_granted_unknown() -> None:
    accounts = [Account(ONE, organization="o-1", scps=UNREAD)]
    found = world([role("reader", READ), role("none")], [bucket("photos")], accounts)

    condition = f"service control policies of {ONE} were not read"
    assert rows(found) == {("reader", "photos"): ("unknown", condition, "all")}
    assert len(unknown(found)) == 2


def test_a_malformed_policy_counts_as_unread() -> None:
    found = world([role("r", '{"Statement": 7}')], [bucket("photos")])

    assert rows(found)["r", "photos"][0] == "unknown"


def test_so_many_unknown_pairs_are_told_one_by_one_and_the_rest_once_a_principal() -> None:
    buckets = [bucket(f"b{i}", UNREAD) for i in range(4)]
    found = world([role("one"), role("two")], buckets)

    told = rows(found, unknown_pairs=4)

    assert {target for source, target in told if source == "one"} == {"b0", "b1", "b2", "b3"}
    assert [(t, row[0], row[2]) for (s, t), row in told.items() if s == "two"] == [
        (f"{ONE}/AWSS3Bucket", "unknown", "some")
    ]


def test_a_grant_of_a_whole_type_is_one_relation_where_there_are_many() -> None:
    buckets = [bucket(f"b{i}") for i in range(4)]
    found = world([role("all", policy(allow("s3:*"))), role("reader", READ)], buckets)

    told = relations(found, Options(collapse_above=3))

    collapsed = [t for t in told if t.target_label == ALL_OF_TYPE and t.type == "CAN_READ"]
    assert [t.targets for t in collapsed] == [[f"{ONE}/AWSS3Bucket"]]
    assert collapsed[0].implied is not None
    assert collapsed[0].implied[f"{ONE}/AWSS3Bucket"]["resource_count"] == 4
    (stands,) = [t for t in told if t.type == STANDS_FOR]
    assert stands.targets == ["b0", "b1", "b2", "b3"]


def test_a_trust_policy_is_about_assuming_the_role_only() -> None:
    trust = policy(
        {"Effect": "Allow", "Principal": {"AWS": ONE}, "Action": "sts:AssumeRole"},
    )
    target = role("target", trust=trust)
    names = policy(allow(["sts:AssumeRole", "iam:PassRole"], target.arn))
    found = world([role("caller", names), target], as_resources([target]))

    assert rows(found, "CAN_ASSUME") == {("caller", target.arn): ("sure", None, None)}
    assert rows(found, "CAN_PASS_ROLE") == {("caller", target.arn): ("sure", None, None)}


def test_what_aws_refuses_nobody_can() -> None:
    reserved = role("aws-reserved/sso.amazonaws.com/AWSReservedSSO_x", trust=UNREAD)
    found = world([role("admin", policy(allow("*")))], as_resources([reserved]))

    assert rows(found, "CAN_PASS_ROLE") == {}
    assert rows(found, "CAN_CHANGE_TRUST") == {}


def test_every_derived_relation_is_in_the_vocabulary() -> None:
    registry = extended(load_catalogue().registry(), [vocabulary()])
    declared = {(kind.type, kind.target): kind for kind in registry.relations}
    found = world([role("all", policy(allow("*")))], [bucket("photos", UNREAD), bucket("b")])

    for told in relations(found, Options(collapse_above=1)):
        kind = declared[told.type, told.target_label]
        assert set(told.columns) <= kind.properties.keys()
    assert "access_unknown" in registry.labels["AWSS3Bucket"].properties


def as_resources(roles: Iterable[Any]) -> list[Any]:
    return [
        ResourceRow("AWSRole", r.arn, r.arn, r.account, "global", r.name, r.trust, {})
        for r in roles
    ]
