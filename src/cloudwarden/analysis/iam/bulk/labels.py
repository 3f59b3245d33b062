"""The resources of one label, by the accounts whose principals may get to them.

Without a word in a resource's policy nobody gets there from another account. So policies are
looked at for whom they let in, and compiled only when that account is looked at; those that let
others in are compiled once for all of them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from cloudwarden.analysis.iam import documents as syntax
from cloudwarden.analysis.iam.bulk.rules import Document, Documents
from cloudwarden.analysis.iam.documents import PolicyError
from cloudwarden.analysis.iam.facts import SOURCE_OWNER
from cloudwarden.analysis.iam.policies import PolicyKind
from cloudwarden.analysis.iam.world import Resources

ROLES = "AWSRole"

#: Stands for everybody.
ANYBODY = "*"

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)


class Label:
    """The resources of one label. `shared` compiles policies that let other accounts in."""

    def __init__(self, table: Resources, shared: Documents) -> None:
        self.table = table
        self.kind = PolicyKind.TRUST if table.label == ROLES else PolicyKind.RESOURCE
        self._shared = shared
        self._own: dict[str, list[int]] = defaultdict(list)
        self._opened: dict[str, list[int]] = defaultdict(list)
        self._wide: set[int] = set()
        self._compiled: dict[int, Document] = {}
        for position, (owner, text) in enumerate(zip(table.accounts, table.policies, strict=True)):
            self._own[owner].append(position)
            if isinstance(text, str):
                for account in audience(text) - {owner}:
                    self._opened[account].append(position)
                    self._wide.add(position)

    def reachable(self, account: str) -> list[int]:
        """The positions of what an account's principals may possibly reach, in order."""
        found = {*self._own.get(account, ())}
        found |= {*self._opened.get(account, ()), *self._opened.get(ANYBODY, ())}
        return sorted(found)

    def policy(self, position: int, documents: Documents) -> Document | None:
        """A resource's own policy; `documents` compiles what concerns one account only."""
        known = self._compiled.get(position)
        if known is not None:
            return known
        text = self.table.policies[position]
        if text is None:
            return None
        if position not in self._wide:
            return documents.compile(text, self.kind)
        known = self._compiled[position] = self._shared.compile(text, self.kind)
        return known


def audience(text: str) -> set[str]:
    """The accounts that a policy allows something, or somebody of which; `ANYBODY` for all.

    Of a policy that cannot be understood, none.
    """
    found: set[str] = set()
    try:
        for statement in syntax.statements(syntax.read(text)):
            if statement["Effect"] == "Allow" and not _for_services(statement):
                found.update(_let_in(statement))
    except PolicyError:
        return set()
    return {ANYBODY} if ANYBODY in found else found


def _for_services(statement: Mapping[str, Any]) -> bool:
    """Whether only what services do for somebody is allowed, as by the default policy of topics."""
    block = statement.get("Condition")
    equals = block.get("StringEquals") if isinstance(block, Mapping) else None
    return isinstance(equals, Mapping) and any(key.lower() == SOURCE_OWNER for key in equals)


def _let_in(statement: Mapping[str, Any]) -> Iterator[str]:
    if "NotPrincipal" in statement:
        yield ANYBODY
    principal = statement.get("Principal")
    named = principal.get("AWS", ()) if isinstance(principal, Mapping) else principal or ()
    for one in (named,) if isinstance(named, str) else named:
        if one == ANYBODY:
            yield ANYBODY
        else:
            yield from _ACCOUNT.findall(str(one))
