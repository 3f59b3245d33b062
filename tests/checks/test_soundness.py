"""Whatever is not read: a verdict stands exactly where all that it rests on was read.

Random estates of two accounts and two regions are judged and compared with an oracle that looks
at each asset with plain loops.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from cloudwarden.inventory.records import AssetFilter
from cloudwarden.schema.records import GLOBAL_REGION, Reading
from cloudwarden.schema.registry import Registry

from .estates import (
    ALPHA,
    BETA,
    EAST,
    WEST,
    Estate,
    account_itself,
    bucket,
    flow_log,
    new_estate,
    read,
    trail,
    unlisted,
    vpc,
)

REGIONS = (EAST, WEST)
PUBLIC, FLOWS, TRAILS = "aws-s3-public", "aws-vpc-flow-logs", "aws-cloudtrail-multi-region"
#: What tells who may use a bucket, and what tells something else.
NEEDED = ("s3:GetBucketPolicy", "s3:GetBucketAcl", "s3:GetPublicAccessBlock")
OTHERS = ("s3:GetBucketTagging", "s3:GetBucketVersioning")

ITSELF = frozenset({"AWSAccount"})

WHOLE, DENIED, BROKEN = "whole", "denied", "broken off"


@dataclass(frozen=True)
class Bucket:
    public: bool
    denied: frozenset[str]


@dataclass(frozen=True)
class Region:
    """One region: how each listing went, and what is there."""

    vpcs: str
    logs: str
    trails: str
    logged: bool
    multi: bool
    status_denied: bool


@dataclass(frozen=True)
class Account:
    """One account. `left_out` are the types that this collection did not ask for."""

    itself: str
    summary_denied: bool
    listing: str
    buckets: tuple[Bucket, Bucket]
    regions: dict[str, Region]
    left_out: frozenset[str]


#: Each example seals a graph: shrinking a failing one would take minutes.
UNSHRUNK = [Phase.explicit, Phase.reuse, Phase.generate]

LISTINGS = st.sampled_from([WHOLE, WHOLE, DENIED])
TYPES = ("AWSAccount", "AWSS3Bucket", "AWSVpc", "AWSVpcFlowLog", "AWSCloudTrailTrail")
REGION = st.builds(
    Region, LISTINGS, LISTINGS, LISTINGS, st.booleans(), st.booleans(),
    st.sampled_from([False, False, True]),
)  # fmt: skip
BUCKET = st.builds(
    Bucket, st.booleans(), st.sets(st.sampled_from([*NEEDED, *OTHERS]), max_size=2).map(frozenset)
)
ACCOUNT = st.builds(
    Account,
    LISTINGS,
    st.booleans(),
    st.sampled_from([WHOLE, WHOLE, DENIED, BROKEN]),
    st.tuples(BUCKET, BUCKET),
    st.fixed_dictionaries({EAST: REGION, WEST: REGION}),
    st.sets(st.sampled_from(TYPES), max_size=2).map(frozenset),
)


def readings(id_: str, account: Account, *, fault: bool) -> Iterator[Reading]:
    """What reading an account gives; without `fault`, everything."""

    def went(listing: str) -> str:
        return listing if fault else WHOLE

    def asked(type_: str) -> bool:
        return not fault or type_ not in account.left_out

    if asked("AWSAccount"):
        unread = ["iam:GetAccountSummary"] if fault and account.summary_denied else []
        scope = {"account": id_, "region": GLOBAL_REGION}
        yield (
            read("AWSAccount", account_itself(id_, unread=unread), **scope)
            if went(account.itself) == WHOLE
            else unlisted("AWSAccount", "iam:GetAccountSummary", **scope)
        )
    if asked("AWSS3Bucket"):
        yield buckets(id_, account, went(account.listing), fault=fault)
    for name, region in account.regions.items():
        yield from regional(id_, name, region, account if fault else None)


def buckets(id_: str, account: Account, listing: str, *, fault: bool) -> Reading:
    found = [
        bucket(
            f"{id_}-{number}",
            id_,
            unread=sorted(one.denied) if fault else [],
            **({} if fault and one.denied & set(NEEDED) else {"anonymous_access": one.public}),
        )
        for number, one in enumerate(account.buckets)
    ]
    scope = {"account": id_, "region": GLOBAL_REGION}
    if listing == WHOLE:
        return read("AWSS3Bucket", *found, **scope)
    seen = found[:1] if listing == BROKEN else []
    return unlisted("AWSS3Bucket", "s3:ListBuckets", *seen, **scope)


def regional(id_: str, name: str, region: Region, fault: Account | None) -> Iterator[Reading]:
    scope = {"account": id_, "region": name}
    dark = fault is not None and region.status_denied
    status = ["cloudtrail:GetTrailStatus"] if dark else []
    network = vpc(f"{id_}-{name}", id_, name)
    log = [flow_log(network.id, id_, name)] if region.logged else []
    shown = trail(name, id_, name, multi=region.multi, unread=status)
    for type_, listing, operation, found in (
        ("AWSVpc", region.vpcs, "ec2:DescribeVpcs", [network]),
        ("AWSVpcFlowLog", region.logs, "ec2:DescribeFlowLogs", log),
        ("AWSCloudTrailTrail", region.trails, "cloudtrail:DescribeTrails", [shown]),
    ):
        if fault is not None and type_ in fault.left_out:
            continue
        if fault is None or listing == WHOLE:
            yield read(type_, *found, **scope)
        else:
            yield unlisted(type_, operation, **scope)


Answers = dict[tuple[str, str, str | None, str], str]


def expected(accounts: dict[str, Account], *, before: bool) -> Answers:
    """Each answer by (check, account, asset, region where there is no asset)."""
    found: Answers = {}
    for id_, account in accounts.items():

        def known(type_: str, listing: str, account: Account = account) -> bool:
            return before if type_ in account.left_out else listing == WHOLE

        def never(type_: str, account: Account = account) -> bool:
            return type_ in account.left_out and not before

        public(found, id_, account, before=before)
        trails = [known("AWSCloudTrailTrail", r.trails) for r in account.regions.values()]
        asked = "AWSCloudTrailTrail" not in account.left_out
        dark = asked and any(r.status_denied for r in account.regions.values())
        status = "pass" if any(r.multi for r in account.regions.values()) else "fail"
        sure = known("AWSAccount", account.itself) and all(trails) and not dark
        if before or known("AWSAccount", account.itself):
            found[TRAILS, id_, id_, ""] = status if sure else "unknown"
        if not known("AWSAccount", account.itself):
            found[TRAILS, id_, None, GLOBAL_REGION] = "unknown"
        if never("AWSVpc"):
            found[FLOWS, id_, None, GLOBAL_REGION] = "unknown"
            continue
        for name, region in account.regions.items():
            sure = known("AWSVpc", region.vpcs) and known("AWSVpcFlowLog", region.logs)
            status = "pass" if region.logged else "fail"
            if before or known("AWSVpc", region.vpcs):
                found[FLOWS, id_, f"{id_}-{name}", ""] = status if sure else "unknown"
            if not known("AWSVpc", region.vpcs):
                found[FLOWS, id_, None, name] = "unknown"
    return found


def public(found: Answers, id_: str, account: Account, *, before: bool) -> None:
    left_out = "AWSS3Bucket" in account.left_out
    if not (left_out and before) and (left_out or account.listing != WHOLE):
        found[PUBLIC, id_, None, GLOBAL_REGION] = "unknown"
    for number, one in enumerate(account.buckets):
        seen = not left_out and (
            account.listing == WHOLE or (account.listing == BROKEN and number == 0)
        )
        if not seen and not before:
            continue
        sure = before if left_out else seen and not one.denied & set(NEEDED)
        status = "fail" if one.public else "pass"
        found[PUBLIC, id_, f"{id_}-{number}", ""] = status if sure else "unknown"


def judged(estate: Estate) -> Answers:
    answers = {
        (r.check, r.account, r.asset, "" if r.asset else r.region): r.status.value
        for r in estate.run(PUBLIC, FLOWS, TRAILS).results
    }
    known = {account.id for account in estate.inventory.assets(AssetFilter(labels=ITSELF))}
    for check, account, asset, _ in list(answers):
        # The graph knows an account by its assets, too, even if it was never read itself.
        if check == TRAILS and asset == account and account not in known:
            assert answers.pop((check, account, asset, "")) == "unknown"
    return answers


@settings(max_examples=20, deadline=None, phases=UNSHRUNK)
@given(alpha=ACCOUNT, beta=ACCOUNT, before=st.booleans())
def test_a_verdict_stands_exactly_where_all_that_it_rests_on_was_read(
    registry: Registry, alpha: Account, beta: Account, before: bool
) -> None:
    accounts = {ALPHA: alpha, BETA: beta}
    with TemporaryDirectory() as folder, new_estate(Path(folder), registry) as estate:
        estate.account(*accounts)
        for fault in [False, True] if before else [True]:
            estate.collect(
                *(one for id_, a in accounts.items() for one in readings(id_, a, fault=fault)),
                seal=fault,
            )
        assert judged(estate) == expected(accounts, before=before)


def test_the_oracle_and_the_runner_agree_on_an_estate_that_was_read_whole(
    estate: Estate,
) -> None:
    there = Region(WHOLE, WHOLE, WHOLE, logged=True, multi=False, status_denied=False)
    whole = Account(
        WHOLE,
        summary_denied=False,
        listing=WHOLE,
        buckets=(Bucket(True, frozenset()), Bucket(False, frozenset())),  # noqa: FBT003
        regions=dict.fromkeys(REGIONS, there),
        left_out=frozenset(),
    )
    estate.account(ALPHA)
    estate.collect(*readings(ALPHA, whole, fault=True))
    answers = judged(estate)
    assert answers == expected({ALPHA: whole}, before=False)
    assert set(answers.values()) == {"pass", "fail"}
