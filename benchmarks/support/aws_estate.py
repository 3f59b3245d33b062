"""The estate that collection is measured on, built in a moto server of its own process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import urlsplit

import botocore.session
from botocore.client import BaseClient

from cloudwarden.providers.aws.models import ModelLoader

REGIONS = ("us-east-1", "us-west-2")
INSTANCES, BUCKETS, ROLES, USERS, GROUPS = 200, 50, 50, 10, 20

_SERVER = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print("http://%s:%d" % server.get_host_and_port(), flush=True)
sys.stdin.read()
"""


@contextmanager
def moto() -> Iterator[str]:
    """The address of a moto server that runs until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        _wait_for(url)
        yield url
    finally:
        process.stdin.close()
        process.terminate()
        process.wait()
        process.stdout.close()


def environment(url: str) -> dict[str, str]:
    """The environment of a process that is to find the server and nothing else."""
    mine = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    return {
        **mine,
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGIONS[0],
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def fill(url: str) -> None:
    """Build the estate: instances and groups over two regions, buckets, roles, users."""
    session = botocore.session.Session()
    session.register_component("data_loader", ModelLoader())
    session.set_credentials("testing", "testing")

    def client(service: str, region: str = REGIONS[0]) -> BaseClient:
        return session.create_client(service, region_name=region, endpoint_url=url)

    _fill_iam(client("iam"))
    s3 = client("s3")
    for number in range(BUCKETS):
        s3.create_bucket(Bucket=f"bench-{number}")
    for region in REGIONS:
        _fill_ec2(client("ec2", region))


def _fill_iam(iam: BaseClient) -> None:
    trust = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "ec2.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    )
    allowed = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}],
        }
    )
    for number in range(ROLES):
        iam.create_role(RoleName=f"bench-{number}", AssumeRolePolicyDocument=trust)
        iam.put_role_policy(RoleName=f"bench-{number}", PolicyName="inline", PolicyDocument=allowed)
    for number in range(USERS):
        iam.create_user(UserName=f"bench-{number}")
        iam.create_access_key(UserName=f"bench-{number}")


def _fill_ec2(ec2: BaseClient) -> None:
    groups = [
        ec2.create_security_group(GroupName=f"bench-{number}", Description="bench")["GroupId"]
        for number in range(GROUPS // len(REGIONS))
    ]
    for group in groups:
        ec2.authorize_security_group_ingress(
            GroupId=group,
            IpPermissions=[
                {
                    "IpProtocol": "tcp",
                    "FromPort": 443,
                    "ToPort": 443,
                    "IpRanges": [{"CidrIp": "10.0.0.0/8"}],
                }
            ],
        )
    ec2.run_instances(
        ImageId="ami-12c6146b",
        MinCount=INSTANCES // len(REGIONS),
        MaxCount=INSTANCES // len(REGIONS),
        SecurityGroupIds=groups[:1],
        InstanceType="t3.micro",
        TagSpecifications=[
            {"ResourceType": "instance", "Tags": [{"Key": "team", "Value": "bench"}]}
        ],
    )


def _wait_for(url: str) -> None:
    address = urlsplit(url)
    for _ in range(100):
        connection = HTTPConnection(str(address.hostname), address.port or 80, timeout=5)
        try:
            connection.request("GET", "/moto-api/")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()
    raise TimeoutError(f"no moto server answers at {url}")
