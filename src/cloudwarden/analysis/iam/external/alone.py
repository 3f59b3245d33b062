"""What a saved policy alone cannot say: whatever else lets in, or keeps out, those it speaks of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_ALWAYS: Final = "resource control policies, which may deny what it allows"
_BLOCKS: Final = (
    "the public access blocks of the bucket and of its account, which may restrict what it allows"
)
_OF_SERVICE: Final = {
    "s3": ("the bucket's ACL, which may let in others",),
    "kms": ("the key's grants, which may let in others",),
    "secretsmanager": ("the secret's key, which has to let callers decrypt",),
    "lambda": ("whether the function has an address that asks for no authorisation",),
    "execute-api": ("the API's authorizers, and whether it is private",),
    "es": ("whether the domain is in a network, and its own users and roles",),
    "elasticfilesystem": ("the networks of the mount targets, which callers have to reach",),
}
_POINT: Final = (
    "the policy of the access point's bucket, which has to allow it too",
    "the network that the access point may be bound to",
)


def left_out(service: str, resource: str | None, *, is_block_given: bool) -> Iterator[str]:
    """What else bears on who gets in, in words; `service` is the one that the policy is of."""
    is_point = resource is not None and ":accesspoint/" in resource
    yield from _POINT if is_point else _OF_SERVICE.get(service, ())
    if service == "s3" and not is_block_given:
        yield _BLOCKS
    yield _ALWAYS
