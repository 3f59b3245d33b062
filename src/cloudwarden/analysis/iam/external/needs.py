"""What has to hold for a value that a caller can give but cannot make its own."""

from __future__ import annotations

from typing import Final

_SECRETS: Final = frozenset({"sts:externalid"})
_ENDPOINT: Final = "sns:endpoint"
#: Keys that are `true` only of requests that come by a way that has to be there.
_WAYS: Final = {
    "elasticfilesystem:accessedviamounttarget": "if it reaches a mount target",
    "lambda:invokedviafunctionurl": "through the function's address",
}
_ENCLAVE: Final = "kms:recipientattestation:"


def is_needy(key: str) -> bool:
    """Whether values of a key, in lower case, may need something."""
    return key in _SECRETS or key == _ENDPOINT or key in _WAYS or key.startswith(_ENCLAVE)


def need(key: str, value: str, stranger: str) -> str | None:
    """What a value of a needy key needs, in words; `stranger` is an account of an outsider's."""
    if key in _SECRETS:
        return "if it knows the external id"
    if key == _ENDPOINT:
        return _of_endpoint(value, stranger)
    if key in _WAYS:
        return _WAYS[key] if value == "true" else None
    return "if it runs what the attestation says"


def _of_endpoint(value: str, stranger: str) -> str | None:
    """Anybody can subscribe any endpoint; what is sent there is for those who have it."""
    is_own = (
        value == "outsider"
        or value.split(":")[4:5] in ([stranger], ["outsider"])
        or _host(value).endswith("outsider")
    )
    return None if is_own else f"if the endpoint {value} is its own"


def _host(value: str) -> str:
    """The last label of the host that an address of mail or of the web leads to."""
    if "://" in value:
        return value.partition("://")[2].partition("/")[0].partition(":")[0]
    return value.rpartition("@")[2] if "@" in value else ""
