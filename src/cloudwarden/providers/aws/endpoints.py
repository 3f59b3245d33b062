"""Endpoints of the user's own (`AWS_ENDPOINT_URL`) that have no name for each account.

S3 Control's endpoint rules put the account id before the host. On a custom endpoint that is an
address (127.0.0.1) or `localhost`, `123456789012.127.0.0.1` does not exist; there the id goes
only into the `x-amz-account-id` header, which the request has anyway.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit, urlunsplit

_SERVICE = "s3control"


def keep_local_endpoints(client: Any) -> None:
    """Make an S3 Control client send to a local endpoint's own host; others stay as they are."""
    if client.meta.service_model.service_name == _SERVICE:
        client.meta.events.register("before-sign.s3-control", _drop_account_from_host)


def _drop_account_from_host(request: Any, **_options: Any) -> None:
    parts = urlsplit(request.url)
    account, _, host = (parts.hostname or "").partition(".")
    if account.isdigit() and len(account) == 12 and _is_local(host):
        port = f":{parts.port}" if parts.port else ""
        request.url = urlunsplit(parts._replace(netloc=f"{host}{port}"))


def _is_local(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return host == "localhost"
    return True
