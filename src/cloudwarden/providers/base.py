"""What every provider offers to collection: scopes to read, and for each a script of calls.

Reading a scope is a generator that does no I/O: it yields the requests it wants answered next
(all of a batch may run at once) and receives their answers in the same order, until it returns
the reading. Collection makes the calls, paces and retries them, so a provider is testable
without a network and cannot make a call that nobody counts.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from cloudwarden.schema.labels import Label, RelationKind
from cloudwarden.schema.records import Failure, Reading, Scope


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """An account as the user configured it.

    `role_arn` and `external_id` are assumed from `profile`'s credentials (or the ambient ones);
    `via_role_arn` is an optional hop in between. No secret is ever part of it.
    """

    id: str
    name: str = ""
    provider: str = "aws"
    role_arn: str = ""
    external_id: str = ""
    via_role_arn: str = ""
    profile: str = ""
    session_name: str = "cloudwarden"
    regions: tuple[str, ...] = ()
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Request:
    """One API call, before it is made. `operation` is `service:Operation`.

    `region` is where the call goes; it differs from the scope's for things that are listed in
    one place and live in another (S3 buckets).
    """

    operation: str
    account: str
    region: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request came to: a document, or the failure in its place; never both."""

    request: Request
    document: Mapping[str, Any] | None = None
    failure: Failure | None = None


Steps = Generator[Sequence[Request], Sequence[Answer], Reading]


class CallError(Exception):
    """A call that gave no answer.

    `failure` is what will be recorded; `retry` says that another try may succeed (throttling, a
    broken connection, a server's fault) and `retry_after` how many seconds the provider asked for.
    `pending` says that nothing went wrong: what was asked for is still being made.
    """

    def __init__(
        self,
        failure: Failure,
        *,
        retry: bool = False,
        retry_after: float | None = None,
        pending: bool = False,
    ) -> None:
        super().__init__(f"{failure.code}: {failure.message}")
        self.failure = failure
        self.retry = retry
        self.retry_after = retry_after
        self.pending = pending


class Transport(Protocol):
    """Makes one call, once: no retries, no pacing. Safe to use from many threads."""

    def call(self, request: Request) -> Mapping[str, Any]:
        """The answer's document. Raises `CallError`."""
        ...

    @property
    def calls(self) -> int:
        """How many requests have left this process so far, those for credentials included."""
        ...


@dataclass(frozen=True, slots=True)
class AccountState:
    """What connecting to an account told: who it is, and where it may be read.

    With a failure nothing can be read, and `regions` are those that the user named, if any.
    """

    id: str
    name: str
    regions: tuple[str, ...]
    failure: Failure | None = None


#: As `Steps`, for signing in to an account and for asking who we are.
ConnectSteps = Generator[Sequence[Request], Sequence[Answer], AccountState]
HomeSteps = Generator[Sequence[Request], Sequence[Answer], str]


class Provider(Protocol):
    """One kind of cloud."""

    name: str

    def labels(self) -> Sequence[Label]:
        """Every label it can bring."""
        ...

    def relations(self) -> Sequence[RelationKind]:
        """Every relation it can bring."""
        ...

    def check(self, services: Sequence[str] = (), regions: Sequence[str] = ()) -> None:
        """Raises `UsageError`, naming close ones, if a service or region is unknown. No I/O."""
        ...

    def home(self) -> HomeSteps:
        """The script that finds out whose the ambient credentials are; empty if it cannot."""
        ...

    def connect(self, account: AccountSettings, services: Sequence[str] = ()) -> ConnectSteps:
        """The script that signs in and learns the account's identity and enabled regions.

        An account without an id is the one that the ambient credentials belong to. Where
        `services` narrows what will be read, nothing is asked that it does not need.
        """
        ...

    def scopes(self, account: AccountState, services: Sequence[str] = ()) -> Sequence[Scope]:
        """What there is to read; `services` narrows it to those services' resource types."""
        ...

    def read(self, scope: Scope) -> Steps:
        """The script that reads one scope."""
        ...

    @property
    def transport(self) -> Transport:
        """What makes its calls."""
        ...
