"""Instances and what runs on them, databases, and what AWS itself puts on the internet."""

from __future__ import annotations

from typing import Any

import pytest

from cloudwarden.analysis.exposure.derive import Exposures
from cloudwarden.analysis.exposure.verdicts import Exposure
from cloudwarden.core.json import dumps
from cloudwarden.schema.records import Relation

from .networks import DENIED, Builder, standard

GROUPS = "MEMBER_OF_EC2_SECURITY_GROUP"


def of(made: Builder, label: str, id_: str) -> Exposure:
    estate = made.estate()
    asset = estate.asset(label, id_)
    assert asset is not None
    return Exposures(estate).of(asset)


def test_an_instance_is_exposed_by_any_of_its_interfaces() -> None:
    made = standard(interface={"public": None})
    made.interface("eni-2", public="203.0.113.6", private="10.0.1.11")
    made.instance(interfaces=["eni-1", "eni-2"])
    found = of(made, "AWSEC2Instance", "i-1")
    assert (found.exposed, found.steps[0]) == (True, "eni-2 has public address 203.0.113.6")


def test_an_instance_stands_in_for_its_only_interface_that_was_not_read() -> None:
    made = standard(interface=None)
    made.unread = {"AWSNetworkInterface"}
    group = Relation(GROUPS, "AWSEC2SecurityGroup", "sg-1")
    where = {"vpcid": "vpc-1", "subnetid": "subnet-1", "publicipaddress": "203.0.113.5"}
    made.instance("i-1", ["eni-1"], relations=[group], **where)
    made.instance("i-2", ["eni-2", "eni-3"], relations=[group], **where)
    assert of(made, "AWSEC2Instance", "i-1").exposed is True
    assert of(made, "AWSEC2Instance", "i-2").exposed is None


def test_a_second_address_of_an_instance_is_known_from_elastic_addresses_alone() -> None:
    made = standard(interface=None)
    made.unread = {"AWSNetworkInterface"}
    group = Relation(GROUPS, "AWSEC2SecurityGroup", "sg-1")
    made.instance(relations=[group], vpcid="vpc-1", subnetid="subnet-1")
    assert of(made, "AWSEC2Instance", "i-1").exposed is False
    made.unread |= {"AWSElasticIPAddress"}
    assert of(made, "AWSEC2Instance", "i-1").exposed is None
    made.unread = {"AWSNetworkInterface"}
    made.add("AWSElasticIPAddress", "198.51.100.7", public_ip="198.51.100.7", instance_id="i-1")
    assert of(made, "AWSEC2Instance", "i-1").exposed is True


def test_a_stopped_instance_is_exposed_once_it_runs() -> None:
    made = standard()
    made.instance(state="stopped")
    found = of(made, "AWSEC2Instance", "i-1")
    assert (found.exposed, found.certainty) == (False, "conditional")
    assert found.condition == "i-1, now stopped, runs"


def test_an_instance_that_its_last_reading_did_not_show_is_unknown() -> None:
    made = standard()
    made.instance()
    made.unread = {"AWSEC2Instance"}
    assert of(made, "AWSEC2Instance", "i-1").exposed is None


def test_a_group_and_a_cluster_are_as_exposed_as_their_instances() -> None:
    made = standard()
    made.instance()
    member = Relation("MEMBER_AUTO_SCALE_GROUP", "AWSEC2Instance", "i-1", incoming=True)
    made.add("AWSAutoScalingGroup", "asg-1", [member], name="web")
    made.add("AWSAutoScalingGroup", "asg-2", name="idle")
    made.add("AWSEMRCluster", "j-1")
    assert of(made, "AWSAutoScalingGroup", "asg-1").types == ("direct",)
    assert of(made, "AWSAutoScalingGroup", "asg-2").exposed is False
    assert of(made, "AWSEMRCluster", "j-1").exposed is False


def test_a_task_and_its_containers_are_as_exposed_as_their_interface() -> None:
    made = standard()
    made.add("AWSECSTask", "task-1", network_interface_id="eni-1")
    made.add("AWSECSContainer", "container-1", task_arn="task-1")
    made.add("AWSECSTask", "task-2", network_interface_id="eni-9")
    made.add("AWSECSTask", "task-3")
    assert of(made, "AWSECSTask", "task-1").exposed is True
    assert of(made, "AWSECSContainer", "container-1").exposed is True
    assert of(made, "AWSECSTask", "task-2").exposed is None
    assert of(made, "AWSECSTask", "task-3").exposed is None


def test_a_task_on_an_instance_is_exposed_if_a_port_is_mapped() -> None:
    made = standard()
    made.instance()
    made.add("AWSECSContainerInstance", "ci-1", [Relation("IS_INSTANCE", "AWSEC2Instance", "i-1")])
    made.add("AWSECSTask", "task-1", container_instance_arn="ci-1")
    found = of(made, "AWSECSTask", "task-1")
    assert (found.exposed, found.certainty) == (False, "conditional")


def database(made: Builder, subnets: list[str], **more: Any) -> None:
    made.add("AWSDBSubnetGroup", "group-1",
             [Relation("RESOURCE", "AWSEC2Subnet", one) for one in subnets])  # fmt: skip
    made.add(
        "AWSRDSInstance", "db-1",
        [Relation(GROUPS, "AWSEC2SecurityGroup", "sg-1"),
         Relation("MEMBER_OF_DB_SUBNET_GROUP", "AWSDBSubnetGroup", "group-1"),
         Relation("IS_CLUSTER_MEMBER_OF", "AWSRDSCluster", "cluster-1")],
        **{"publicly_accessible": True, "endpoint_port": 443, "db_instance_status": "available",
           "availability_zone": "eu-west-1a", **more},
    )  # fmt: skip
    made.add("AWSRDSCluster", "cluster-1")


def test_a_database_is_exposed_on_its_port_if_it_is_publicly_accessible() -> None:
    made = standard()
    database(made, ["subnet-1"])
    assert of(made, "AWSRDSInstance", "db-1").ports == ("tcp/443",)
    assert of(made, "AWSRDSCluster", "cluster-1").exposed is True
    for changes in ({"publicly_accessible": False}, {"endpoint_port": 5432}):
        made = standard()
        database(made, ["subnet-1"], **changes)
        assert of(made, "AWSRDSInstance", "db-1").exposed is False


def test_a_database_is_in_a_subnet_of_its_zone() -> None:
    for zone, exposed in (("eu-west-1b", True), ("eu-west-1a", None)):
        made = standard()
        made.subnet("subnet-2", availability_zone=zone)
        made.table("rtb-2", routes={"0.0.0.0/0": "nat-1"}, subnets=["subnet-2"])
        made.acl("acl-2", ["subnet-2"])
        database(made, ["subnet-1", "subnet-2"])
        assert of(made, "AWSRDSInstance", "db-1").exposed is exposed


def test_a_warehouse_is_where_its_nodes_are() -> None:
    made = standard(interface={"private": "10.0.1.9", "public": None})
    made.subnet("subnet-2")
    made.add(
        "AWSRedshiftCluster", "dw-1", [Relation(GROUPS, "AWSEC2SecurityGroup", "sg-1")],
        publicly_accessible=True, vpc_id="vpc-1", endpoint_port=443,
        cluster_nodes='[{"PrivateIPAddress": "10.0.1.9"}]',
    )  # fmt: skip
    made.add("AWSElasticacheCluster", "cache-1")
    assert of(made, "AWSRedshiftCluster", "dw-1").exposed is True
    assert of(made, "AWSElasticacheCluster", "cache-1").exposed is False


def test_brokers_are_exposed_on_the_ports_for_outsiders_if_they_have_public_addresses() -> None:
    edges = [Relation(GROUPS, "AWSEC2SecurityGroup", "sg-1"),
             Relation("PART_OF_SUBNET", "AWSEC2Subnet", "subnet-1")]  # fmt: skip
    made = standard(group={"inbound": ["tcp/9000-9196 0.0.0.0/0"]})
    made.add("AWSMSKCluster", "k-1", edges, public_access_type="SERVICE_PROVIDED_EIPS")
    made.add("AWSMSKCluster", "k-2", edges, public_access_type="DISABLED")
    made.add("AWSMSKCluster", "k-3", edges)
    assert of(made, "AWSMSKCluster", "k-1").ports == ("tcp/9194", "tcp/9196")
    assert of(made, "AWSMSKCluster", "k-2").exposed is False
    assert of(made, "AWSMSKCluster", "k-3").exposed is False
    made = standard()
    made.add("AWSMSKCluster", "k-1", edges, public_access_type="SERVICE_PROVIDED_EIPS")
    assert of(made, "AWSMSKCluster", "k-1").exposed is False


def service(label: str, unread: Any = None, **properties: Any) -> Exposure:
    made = Builder()
    made.add(label, "one", unread=unread, name="one", **properties)
    return of(made, label, "one")


@pytest.mark.parametrize(
    ("properties", "answer"),
    [
        ({"endpoint_public_access": False}, (False, "sure")),
        ({"endpoint_public_access": True}, (True, "sure")),
        ({"endpoint_public_access": True, "public_access_cidrs": ["0.0.0.0/0"]}, (True, "sure")),
        (
            {"endpoint_public_access": True, "public_access_cidrs": ["203.0.113.0/24"]},
            (False, "conditional"),
        ),
        (
            {"endpoint_public_access": True, "public_access_cidrs": ["0.0.0.0/1", "128.0.0.0/1"]},
            (True, "sure"),
        ),
    ],
)
def test_an_api_server_is_exposed_to_the_ranges_it_names(
    properties: dict[str, Any], answer: tuple[bool, str]
) -> None:
    found = service("AWSEKSCluster", **properties)
    assert (found.exposed, found.certainty) == answer


def test_what_was_not_read_of_a_service_is_unknown() -> None:
    assert service("AWSEKSCluster", {"eks:DescribeCluster": DENIED}).exposed is None
    assert service("AWSESDomain", {"opensearch:DescribeDomains": DENIED}).exposed is None
    assert service("AWSLambda", {"lambda:GetFunctionUrlConfig": DENIED}).exposed is None


def test_a_search_domain_outside_a_vpc_is_as_open_as_its_policy() -> None:
    assert service("AWSESDomain", anonymous_access=True).exposed is True
    assert service("AWSESDomain", anonymous_access=False).exposed is False
    assert service("AWSESDomain", anonymous_access=True, vpc_id="vpc-1").exposed is False


def test_a_search_domain_is_open_to_the_addresses_that_its_policy_names() -> None:
    def judged(*statements: dict[str, Any]) -> tuple[bool | None, str]:
        resource = "arn:aws:es:eu-west-1:111111111111:domain/logs/*"
        told = [{**one, "Action": "es:*", "Resource": resource} for one in statements]
        found = service("AWSESDomain", policy=dumps({"Statement": told}))
        return found.exposed, found.certainty.value

    assert judged(statement()) == (True, "sure")
    assert judged(statement(IpAddress=OFFICE)) == (False, "conditional")
    assert judged(statement(), statement("Deny", NotIpAddress=OFFICE)) == (False, "conditional")
    assert judged(statement(), statement("Deny")) == (False, "sure")
    assert judged({**statement(), "Principal": {"AWS": "111111111111"}}) == (False, "sure")


def test_a_function_is_exposed_by_a_url_that_everybody_may_call() -> None:
    url = {"function_url": "https://x.lambda-url.eu-west-1.on.aws/"}
    call = {"anonymous_actions": ["lambda:InvokeFunctionUrl"]}
    assert service("AWSLambda").exposed is False
    assert service("AWSLambda", **url, **call, function_url_auth_type="NONE").exposed is True
    assert service("AWSLambda", **url, **call, function_url_auth_type="AWS_IAM").exposed is False
    closed = service("AWSLambda", **url, anonymous_actions=[], function_url_auth_type="NONE")
    assert closed.exposed is False
    unread = service("AWSLambda", {"lambda:GetPolicy": DENIED}, **url,
                     function_url_auth_type="NONE")  # fmt: skip
    assert unread.exposed is None


def test_an_api_is_exposed_unless_it_is_private() -> None:
    assert service("AWSAPIGatewayRestAPI", endpoint_type="REGIONAL").exposed is True
    assert service("AWSAPIGatewayRestAPI", endpoint_type="PRIVATE").exposed is False
    assert service("AWSAPIGatewayV2API").exposed is True
    disabled = service("AWSAPIGatewayV2API", disableexecuteapiendpoint=True)
    assert (disabled.exposed, disabled.certainty) == (False, "conditional")


def statement(effect: str = "Allow", **condition: Any) -> dict[str, Any]:
    """A statement about everybody; conditions by operator, with their keys."""
    found = {"Effect": effect, "Principal": "*", "Action": "execute-api:Invoke",
             "Resource": "execute-api:/*"}  # fmt: skip
    return {**found, "Condition": condition} if condition else found


def _but(effect: str) -> dict[str, Any]:
    """A statement about everybody but a role."""
    found = statement(effect)
    del found["Principal"]
    return {**found, "NotPrincipal": {"AWS": "arn:aws:iam::111111111111:role/own"}}


OFFICE = {"aws:SourceIp": ["203.0.113.0/24"]}


@pytest.mark.parametrize(
    ("statements", "answer"),
    [
        ([statement()], (True, "sure")),
        ([statement(IpAddress=OFFICE)], (False, "conditional")),
        ([statement(), statement("Deny", NotIpAddress=OFFICE)], (False, "conditional")),
        ([statement(), statement("Deny", IpAddress=OFFICE)], (True, "sure")),
        ([statement(), statement("Deny")], (False, "sure")),
        ([statement(IpAddress={"aws:SourceIp": "10.0.0.0/8"})], (False, "sure")),
        ([statement(StringEquals={"aws:SourceVpce": "vpce-1"})], (False, "sure")),
        (
            [statement(), statement("Deny", StringNotEquals={"aws:SourceVpce": "vpce-1"})],
            (False, "sure"),
        ),
        ([statement(Null={"aws:SourceVpce": "false"})], (False, "sure")),
        ([statement(Null={"aws:SourceVpce": "true"})], (True, "sure")),
        ([statement(), statement("Deny", Null={"aws:SourceVpc": "true"})], (False, "sure")),
        ([statement(), statement("Deny", Null={"aws:SourceVpc": "false"})], (True, "sure")),
        (
            [statement(), statement("Deny", StringNotEqualsIfExists={"aws:SourceVpc": "vpc-1"})],
            (False, "sure"),
        ),
        (
            [statement(**{"ForAnyValue:StringNotEquals": {"aws:SourceVpc": "vpc-1"}})],
            (False, "sure"),
        ),
        ([statement(Null={"aws:SourceIp": "true"})], (False, "sure")),
        ([statement(StringEquals={"aws:UserAgent": "x"})], (None, "conditional")),
        (
            [statement(), statement("Deny", Bool={"aws:SecureTransport": "x"})],
            (None, "conditional"),
        ),
        ([{**statement(), "Principal": {"AWS": "arn:aws:iam::1:root"}}], (False, "sure")),
        ([{**statement(), "Principal": {"AWS": ["*"]}}], (True, "sure")),
        ([_but("Allow")], (True, "sure")),
        ([statement(), _but("Deny")], (False, "sure")),
        ([{**statement(), "Action": "execute-api:*"}], (True, "sure")),
        ([{**statement(), "Action": "execute-api:[I]nvoke"}], (False, "sure")),
        ([{**statement(), "Action": "execute-api:ManageConnections"}], (False, "sure")),
        ([statement(), {**statement("Deny"), "Resource": "execute-api:/prod/*"}], (True, "sure")),
        *(
            ([statement(), {**statement("Deny"), "Resource": resource}], (False, "sure"))
            for resource in (
                "*",
                "arn:aws:execute-api:eu-west-1:1:a1/*",
                "arn:aws:execute-api:*:*:*",
                "arn:aws:execute-api:eu-west-1:1:a1/*/*/*",
            )
        ),
        ([], (False, "sure")),
    ],
)
def test_an_api_is_exposed_to_whom_its_policy_lets_in(
    statements: list[dict[str, Any]], answer: tuple[bool | None, str]
) -> None:
    found = service("AWSAPIGatewayRestAPI", policy=dumps({"Statement": statements}))
    assert (found.exposed, found.certainty) == answer
    if answer == (False, "conditional"):
        assert found.sources == ("203.0.113.0/24",)


def test_a_policy_of_an_api_that_is_no_json_is_unknown() -> None:
    assert service("AWSAPIGatewayRestAPI", policy="{").certainty == "unknown"


def test_a_distribution_is_exposed_while_it_is_enabled() -> None:
    assert service("AWSCloudFrontDistribution", enabled=True).ports == ("tcp/80", "tcp/443")
    assert service("AWSCloudFrontDistribution", enabled=False).exposed is False
