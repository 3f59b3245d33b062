"""Every error we raise on purpose.

Each message says what was being done, to what, what came back and what the user can do.
"""

from __future__ import annotations

from typing import ClassVar


class CloudwardenError(Exception):
    """Base of all our errors: a sentence for the user and the exit code that goes with it."""

    exit_code: ClassVar[int] = 1


class UsageError(CloudwardenError):
    """What was asked for cannot be: a bad option, an unknown name, a malformed file."""

    exit_code = 2


class ConfigurationError(UsageError):
    """The configuration file or an environment variable is wrong."""


class DeclarationError(CloudwardenError):
    """A declaration (resource, check, query) does not fit what it declares against.

    `where` is the file and, where known, the line, as `path:line`.
    """

    def __init__(self, reason: str, where: str = "") -> None:
        super().__init__(f"{where}: {reason}" if where else reason)
        self.reason = reason
        self.where = where


class CredentialsError(CloudwardenError):
    """No credentials, expired ones, or a role that cannot be assumed."""

    exit_code = 4


class StoreError(CloudwardenError):
    """The database could not be opened, read or written."""


class StoreVersionError(StoreError):
    """The database was written by a newer release than this one."""


class BusyError(CloudwardenError):
    """Somebody else holds what we need: another collection is running on this database."""


class GraphError(CloudwardenError):
    """A generation is missing, damaged, or could not be built."""


class QueryError(CloudwardenError):
    """A query that cannot be run: its syntax, a refused clause, a limit it ran into."""

    exit_code = 2
