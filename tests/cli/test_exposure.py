"""`cloudwarden exposure`: the answer, the reasons, and what is said of what nobody knows."""

from __future__ import annotations

from tests.support.commands import Run
from tests.support.moto import Aws


def network(aws: Aws) -> tuple[str, str]:
    """A public instance that lets in tcp 443, and a private one that lets in the first's group."""
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=vpc, InternetGatewayId=gateway)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    subnets, groups = [], []
    for number, name in enumerate(("web", "inner")):
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.1.{number}.0/24")["Subnet"]["SubnetId"]
        group = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
        subnets.append(made)
        groups.append(group)
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnets[0])
    for group, port, peer in (
        (groups[0], 443, {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}),
        (groups[1], 5432, {"UserIdGroupPairs": [{"GroupId": groups[0]}]}),
    ):
        rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **peer}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    found = []
    for subnet, group, public in zip(subnets, groups, (True, False), strict=True):
        card = {"DeviceIndex": 0, "SubnetId": subnet, "Groups": [group],
                "AssociatePublicIpAddress": public}  # fmt: skip
        (instance,) = ec2.run_instances(
            ImageId=image, MinCount=1, MaxCount=1, NetworkInterfaces=[card]
        )["Instances"]
        found.append(instance["InstanceId"])
    ec2.create_tags(Resources=[found[0]], Tags=[{"Key": "Name", "Value": "web"}])
    return found[0], found[1]


def test_reach_and_explain_say_what_and_why(run: Run, aws: Aws) -> None:
    web, inner = network(aws)
    run("collect", "--only", "ec2,elb,elbv2,cloudfront,globalaccelerator", "--regions", "us-east-1")

    said = run("exposure", "explain", "web")
    assert said.exit_code == 0
    first, *steps = said.stdout.splitlines()
    assert first == "AWSEC2Instance web is exposed to the internet on tcp/443 (direct)"
    assert steps[0].startswith("  1. eni-")
    assert "has public address" in steps[0]

    (row,) = run("exposure", "explain", inner, "--output", "json").json
    assert (row["exposed_internet"], row["certainty"]) == (False, "sure")
    assert row["steps"][-1].endswith("has no public address")

    said = run("exposure", "reach", web, inner)
    assert said.stdout.startswith(f"{web} reaches {inner} on tcp/5432\n")
    (row,) = run("exposure", "reach", web, inner, "--port", "22", "--output", "json").json
    assert (row["reachable"], row["certainty"]) == (False, "sure")
    assert row["steps"] == [*row["steps"][:-1], "only tcp/5432 gets through"]
    (row,) = run("exposure", "reach", "internet", web, "--port", "443", "-o", "json").json
    assert (row["reachable"], row["ports"]) == (True, ["tcp/443"])


def test_what_was_not_read_or_does_not_exist_is_said(run: Run, aws: Aws) -> None:
    _web, inner = network(aws)
    run("collect", "--only", "ec2", "--regions", "us-east-1")
    said = run("exposure", "explain", inner)
    assert said.exit_code == 5
    assert "may be exposed to the internet" in said.stdout
    assert "  unknown: classic load balancers of" in said.stdout
    for arguments, sentence in (
        (("reach", "i-9", "internet"), "cannot tell what i-9 is"),
        (("reach", "internet", "internet", "--port", "http"), "--port takes a port as 443"),
        (("explain", "i-9"), "see `cloudwarden assets list`"),
    ):
        said = run("exposure", *arguments)
        assert said.exit_code == 2
        assert sentence in said.stderr
