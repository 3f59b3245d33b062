"""What a check answers: pass, fail, or unknown where anything that it rests on was not read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cloudwarden.checks.packs import Check
from cloudwarden.core.errors import DeclarationError
from cloudwarden.schema.records import GLOBAL_REGION, Failure, Reading, Relation, Scope, Verdict
from cloudwarden.schema.registry import Registry

from .estates import (
    ALPHA,
    BETA,
    EAST,
    WEST,
    Estate,
    account_itself,
    asset,
    bucket,
    flow_log,
    new_estate,
    read,
    trail,
    unlisted,
    vpc,
)

BUCKETS, VPCS, FLOW_LOGS = "AWSS3Bucket", "AWSVpc", "AWSVpcFlowLog"
PUBLIC, FLOWS, TRAILS = "aws-s3-public", "aws-vpc-flow-logs", "aws-cloudtrail-multi-region"

SHUT = {"anonymous_access": False}
OPEN = {"anonymous_access": True, "anonymous_actions": ["s3:GetObject"]}


def buckets(*found: object, account: str = ALPHA, **options: object) -> Reading:
    return read(BUCKETS, *found, account=account, region=GLOBAL_REGION, **options)  # type: ignore[arg-type]


def accounts(account: str = ALPHA, **facts: object) -> Reading:
    return read(
        "AWSAccount",
        account_itself(account, **facts),  # type: ignore[arg-type]
        account=account,
        region=GLOBAL_REGION,
    )


def check(query: str, subject: str = VPCS, **options: str) -> Check:
    return Check("mine", "Mine", "low", subject, query, "Right it", where="mine.yaml:1", **options)


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory, registry: Registry) -> Iterator[Estate]:
    """An estate of one network and its log, for checks that are not about what is in it."""
    with new_estate(tmp_path_factory.mktemp("quiet"), registry) as made:
        made.collect(read(VPCS, vpc("v")), read(FLOW_LOGS, flow_log("v")))
        yield made


def test_offenders_fail_with_their_reason_and_the_others_pass(estate: Estate) -> None:
    estate.collect(buckets(bucket("open", **OPEN), bucket("shut", **SHUT)))
    results = {r.asset: r for r in estate.results(PUBLIC)}
    assert {name: r.status for name, r in results.items()} == {"open": "fail", "shut": "pass"}
    assert results["open"].why == "anonymous requests are allowed: s3:GetObject"
    assert (results["open"].label, results["open"].account) == (BUCKETS, ALPHA)
    assert results["shut"].why == ""


def test_public_access_is_unknown_if_any_answer_it_rests_on_was_denied(estate: Estate) -> None:
    operations = [
        "s3:GetBucketPolicy",
        "s3:GetBucketAcl",
        "s3:GetPublicAccessBlock",
        "s3:GetBucketOwnershipControls",
    ]
    dark = [bucket(operation, unread=[operation], **OPEN) for operation in operations]
    estate.collect(buckets(*dark, bucket("shut", **SHUT)))
    results = {r.asset: (r.status, r.why) for r in estate.results(PUBLIC)}
    assert results == {
        "shut": ("pass", ""),
        **{o: ("unknown", f"{o} was not read (denied: you may not)") for o in operations},
    }


def test_what_a_check_does_not_read_may_be_denied(estate: Estate) -> None:
    estate.collect(buckets(bucket("shut", unread=["s3:GetBucketTagging"], **SHUT)))
    assert estate.judge(PUBLIC) == {"shut": "pass"}


def test_what_was_known_before_a_denial_is_no_verdict(estate: Estate) -> None:
    estate.collect(buckets(bucket("site", **OPEN)))
    assert estate.judge(PUBLIC) == {"site": "fail"}
    estate.collect(buckets(bucket("site", unread=["s3:GetBucketPolicy"])))
    assert estate.judge(PUBLIC) == {"site": "unknown"}


def test_a_denied_detail_of_the_subject_makes_it_unknown(estate: Estate) -> None:
    denied = {
        "aws-iam-user-mfa": ("AWSUser", "iam:GetCredentialReport"),
        "aws-ebs-snapshot-public": ("AWSEBSSnapshot", "ec2:DescribeSnapshotAttribute"),
        "aws-lambda-public": ("AWSLambda", "lambda:GetPolicy"),
        "aws-sqs-public": ("AWSSQSQueue", "sqs:GetQueueAttributes"),
        "aws-sns-public": ("AWSSNSTopic", "sns:GetTopicAttributes"),
        "aws-iam-root-mfa": ("AWSAccount", "iam:GetAccountSummary"),
        "aws-s3-tls-only": (BUCKETS, "s3:GetBucketPolicy"),
    }
    types = {label: estate.registry.labels[label].scope_type or "" for label, _ in denied.values()}
    estate.collect(
        *(
            read(types[label], asset(label, ALPHA, region=GLOBAL_REGION, unread=[operation]),
                 region=GLOBAL_REGION)
            for label, operation in denied.values()
        )
    )  # fmt: skip
    judged = estate.run(*denied)
    assert {r.check: (r.asset, r.status.value) for r in judged.results} == dict.fromkeys(
        denied, (ALPHA, "unknown")
    )


def test_an_asset_of_which_it_is_unknown_whether_it_is_judged_is_unknown(estate: Estate) -> None:
    facts = {
        "key_manager": "CUSTOMER",
        "key_state": "Enabled",
        "origin": "AWS_KMS",
        "key_spec": "SYMMETRIC_DEFAULT",
    }
    describe, rotation = "kms:DescribeKey", "kms:GetKeyRotationStatus"
    keys = [
        asset("AWSKMSKey", "undescribed", unread=[describe, rotation]),
        asset("AWSKMSKey", "untold", unread=[rotation], **facts),
        asset("AWSKMSKey", "turned", key_rotation_enabled=True, **facts),
        asset("AWSKMSKey", "aws", **{**facts, "key_manager": "AWS"}),
    ]
    estate.collect(read("AWSKMSKey", *keys))
    assert estate.judge("aws-kms-rotation") == {
        "undescribed": "unknown",
        "untold": "unknown",
        "turned": "pass",
    }


def test_a_denied_listing_leaves_known_assets_unknown_and_tells_of_those_unseen(
    estate: Estate,
) -> None:
    estate.collect(buckets(bucket("shut", **SHUT)))
    denied = unlisted(BUCKETS, "s3:ListBuckets", region=GLOBAL_REGION)
    estate.collect(denied)
    results = estate.results(PUBLIC)
    assert [(r.asset, r.status, r.why) for r in results] == [
        ("shut", "unknown", "it was not read in the last collection of its scope"),
        (
            None,
            "unknown",
            f"AWSS3Bucket in {ALPHA}/global is denied: s3:ListBuckets: AccessDenied: you may not",
        ),
    ]
    assert (results[1].account, results[1].region, results[1].label) == (ALPHA, "global", BUCKETS)


def test_no_verdict_but_a_whole_one_makes_a_pass(estate: Estate) -> None:
    others = [v for v in Verdict if v not in {Verdict.COMPLETE, Verdict.PARTIAL}]
    readings = []
    for verdict in others:
        readings.append(read(VPCS, vpc(f"v-{verdict}", region=verdict), region=verdict))
        readings.append(
            unlisted(FLOW_LOGS, "ec2:DescribeFlowLogs", region=verdict, verdict=verdict)
        )
        readings.append(Reading(Scope("aws", BETA, verdict, VPCS), verdict, "no reason"))
    estate.collect(*readings)
    results = {(r.region, r.asset): r.status.value for r in estate.results(FLOWS)}
    assert results == {
        **{(verdict, f"v-{verdict}"): "unknown" for verdict in others},
        **{(verdict, None): "unknown" for verdict in others},
    }


def test_of_a_listing_that_broke_off_what_was_read_is_judged(estate: Estate) -> None:
    estate.collect(buckets(bucket("first", **OPEN), bucket("second", **SHUT)))
    broken = unlisted(BUCKETS, "s3:ListBuckets", bucket("first", **SHUT), region=GLOBAL_REGION)
    estate.collect(broken)
    assert estate.judge(PUBLIC) == {"first": "pass", "second": "unknown", None: "unknown"}


def test_buckets_are_all_known_even_if_the_statements_of_one_are_not(estate: Estate) -> None:
    denied = unlisted(
        BUCKETS,
        "s3:GetBucketPolicy",
        bucket("dark", unread=["s3:GetBucketPolicy"]),
        bucket("shut", **SHUT),
        region=GLOBAL_REGION,
    )
    estate.collect(denied)
    assert estate.judge(PUBLIC) == {"dark": "unknown", "shut": "pass"}


def test_a_denied_scope_of_another_label_makes_unknown_what_rests_on_it(estate: Estate) -> None:
    estate.collect(
        read(VPCS, vpc("v")),
        unlisted(FLOW_LOGS, "ec2:DescribeFlowLogs"),
        read(VPCS, vpc("w", region=WEST), region=WEST),
        read(FLOW_LOGS, flow_log("w", region=WEST), region=WEST),
    )
    results = {r.asset: r for r in estate.results(FLOWS)}
    assert {name: r.status for name, r in results.items()} == {"v": "unknown", "w": "pass"}
    assert results["v"].why.startswith("AWSVpcFlowLog in 111111111111/us-east-1 is denied")


def test_a_scope_that_was_never_read_makes_unknown_what_rests_on_it(estate: Estate) -> None:
    estate.collect(read(VPCS, vpc("v")))
    (result,) = estate.results(FLOWS)
    assert (result.asset, result.status) == ("v", "unknown")
    assert result.why == "AWSVpcFlowLog was never read in 111111111111"


def test_an_account_of_which_the_subject_was_never_read_is_told(estate: Estate) -> None:
    estate.account(BETA)
    estate.collect(buckets(bucket("shut", **SHUT)))
    results = {(r.account, r.asset): r for r in estate.results(PUBLIC)}
    assert {key: r.status for key, r in results.items()} == {
        (ALPHA, "shut"): "pass",
        (BETA, None): "unknown",
    }
    assert results[BETA, None].why == "AWSS3Bucket was never read in 222222222222"


def test_what_has_no_region_needs_every_region(estate: Estate) -> None:
    regions = [
        read("AWSCloudTrailTrail", trail("all")),
        read("AWSCloudTrailTrail", region=WEST),
    ]
    estate.collect(accounts(), *regions)
    assert estate.judge(TRAILS) == {ALPHA: "pass"}
    dark = unlisted("AWSCloudTrailTrail", "cloudtrail:DescribeTrails", region=WEST)
    estate.collect(accounts(), regions[0], dark)
    assert estate.judge(TRAILS) == {ALPHA: "unknown"}
    estate.collect(accounts(), *regions)
    assert estate.judge(TRAILS) == {ALPHA: "pass"}


def test_a_region_left_out_of_a_collection_is_a_gap(estate: Estate) -> None:
    estate.collect(read(VPCS, region=WEST))
    estate.collect(accounts(), read("AWSCloudTrailTrail"))
    assert estate.judge(TRAILS) == {ALPHA: "unknown"}


def test_a_region_without_the_service_is_no_gap(estate: Estate) -> None:
    estate.collect(accounts(), read("AWSCloudTrailTrail"), read(VPCS, region=WEST))
    assert estate.judge(TRAILS) == {ALPHA: "fail"}


def test_a_collection_that_was_cut_off_does_not_tell_where_a_service_is(estate: Estate) -> None:
    estate.collect(accounts(), read("AWSCloudTrailTrail"), read(VPCS, region=WEST), finish=False)
    assert estate.judge(TRAILS) == {ALPHA: "unknown"}


def test_what_lives_in_a_region_but_is_listed_globally_needs_every_region(estate: Estate) -> None:
    logged = check(
        "MATCH (t:AWSCloudTrailTrail)-[:LOGS_TO]->(b:AWSS3Bucket {versioning_status: 'Disabled'}) "
        "RETURN b.id AS asset, t.name AS why",
        BUCKETS,
    )
    estate.collect(
        buckets(bucket("logs", region=WEST)),
        unlisted("AWSCloudTrailTrail", "cloudtrail:DescribeTrails", region=EAST),
        read("AWSCloudTrailTrail", region=WEST),
    )
    assert estate.judge(logged) == {"logs": "unknown"}


def test_a_detail_denied_for_one_of_the_others_makes_unknown_what_may_rest_on_it(
    estate: Estate,
) -> None:
    dark = trail("dark", unread=["cloudtrail:GetTrailStatus"])
    estate.collect(accounts(), read("AWSCloudTrailTrail", dark))
    (result,) = estate.results(TRAILS)
    assert result.status == "unknown"
    assert result.why == "cloudtrail:GetTrailStatus was not read (denied: you may not)"


def test_a_detail_that_no_query_reads_may_be_denied_for_the_others(estate: Estate) -> None:
    dark = trail("all", unread=["cloudtrail:GetEventSelectors"])
    shown = asset(
        dark.label, dark.id, unread=list(dark.unread), **{**dark.properties, "is_logging": True}
    )
    estate.collect(accounts(), read("AWSCloudTrailTrail", shown))
    assert estate.judge(TRAILS) == {ALPHA: "pass"}


def test_a_denial_in_another_region_or_account_touches_nobody_else(estate: Estate) -> None:
    def denied(account: str, region: str) -> Reading:
        operation = "ec2:DescribeFlowLogs"
        return unlisted(FLOW_LOGS, operation, account=account, region=region)

    estate.collect(
        read(VPCS, vpc("east")),
        read(FLOW_LOGS, flow_log("east")),
        read(VPCS, vpc("west", region=WEST), region=WEST),
        denied(ALPHA, WEST),
        read(VPCS, vpc("beta", BETA), account=BETA),
        denied(BETA, EAST),
    )
    assert estate.judge(FLOWS) == {"east": "pass", "west": "unknown", "beta": "unknown"}
    assert estate.judge(FLOWS, account=ALPHA) == {"east": "pass", "west": "unknown"}


@pytest.mark.parametrize(("reach", "status"), [("region", "pass"), ("account", "unknown")])
def test_a_check_that_looks_further_says_so(estate: Estate, reach: str, status: str) -> None:
    estate.collect(
        read(VPCS, vpc("east")),
        read(FLOW_LOGS, flow_log("east")),
        unlisted(FLOW_LOGS, "ec2:DescribeFlowLogs", region=WEST),
        read(FLOW_LOGS, account=BETA),
    )
    query = (
        "MATCH (v:AWSVpc) WHERE NOT (:AWSVpcFlowLog)-[:LOGS_TRAFFIC_OF]->(v) "
        "RETURN v.id AS asset, 'unseen' AS why"
    )
    assert estate.judge(check(query, reach=reach), account=ALPHA)["east"] == status


def test_a_check_over_all_accounts_needs_all_of_them(estate: Estate) -> None:
    query = (
        "MATCH (b:AWSS3Bucket) WHERE NOT (:AWSCloudTrailTrail)-[:LOGS_TO]->(b) "
        "RETURN b.id AS asset, 'no logs' AS why"
    )
    estate.collect(
        buckets(bucket("b")),
        read("AWSCloudTrailTrail"),
        unlisted("AWSCloudTrailTrail", "cloudtrail:DescribeTrails", account=BETA),
    )
    assert estate.judge(check(query, BUCKETS, reach="account")) == {"b": "fail", None: "unknown"}
    assert estate.judge(check(query, BUCKETS, reach="estate"))["b"] == "unknown"


def test_a_relation_whose_operation_was_denied_is_not_an_absent_one(estate: Estate) -> None:
    query = (
        "MATCH (b:AWSS3Bucket) WHERE NOT (b)-[:ENCRYPTED_BY]->(:AWSKMSKey) "
        "RETURN b.id AS asset, 'no key of ours' AS why"
    )
    estate.collect(
        buckets(
            bucket("dark", unread=["s3:GetBucketEncryption"]),
            bucket("keyed", relations=[Relation("ENCRYPTED_BY", "AWSKMSKey", "key")]),
            bucket("plain", unread=["s3:GetBucketAcl"]),
        ),
        read("AWSKMSKey", asset("AWSKMSKey", "key")),
    )
    assert estate.judge(check(query, BUCKETS)) == {
        "dark": "unknown",
        "keyed": "pass",
        "plain": "fail",
    }


def test_an_account_that_the_graph_knows_only_by_name_is_not_judged(estate: Estate) -> None:
    estate.account(ALPHA)
    skipped = Reading(Scope("aws", ALPHA, GLOBAL_REGION, "AWSAccount"), Verdict.SKIPPED, "no")
    estate.collect(skipped, buckets(bucket("shut", **SHUT)))
    statuses = {r.status.value for r in estate.results("aws-iam-password-length")}
    assert statuses == {"unknown"}


def test_tags_that_were_denied_are_not_absent_ones(estate: Estate) -> None:
    query = (
        "MATCH (b:AWSS3Bucket) WHERE NOT (b)-[:TAGGED]->(:AWSTag {key: 'owner'}) "
        "RETURN b.id AS asset, 'nobody owns it' AS why"
    )
    estate.collect(
        buckets(
            bucket("dark", unread=["s3:GetBucketTagging"]),
            bucket("owned", tags={"owner": "me"}, unread=["s3:GetBucketAcl"]),
            bucket("stray"),
        )
    )
    assert estate.judge(check(query, BUCKETS)) == {
        "dark": "unknown",
        "owned": "pass",
        "stray": "fail",
    }


def test_assets_that_are_compared_with_each_other_must_all_be_known(estate: Estate) -> None:
    query = (
        "MATCH (r:AWSRole)-[:TRUSTS_AWS_PRINCIPAL]->(other:AWSRole) "
        "RETURN r.id AS asset, other.name AS why"
    )
    roles = [asset("AWSRole", name, region=GLOBAL_REGION) for name in ("one", "two")]
    broken = unlisted(
        "AWSPrincipal", "iam:GetAccountAuthorizationDetails", *roles, region=GLOBAL_REGION
    )
    estate.collect(broken)
    assert estate.judge(check(query, "AWSRole")) == {
        "one": "unknown",
        "two": "unknown",
        None: "unknown",
    }


def test_what_an_organization_tells_of_accounts_is_unknown_without_it(estate: Estate) -> None:
    trusted = Relation(
        "TRUSTS_AWS_PRINCIPAL",
        "AWSRootPrincipal",
        f"arn:aws:iam::{BETA}:root",
        {"external_id": False, "conditional": False},
        implied={"arn": f"arn:aws:iam::{BETA}:root", "account": BETA},
    )
    role = asset("AWSRole", "role", region=GLOBAL_REGION, relations=[trusted])
    shared = [
        accounts(),
        read("AWSPrincipal", role, region=GLOBAL_REGION),
    ]
    foreign = "aws-iam-role-foreign-trust"
    estate.collect(*shared)
    assert estate.judge(foreign) == {"role": "unknown"}
    denied = "organizations:DescribeOrganization"
    estate.collect(*shared, unlisted("AWSOrganization", denied, region=GLOBAL_REGION))
    assert estate.judge(foreign) == {"role": "unknown"}
    estate.collect(*shared, read("AWSOrganization", region=GLOBAL_REGION))
    assert estate.judge(foreign) == {"role": "fail"}
    member = Reading(
        Scope("aws", ALPHA, GLOBAL_REGION, "AWSOrganization"), Verdict.UNSUPPORTED, "a member"
    )
    estate.collect(*shared, member)
    assert estate.judge(foreign) == {"role": "fail"}


def test_a_service_that_offers_no_detail_leaves_it_unknown(estate: Estate) -> None:
    missing = Failure(Verdict.UNSUPPORTED, "NotImplemented", "not here")
    topic = asset("AWSSNSTopic", "t")
    estate.collect(
        Reading(
            Scope("aws", ALPHA, EAST, "AWSSNSTopic"),
            Verdict.COMPLETE,
            assets=(
                type(topic)(
                    topic.label, topic.id, ALPHA, EAST, unread={"sns:GetTopicAttributes": missing}
                ),
            ),
            failures={"sns:GetTopicAttributes": missing},
            listed=True,
        )
    )
    assert estate.judge("aws-sns-public") == {"t": "unknown"}


def test_a_graph_is_judged_by_what_was_read_when_it_was_sealed(estate: Estate) -> None:
    estate.collect(read(VPCS, vpc("v")), unlisted(FLOW_LOGS, "ec2:DescribeFlowLogs"))
    first = estate.collect(buckets(bucket("shut", **SHUT)))
    estate.collect(read(VPCS, vpc("v")), read(FLOW_LOGS, flow_log("v")), buckets(), seal=False)
    judged = estate.run(FLOWS, PUBLIC)
    assert judged.run == first
    assert {r.asset: r.status.value for r in judged.results} == {"v": "unknown", "shut": "pass"}


def test_a_denial_after_the_graph_was_sealed_changes_nothing_about_it(estate: Estate) -> None:
    estate.collect(buckets(bucket("dark", unread=["s3:GetBucketAcl"]), bucket("shut", **SHUT)))
    estate.collect(unlisted(BUCKETS, "s3:ListBuckets", region=GLOBAL_REGION), seal=False)
    assert estate.judge(PUBLIC) == {"dark": "unknown", "shut": "pass"}


def test_what_is_gone_is_not_judged(estate: Estate) -> None:
    estate.collect(buckets(bucket("a", **SHUT), bucket("b", **OPEN)))
    estate.collect(buckets(bucket("a", **SHUT)))
    assert estate.judge(PUBLIC) == {"a": "pass"}


def test_what_is_only_named_by_others_is_not_judged(estate: Estate) -> None:
    trusted = Relation(
        "TRUSTS_AWS_PRINCIPAL", "AWSRole", f"arn:aws:iam::{BETA}:role/theirs", implied={}
    )
    role = asset("AWSRole", "ours", region=GLOBAL_REGION, relations=[trusted])
    estate.collect(read("AWSPrincipal", role, region=GLOBAL_REGION))
    assert estate.judge("aws-iam-role-trusts-anybody") == {"ours": "pass"}


def test_many_reasons_are_told_in_short(quiet: Estate) -> None:
    query = "UNWIND range(1, 5) AS n MATCH (v:AWSVpc) RETURN v.id AS asset, 'reason ' + n AS why"
    (result,) = quiet.results(check(query))
    assert result.why == "reason 1; reason 2; reason 3; and 2 more"


OK = "MATCH (v:AWSVpc) RETURN v.id AS asset, 'x' AS why"


@pytest.mark.parametrize(
    ("query", "subject", "options", "said"),
    [
        ("MATCH (v:AWSVpc) RETURN v.id AS asset", VPCS, {}, "returns asset and why, not asset"),
        (
            "MATCH (v:AWSVpcc) RETURN v.id AS asset, 'x' AS why",
            VPCS,
            {},
            "no label is called AWSVpcc; did you mean AWSVpc",
        ),
        (
            "MATCH (v:AWSVpc {isdefalt: true}) RETURN v.id AS asset, 'x' AS why",
            VPCS,
            {},
            "no property is called isdefalt",
        ),
        (
            "MATCH (v:AWSVpc)-[:RESUORCE]-(:AWSAccount) RETURN v.id AS asset, 'x' AS why",
            VPCS,
            {},
            "no relation type is called RESUORCE",
        ),
        ("MATCH (v:AWSVpc RETURN v.id AS asset, 'x' AS why", VPCS, {}, "line 1, column"),
        (OK, "AWSPrincipal", {}, "subject AWSPrincipal is not a label; it stands for"),
        (OK, "Nothing", {}, "subject Nothing is not a label"),
        (OK, VPCS, {"population": "MATCH (v:AWSVpc) RETURN v.id"}, "population returns asset"),
        (
            "MATCH (v:AWSVpc)<-[:LOGS_TRAFFIC_OF]-() RETURN v.id AS asset, 'x' AS why",
            VPCS,
            {},
            "give () a label: what it may match cannot be told",
        ),
        (
            "MATCH (v:AWSVpc)--(:AWSSubnet) RETURN v.id AS asset, 'x' AS why",
            VPCS,
            {},
            "a type: what it may match cannot be told",
        ),
    ],
)
def test_a_mistaken_check_is_refused_before_anything_is_judged(
    quiet: Estate, query: str, subject: str, options: dict[str, str], said: str
) -> None:
    with pytest.raises(DeclarationError) as caught:
        quiet.run(check(OK), check(query, subject, **options))
    assert said in str(caught.value)
    assert str(caught.value).startswith("mine.yaml:1: mine: ")


def test_an_offender_that_is_not_of_the_subject_is_refused(quiet: Estate) -> None:
    query = "MATCH (f:AWSVpcFlowLog) RETURN f.id AS asset, 'x' AS why"
    with pytest.raises(DeclarationError, match=r"mine.yaml:1: mine: fl-v is not a AWSVpc"):
        quiet.run(check(query))


def test_an_offender_without_an_id_is_refused(quiet: Estate) -> None:
    query = "MATCH (v:AWSVpc) RETURN v.state AS asset, 'x' AS why"
    with pytest.raises(DeclarationError, match="the query returned no asset"):
        quiet.run(check(query))
