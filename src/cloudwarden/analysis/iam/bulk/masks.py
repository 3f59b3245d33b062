"""What a layer of policies says of a set of ARNs, as bits."""

from __future__ import annotations

from typing import NamedTuple


class Masks(NamedTuple):
    """The ARNs that a layer allows and denies: for sure, and perhaps (the sure ones included).

    `unread` are those of which a policy that was not read may say anything; it is not counted in
    the others.
    """

    allow: int = 0
    perhaps_allow: int = 0
    deny: int = 0
    perhaps_deny: int = 0
    unread: int = 0

    def joined(self, other: Masks) -> Masks:
        """What two policies of one layer say together."""
        return Masks(
            self.allow | other.allow,
            self.perhaps_allow | other.perhaps_allow,
            self.deny | other.deny,
            self.perhaps_deny | other.perhaps_deny,
            self.unread | other.unread,
        )


SILENT = Masks()


class Limit(NamedTuple):
    """What layers leave that have to allow as well: what passes them, for sure and perhaps.

    `perhaps_passes` and `perhaps_denied` have what is sure in them. What was not read is taken to
    let pass, perhaps, and to deny nothing; `unread` are the ARNs that it is about.
    """

    passes: int
    perhaps_passes: int
    denied: int
    perhaps_denied: int
    unread: int

    def then(self, other: Limit) -> Limit:
        """What is left after both."""
        return Limit(
            self.passes & other.passes,
            self.perhaps_passes & other.perhaps_passes,
            self.denied | other.denied,
            self.perhaps_denied | other.perhaps_denied,
            self.unread | other.unread,
        )


def no_limit(full: int) -> Limit:
    """The limit that everything passes."""
    return Limit(full, full, 0, 0, 0)


def limit(masks: Masks) -> Limit:
    """One level as a limit: it has to allow."""
    return Limit(
        masks.allow,
        masks.perhaps_allow | masks.unread,
        masks.deny,
        masks.perhaps_deny,
        masks.unread,
    )


def denying(masks: Masks, full: int, bound: int) -> Limit:
    """One level that only ever denies, and binds only some ARNs."""
    return Limit(full, full, masks.deny & bound, masks.perhaps_deny & bound, masks.unread & bound)
