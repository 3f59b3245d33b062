"""Endpoints of the user's own (`AWS_ENDPOINT_URL`) that are one address and have no names below it.

Some operations put something before the host: S3 Control the account's id, Airflow `api.`. Below
an address (127.0.0.1) or `localhost` such names do not exist; requests go to the endpoint's own
host there. The account's id is in a header as well.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit, urlunsplit

#: S3's buckets may well be names below `localhost`, and servers go by them.
_WITH_NAMES = "s3"


def keep_local_endpoints(client: Any) -> None:
    """Make a client of a local endpoint send to its own host; others stay as they are."""
    host = urlsplit(client.meta.endpoint_url).hostname or ""
    if client.meta.service_model.service_name == _WITH_NAMES or not _is_local(host):
        return

    def drop_prefix(request: Any, **_options: Any) -> None:
        parts = urlsplit(request.url)
        if (parts.hostname or "").endswith(f".{host}"):
            port = f":{parts.port}" if parts.port else ""
            request.url = urlunsplit(parts._replace(netloc=f"{host}{port}"))

    client.meta.events.register("before-sign", drop_prefix)


def _is_local(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return host == "localhost"
    return True
