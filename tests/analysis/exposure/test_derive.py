"""What exposure adds to a graph: columns, relations, and the words they come with."""

from __future__ import annotations

from typing import Any

from cloudwarden.analysis.exposure.derive import LABELS, VOCABULARY, derive
from cloudwarden.analysis.exposure.vocabulary import SUBJECTS
from cloudwarden.analysis.vocabulary import extended
from cloudwarden.providers.aws.loader import load_catalogue
from cloudwarden.schema.derived import DerivedProperties, DerivedRelations

from .networks import DENIED, OTHER, Builder, standard
from .test_reach import peered


def properties(made: Builder, label: str) -> dict[str, dict[str, Any]]:
    for found in derive(made.estate()):
        if isinstance(found, DerivedProperties) and found.label == label:
            return {
                id_: {name: column[row] for name, column in found.columns.items()}
                for row, id_ in enumerate(found.ids)
            }
    return {}


def relations(made: Builder, type_: str) -> list[dict[str, Any]]:
    return [
        {
            "source": found.sources[row],
            "target": found.targets[row],
            "certainty": str(found.certainty[row]),
            "condition": found.conditions[row],
            **{name: column[row] for name, column in found.columns.items()},
        }
        for found in derive(made.estate())
        if isinstance(found, DerivedRelations) and found.type == type_
        for row in range(len(found.sources))
    ]


def test_what_is_exposed_has_the_type_the_ports_and_the_reasons() -> None:
    made = standard()
    made.instance()
    found = properties(made, "AWSEC2Instance")["i-1"]
    assert found["exposed_internet"] is True
    assert found["exposed_internet_type"] == ["direct"]
    assert found["exposed_internet_certainty"] == "sure"
    assert found["exposed_internet_ports"] == ["tcp/443"]
    assert found["exposed_internet_unknown"] is None
    assert found["exposed_internet_reason"] == (
        "eni-1 has public address 203.0.113.5; "
        "the main route table rtb-1 sends 0.0.0.0/0 to igw-1; "
        "network ACL acl-1 rule 100 allows all in, rule 100 allows all out; "
        "sg-1 allows tcp 443 from 0.0.0.0/0"
    )
    (edge,) = [one for one in relations(made, "EXPOSED_TO") if one["source"] == "i-1"]
    assert (edge["target"], edge["certainty"], edge["ports"]) == ("internet", "sure", ["tcp/443"])


def test_what_is_closed_has_the_first_obstacle_and_no_relation() -> None:
    made = standard(interface={"public": None})
    made.instance()
    found = properties(made, "AWSEC2Instance")["i-1"]
    assert (found["exposed_internet"], found["exposed_internet_type"]) == (False, None)
    assert found["exposed_internet_reason"] == "eni-1 has no public address"
    assert relations(made, "EXPOSED_TO") == []


def test_what_is_open_to_some_has_the_condition() -> None:
    made = standard(group={"inbound": ["tcp/22 203.0.113.0/24"]})
    found = properties(made, "AWSNetworkInterface")["eni-1"]
    assert found["exposed_internet"] is False
    assert found["exposed_internet_certainty"] == "conditional"
    assert found["exposed_internet_sources"] == ["203.0.113.0/24"]
    (edge,) = relations(made, "EXPOSED_TO")
    assert (edge["certainty"], edge["condition"]) == ("conditional", "from 203.0.113.0/24")


def test_what_is_not_known_is_null_and_says_why() -> None:
    made = standard()
    made.unread = {"AWSEC2NetworkAcl"}
    found = properties(made, "AWSNetworkInterface")["eni-1"]
    assert found["exposed_internet"] is None
    assert found["exposed_internet_unknown"] == (
        "network ACLs of 111111111111 in eu-west-1 were not read (AccessDenied)"
    )
    (edge,) = relations(made, "EXPOSED_TO")
    assert edge["certainty"] == "unknown"


def test_a_condition_that_is_not_ours_to_know_is_unknown_to_checks() -> None:
    made = standard(table={"routes": {"10.0.0.0/16": "local", "0.0.0.0/0": "vpce-fw"}})
    made.table("rtb-edge", routes={"10.0.1.0/24": "vpce-fw"}, gateway="igw-1")
    found = properties(made, "AWSNetworkInterface")["eni-1"]
    assert (found["exposed_internet"], found["exposed_internet_certainty"]) == (None, "conditional")
    assert "vpce-fw" in found["exposed_internet_unknown"]


def test_containers_of_registered_tasks_are_exposed_by_the_balancer() -> None:
    made = standard(group={"inbound": ["tcp/8080 sg-lb"]})
    made.group("sg-lb", inbound=["tcp/80 0.0.0.0/0"])
    made.balancer()
    made.target_group(targets=[("AWSEC2PrivateIp", "eni-1:10.0.1.10", 8080)], kind="ip")
    made.add("AWSECSTask", "task-1", network_interface_id="eni-1")
    made.add("AWSECSContainer", "container-1", task_arn="task-1")
    (edge,) = relations(made, "EXPOSE")
    assert (edge["source"], edge["target"]) == ("new.elb.eu-west-1.amazonaws.com", "container-1")
    assert edge["ports"] == [8080]
    assert properties(made, "AWSECSContainer")["container-1"]["exposed_internet_type"] == ["elbv2"]


def test_a_peering_names_the_rules_that_it_makes_effective() -> None:
    (edge,) = relations(peered(), "LETS_IN_BY")
    assert (edge["source"], edge["certainty"]) == ("pcx-1", "sure")
    assert (edge["local_vpc"], edge["remote_vpc"]) == ("vpc-2", "vpc-1")
    assert (edge["sources"], edge["ports"]) == (["10.0.0.0/16"], ["tcp 5432"])
    assert edge["remote_account"] == "111111111111"


def test_a_rule_is_effective_for_part_of_the_other_side_and_for_its_groups() -> None:
    (edge,) = relations(peered(rule="tcp/5432 10.0.0.0/8"), "LETS_IN_BY")
    assert edge["sources"] == ["10.0.0.0/16"]
    (edge,) = relations(peered(rule="tcp/5432 10.0.1.0/24 sg-1"), "LETS_IN_BY")
    assert edge["sources"] == ["10.0.1.0/24", "sg-1"]


def test_no_rule_is_effective_without_routes_or_an_active_peering() -> None:
    assert relations(peered(there={}), "LETS_IN_BY") == []
    assert relations(peered(back={}), "LETS_IN_BY") == []
    assert relations(peered(status="deleted"), "LETS_IN_BY") == []
    assert relations(peered(rule="tcp/5432 192.168.0.0/16"), "LETS_IN_BY") == []


def test_a_rule_over_routes_that_were_not_read_may_be_effective() -> None:
    made = peered()
    made.unread = {"AWSEC2RouteTable"}
    (edge,) = relations(made, "LETS_IN_BY")
    assert edge["certainty"] == "unknown"
    assert f"route tables of {OTHER}" in edge["condition"]


def test_an_endpoint_service_says_whether_anybody_may_connect() -> None:
    made = Builder()
    made.add("AWSVpcEndpointService", "vpce-svc-1", allowed_principals=["*"])
    made.add(
        "AWSVpcEndpointService", "vpce-svc-2", allowed_principals=[f"arn:aws:iam::{OTHER}:root"]
    )
    unread = {"ec2:DescribeVpcEndpointServicePermissions": DENIED}
    made.add("AWSVpcEndpointService", "vpce-svc-3", unread=unread)
    found = properties(made, "AWSVpcEndpointService")
    assert [one["open_to_any_account"] for one in found.values()] == [True, False, None]
    assert "AccessDenied" in found["vpce-svc-3"]["open_to_any_account_unknown"]


def test_the_vocabulary_fits_what_is_collected() -> None:
    registry = extended(load_catalogue().registry(), [VOCABULARY])
    assert registry.labels.keys() >= LABELS
    for label in SUBJECTS:
        assert registry.labels[label].properties["exposed_internet"].unknown_by
    kinds = {(kind.source, kind.type, kind.target) for kind in registry.relations}
    assert ("AWSEC2Instance", "EXPOSED_TO", "Internet") in kinds


def test_an_empty_estate_derives_nothing() -> None:
    assert list(derive(Builder().estate())) == []
