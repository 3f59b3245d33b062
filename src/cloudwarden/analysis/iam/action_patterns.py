"""Patterns of actions, as the elements of a policy statement hold them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cloudwarden.analysis.iam import globs
from cloudwarden.analysis.iam.variables import Plain, Wild, joined, parse, without_variables


@dataclass(frozen=True, slots=True, eq=False)
class ActionPattern:
    """One entry of Action or NotAction. Matching ignores case.

    `service` is None for `*` alone. One that never matches (white space, nothing after the colon,
    no colon) has `name` None.
    """

    text: str
    service: str | None
    name: Plain | None
    _matcher: globs.Matcher

    @property
    def everything(self) -> bool:
        """Whether this is `*`, which matches every action."""
        return self.service is None and self.name is not None

    def matches(self, action: str) -> bool:
        """Whether the pattern matches an action, which is given in lower case."""
        return bool(self._matcher(action))

    def overlaps(self, other: ActionPattern) -> bool:
        """Whether some action matches both patterns."""
        if self.name is None or other.name is None:
            return False
        if self.service is None or other.service is None:
            return True
        return self.service == other.service and globs.overlap(self.name, other.name)


def action_pattern(text: str) -> ActionPattern:
    """The pattern that a text stands for; every text is one, though it may match nothing."""
    lowered = text.lower()
    if lowered == "*":
        return ActionPattern(text, None, (Wild.ANY,), globs.matcher((Wild.ANY,)))
    service, _, name = lowered.partition(":")
    if not name or not service or re.search(r"\s", lowered):
        return ActionPattern(text, None, None, _never)
    # Wildcards count only after the colon; in the name of the service they are literal.
    name_tokens = without_variables(parse(name, wildcards=True, variables=False))
    whole = joined((f"{service}:", *name_tokens))
    return ActionPattern(text, service, name_tokens, globs.matcher(whole))


def _never(_: str) -> bool:
    return False
