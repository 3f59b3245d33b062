"""What acts with which role, as a collected estate tells it."""

from __future__ import annotations

from collections.abc import Iterable

from cloudwarden.analysis.estate import Estate, EstateAsset, Listing
from cloudwarden.analysis.iam.escalation_setting import Credentials, Thing, setting_of
from cloudwarden.schema.records import GLOBAL_REGION, Relation, Verdict
from tests.analysis.iam.escalating import (
    ACCOUNT,
    EVERYTHING,
    allow,
    arn,
    inline,
    path_of,
    role,
    trust,
    user,
)

REGION = "eu-west-1"
PROFILE = arn("instance-profile", "web")
INSTANCE = f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-1"
TEMPLATE = f"arn:aws:ec2:{REGION}:{ACCOUNT}:launch-template/lt-1"


def asset(label: str, id_: str, *relations: Relation, **properties: object) -> EstateAsset:
    return EstateAsset(label, id_, ACCOUNT, REGION, properties=properties, relations=relations)


def estate(assets: Iterable[EstateAsset], *listed: str) -> Estate:
    listings = [
        Listing(label, ACCOUNT, region, Verdict.COMPLETE, shows_absence=True)
        for label in listed
        for region in (GLOBAL_REGION, REGION)
    ]
    return Estate(assets, listings, {ACCOUNT: "example"})


def profile() -> EstateAsset:
    return asset(
        "AWSInstanceProfile", PROFILE, Relation("ASSOCIATED_WITH", "AWSRole", arn("role", "web"))
    )


def instance() -> EstateAsset:
    held = Relation("INSTANCE_PROFILE", "AWSInstanceProfile", PROFILE)
    return asset("AWSEC2Instance", "i-1", held, arn=INSTANCE)


def test_an_instance_acts_with_the_role_of_its_profile() -> None:
    found = setting_of(estate([profile(), instance()], "AWSEC2Instance", "AWSInstanceProfile"))
    assert found.things["instance"] == (
        Thing("instance", INSTANCE, ACCOUNT, (arn("role", "web"),), region=REGION),
    )
    assert found.knows("instance", ACCOUNT)
    assert ACCOUNT in found.profiles_read


def test_a_launch_template_acts_with_the_role_that_a_version_of_it_names() -> None:
    version = asset(
        "AWSLaunchTemplateVersion", "lt-1-1",
        Relation("VERSION", "AWSLaunchTemplate", "lt-1", incoming=True),
        Relation("INSTANCE_PROFILE", "AWSInstanceProfile", PROFILE),
    )  # fmt: skip
    template = asset("AWSLaunchTemplate", "lt-1", arn=TEMPLATE)
    (found,) = setting_of(estate([profile(), template, version])).things["launch_template"]
    assert (found.arn, found.roles) == (TEMPLATE, (arn("role", "web"),))


def test_a_profile_that_was_not_read_leaves_the_role_unknown() -> None:
    setting = setting_of(estate([instance()], "AWSEC2Instance"))
    people = [
        user("ann", inline(allow(["ssm:StartSession"]))),
        role("web", trust({"Service": "ec2.amazonaws.com"}), inline(EVERYTHING)),
    ]
    path = path_of(people, "ann", setting)
    assert path.certainty.value == "unknown"
    assert any("was not read" in reason for reason in path.unknown)


def test_kinds_that_were_never_listed_are_not_known_to_be_absent() -> None:
    setting = setting_of(estate([]))
    assert not setting.knows("function", ACCOUNT)
    assert not setting.knows("project", ACCOUNT)


def test_credentials_are_known_only_where_they_were_read() -> None:
    ann = asset("AWSUser", arn("user", "ann"), password_enabled=True)
    key = asset("AWSAccountAccessKey", "AKIAEXAMPLE",
                Relation("OWNED_BY", "AWSUser", arn("user", "ann")))  # fmt: skip
    read = setting_of(estate([ann, key], "AWSAccountAccessKey"))
    assert read.credentials_of(arn("user", "ann")) == Credentials(1, password=True)
    unread = setting_of(estate([ann, key]))
    assert unread.credentials_of(arn("user", "ann")) == Credentials(None, password=True)
