"""Fixtures that every test may use; a guard that fails a test reaching beyond this machine."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import hypothesis
import pytest

# How long an example takes says more of the machine than of the code.
hypothesis.settings.register_profile("no-deadline", deadline=None)
hypothesis.settings.load_profile("no-deadline")

pytest_plugins = ["tests.support.commands", "tests.support.moto", "tests.support.postgresql"]


@pytest.fixture(autouse=True)
def no_network_beyond_this_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Refuse every connection but those to the loopback addresses."""
    connect = socket.socket.connect
    connect_ex = socket.socket.connect_ex
    attempts: list[Any] = []

    def allowed(address: Any) -> bool:
        if not isinstance(address, tuple):
            return True
        host = address[0]
        if host in {"localhost", ""}:
            return True
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return False

    def guarded(self: socket.socket, address: Any) -> None:
        if not allowed(address):
            attempts.append(address)
            raise OSError(f"tests may not connect to {address}")
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        if not allowed(address):
            attempts.append(address)
            raise OSError(f"tests may not connect to {address}")
        return connect_ex(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_ex)
    yield
    assert not attempts, f"the test tried to reach {attempts}"
