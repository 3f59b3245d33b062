"""Credentials and clients: botocore sessions by account, and the clients that use them.

What botocore knows of credentials, profiles, SSO, endpoints, proxies and certificates is left to
it. Ours are the role to assume in each account, and that costs are paid once: one model loader,
one session for each profile, one client for each account, service and region, one pool of
connections.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from botocore.client import BaseClient
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    CredentialResolver,
    Credentials,
    DeferredRefreshableCredentials,
)
from botocore.exceptions import (
    BotoCoreError,
    InvalidEndpointConfigurationError,
    NoCredentialsError,
)
from botocore.loaders import Loader
from botocore.session import Session

from cloudwarden.providers.aws.connections import Connections
from cloudwarden.providers.aws.endpoints import keep_local_endpoints
from cloudwarden.providers.aws.timestamps import read_timestamp
from cloudwarden.providers.base import AccountSettings

#: More than are ever in use at once, over all accounts; one takes 140 KB.
_CLIENTS = 256
#: Seconds to connect, and to wait for an answer.
TIMEOUTS = (10.0, 60.0)


class Sessions:
    """Makes sessions and clients, and keeps those that may be used again. Safe for threads."""

    def __init__(
        self, loader: Loader, connections: Connections, on_send: Callable[..., None]
    ) -> None:
        """`on_send` is a handler of botocore's `before-send` event, for every request."""
        self._loader = loader
        self._connections = connections
        self._on_send = on_send
        # Making clients is no affair for two threads at once, in botocore.
        self._lock = threading.RLock()
        self._of_profile: dict[str, Session] = {}
        self._clients: OrderedDict[tuple[Session, str, str], BaseClient] = OrderedDict()
        self._config = Config(
            retries={"total_max_attempts": 1, "mode": "standard"},
            connect_timeout=TIMEOUTS[0],
            read_timeout=TIMEOUTS[1],
            user_agent_extra="cloudwarden",
        )

    def of_profile(self, profile: str) -> Session:
        """The session of a profile, or with an empty name that of the environment."""
        with self._lock:
            if profile not in self._of_profile:
                self._of_profile[profile] = self.new(profile)
            return self._of_profile[profile]

    def forget_profile(self, profile: str) -> None:
        """Have the credentials of a profile found anew by whoever asks for them next."""
        with self._lock:
            self._of_profile.pop(profile, None)

    def new(self, profile: str) -> Session:
        """A session like that of a profile, for other credentials."""
        session = Session(profile=profile or None)
        session.register_component("data_loader", self._loader)
        session.register("before-send", self._on_send)
        parsers = session.get_component("response_parser_factory")
        parsers.set_parser_defaults(timestamp_parser=read_timestamp)
        return session

    def client(self, session: Session, service: str, region: str) -> BaseClient:
        """The client of a session for a service in a region."""
        key = (session, service, region)
        with self._lock:
            client = self._clients.get(key)
            if client is None:
                client = self._clients[key] = self.create(session, service, region_name=region)
                if len(self._clients) > _CLIENTS:
                    self._clients.popitem(last=False)
            else:
                self._clients.move_to_end(key)
            return client

    def create(self, session: Session, service: str, **options: Any) -> BaseClient:
        """A client that nobody else will use. Options are those of botocore's `create_client`."""
        with self._lock:
            try:
                client: BaseClient = session.create_client(service, config=self._config, **options)
            except ValueError as error:
                if isinstance(error, BotoCoreError):
                    raise
                # What botocore says of an AWS_ENDPOINT_URL that is no URL.
                raise InvalidEndpointConfigurationError(msg=str(error)) from error
        self._connections.share(session, client)
        keep_local_endpoints(client)
        return client


class AccountSession:
    """The credentials of one account, and its clients. Safe for many threads."""

    def __init__(
        self, account: AccountSettings, sessions: Sessions, choose_home: Callable[[str], str]
    ) -> None:
        """`choose_home` says where calls without a region of their own go, AssumeRole among them.

        It is given the region that the user's environment or profile names, empty if none does.
        Raises botocore's `ProfileNotFound` and `ConfigParseError`.
        """
        self.account = account
        #: Whether a call with these credentials was ever answered.
        self.proven = False
        self._sessions = sessions
        self._base = sessions.of_profile(account.profile)
        named = self._base.get_config_variable("region") or os.environ.get("AWS_REGION", "")
        self.home = choose_home(named)
        self._session = self._base
        if account.role_arn:
            self._session = sessions.new(account.profile)
            resolver = CredentialResolver([_RoleProvider(self._assumed)])
            self._session.register_component("credential_provider", resolver)

    def client(self, service: str, region: str) -> BaseClient:
        """The client for a service in a region."""
        return self._sessions.client(self._session, service, region)

    def _assumed(self) -> Credentials:
        """The role's credentials, which renew themselves; assumed by way of the hop, if any."""
        source = self._base.get_credentials()
        if source is None:
            raise NoCredentialsError
        if self.account.via_role_arn:
            source = self._assume(source, self.account.via_role_arn, "")
        return self._assume(source, self.account.role_arn, self.account.external_id)

    def _assume(self, source: Credentials, role_arn: str, external_id: str) -> Credentials:
        options = {"RoleSessionName": self.account.session_name}
        if external_id:
            options["ExternalId"] = external_id

        def create(service: str, **credentials: Any) -> BaseClient:
            return self._sessions.create(self._base, service, region_name=self.home, **credentials)

        fetcher = AssumeRoleCredentialFetcher(create, source, role_arn, extra_args=options)
        return DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")


class _RoleProvider(CredentialProvider):
    """What botocore asks for credentials, in place of its own chain."""

    METHOD = "assume-role"

    def __init__(self, assumed: Callable[[], Credentials]) -> None:
        super().__init__()
        self._assumed = assumed

    def load(self) -> Credentials:
        """The role's credentials. Raises `NoCredentialsError` if there is nothing to start from."""
        return self._assumed()
