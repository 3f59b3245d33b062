"""Clients follow botocore's conventions and share what is dear."""

from __future__ import annotations

import re
import ssl
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ProfileNotFound, SSLError
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from cloudwarden.providers.aws.connections import Connections
from cloudwarden.providers.aws.models import ModelLoader
from cloudwarden.providers.aws.session import TIMEOUTS, AccountSession, Sessions
from cloudwarden.providers.base import AccountSettings


@pytest.fixture(scope="module")
def loader():
    return ModelLoader(
        {
            "sqs": ["ListQueues"],
            "iam": ["ListRoles"],
            "s3": ["ListBuckets"],
            "s3control": ["GetPublicAccessBlock"],
            "mwaa": ["ListEnvironments"],
        }
    )


@pytest.fixture
def credentials(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def connections():
    made = Connections(4, TIMEOUTS)
    yield made
    made.close()


@pytest.fixture
def session(credentials, connections, loader):
    def make(**account) -> AccountSession:
        sessions = Sessions(loader, connections, lambda **_: None)
        settings = AccountSettings(id="1", **account)
        return AccountSession(settings, sessions, lambda named: named or "us-east-1")

    return make


def address(session, service="sqs", region="eu-west-1"):
    return session.client(service, region).meta.endpoint_url


def test_a_client_is_made_once_for_each_service_and_region(session):
    one = session()
    assert one.client("sqs", "eu-west-1") is one.client("sqs", "eu-west-1")
    assert one.client("sqs", "eu-west-1") is not one.client("sqs", "us-east-1")


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1", "http://127.0.0.1:1"),
        ("AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:2", "http://127.0.0.1:2"),
        ("AWS_USE_FIPS_ENDPOINT", "true", "https://sqs-fips.us-east-1.amazonaws.com"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "true", "https://sqs.us-east-1.api.aws"),
    ],
)
def test_endpoints_are_the_users_to_choose(session, monkeypatch, variable, value, expected):
    monkeypatch.setenv(variable, value)
    assert address(session(), region="us-east-1") == expected


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "before"),
    [
        ("mwaa", "list_environments", {}, "api"),
        ("s3control", "get_public_access_block", {"AccountId": "111111111111"}, "111111111111"),
    ],
)
@pytest.mark.parametrize(
    ("endpoint", "prefixed"),
    [("http://127.0.0.1:1", False), ("http://localhost:1", False), ("http://aws.test:1", True)],
)
def test_a_local_endpoint_has_no_names_below_it(
    session, monkeypatch, service, operation, parameters, before, endpoint, prefixed
):
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    client = session().client(service, "eu-west-1")

    def stop(request, **_):
        raise InterruptedError(urlsplit(request.url).netloc)

    client.meta.events.register("before-send", stop)
    host = urlsplit(endpoint).netloc
    expected = f"{before}.{host}" if prefixed else host
    with pytest.raises(InterruptedError, match=rf"^{re.escape(expected)}$"):
        getattr(client, operation)(**parameters)


def test_other_partitions_have_their_own_endpoints(session):
    assert address(session(), region="cn-north-1") == "https://sqs.cn-north-1.amazonaws.com.cn"


@pytest.mark.parametrize("variable", ["AWS_DEFAULT_REGION", "AWS_REGION"])
def test_the_region_of_the_environment_is_found(session, monkeypatch, variable):
    monkeypatch.setenv(variable, "eu-west-3")
    assert session().home == "eu-west-3"


def test_a_profile_that_does_not_exist_is_refused(session):
    with pytest.raises(ProfileNotFound):
        session(profile="nobody")


def test_clients_share_one_pool_of_connections(session):
    one, two = session(), session()
    pools = {
        id(client._endpoint.http_session)
        for client in (
            one.client("sqs", "eu-west-1"),
            one.client("iam", "us-east-1"),
            two.client("sqs", "us-east-1"),
        )
    }
    assert len(pools) == 1


@pytest.fixture
def tls_server(tmp_path):
    """An HTTPS server that answers every request with an empty object, and its certificate."""
    certificate = self_signed("localhost", tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, certificate
    server.shutdown()
    thread.join()
    server.server_close()


def self_signed(name, folder):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        certificate.public_bytes(Encoding.PEM)
        + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return path


def test_a_server_with_the_users_own_certificate_is_trusted(session, monkeypatch, tls_server):
    port, certificate = tls_server
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://localhost:{port}")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))

    assert session().client("sqs", "eu-west-1").list_queues()


def test_a_server_with_another_certificate_is_not_trusted(session, monkeypatch, tls_server):
    port, _ = tls_server
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://localhost:{port}")

    with pytest.raises(SSLError, match="certificate verify failed"):
        session().client("sqs", "eu-west-1").list_queues()


def test_a_server_of_another_name_is_not_trusted(session, monkeypatch, tls_server):
    port, certificate = tls_server
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://127.0.0.1:{port}")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))

    with pytest.raises(SSLError, match="doesn't match"):
        session().client("sqs", "eu-west-1").list_queues()


def test_an_unreadable_certificate_bundle_is_left_to_botocore(session, monkeypatch):
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nonexistent/bundle.pem")
    client = session().client("sqs", "eu-west-1")
    assert type(client._endpoint.http_session).__name__ == "URLLib3Session"


def test_botocore_does_not_try_again_by_itself(session):
    config = session().client("sqs", "eu-west-1").meta.config
    assert config.retries["total_max_attempts"] == 1
