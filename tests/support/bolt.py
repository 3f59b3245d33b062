"""A Bolt 5.4 server on the loopback interface, for the real driver to talk to.

It keeps transactions over whatever `Store` it is given, records every statement, and can fail: at
the n-th message that counts (RUN or COMMIT) it drops the connection, before or after having done
what was asked, or answers with an error.
"""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from tests.support.packstream import Message, pack, unpack

_MAGIC = b"\x60\x60\xb0\x17"
_VERSION = b"\x00\x00\x04\x05"

HELLO, LOGON, LOGOFF, GOODBYE, RESET = 0x01, 0x6A, 0x6B, 0x02, 0x0F
RUN, BEGIN, COMMIT, ROLLBACK, DISCARD, PULL, ROUTE, TELEMETRY = (
    0x10, 0x11, 0x12, 0x13, 0x2F, 0x3F, 0x66, 0x54,
)  # fmt: skip
SUCCESS, RECORD, IGNORED, FAILURE = 0x70, 0x71, 0x7E, 0x7F

TRANSIENT = "Neo.TransientError.Transaction.DeadlockDetected"


class StatementError(Exception):
    """What a store answers to a statement that it cannot carry out."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Store(Protocol):
    """What statements work on."""

    def copy(self) -> Self:
        """A copy, for a transaction."""

    def run(self, text: str, parameters: dict[str, Any]) -> tuple[list[str], list[list[Any]]]:
        """Carry out a statement: names of columns, and rows. May raise `StatementError`."""


@dataclass(frozen=True)
class Fault:
    """`how`: `before` or `after` (drop the connection), or the code of an error to answer."""

    at: int
    how: str


@dataclass
class Bolt:
    """The server's state, for tests to set and look at."""

    store: Any
    port: int = 0
    password: str = "secret"
    statements: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    fault: Fault | None = None
    counted: int = 0

    @property
    def uri(self) -> str:
        return f"bolt://127.0.0.1:{self.port}"

    def fail(self, at: int, how: str) -> None:
        """Fail at the `at`-th message from now, once."""
        self.counted, self.fault = 0, Fault(at, how)

    def heal(self) -> None:
        """Fail no more, and forget the statements."""
        self.counted, self.fault = 0, None
        self.statements.clear()


@contextmanager
def bolt_server(store: Store) -> Iterator[Bolt]:
    """A server over a store, until the block ends."""
    bolt = Bolt(store)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                _Connection(self.request, bolt).serve()
            except (ConnectionError, _DroppedError):
                self.request.close()

    class Listener(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Listener(("127.0.0.1", 0), Handler) as listener:
        bolt.port = listener.server_address[1]
        thread = threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield bolt
        finally:
            listener.shutdown()


class _DroppedError(Exception):
    pass


class _Connection:
    def __init__(self, connection: socket.socket, bolt: Bolt) -> None:
        # Small answers one after another would else wait for each other's acknowledgement.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connection
        self._bolt = bolt
        self._store: Any = None
        self._rows: list[list[Any]] = []
        self._failed = False

    def serve(self) -> None:
        assert self._exactly(4) == _MAGIC
        self._exactly(16)
        self._socket.sendall(_VERSION)
        while True:
            message = self._receive()
            if message.tag == GOODBYE:
                return
            self._handle(message)

    def _handle(self, message: Message) -> None:
        if message.tag == RESET:
            self._failed, self._store, self._rows = False, None, []
            self._send(SUCCESS, {})
        elif self._failed:
            self._send(IGNORED)
        else:
            try:
                fault = self._due(message)
                if fault is not None and fault.how == "before":
                    raise _DroppedError
                if fault is not None and fault.how != "after":
                    raise StatementError(fault.how, "as the test wants it")
                answers = self._answers(message)
                if fault is not None:
                    raise _DroppedError
                for answer in answers:
                    self._send(*answer)
            except StatementError as error:
                self._failed = True
                self._send(FAILURE, {"code": error.code, "message": str(error)})

    def _due(self, message: Message) -> Fault | None:
        if message.tag not in {RUN, COMMIT}:
            return None
        self._bolt.counted += 1
        fault = self._bolt.fault
        if fault is None or fault.at != self._bolt.counted:
            return None
        self._bolt.fault = None
        return fault

    def _answers(self, message: Message) -> list[tuple[Any, ...]]:
        match message.tag:
            case 0x01:
                return [(SUCCESS, {"server": "Neo4j/5.13.0", "connection_id": "bolt-1"})]
            case 0x6A:
                if message.fields[0].get("credentials") != self._bolt.password:
                    raise StatementError("Neo.ClientError.Security.Unauthorized", "wrong password")
            case 0x11:
                is_read = message.fields[0].get("mode") == "r"
                self._store = None if is_read else self._bolt.store.copy()
            case 0x12:
                if self._store is not None:
                    self._bolt.store = self._store
                self._store = None
                return [(SUCCESS, {"bookmark": "bookmark-1"})]
            case 0x13:
                self._store = None
            case 0x10:
                text, parameters = message.fields[0], message.fields[1]
                self._bolt.statements.append((text, parameters))
                target = self._bolt.store if self._store is None else self._store
                columns, self._rows = target.run(text, parameters)
                return [(SUCCESS, {"fields": columns, "t_first": 0})]
            case 0x3F:
                size = message.fields[0]["n"]
                size = len(self._rows) if size < 0 else size
                page, self._rows = self._rows[:size], self._rows[size:]
                done = {"has_more": True} if self._rows else {"type": "rw", "t_last": 0}
                return [*((RECORD, row) for row in page), (SUCCESS, done)]
            case 0x2F:
                self._rows = []
            case 0x66:
                servers = [
                    {"addresses": [f"127.0.0.1:{self._bolt.port}"], "role": role}
                    for role in ("ROUTE", "READ", "WRITE")
                ]
                return [(SUCCESS, {"rt": {"ttl": 300, "servers": servers, "db": "neo4j"}})]
            case 0x6B | 0x54:
                pass
            case tag:
                raise StatementError("Neo.ClientError.Request.Invalid", f"no message {tag:#x}")
        return [(SUCCESS, {})]

    def _send(self, tag: int, *fields: Any) -> None:
        data = pack(Message(tag, list(fields)))
        chunks = [data[start : start + 0xFFFF] for start in range(0, len(data), 0xFFFF)]
        framed = b"".join(struct.pack(">H", len(chunk)) + chunk for chunk in chunks)
        self._socket.sendall(framed + b"\x00\x00")

    def _receive(self) -> Message:
        data = b""
        while True:
            (size,) = struct.unpack(">H", self._exactly(2))
            if size == 0:
                if data:
                    message = unpack(data)
                    assert isinstance(message, Message)
                    return message
                continue
            data += self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self._socket.recv(size - len(data))
            if not piece:
                raise _DroppedError
            data += piece
        return data
