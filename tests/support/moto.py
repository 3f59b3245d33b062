"""A moto server on a free loopback port, and a test bed of three accounts in it.

`aws` is what a test asks for: an empty AWS, the environment pointing at it, and clients for each
account. `accounts` are the bed's accounts as a user would configure them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import botocore.session
import pytest
from botocore.config import Config

from cloudwarden.providers.aws.models import ModelLoader
from cloudwarden.providers.base import AccountSettings

HUB = "123456789012"
ALPHA = "111111111111"
BETA = "222222222222"
ACCOUNT_NAMES: Mapping[str, str] = {HUB: "hub", ALPHA: "alpha", BETA: "beta"}
ROLE = "cloudwarden-audit"
REGIONS = ("us-east-1", "us-west-2")

_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{HUB}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


def role_arn(account: str, role: str = ROLE) -> str:
    """The ARN of the bed's audit role in an account."""
    return f"arn:aws:iam::{account}:role/{role}"


class Aws:
    """An AWS of one's own at `url`. Its base credentials belong to the hub."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session = botocore.session.Session()
        self._session.register_component("data_loader", ModelLoader())
        self._credentials: dict[str, Mapping[str, str]] = {}
        self._clients: dict[tuple[str, str, str], Any] = {}

    def client(self, service: str, account: str = HUB, region: str = "us-east-1") -> Any:
        """A botocore client acting in an account, through AssumeRole where it is not the hub."""
        key = (service, account, region)
        if key not in self._clients:
            self._clients[key] = self._session.create_client(
                service,
                region_name=region,
                endpoint_url=self.url,
                config=Config(retries={"total_max_attempts": 1}),
                **self._keys(account),
            )
        return self._clients[key]

    def create_roles(self) -> None:
        """Create the audit role in each of the bed's accounts."""
        for account in ACCOUNT_NAMES:
            self.client("iam", account).create_role(
                RoleName=ROLE, AssumeRolePolicyDocument=_TRUST, Path="/"
            )

    def reset(self) -> None:
        """Empty every account."""
        address = urlsplit(self.url)
        connection = HTTPConnection(str(address.hostname), address.port or 80, timeout=30)
        try:
            connection.request("POST", "/moto-api/reset", headers={"Content-Length": "0"})
            connection.getresponse().read()
        finally:
            connection.close()
        self._credentials.clear()
        self.close()

    def close(self) -> None:
        """Close every client."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def _keys(self, account: str) -> dict[str, str]:
        if account == HUB:
            return {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        if account not in self._credentials:
            answer = self.client("sts").assume_role(
                RoleArn=role_arn(account), RoleSessionName="test-bed"
            )
            self._credentials[account] = answer["Credentials"]
        credentials = self._credentials[account]
        return {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials["SessionToken"],
        }


@pytest.fixture(scope="session")
def moto_server() -> Iterator[Aws]:
    """The process's moto server, started when the first test asks for it."""
    from moto.moto_server import werkzeug_app
    from moto.server import ThreadedMotoServer

    # Of services that it lacks it tells whoever reads the output of this process: a command's.
    vars(werkzeug_app)["print"] = lambda *_: None

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    aws = Aws(f"http://{host}:{port}")
    yield aws
    aws.close()
    server.stop()


@pytest.fixture
def aws(moto_server: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """An empty AWS that the environment points at, with static credentials of the hub."""
    for name, value in environment(moto_server.url).items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    moto_server.reset()
    yield moto_server
    moto_server.close()


@pytest.fixture
def accounts() -> tuple[AccountSettings, ...]:
    """The three accounts of the bed, each read through its audit role."""
    return tuple(
        AccountSettings(id=account, name=name, role_arn=role_arn(account), regions=REGIONS)
        for account, name in ACCOUNT_NAMES.items()
    )


def environment(url: str) -> dict[str, str]:
    """The environment variables that send an SDK to a moto server, and nowhere else."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/nonexistent/config",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent/credentials",
    }
