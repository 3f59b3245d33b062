"""What acts with which role, as a collected estate tells it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from cloudwarden.analysis.estate import Estate, EstateAsset, Listing
from cloudwarden.analysis.iam.escalation_paths import Path
from cloudwarden.analysis.iam.escalation_setting import Credentials, Thing, setting_of
from cloudwarden.analysis.iam.technique_files import load_techniques
from cloudwarden.core.json import dumps
from cloudwarden.providers.aws.loader import load_catalogue
from cloudwarden.schema.records import GLOBAL_REGION, Failure, Relation, Verdict
from tests.analysis.iam.escalating import (
    ACCOUNT,
    EVERYTHING,
    allow,
    arn,
    deny,
    inline,
    path_of,
    role,
    text,
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
        Thing("instance", INSTANCE, ACCOUNT, (arn("role", "web"),), region=REGION, tags={}),
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


FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:it"
RUNS_AS = Relation("ASSUMES", "AWSRole", arn("role", "web"))
RICH = role("web", trust({"Service": "lambda.amazonaws.com"}), inline(EVERYTHING))
LETS_ANN_IN = text(
    {"Effect": "Allow", "Principal": {"AWS": arn("user", "ann")}, "Resource": FUNCTION,
     "Action": ["lambda:UpdateFunctionCode", "lambda:InvokeFunction"]}
)  # fmt: skip


def function(*unread: str, **properties: object) -> EstateAsset:
    failures = {one: Failure(Verdict.DENIED, "AccessDenied", "no") for one in unread}
    return EstateAsset(
        "AWSLambda", FUNCTION, ACCOUNT, REGION, properties=properties, relations=(RUNS_AS,),
        unread=failures,
    )  # fmt: skip


def ann_at(*assets: EstateAsset, listed: str = "AWSLambda") -> Path:
    return path_of([user("ann"), RICH], "ann", setting_of(estate(assets, listed)))


def test_a_functions_own_policy_is_a_grant() -> None:
    path = ann_at(function(policy=LETS_ANN_IN))
    assert [hop.technique for hop in path.hops] == ["lambda-004"]
    (grant,) = path.hops[0].grants
    assert (grant.holder, grant.policy) == (FUNCTION, "resource policy")


def test_a_functions_policy_that_was_not_read_may_be_one() -> None:
    path = ann_at(function("lambda:GetPolicy"))
    assert (path.is_admin, path.certainty.value) == (False, "unknown")
    assert path.unknown == ("the resource's policy was not read",)
    assert ann_at(function()).certainty.value == "sure"


def test_what_else_of_a_function_was_not_read_leaves_its_role_known() -> None:
    path = ann_at(function("lambda:ListTags", policy=LETS_ANN_IN))
    assert (path.is_admin, path.certainty.value) == (True, "sure")


def test_functions_that_were_not_all_read_may_let_somebody_in() -> None:
    denied = Listing("AWSLambda", ACCOUNT, REGION, Verdict.DENIED, shows_absence=False)
    setting = setting_of(Estate((), [denied], {ACCOUNT: "example"}))
    path = path_of([user("ann")], "ann", setting)
    assert path.unknown == (
        "which Lambda functions there are, and whom their own policies let in, was not read",
    )
    forbidden = user("ann", inline(deny("lambda:*")))
    assert path_of([forbidden], "ann", setting).certainty.value == "sure"
    assert path_of([user("ann")], "ann", setting_of(estate([]))).certainty.value == "sure"


def test_every_kind_tells_of_its_role_by_what_the_relation_rests_on() -> None:
    relations = load_catalogue().relations
    for kind in load_techniques().kinds.values():
        label = kind.through[0] if kind.through else kind.label
        for type_, operations in zip(kind.role, kind.told_by, strict=True):
            (found,) = (r for r in relations if r.type == type_ and r.source == label)
            # What a part of something else takes from it, no relation tells.
            assert operations[0] in (found.operation, *found.operations), (kind.name, type_)
            label = found.target
        assert not kind.role or label == "AWSRole"


def test_a_deployment_group_acts_with_the_roles_of_the_instances_that_it_chooses() -> None:
    held = Relation("INSTANCE_PROFILE", "AWSInstanceProfile", PROFILE)

    def machine(tags: Mapping[str, str], *unread: str) -> EstateAsset:
        failures = {one: Failure(Verdict.DENIED, "AccessDenied", "no") for one in unread}
        return EstateAsset(
            "AWSEC2Instance", "i-1", ACCOUNT, REGION, tags=tags, relations=(held,),
            properties={"arn": INSTANCE}, unread=failures,
        )  # fmt: skip

    def group(**told: object) -> EstateAsset:
        place = f"arn:aws:codedeploy:{REGION}:{ACCOUNT}:deploymentgroup:shop/prod"
        told = {name: json.dumps(value) for name, value in told.items()}
        return asset("AWSCodeDeployDeploymentGroup", place, **told)

    def roles(one: EstateAsset, tags: Mapping[str, str], *unread: str) -> tuple[object, bool]:
        whole = estate([profile(), machine(tags, *unread), one], "AWSEC2Instance")
        (found,) = setting_of(whole).things["deployment_group"]
        return found.roles, found.unread

    shop = {"Key": "app", "Value": "shop", "Type": "KEY_AND_VALUE"}
    named, web = {"Key": "app", "Type": "KEY_ONLY"}, (arn("role", "web"),)
    assert roles(group(ec2_tag_filters=[shop]), {"app": "shop"}) == (web, False)
    assert roles(group(ec2_tag_filters=[shop]), {"app": "web"}) == ((), False)
    assert roles(group(ec2_tag_filters=[named]), {"app": "web"}) == (web, False)
    both = group(ec2_tag_sets=[[shop], [{"Value": "prod", "Type": "VALUE_ONLY"}]])
    assert roles(both, {"app": "shop"}) == ((), False)
    assert roles(both, {"app": "shop", "stage": "prod"}) == (web, False)
    scaled = group(auto_scaling_groups=[{"name": "fleet"}])
    assert roles(scaled, {"aws:autoscaling:groupName": "fleet"}) == (web, False)
    assert roles(scaled, {"app": "shop"}) == ((), False)
    unread = estate([profile(), scaled])
    assert setting_of(unread).things["deployment_group"][0].unread


def test_other_versions_of_a_policy_are_known_where_it_tells_of_them() -> None:
    wide = dumps(json.loads(text(EVERYTHING)))
    kept, gone = arn("policy", "kept"), arn("policy", "gone")
    found = setting_of(
        estate(
            [
                asset(
                    "AWSManagedPolicy", kept, other_versions=json.dumps({"v1": json.loads(wide)})
                ),
                asset("AWSManagedPolicy", gone),
            ]
        )
    )
    assert found.versions == {kept: (wide,)}


def test_what_has_to_be_there_beside_is_looked_for() -> None:
    goal = role("goal", trust({"Service": "ecs-tasks.amazonaws.com"}), inline(EVERYTHING))
    grants = inline(allow(["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:RunTask"]))
    cluster = asset("AWSECSCluster", f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/main")

    def path(*assets: EstateAsset, listed: str) -> Path:
        return path_of([user("ann", grants), goal], "ann", setting_of(estate(assets, listed)))

    assert path(cluster, listed="AWSECSCluster").certainty.value == "sure"
    assert not path(listed="AWSECSCluster").is_admin
    assert path(listed="AWSRole").condition == "if there is an ECS cluster"


def test_a_group_of_the_directory_lends_the_roles_that_it_is_assigned() -> None:
    path = "/aws-reserved/sso.amazonaws.com/"
    name = "AWSReservedSSO_Admins_0123456789abcdef"
    reserved = EstateAsset(
        "AWSRole", arn("role", f"aws-reserved/sso.amazonaws.com/{name}"), ACCOUNT, GLOBAL_REGION,
        name=name, properties={"path": path},
    )  # fmt: skip
    assigned = Relation(
        "HAS_PERMISSION_SET", "AWSSSOGroup", "g-1", {"accounts": ACCOUNT}, incoming=True
    )
    admins = EstateAsset(
        "AWSPermissionSet",
        "arn:aws:sso:::permissionSet/i/p",
        ACCOUNT,
        REGION,
        name="Admins",
        relations=(assigned,),
    )
    group = asset("AWSSSOGroup", "g-1")

    def lent(*assets: EstateAsset) -> tuple[object, bool]:
        (found,) = setting_of(estate(assets)).things["directory_group"]
        assert found.arn == "arn:aws:identitystore:::group/g-1"
        return found.roles, found.unread

    assert lent(group, admins, reserved) == ((reserved.id,), False)
    assert lent(group, admins) == ((), True)
    assert lent(group) == ((), False)


SCRIPTS = "arn:aws:s3:::scripts"


def job_with_script(*unread: str) -> list[EstateAsset]:
    """A Glue job whose script is in a bucket that lets ann write."""
    failures = {one: Failure(Verdict.DENIED, "AccessDenied", "no") for one in unread}
    policy = text(
        {"Effect": "Allow", "Principal": {"AWS": arn("user", "ann")},
         "Action": "s3:PutObject", "Resource": f"{SCRIPTS}/jobs/*"}
    )  # fmt: skip
    bucket = EstateAsset(
        "AWSS3Bucket", "scripts", ACCOUNT, REGION, name="scripts",
        properties={"arn": SCRIPTS, "policy": policy}, unread=failures,
    )  # fmt: skip
    runs_as = Relation("HAS_EXECUTION_ROLE", "AWSRole", arn("role", "web"))
    place = f"arn:aws:glue:{REGION}:{ACCOUNT}:job/load"
    job = asset("AWSGlueJob", place, runs_as, script_location="s3://scripts/jobs/load.py")
    return [bucket, job]


def test_code_in_a_bucket_is_a_way_for_whom_the_bucket_lets_write() -> None:
    read = ("AWSS3Bucket", "AWSGlueJob", "AWSCodeBuildProject", "AWSMWAAEnvironment")
    setting = setting_of(estate(job_with_script(), *read))
    (found,) = setting.things["code_object"]
    assert (found.arn, found.roles) == (f"{SCRIPTS}/jobs/load.py", (arn("role", "web"),))
    assert setting.knows("code_object", ACCOUNT)
    path = path_of([user("ann"), RICH], "ann", setting)
    assert [hop.technique for hop in path.hops] == ["s3-code"]
    assert path.condition == "if it is run again"
    assert path.hops[0].grants[0].policy == "resource policy"
    assert not path_of([user("bob"), RICH], "bob", setting).is_admin
    unread = setting_of(estate(job_with_script("s3:GetBucketPolicy"), *read))
    assert path_of([user("bob"), RICH], "bob", unread).certainty.value == "unknown"


def test_where_buckets_were_not_read_only_who_writes_objects_is_unknown() -> None:
    denied = [
        Listing(label, ACCOUNT, REGION, Verdict.DENIED, shows_absence=False)
        for label in ("AWSS3Bucket", "AWSGlueJob", "AWSCodeBuildProject", "AWSMWAAEnvironment")
    ]
    setting = setting_of(Estate((), denied, {ACCOUNT: "example"}))
    writer = user("ann", inline(allow("s3:PutObject")))
    path = path_of([writer], "ann", setting)
    assert any("s3-code" in reason for reason in path.unknown)
    assert path_of([user("bob")], "bob", setting).certainty.value == "sure"
    never_asked = setting_of(estate([]))
    assert path_of([writer], "ann", never_asked).certainty.value == "sure"


def test_where_code_is_found() -> None:
    runs_as = Relation("HAS_EXECUTION_ROLE", "AWSRole", arn("role", "web"))
    bucket = asset("AWSS3Bucket", "code", arn="arn:aws:s3:::code")

    def place(label: str, **told: object) -> list[str]:
        whole = estate([bucket, asset(label, "it", runs_as, **told)])
        return [one.arn for one in setting_of(whole).things["code_object"]]

    assert place("AWSCodeBuildProject", source_type="S3", source_location="code/a.zip") == [
        "arn:aws:s3:::code/a.zip"
    ]
    assert place("AWSCodeBuildProject", source_type="GITHUB", source_location="code/a") == []
    graphs = {"source_bucket_arn": "arn:aws:s3:::code", "dag_s3_path": "dags"}
    assert place("AWSMWAAEnvironment", **graphs) == ["arn:aws:s3:::code/dags/*"]
    assert place("AWSGlueJob", script_location="s3://elsewhere/a.py") == []


def test_conditions_on_the_tags_of_things_are_judged_where_their_tags_are_read() -> None:
    tagged = {"StringEquals": {"aws:ResourceTag/team": "red"}}
    grants = inline(allow(["lambda:UpdateFunctionCode", "lambda:InvokeFunction"], Condition=tagged))

    def path(tags: Mapping[str, str], *unread: str) -> Path:
        failures = {one: Failure(Verdict.DENIED, "AccessDenied", "no") for one in unread}
        one = EstateAsset(
            "AWSLambda", FUNCTION, ACCOUNT, REGION, tags=tags, relations=(RUNS_AS,),
            unread=failures,
        )  # fmt: skip
        people = [user("ann", grants), RICH]
        return path_of(people, "ann", setting_of(estate([one], "AWSLambda")))

    assert path({"team": "red"}).certainty.value == "sure"
    assert not path({"team": "blue"}).is_admin
    assert not path({}).is_admin
    assert path({}, "lambda:ListTags").certainty.value == "conditional"
