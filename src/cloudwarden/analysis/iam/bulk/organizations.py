"""The policies that organizations impose, compiled once for all accounts that they bind."""

from __future__ import annotations

from collections.abc import Sequence

from cloudwarden.analysis.iam.bulk.rules import Document, Documents
from cloudwarden.analysis.iam.policies import PolicyKind
from cloudwarden.analysis.iam.world import Account, Levels, Unread, World

#: Documents at each level; None where the levels were not read.
Compiled = tuple[tuple[Document, ...], ...] | None


class Organization:
    """What organizations impose on the accounts of a world, each policy compiled once."""

    def __init__(self, world: World, documents: Documents) -> None:
        self.world = world
        self._documents = documents
        self._known: dict[tuple[str, PolicyKind], Compiled] = {}
        self._same: dict[object, Compiled] = {}

    def levels(self, account: str, kind: PolicyKind) -> Compiled:
        """The policies of one kind that bind an account; None where they were not read."""
        key = account, kind
        if key not in self._known:
            known: Account = self.world.account(account)
            levels = known.scps if kind is PolicyKind.SCP else known.rcps
            compiled = _compiled(levels, kind, self._documents)
            # Accounts of one unit have equal levels: one object, so that they are read once.
            self._known[key] = self._same.setdefault((kind, compiled), compiled)
        return self._known[key]


def _compiled(levels: Levels | Unread, kind: PolicyKind, documents: Documents) -> Compiled:
    """An organization's policies at each level."""
    if isinstance(levels, Unread):
        return None
    return tuple(_level([a.document for a in level], kind, documents) for level in levels)


def _level(
    texts: Sequence[str | Unread], kind: PolicyKind, documents: Documents
) -> tuple[Document, ...]:
    return tuple(dict.fromkeys(documents.compile(text, kind) for text in texts))
