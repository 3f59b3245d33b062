"""A loopback proxy before a moto server: counts every call, and answers chosen ones itself.

What reaches it is what left the process under test, so its counts are the truth that the product's
own are held against, and its answers are the failures that moto cannot produce.
"""

from __future__ import annotations

import json
import math
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.moto import HUB, Aws

_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
_KEY = re.compile(rb"<AccessKeyId>([^<]+)</AccessKeyId>")
_HOP_BY_HOP = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive"})


@dataclass(frozen=True)
class Call:
    """One request as it was sent. `service` is the name it was signed for.

    `operation` is the operation's name where the protocol tells it, and otherwise the method with
    the path's query (`GET ?policy`, `GET /`). `paged` says that it asks for a further page.
    """

    service: str
    operation: str
    region: str
    account: str
    path: str
    body: str = field(repr=False)

    @property
    def paged(self) -> bool:
        """Whether a token of the page before is sent along."""
        return bool(
            re.search(r"(?i)nexttoken|marker=|\"marker\"|continuation-token", self.body + self.path)
        )

    @property
    def to(self) -> str:
        """The account whose role is to be assumed."""
        return parse_qs(self.body).get("RoleArn", ["::::"])[0].split(":")[4]

    def key(self) -> tuple[str, ...]:
        """What two calls have in common that ask the same of the same account."""
        return (self.account, self.region, self.service, self.operation, self.path, self.body)


Match = Callable[[Call], bool]


@dataclass
class _Rule:
    """What to do to the next `left` calls that match: refuse them, or change their answers."""

    matches: Match
    refuse: Callable[[Call], tuple[int, bytes]] | None = None
    change: Callable[[Call, str], str] | None = None
    left: float = math.inf


class _Server(ThreadingHTTPServer):
    # The default of 5 refuses connections when a collection opens 32 at once.
    request_queue_size = 128


class Proxy:
    """Forwards to `aws`; `url` is its own address."""

    def __init__(self, aws: Aws) -> None:
        self.calls: list[Call] = []
        self._faults: list[Call] = []
        self._target = urlsplit(aws.url)
        self._rules: list[_Rule] = []
        self._accounts = {"testing": HUB}
        self._lock = threading.Lock()
        self._local = threading.local()
        self._released = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def fail(
        self,
        service: str,
        operation: str,
        code: str = "AccessDenied",
        status: int = 403,
        *,
        times: float = math.inf,
        **where: Any,
    ) -> None:
        """Answer matching calls with an error, `times` times.

        `operation` is a regular expression. `where` narrows to calls of a `region` or `account`,
        `to` an account, of a `path_part`, or to `paged` ones.
        """

        def refuse(call: Call) -> tuple[int, bytes]:
            return status, _error(call, code, f"{code}: stubbed by the test")

        matches = _matching(service, operation, **where)
        self._rules.append(_Rule(matches, refuse=refuse, left=times))

    def answer(self, service: str, operation: str, document: Callable[[Call], str]) -> None:
        """Answer matching calls, which moto may not know, with what `document` makes of them."""

        def answer(call: Call) -> tuple[int, bytes]:
            return 200, document(call).encode()

        self._rules.append(_Rule(_matching(service, operation), refuse=answer))

    def rewrite(
        self, service: str, operation: str, change: Callable[[Call, str], str], **where: Any
    ) -> None:
        """Change the answers to matching calls on their way back."""

        self._rules.append(_Rule(_matching(service, operation, **where), change=change))

    def hold(self, service: str, operation: str) -> threading.Event:
        """Leave a call without an answer until told to `behave`; set once it was made."""
        reached = threading.Event()
        released = self._released = threading.Event()

        def wait(call: Call, text: str) -> str:
            reached.set()
            released.wait(60)
            return text

        self._rules.append(_Rule(_matching(service, operation), change=wait))
        return reached

    def behave(self) -> None:
        """Forget every failure, and the calls so far."""
        self._released.set()
        self._rules.clear()
        self.calls.clear()
        self._faults.clear()

    def counts(self) -> Counter[tuple[str, str, str]]:
        """How often each (service, operation, region) was called."""
        return Counter((call.service, call.operation, call.region) for call in self.calls)

    def repeated(self) -> list[tuple[str, ...]]:
        """What was asked again although it had been answered."""
        answered = Counter(call.key() for call in self.calls)
        answered -= Counter(call.key() for call in self._faults)
        return [key for key, count in answered.items() if count > 1]

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def serve(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """The answer to one request."""
        call = self._call(method, path, headers, body)
        with self._lock:
            self.calls.append(call)
            rule = next((r for r in self._rules if r.left >= 1 and r.matches(call)), None)
            if rule is not None:
                rule.left -= 1
        if rule is not None and rule.refuse is not None:
            status, answer = rule.refuse(call)
            return status, [("Content-Type", _content_type(headers))], answer
        status, answered, document = self._forward(method, path, headers, body)
        if status >= 500:
            self._faults.append(call)
        if rule is not None and rule.change is not None and status == 200:
            document = rule.change(call, document.decode()).encode()
        if call.operation == "AssumeRole" and (key := _KEY.search(document)):
            self._accounts[key[1].decode()] = call.to
        return status, answered, document

    def _call(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Call:
        signed = _CREDENTIAL.search(headers.get("authorization", ""))
        key, region, service = signed.groups() if signed else ("", "", "")
        text = body.decode(errors="replace")
        query = urlsplit(path).query
        named = re.search(r"(?:^|&)Action=(\w+)", text) or re.search(r"/operation/(\w+)", path)
        if target := headers.get("x-amz-target"):
            operation = target.rpartition(".")[2]
        elif named := named or re.search(r"[?&]x-id=(\w+)", path):
            operation = named[1]
        else:
            operation = f"{method} ?{query}" if query else f"{method} {urlsplit(path).path}"
        return Call(service, operation, region, self._accounts.get(key, ""), path, text)

    def _forward(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = HTTPConnection(str(self._target.hostname), self._target.port, timeout=60)
            self._local.connection = connection
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        document = response.read()
        kept = [(k, v) for k, v in response.getheaders() if k.lower() not in _HOP_BY_HOP]
        return response.status, kept, document

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, answered, document = proxy.serve(self.command, self.path, headers, body)
                head = [f"HTTP/1.1 {status} Answer"]
                head += [f"{name}: {value}" for name, value in answered]
                if self.command != "HEAD":
                    head.append(f"Content-Length: {len(document)}")
                self.wfile.write("\r\n".join((*head, "", "")).encode("latin-1") + document)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _answer  # noqa: N815

            def log_message(self, *arguments: Any) -> None:
                pass

            def finish(self) -> None:
                connection = getattr(proxy._local, "connection", None)
                if connection is not None:
                    connection.close()
                super().finish()

        return Handler


@pytest.fixture
def proxy(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A proxy before the test's AWS, which the environment points at in its place."""
    started = Proxy(aws)
    monkeypatch.setenv("AWS_ENDPOINT_URL", started.url)
    yield started
    started.close()


def _matching(service: str, operation: str, path_part: str = "", **where: Any) -> Match:
    def matches(call: Call) -> bool:
        return (
            call.service == service
            and re.fullmatch(operation, call.operation) is not None
            and path_part in call.path
            and all(getattr(call, name) == value for name, value in where.items())
        )

    return matches


def _content_type(headers: dict[str, str]) -> str:
    return "application/x-amz-json-1.1" if "x-amz-target" in headers else "text/xml"


def _error(call: Call, code: str, message: str) -> bytes:
    inner = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    if call.service == "s3":
        return inner.encode()
    if call.service == "ec2":
        return f"<Response><Errors>{inner}</Errors></Response>".encode()
    if call.body.startswith("{"):
        return json.dumps({"__type": code, "message": message}).encode()
    return f"<ErrorResponse>{inner}</ErrorResponse>".encode()
