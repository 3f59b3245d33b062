"""Rows GQ3 and GQ5 of the requirements: exposure to the internet, and rules of peered VPCs."""

from __future__ import annotations

from typing import Any

from tests.support.commands import Run
from tests.support.moto import ACCOUNT_NAMES, Aws

from .estate import add_accounts, by, collect, rows


def network(aws: Aws) -> dict[str, Any]:
    """A VPC with two subnets that lead to the internet, and two groups: one open, one not."""
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    subnets = []
    for number, zone in ((1, "us-east-1a"), (2, "us-east-1b")):
        made = ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.1.{number}.0/24", AvailabilityZone=zone
        )["Subnet"]["SubnetId"]  # fmt: skip
        ec2.associate_route_table(RouteTableId=table, SubnetId=made)
        subnets.append(made)
    groups = {}
    for name, block in (("open", "0.0.0.0/0"), ("inner", "10.1.0.0/16")):
        made = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        ec2.authorize_security_group_ingress(
            GroupId=made,
            IpPermissions=[{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80,
                            "IpRanges": [{"CidrIp": block}]}],
        )  # fmt: skip
        groups[name] = made
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]

    def launch(group: str, *, public: bool) -> str:
        (made,) = ec2.run_instances(
            ImageId=image, MinCount=1, MaxCount=1,
            NetworkInterfaces=[{
                "DeviceIndex": 0, "SubnetId": subnets[0], "Groups": [groups[group]],
                "AssociatePublicIpAddress": public,
            }],
        )["Instances"]  # fmt: skip
        return str(made["InstanceId"])

    return {"vpc": vpc, "subnets": subnets, "groups": groups, "launch": launch}


def test_gq3_public_address_open_group_and_balancer_decide_together(run: Run, aws: Aws) -> None:
    made = network(aws)
    launch = made["launch"]
    instances = {
        "public, open": launch("open", public=True),
        "public, inner": launch("inner", public=True),
        "private, open": launch("open", public=False),
        "private, inner": launch("inner", public=False),
        "private, inner, elb": launch("inner", public=False),
        "public, open, elbv2": launch("open", public=True),
    }
    aws.client("elb").create_load_balancer(
        LoadBalancerName="old", Subnets=made["subnets"], SecurityGroups=[made["groups"]["open"]],
        Listeners=[{"Protocol": "tcp", "LoadBalancerPort": 80, "InstancePort": 80}],
    )  # fmt: skip
    aws.client("elb").register_instances_with_load_balancer(
        LoadBalancerName="old", Instances=[{"InstanceId": instances["private, inner, elb"]}]
    )
    elbv2 = aws.client("elbv2")
    balancer = elbv2.create_load_balancer(
        Name="new", Subnets=made["subnets"], SecurityGroups=[made["groups"]["open"]],
        Scheme="internet-facing", Type="application",
    )["LoadBalancers"][0]["LoadBalancerArn"]  # fmt: skip
    group = elbv2.create_target_group(
        Name="web", Protocol="HTTP", Port=80, VpcId=made["vpc"], TargetType="instance"
    )["TargetGroups"][0]["TargetGroupArn"]  # fmt: skip
    elbv2.create_listener(
        LoadBalancerArn=balancer, Protocol="HTTP", Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )  # fmt: skip
    elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": instances["public, open, elbv2"]}])
    collect(run, "ec2,elb,elbv2,cloudfront,globalaccelerator")
    text = (
        "MATCH (i:EC2Instance) RETURN i.id AS id, i.exposed_internet AS exposed, "
        "i.exposed_internet_type AS types, i.exposed_internet_reason AS why"
    )
    found = by("id", rows(run, text))
    assert {
        name: (found[id_]["exposed"], found[id_]["types"]) for name, id_ in instances.items()
    } == {
        "public, open": (True, ["direct"]),
        "public, inner": (False, None),
        "private, open": (False, None),
        "private, inner": (False, None),
        "private, inner, elb": (True, ["elb"]),
        "public, open, elbv2": (True, ["direct", "elbv2"]),
    }
    why = found[instances["private, inner, elb"]]["why"]
    assert "old is internet-facing" in why
    assert "allows tcp 80 from 10.1.0.0/16" in why
    text = "MATCH (b:LoadBalancer) RETURN b.name AS name, b.exposed_internet AS exposed"
    assert {row["name"]: row["exposed"] for row in rows(run, text)} == {"old": True, "new": True}
    text = "MATCH (i:EC2Instance)-[r:EXPOSED_TO]->(:Internet) RETURN i.id AS id, r.ports AS ports"
    ports = {row["id"]: row["ports"] for row in rows(run, text)}
    assert set(ports) == {id_ for id_ in instances.values() if found[id_]["exposed"]}
    assert ports[instances["public, open"]] == ["tcp/80"]


def test_gq5_a_peering_has_the_rule_that_lets_the_other_account_in(run: Run, aws: Aws) -> None:
    add_accounts(run, aws)
    alpha, beta = (id_ for id_, name in ACCOUNT_NAMES.items() if name in ("alpha", "beta"))
    near, far = aws.client("ec2", alpha), aws.client("ec2", beta)
    one = near.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    two = far.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"]
    peering = near.create_vpc_peering_connection(VpcId=one, PeerVpcId=two, PeerOwnerId=beta)[
        "VpcPeeringConnection"
    ]["VpcPeeringConnectionId"]
    far.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    for client, vpc, block in ((near, one, "10.2.0.0/16"), (far, two, "10.1.0.0/16")):
        (table,) = client.describe_route_tables(
            Filters=[{"Name": "vpc-id", "Values": [vpc]}]
        )["RouteTables"]  # fmt: skip
        client.create_route(
            RouteTableId=table["RouteTableId"], DestinationCidrBlock=block,
            VpcPeeringConnectionId=peering,
        )  # fmt: skip
    group = far.create_security_group(GroupName="db", Description="db", VpcId=two)["GroupId"]
    far.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432,
                        "IpRanges": [{"CidrIp": "10.1.0.0/16"}]}],
    )  # fmt: skip
    collect(run, "ec2")
    answer = run("query", "--name", "vpc_peering_rules", "--output", "json")
    assert answer.exit_code == 0, answer.stderr
    (row,) = answer.json
    assert row["outbound_account"] == "alpha"
    assert row["inbound_account"] == "beta"
    assert (row["range"], row["from_port"], row["to_port"]) == ("10.1.0.0/16", 5432, 5432)
    (row,) = rows(
        run,
        "MATCH (p:AWSPeeringConnection)-[r:LETS_IN_BY]->(rule:IpPermissionInbound) "
        "RETURN p.id AS peering, r.certainty AS certainty, r.sources AS sources, "
        "r.ports AS ports, rule.groupid AS grp, r.remote_account AS remote",
    )
    assert row == {
        "peering": peering, "certainty": "sure", "sources": ["10.1.0.0/16"],
        "ports": ["tcp 5432"], "grp": group, "remote": alpha,
    }  # fmt: skip
