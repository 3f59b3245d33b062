"""One pool of HTTP connections for all clients.

botocore gives each client its own pool and reads the certificate bundle for each connection,
12 ms of CPU every time; over hundreds of clients that is most of what a collection costs. Where
botocore is built otherwise than we know it, clients keep the pools they came with.
"""

from __future__ import annotations

import os
import threading
from typing import Any

from botocore.client import BaseClient
from botocore.httpsession import URLLib3Session, get_cert_path
from botocore.session import Session
from botocore.utils import get_environ_proxies

#: Hosts whose connections are kept; an S3 bucket is a host of its own.
_HOSTS = 256


class Connections:
    """Pools by certificate bundle and proxies, as these settings are the user's to make."""

    def __init__(self, size: int, timeouts: tuple[float, float]) -> None:
        """`size` connections to a host are kept, as many as there are threads.

        `timeouts` are seconds to connect and to wait for an answer.
        """
        self._size = size
        self._timeouts = timeouts
        self._lock = threading.Lock()
        self._sessions: dict[tuple[Any, ...], URLLib3Session] = {}

    def share(self, session: Session, client: BaseClient) -> None:
        """Let a client use the common pool."""
        endpoint: Any = getattr(client, "_endpoint", None)
        if not isinstance(getattr(endpoint, "http_session", None), URLLib3Session):
            return
        verify: Any = session.get_config_variable("ca_bundle")
        if verify is None:
            verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
        proxies = get_environ_proxies(client.meta.endpoint_url)
        key = (verify, tuple(sorted(proxies.items())))
        with self._lock:
            shared = self._sessions.get(key) or self._create(verify, proxies)
            if shared is not None:
                endpoint.http_session = self._sessions[key] = shared

    def _create(self, verify: Any, proxies: Any) -> URLLib3Session | None:
        options: dict[str, Any] = {"timeout": self._timeouts, "max_pool_connections": self._size}
        try:
            return _SharedSession(verify=verify, proxies=proxies, **options)
        except OSError:
            # The bundle cannot be read; the client's own pool says so in botocore's words.
            return None

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for session in self._sessions.values():
                session.close()
            self._sessions.clear()


class _SharedSession(URLLib3Session):
    """As botocore's, for many hosts, with the certificate bundle read once.

    What is overridden is botocore's own affair: should it change, these are merely not called.
    """

    _verify: Any

    def _get_pool_manager_kwargs(self, **extra: Any) -> dict[str, Any]:
        own = super()._get_pool_manager_kwargs(**extra)  # type: ignore[misc]
        return {"num_pools": _HOSTS, **own}

    def _get_ssl_context(self) -> Any:
        context = super()._get_ssl_context()  # type: ignore[misc]
        if self._verify:
            context.load_verify_locations(get_cert_path(self._verify))
        return context

    def _setup_ssl_cert(self, conn: Any, url: str, verify: Any) -> None:
        super()._setup_ssl_cert(conn, url, verify)  # type: ignore[misc]
        conn.ca_certs = None
