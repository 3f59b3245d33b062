"""What is known of a request's condition keys: their values, their absence, or nothing.

Keys are compared without regard to case. A strict evaluation knows everything: a key that is not
given is absent. An audit knows some keys and must not conclude anything from the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Final


class Unknown(Enum):
    """What is known of a key whose value is not."""

    #: It may be absent, have one value or several.
    ANYTHING = "anything"
    #: It is there and has exactly one value.
    PRESENT = "present"


#: The values of a key (none: the key is absent), or that they are not known.
State = tuple[str, ...] | Unknown

ABSENT: Final[tuple[str, ...]] = ()


class Context:
    """The condition keys of one request. Immutable once made.

    `values` maps a key to its value or values; an empty list says that the key is absent.
    `unknown` has keys whose value is not known. Any other key is absent where the context is
    `closed` (strict evaluation), and unknown where it is not (audit).
    """

    __slots__ = ("_states", "closed")

    def __init__(
        self,
        values: Mapping[str, str | Sequence[str]] | None = None,
        *,
        closed: bool = True,
        unknown: Mapping[str, Unknown] | None = None,
    ) -> None:
        states: dict[str, State] = {key.lower(): state for key, state in (unknown or {}).items()}
        for key, value in (values or {}).items():
            states[key.lower()] = (value,) if isinstance(value, str) else tuple(value)
        self._states = states
        self.closed = closed

    def state(self, key: str) -> State:
        """What is known of `key`, which is given in lower case."""
        found = self._states.get(key)
        if found is not None:
            return found
        return ABSENT if self.closed else Unknown.ANYTHING

    def with_defaults(self, derived: Iterable[tuple[str, State]]) -> Context:
        """This context with the states of further keys, given in lower case, that it lacks."""
        if type(self) is not Context:
            return _Completed(self, dict(derived))
        result = Context.__new__(Context)
        result._states = {**dict(derived), **self._states}
        result.closed = self.closed
        return result

    def known(self) -> Mapping[str, State]:
        """Every key that something is known of, in lower case."""
        return dict(self._states)


class _Completed(Context):
    """A context of another class, with further keys for those that it knows nothing of."""

    __slots__ = ("_base",)

    def __init__(self, base: Context, derived: Mapping[str, State]) -> None:
        super().__init__(closed=base.closed)
        self._base = base
        self._states.update(derived)

    def state(self, key: str) -> State:
        """What the other context knows of `key`, else what is derived."""
        state = self._base.state(key)
        if state == ABSENT or state is Unknown.ANYTHING:
            return self._states.get(key, state)
        return state

    def known(self) -> Mapping[str, State]:
        """Every key that something is known of, in lower case."""
        return {**self._states, **self._base.known()}
