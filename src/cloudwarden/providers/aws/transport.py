"""Makes AWS calls: finds the client, calls once, and says what a failure means."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from botocore import xform_name
from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import Loader
from botocore.parsers import ResponseParserError

from cloudwarden.core.clock import Clock
from cloudwarden.providers.aws.connections import Connections
from cloudwarden.providers.aws.emulation import Emulation
from cloudwarden.providers.aws.errors import EXPIRED, call_error, unfinished
from cloudwarden.providers.aws.regions import Regions
from cloudwarden.providers.aws.session import TIMEOUTS, AccountSession, Sessions
from cloudwarden.providers.base import AccountSettings, CallError, Request
from cloudwarden.schema.records import GLOBAL_REGION

_log = logging.getLogger(__name__)

#: Asked while connecting and again by resource types: the answer is the same wherever asked.
_ASKED_ONCE = frozenset({"sts:GetCallerIdentity", "ec2:DescribeRegions", "iam:ListAccountAliases"})


class AwsTransport:
    """The calls of every account that was added. Retries and pacing are the caller's business."""

    def __init__(self, loader: Loader, regions: Regions, clock: Clock, connections: int) -> None:
        self._regions = regions
        self._clock = clock
        self._connections = Connections(connections, TIMEOUTS)
        self._factory = Sessions(loader, self._connections, self._count)
        self._lock = threading.Lock()
        # A lock of its own: credentials may be asked for, and requests sent, under any other.
        self._counting = threading.Lock()
        self._calls = 0
        self._sessions: dict[str, AccountSession] = {}
        self._answers: dict[tuple[str, str, str], Mapping[str, Any]] = {}
        self._emulation = Emulation()

    @property
    def calls(self) -> int:
        """How many requests have left this process so far, those for credentials included."""
        return self._calls

    def add(self, account: AccountSettings, choose_home: Callable[[str], str]) -> AccountSession:
        """Make an account's calls possible; parameters and errors are those of `AccountSession`."""
        session = AccountSession(account, self._factory, choose_home)
        with self._lock:
            self._sessions[account.id] = session
            for key in [key for key in self._answers if key[0] == account.id]:
                del self._answers[key]
        return session

    def rename(self, account_id: str, found: str) -> None:
        """Let calls of an account that was added without knowing its id name it."""
        with self._lock:
            self._sessions[found] = self._sessions[account_id]
            for (account, operation, asked), answer in list(self._answers.items()):
                if account == account_id:
                    self._answers[found, operation, asked] = answer

    def call(self, request: Request) -> Mapping[str, Any]:
        """The answer's document. Raises `CallError`, or whatever a bug raises."""
        key = (request.account, request.operation, repr(sorted(request.parameters.items())))
        if key in self._answers:
            return self._answers[key]
        session = self._sessions[request.account]
        service, _, operation = request.operation.partition(":")
        region = request.region
        if region == GLOBAL_REGION:
            region = self._regions.home(self._regions.partition_of(session.home))
        client: BaseClient | None = None
        try:
            client = session.client(service, region)
            document: dict[str, Any] = getattr(client, xform_name(operation))(**request.parameters)
        except (BotoCoreError, ClientError, ResponseParserError) as error:
            expected = self._regions.lists(service, region)
            failure = self._failure(error, session, client, expected=expected)
            raise self._emulation.doubt(request.operation, failure) from error
        session.proven = True
        self._emulation.answered(request.operation)
        pending = unfinished(request.operation, document)
        if pending is not None:
            raise pending
        document.pop("ResponseMetadata", None)
        if request.operation in _ASKED_ONCE:
            self._answers[key] = document
        return document

    def close(self) -> None:
        """Close every connection."""
        self._connections.close()

    def _failure(
        self,
        error: Exception,
        session: AccountSession,
        client: BaseClient | None,
        *,
        expected: bool,
    ) -> CallError:
        failure = call_error(
            error,
            self._clock,
            role=session.account.role_arn,
            expected=expected,
            emulated=client is not None and not self._regions.is_amazon(client.meta.endpoint_url),
        )
        if failure.failure.code in EXPIRED and session.proven:
            self._renew(session)
            return CallError(failure.failure, retry=True)
        return failure

    def _renew(self, expired: AccountSession) -> None:
        """Sign in again where credentials that worked have expired; once, whoever notices."""
        with self._lock:
            known = [key for key, session in self._sessions.items() if session is expired]
            if not known:
                return
            account = expired.account
            _log.info("credentials of account %s expired; signing in again", known[0])
            self._factory.forget_profile(account.profile)
            renewed = AccountSession(account, self._factory, lambda _: expired.home)
            for key in known:
                self._sessions[key] = renewed

    def _count(self, **event: Any) -> None:
        del event
        with self._counting:
            self._calls += 1
