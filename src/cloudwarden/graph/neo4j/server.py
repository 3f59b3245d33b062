"""A Neo4j server as the publisher uses it: transactions that are tried again, errors of ours.

The driver is an extra (`pip install cloudwarden[neo4j]`) and loaded on first use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any, Self

from cloudwarden.core.errors import CloudwardenError, CredentialsError, UsageError

if TYPE_CHECKING:
    import neo4j

#: How long, in seconds, the driver goes on trying after errors that pass.
RETRY = 30.0

_SCHEMES = {f"{name}{security}" for name in ("bolt", "neo4j") for security in ("", "+s", "+ssc")}

#: A constraint or index that does the same is there under another name.
_EXISTS = {
    "Neo.ClientError.Schema.ConstraintAlreadyExists",
    "Neo.ClientError.Schema.IndexAlreadyExists",
    "Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists",
    "Neo.ClientError.Schema.ConstraintWithNameAlreadyExists",
    "Neo.ClientError.Schema.IndexWithNameAlreadyExists",
}


class PublishError(CloudwardenError):
    """A server could not be reached, refused what we asked, or was changed meanwhile."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Cypher text and the values of its parameters."""

    text: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


class Server:
    """One database of a server. Close it, or use it as a context."""

    def __init__(
        self,
        uri: str,
        user: str = "neo4j",
        password: str = "",
        database: str = "",
        *,
        retry: float = RETRY,
    ) -> None:
        """Connect to the server at `uri`; without a user, unauthenticated.

        Raises `UsageError` without the driver or for a URI that is none, `CredentialsError` and
        `PublishError`.
        """
        self.uri = uri
        if uri.partition("://")[0] not in _SCHEMES:
            raise UsageError(
                f"{uri!r} is not the address of a Neo4j server, such as neo4j+s://host or "
                "bolt://127.0.0.1:7687"
            )
        self._neo4j = _driver_module()
        try:
            driver = self._neo4j.GraphDatabase.driver(
                uri,
                auth=(user, password) if user else None,
                max_transaction_retry_time=retry,
                user_agent="cloudwarden",
            )
        except (ValueError, self._neo4j.exceptions.ConfigurationError) as error:
            raise UsageError(f"{uri!r} is not the address of a Neo4j server: {error}") from error
        self._driver: neo4j.Driver = driver
        self._session = driver.session(database=database or None)
        try:
            with self._explained():
                driver.verify_connectivity()
        except CloudwardenError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._session.close()
        self._driver.close()

    def read(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """All rows of a query whose answer is bounded. Raises `PublishError`."""

        def work(transaction: neo4j.ManagedTransaction) -> list[dict[str, Any]]:
            return _rows(transaction, Statement(text, parameters or {}))

        with self._explained():
            rows: list[dict[str, Any]] = self._session.execute_read(work)
            return rows

    def write(self, statements: Sequence[Statement]) -> list[list[dict[str, Any]]]:
        """Carry out statements together or not at all; their rows. Raises `PublishError`.

        They must be such that doing them twice is the same as once.
        """

        def work(transaction: neo4j.ManagedTransaction) -> list[list[dict[str, Any]]]:
            return [_rows(transaction, statement) for statement in statements]

        answers: list[list[dict[str, Any]]]
        with self._explained():
            try:
                answers = self._session.execute_write(work)
            except self._neo4j.exceptions.IncompleteCommit:
                # The driver cannot know whether it was committed. We can do it again either way.
                answers = self._session.execute_write(work)
        return answers

    def define(self, text: str) -> None:
        """Make a constraint or index, unless one like it is there. Raises `PublishError`."""
        try:
            self.write([Statement(text)])
        except PublishError as error:
            if getattr(error.__cause__, "code", None) not in _EXISTS:
                raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        errors = self._neo4j.exceptions
        try:
            yield
        except errors.AuthError as error:
            raise CredentialsError(
                f"the Neo4j server at {self.uri} does not let us in: {error.message}; the password "
                "is read from CLOUDWARDEN_NEO4J_PASSWORD"
            ) from error
        except errors.Neo4jError as error:
            raise PublishError(
                f"the Neo4j server at {self.uri} refused a statement: {error.message or error}. "
                "What was written so far stays; publish again to go on"
            ) from error
        except (errors.DriverError, OSError) as error:
            raise PublishError(
                f"the Neo4j server at {self.uri} cannot be reached: {error}. "
                "Publish again to go on where this ended"
            ) from error


def _driver_module() -> ModuleType:
    try:
        import neo4j
    except ModuleNotFoundError as error:
        raise UsageError(
            "publishing to Neo4j needs its driver: pip install 'cloudwarden[neo4j]'"
        ) from error
    return neo4j


def _rows(transaction: neo4j.ManagedTransaction, statement: Statement) -> list[dict[str, Any]]:
    result = transaction.run(statement.text, dict(statement.parameters))
    return [record.data() for record in result]
