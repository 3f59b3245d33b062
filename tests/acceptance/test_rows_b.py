"""Rows B1 to B7 of the requirements: what is collected of compute, network, data and identity."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from tests.support.commands import Run
from tests.support.moto import HUB, Aws
from tests.support.proxy import Call, Proxy

from .estate import assets, by, collect, rows


def image(aws: Aws) -> str:
    """An image that instances can be started from."""
    images = aws.client("ec2").describe_images(Owners=["amazon"])["Images"]
    return str(images[0]["ImageId"])


def launch(aws: Aws, count: int, **options: Any) -> list[str]:
    answer = aws.client("ec2").run_instances(
        ImageId=image(aws), MinCount=count, MaxCount=count, InstanceType="t3.micro", **options
    )
    return [instance["InstanceId"] for instance in answer["Instances"]]


def test_b1_instances_volumes_snapshots_images_and_key_pairs_with_their_properties(
    run: Run, aws: Aws
) -> None:
    ec2 = aws.client("ec2")
    ec2.create_key_pair(KeyName="ops")
    instances = launch(aws, 3, KeyName="ops")
    for size in (1, 2):
        ec2.create_volume(
            AvailabilityZone="us-east-1a", Size=size, VolumeType="gp3", Encrypted=size == 2,
            TagSpecifications=[
                {"ResourceType": "volume", "Tags": [{"Key": "made-by", "Value": "test"}]}
            ],
        )  # fmt: skip
    made = ec2.describe_volumes(Filters=[{"Name": "tag:made-by", "Values": ["test"]}])["Volumes"]
    volumes = sorted(volume["VolumeId"] for volume in made)
    snapshot = ec2.create_snapshot(VolumeId=volumes[0], Description="nightly")["SnapshotId"]
    own = ec2.create_image(InstanceId=instances[0], Name="golden")["ImageId"]
    collect(run, "ec2")

    found = by("id", assets(run, "EC2Instance"))
    assert set(found) == set(instances)
    told = ec2.describe_instances(InstanceIds=[instances[0]])["Reservations"][0]["Instances"][0]
    properties = found[instances[0]]["properties"]
    assert properties["state"] == "running"
    assert properties["instancetype"] == "t3.micro"
    assert properties["publicipaddress"] == told["PublicIpAddress"]
    assert properties["publicdnsname"] == told["PublicDnsName"]
    assert properties["launchtime"].startswith(f"{told['LaunchTime']:%Y-%m-%dT%H:%M:%S}")

    found = by("id", assets(run, "EBSVolume", "--tag", "made-by=test"))
    assert sorted(found) == volumes
    described = [row["properties"] for row in found.values()]
    assert {p["size"]: p["encrypted"] for p in described} == {1: False, 2: True}
    assert {p["type"] for p in described} == {"gp3"}
    assert all(p["createtime"] for p in described)
    in_moto = ec2.describe_volumes()["Volumes"]
    assert len(assets(run, "AWSEBSVolume")) == len(in_moto)
    attached = rows(
        run, "MATCH (v:EBSVolume)-[:ATTACHED_TO]->(i:EC2Instance) RETURN i.id AS i ORDER BY i"
    )
    assert [row["i"] for row in attached] == sorted(instances)

    row = by("id", assets(run, "EBSSnapshot"))[snapshot]
    assert row["properties"]["volumeid"] == volumes[0]
    assert row["properties"]["description"] == "nightly"
    assert row["properties"]["state"] == "completed"
    row = by("id", assets(run, "EC2Image"))[own]
    assert (row["name"], row["properties"]["architecture"]) == ("golden", "x86_64")
    (key,) = assets(run, "EC2KeyPair")
    assert key["name"] == "ops"


def test_b1_a_terminated_instance_is_gone(run: Run, aws: Aws) -> None:
    (instance, kept) = launch(aws, 2)
    collect(run, "ec2", "--no-graph")
    aws.client("ec2").terminate_instances(InstanceIds=[instance])
    collect(run, "ec2", "--no-graph")
    assert [row["id"] for row in assets(run, "AWSEC2Instance")] == [kept]


def test_b2_an_open_port_is_a_chain_from_the_range_to_the_instance(run: Run, aws: Aws) -> None:
    ec2 = aws.client("ec2")
    group = ec2.create_security_group(GroupName="ssh", Description="open")["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22,
             "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
        ],
    )  # fmt: skip
    (instance,) = launch(aws, 1, SecurityGroupIds=[group])
    collect(run, "ec2")
    text = (
        "MATCH (r:IpRange)-[:MEMBER_OF_IP_RULE]->(p:IpPermissionInbound)"
        "-[:MEMBER_OF_EC2_SECURITY_GROUP]->(g:EC2SecurityGroup)"
        "<-[:MEMBER_OF_EC2_SECURITY_GROUP]-(i:EC2Instance) "
        "RETURN r.id AS range, p.protocol AS protocol, p.fromport AS first, p.toport AS last, "
        "g.id AS group, i.id AS instance"
    )
    assert rows(run, text) == [
        {"range": "0.0.0.0/0", "protocol": "tcp", "first": 22, "last": 22, "group": group,
         "instance": instance}
    ]  # fmt: skip


def test_b2_networks_their_gateways_peerings_and_flow_logs(run: Run, aws: Aws) -> None:
    ec2 = aws.client("ec2")
    one, two = (
        ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"] for block in ("10.1.0.0/16", "10.2.0.0/16")
    )
    subnet = ec2.create_subnet(VpcId=one, CidrBlock="10.1.1.0/24")["Subnet"]["SubnetId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=one, InternetGatewayId=gateway)
    peering = ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=two)
    peering_id = peering["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering_id)
    transit = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    aws.client("s3").create_bucket(Bucket="flows")
    (flow,) = ec2.create_flow_logs(
        ResourceType="VPC", ResourceIds=[one], TrafficType="ALL", LogDestinationType="s3",
        LogDestination="arn:aws:s3:::flows",
    )["FlowLogIds"]  # fmt: skip
    collect(run, "ec2,s3")
    assert by("id", assets(run, "AWSVpc"))[one]["properties"]["primary_cidr_block"] == "10.1.0.0/16"
    assert subnet in by("id", assets(run, "EC2Subnet"))
    text = "MATCH (v:AWSVpc {id: $vpc})-[r]-(n) RETURN DISTINCT labels(n)[0] AS label, n.id AS id"
    around = {(row["label"], row["id"]) for row in rows(run, text, "--param", f"vpc={one}")}
    assert {("AWSInternetGateway", gateway), ("AWSEC2Subnet", subnet), ("AWSVpcFlowLog", flow)} <= {
        (label, identity.rpartition("/")[2]) for label, identity in around
    }
    (row,) = assets(run, "AWSPeeringConnection")
    assert (row["id"], row["properties"]["status_code"]) == (peering_id, "active")
    assert transit in [r["id"].rpartition("/")[2] for r in assets(run, "AWSTransitGateway")]
    (row,) = assets(run, "AWSVpcFlowLog")
    assert row["properties"]["flow_log_status"] == "ACTIVE"


def test_b3_a_classic_balancer_is_updated_each_time_its_instances_change(
    run: Run, aws: Aws
) -> None:
    elb = aws.client("elb")
    one, two = launch(aws, 2)
    elb.create_load_balancer(
        LoadBalancerName="old",
        Listeners=[{"Protocol": "http", "LoadBalancerPort": 80, "InstancePort": 8080}],
        AvailabilityZones=["us-east-1a"],
    )
    text = "MATCH (:LoadBalancer {name: 'old'})-[:EXPOSE]->(i:EC2Instance) RETURN i.id AS id"
    collect(run, "ec2", "--no-graph")
    seen = []
    for registered, removed in ((one, None), (two, one), (one, two)):
        ids = [{"InstanceId": registered}]
        elb.register_instances_with_load_balancer(LoadBalancerName="old", Instances=ids)
        if removed:
            elb.deregister_instances_from_load_balancer(
                LoadBalancerName="old", Instances=[{"InstanceId": removed}]
            )
        collect(run, "elb")
        seen.append([row["id"] for row in rows(run, text)])
    assert seen == [[one], [two], [one]]


def test_b3_application_balancers_lead_through_listeners_and_groups_to_targets(
    run: Run, aws: Aws
) -> None:
    ec2, elb = aws.client("ec2"), aws.client("elbv2")
    (instance,) = launch(aws, 1)
    subnets = [s["SubnetId"] for s in ec2.describe_subnets()["Subnets"]][:2]
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    balancer = elb.create_load_balancer(Name="web", Subnets=subnets, Scheme="internet-facing")
    arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    group = elb.create_target_group(Name="app", Protocol="HTTP", Port=8080, VpcId=vpc)
    group_arn = group["TargetGroups"][0]["TargetGroupArn"]
    elb.register_targets(TargetGroupArn=group_arn, Targets=[{"Id": instance}])
    elb.create_listener(
        LoadBalancerArn=arn, Protocol="HTTP", Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group_arn}],
    )  # fmt: skip
    collect(run, "elbv2,ec2")
    text = (
        "MATCH (b:LoadBalancerV2)-[:ELBV2_LISTENER]->(l:ELBV2Listener)-[:FORWARDS_TO]->"
        "(g:AWSELBV2TargetGroup)-[:TARGETS]->(i:EC2Instance), (b)-[:EXPOSE]->(i) "
        "RETURN b.name AS balancer, b.scheme AS scheme, l.port AS port, g.name AS group, i.id AS id"
    )
    assert rows(run, text) == [
        {"balancer": "web", "scheme": "internet-facing", "port": 80, "group": "app", "id": instance}
    ]


def test_b4_a_public_unencrypted_database_shows_both_with_tags_and_date(run: Run, aws: Aws) -> None:
    rds = aws.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="shop", Engine="postgres", DBInstanceClass="db.t3.micro",
        AllocatedStorage=20, MasterUsername="root", MasterUserPassword="not-a-secret",
        PubliclyAccessible=True, StorageEncrypted=False, Tags=[{"Key": "team", "Value": "shop"}],
    )  # fmt: skip
    rds.create_db_cluster(
        DBClusterIdentifier="ledger", Engine="aurora-postgresql", MasterUsername="root",
        MasterUserPassword="not-a-secret", StorageEncrypted=True,
    )  # fmt: skip
    collect(run, "rds")
    (row,) = assets(run, "RDSInstance")
    assert row["tags"] == {"team": "shop"}
    properties = row["properties"]
    assert properties["publicly_accessible"] is True
    assert properties["storage_encrypted"] is False
    assert properties["engine"] == "postgres"
    told = rds.describe_db_instances()["DBInstances"][0]["InstanceCreateTime"]
    assert properties["instance_create_time"].startswith(f"{told:%Y-%m-%dT%H:%M}")
    (row,) = assets(run, "RDSCluster")
    assert row["properties"]["storage_encrypted"] is True
    text = (
        "MATCH (:AWSAccount)-[:RESOURCE]->(d:RDSInstance)-[:TAGGED]->(t:AWSTag {key: 'team'}) "
        "WHERE d.publicly_accessible AND NOT d.storage_encrypted RETURN t.value AS team"
    )
    assert rows(run, text) == [{"team": "shop"}]


POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
             "Resource": "arn:aws:s3:::site/*"}
        ],
    }
)  # fmt: skip


def test_b5_a_bucket_with_website_policy_and_tag_beside_one_without(run: Run, aws: Aws) -> None:
    s3 = aws.client("s3", region="us-west-2")
    s3.create_bucket(Bucket="site", CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    s3.put_bucket_website(
        Bucket="site", WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}}
    )
    s3.put_bucket_policy(Bucket="site", Policy=POLICY)
    s3.put_bucket_tagging(Bucket="site", Tagging={"TagSet": [{"Key": "team", "Value": "web"}]})
    aws.client("s3").create_bucket(Bucket="plain")
    collect(run, "s3", regions="us-east-1,us-west-2")
    found = by("id", assets(run, "S3Bucket"))
    site, plain = found["site"], found["plain"]
    assert (site["region"], plain["region"]) == ("us-west-2", "us-east-1")
    assert (site["tags"], plain["tags"]) == ({"team": "web"}, {})
    assert site["properties"]["website_enabled"] is True
    assert plain["properties"]["website_enabled"] is False
    assert json.loads(site["properties"]["policy"]) == json.loads(POLICY)
    assert site["properties"]["anonymous_access"] is True
    assert plain["properties"].get("policy") is None
    assert plain["properties"]["anonymous_access"] is False
    for bucket in ("site", "plain"):
        assert run("assets", "show", bucket, "--output", "json").json["unread"] == {}


def test_b5_a_refused_policy_is_unknown_and_not_none(run: Run, aws: Aws, proxy: Proxy) -> None:
    aws.client("s3").create_bucket(Bucket="plain")
    aws.client("s3").create_bucket(Bucket="shut")
    for call in (r"GET \?policy", r"GET \?policyStatus"):
        proxy.fail("s3", call, path_part="/shut")
    answer = collect(run, "s3", code=5)
    assert answer["verdict"] == "partial"
    found = {b: run("assets", "show", b, "--output", "json").json for b in ("shut", "plain")}
    assert found["plain"]["unread"] == {}
    shut = found["shut"]["unread"]["s3:GetBucketPolicy"]
    assert shut["verdict"] == "denied"
    assert "AccessDenied" in shut["code"]
    assert found["plain"]["properties"]["anonymous_access"] is False
    assert found["shut"]["properties"].get("anonymous_access") is None
    judged = run("check", "--check", "aws-s3-public", "--output", "json").json
    assert {row["asset"]: row["status"] for row in judged} == {"plain": "pass", "shut": "unknown"}
    (why,) = [row["why"] for row in judged if row["asset"] == "shut"]
    assert "s3:GetBucketPolicy" in why


def in_two_pages(call: Call, text: str) -> str:
    """Moto answers all users at once; AWS answers a hundred, and where to go on."""
    if "Filter.member.1=User" not in call.body and "<UserDetailList>" not in text:
        return text
    start, _, rest = text.partition("<UserDetailList>")
    users, _, end = rest.partition("</UserDetailList>")
    # Users hold lists of their own: only a user's record begins with its path.
    found = re.split(r"(?=<member>\s*<Path>|<member>\s*<GroupList)", users)
    head, members = found[0], found[1:]
    kept = members[100:] if call.paged else members[:100]
    text = f"{start}<UserDetailList>{head}{''.join(kept)}</UserDetailList>{end}"
    if call.paged:
        return text
    return re.sub(
        r"<IsTruncated>false</IsTruncated>",
        "<IsTruncated>true</IsTruncated><Marker>next</Marker>",
        text,
    )


def test_b7_all_of_150_users_in_two_pages(run: Run, aws: Aws, proxy: Proxy) -> None:
    iam = aws.client("iam")
    for number in range(150):
        iam.create_user(UserName=f"user-{number:03}")
    proxy.rewrite("iam", "GetAccountAuthorizationDetails", in_two_pages)
    collect(run, "iam")
    pages = [c for c in proxy.calls if c.operation == "GetAccountAuthorizationDetails"]
    # What everybody may do, and whose use of services is to be asked for.
    assert len([c for c in pages if c.paged]) == 2
    assert rows(run, "MATCH (u:AWSUser) RETURN count(u) AS users") == [{"users": 150}]
    assert len(assets(run, "AWSUser")) == 150


def test_b7_users_groups_roles_keys_devices_and_policies_with_what_they_are_attached_to(
    run: Run, aws: Aws
) -> None:
    iam = aws.client("iam")
    iam.create_user(UserName="ada", Path="/staff/")
    iam.create_group(GroupName="admins")
    iam.add_user_to_group(GroupName="admins", UserName="ada")
    document = json.dumps(
        {"Version": "2012-10-17",
         "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    )  # fmt: skip
    attached, loose = (
        iam.create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"]
        for name in ("attached", "loose")
    )
    iam.attach_group_policy(GroupName="admins", PolicyArn=attached)
    iam.put_user_policy(UserName="ada", PolicyName="inline", PolicyDocument=document)
    key = iam.create_access_key(UserName="ada")["AccessKey"]["AccessKeyId"]
    iam.create_login_profile(UserName="ada", Password="not-a-secret-1A!")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="ada")["VirtualMFADevice"]
    iam.enable_mfa_device(
        UserName="ada", SerialNumber=device["SerialNumber"],
        AuthenticationCode1="123456", AuthenticationCode2="654321",
    )  # fmt: skip
    trust = json.dumps(
        {"Version": "2012-10-17",
         "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                        "Principal": {"AWS": f"arn:aws:iam::{HUB}:user/staff/ada"}}]}
    )  # fmt: skip
    iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=trust)
    collect(run, "iam")
    text = (
        "MATCH (u:AWSUser {name: 'ada'})-[:MEMBER_AWS_GROUP]->(g:AWSGroup)-[:POLICY]->"
        "(p:AWSPolicy)-[:STATEMENT]->(s:AWSPolicyStatement) "
        "RETURN g.name AS group, p.name AS policy, s.action AS action, s.effect AS effect"
    )
    assert rows(run, text) == [
        {"group": "admins", "policy": "attached", "action": ["s3:*"], "effect": "Allow"}
    ]
    assert rows(
        run, "MATCH (:AWSUser {name: 'ada'})-[:POLICY]->(p:AWSPolicy) RETURN p.name AS name"
    ) == [{"name": "inline"}]
    assert rows(
        run, "MATCH (u:AWSUser)-[:AWS_ACCESS_KEY]->(k:AccountAccessKey) "
        "RETURN u.name AS user, k.accesskeyid AS key, k.status AS status",
    ) == [{"user": "ada", "key": key, "status": "Active"}]  # fmt: skip
    assert len(rows(run, "MATCH (:AWSUser)-[:MFA_DEVICE]->(d) RETURN d.id AS id")) == 1
    assert rows(
        run, "MATCH (r:AWSRole {name: 'deploy'})-[:TRUSTS_AWS_PRINCIPAL]->(u:AWSUser) "
        "RETURN u.name AS name",
    ) == [{"name": "ada"}]  # fmt: skip
    managed = {p["id"] for p in assets(run, "AWSManagedPolicy")}
    assert {attached, loose} <= managed
    (user,) = assets(run, "AWSUser")
    assert user["properties"]["path"] == "/staff/"
    assert user["properties"]["password_enabled"] is True
    assert user["properties"]["access_key_1_active"] is True


_TABLE = {
    "TableName": "one",
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
}


@pytest.mark.parametrize(
    ("service", "label", "create", "parameters"),
    [
        ("sqs", "AWSSQSQueue", "create_queue", {"QueueName": "one"}),
        ("kms", "AWSKMSKey", "create_key", {}),
        ("dynamodb", "AWSDynamoDBTable", "create_table", _TABLE),
        ("ecr", "AWSECRRepository", "create_repository", {"repositoryName": "one"}),
    ],
)
def test_b8_what_a_service_lists_is_what_moto_holds(
    run: Run, aws: Aws, service: str, label: str, create: str, parameters: dict[str, Any]
) -> None:
    getattr(aws.client(service), create)(**parameters)
    collect(run, service, "--no-graph")
    assert len(assets(run, label)) == 1
