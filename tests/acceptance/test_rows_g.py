"""Rows GQ1, GQ7 and GQ9 of the requirements: the graph, by the command line alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from docs.generate import schema
from tests.support.commands import Run
from tests.support.moto import ALPHA, BETA, HUB, Aws

from .estate import add_accounts, by, collect, rows

Ask = Callable[[str], list[dict[str, Any]]]


class Page:
    """The generated schema page, read as a reader would."""

    def __init__(self) -> None:
        self.labels: dict[str, set[str]] = {}
        self.names: dict[str, set[str]] = {}
        self.relations: set[tuple[str, str, str]] = set()
        self.common: set[str] = set()
        label = ""
        for line in schema():
            if heading := re.fullmatch(r"## (\w+)", line):
                label = heading[1]
                self.labels[label], self.names[label] = set(), {label}
            elif line.startswith("Also answers to "):
                self.names[label] |= set(re.findall(r"`(\w+)`", line))
            elif relation := re.fullmatch(r"\* `\(:(\w+)\)-\[:(\w+)\]->\(:(\w+)\)`", line):
                self.relations.add((relation[1], relation[2], relation[3]))
            elif named := re.match(r"\| `(\w+)` ", line):
                self.labels[label].add(named[1])
            elif named := re.match(r"\* `(\w+)`: ", line):
                self.common.add(named[1])

    def has(self, source: str, kind: str, target: str) -> bool:
        """Whether a relation between two labels is on the page, by any name they have."""
        return any(
            (one, kind, other) in self.relations
            for one in self.names[source]
            for other in self.names[target]
        )


def undocumented(ask: Ask) -> list[str]:
    """What is in a graph and not on the page."""
    page = Page()
    missing = []
    for row in ask("MATCH (n) UNWIND keys(n) AS key RETURN DISTINCT labels(n) AS labels, key"):
        label, *groups = row["labels"]
        if label not in page.labels:
            missing.append(f"label {label}")
            continue
        missing += [
            f"{label} is not said to be a {g}" for g in groups if g not in page.names[label]
        ]
        if row["key"] not in page.labels[label] | page.common:
            missing.append(f"property {label}.{row['key']}")
    found = ask(
        "MATCH (a)-[r]->(b) RETURN DISTINCT labels(a)[0] AS source, type(r) AS kind, "
        "labels(b)[0] AS target"
    )
    missing += [
        f"relation (:{row['source']})-[:{row['kind']}]->(:{row['target']})"
        for row in found
        if not page.has(row["source"], row["kind"], row["target"])
    ]
    return sorted(set(missing))


def test_gq1_every_label_property_and_relation_in_the_data_is_on_the_schema_page(
    run: Run, aws: Aws
) -> None:
    add_accounts(run, aws)
    ec2, elb = aws.client("ec2", ALPHA), aws.client("elbv2", ALPHA)
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    (instance,) = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"]
    ec2.create_tags(Resources=[instance["InstanceId"]], Tags=[{"Key": "team", "Value": "ü"}])
    subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]][:2]
    elb.create_load_balancer(Name="web", Subnets=subnets)
    aws.client("s3", BETA).create_bucket(Bucket="mine")
    topic = aws.client("sns").create_topic(Name="events")["TopicArn"]
    queue = f"arn:aws:sqs:us-east-1:{HUB}:jobs"
    aws.client("sqs").create_queue(QueueName="jobs", tags={"team": "ü"})
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    collect(run, "ec2,elbv2,s3,sns,sqs,iam,kms")
    assert undocumented(lambda text: rows(run, text)) == []


@pytest.mark.slow
def test_gq1_every_label_property_and_relation_of_the_demo_is_on_the_schema_page(
    run: Run, tmp_path: Path
) -> None:
    assert run("demo", "demo").exit_code == 0
    data = ("--data-dir", str(tmp_path / "demo"))

    def ask(text: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = run(*data, "query", text, "--output", "json").json
        return found

    assert undocumented(ask) == []


def test_gq1_the_schema_command_says_what_the_page_says(run: Run) -> None:
    page = Page()
    told = by("label", run("schema", "--output", "json").json)
    assert told.keys() == page.labels.keys()
    for label, detail in told.items():
        properties = {p["property"] for p in detail["properties"]}
        assert properties == page.labels[label] | page.common
    relations = {
        (r["source"], r["type"], r["target"])
        for detail in told.values()
        for r in detail["relations"]
    }
    assert relations == page.relations


def test_gq7_every_query_of_the_pack_honours_the_account(run: Run, aws: Aws) -> None:
    add_accounts(run, aws)
    for account in (HUB, ALPHA, BETA):
        aws.client("s3", account).create_bucket(Bucket=f"of-{account}")
        aws.client("iam", account).create_user(UserName=f"user-{account}")
    collect(run, "s3,iam,ec2")

    def names(*options: str) -> set[str]:
        answer = run("query", "--tags", "aws", *options, "--output", "json")
        assert answer.exit_code == 0, answer.stderr
        return {row["account_name"] for row in answer.json if "account_name" in row}

    assert names() >= {"hub", "alpha", "beta"}
    assert names("--account", "alpha") == {"alpha"}
    assert names("--account", ALPHA) == {"alpha"}
    nobody = run("query", "--tags", "aws", "--account", 'x" OR 1=1 //', "--output", "json")
    assert (nobody.exit_code, nobody.json) == (0, [])
    text = "MATCH (u:AWSUser) RETURN u.name AS name"
    assert rows(run, text, "--account", "beta") == [{"name": f"user-{BETA}"}]
    assert rows(run, text, "--account", "' OR true //") == []


def test_gq9_the_graph_needs_nothing_that_pip_does_not_bring(run: Run, aws: Aws) -> None:
    needed = [line for line in metadata.requires("cloudwarden") or [] if "extra ==" not in line]
    assert not [line for line in needed if line.startswith("neo4j")]
    aws.client("sqs").create_queue(QueueName="jobs")
    collect(run, "sqs")
    text = "MATCH (a:AWSAccount)-[:RESOURCE]->(q:SQSQueue) RETURN a.id AS account, q.name AS name"
    assert rows(run, text) == [{"account": HUB, "name": "jobs"}]
