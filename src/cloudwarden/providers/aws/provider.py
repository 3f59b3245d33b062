"""AWS as collection sees it: accounts to sign in to, scopes to read, calls to make."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from botocore.exceptions import BotoCoreError

from cloudwarden.core.clock import Clock
from cloudwarden.core.errors import UsageError
from cloudwarden.providers.aws.catalogue import Catalogue
from cloudwarden.providers.aws.compiled import CompiledResource
from cloudwarden.providers.aws.errors import call_error
from cloudwarden.providers.aws.loader import default_cache_dir
from cloudwarden.providers.aws.models import ModelLoader
from cloudwarden.providers.aws.regions import DEFAULT_PARTITION, Regions, without
from cloudwarden.providers.aws.transport import AwsTransport
from cloudwarden.providers.base import (
    AccountSettings,
    AccountState,
    Answer,
    ConnectSteps,
    HomeSteps,
    Request,
    Steps,
)
from cloudwarden.schema.labels import Label, RelationKind
from cloudwarden.schema.records import GLOBAL_REGION, Failure, Reading, Scope, Verdict

_log = logging.getLogger(__name__)

_IDENTITY = "sts:GetCallerIdentity"
_REGIONS = "ec2:DescribeRegions"
_ALIASES = "iam:ListAccountAliases"


class AwsProvider:
    """What the declarations of a catalogue read, in the accounts that were connected to.

    `exclude_regions` is a regular expression; a region in which it finds something is not asked.
    `exclude_services` are botocore's names of services never read, `exclude_types` resource types,
    by the labels that scopes are named by. `max_connections` is how many connections to a host are
    kept open, as many as calls run at once. `loader` may be shared by providers of one catalogue
    (`operations_of`).
    """

    name = "aws"

    def __init__(
        self,
        catalogue: Catalogue,
        clock: Clock,
        *,
        exclude_regions: str = "",
        exclude_services: Sequence[str] = (),
        exclude_types: Sequence[str] = (),
        max_connections: int = 32,
        loader: ModelLoader | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self._exclude_regions = exclude_regions
        self._exclude_services = frozenset(exclude_services)
        self._exclude_types = frozenset(exclude_types)
        loader = loader or ModelLoader(operations_of(catalogue), default_cache_dir())
        self._regions = Regions(loader)
        self.transport = AwsTransport(loader, self._regions, clock, max_connections)
        self._partitions: dict[str, str] = {}
        self._disabled: dict[str, frozenset[str]] = {}

    def labels(self) -> Sequence[Label]:
        """Every label it can bring."""
        return tuple(self._catalogue.labels.values())

    def relations(self) -> Sequence[RelationKind]:
        """Every relation it can bring."""
        return self._catalogue.relations

    def check(self, services: Sequence[str] = (), regions: Sequence[str] = ()) -> None:
        """Raises `UsageError`, naming close ones, if a service, region or type is unknown."""
        known = self._catalogue.services()
        for service in (*services, *self._exclude_services):
            if service not in known:
                close = get_close_matches(service, known, 3)
                there_are = f"there are {', '.join(known)}"
                hint = f"did you mean {' or '.join(close)}?" if close else there_are
                raise UsageError(f"no AWS service that is read is called {service!r}; {hint}")
        for key in sorted(self._exclude_types - self._catalogue.resources.keys()):
            close = get_close_matches(key, list(self._catalogue.resources), 3)
            hint = f"did you mean {' or '.join(close)}?" if close else "see `cloudwarden status`"
            raise UsageError(f"no AWS resource type is read by itself as {key!r}; {hint}")
        self._regions.check(regions)

    def home(self) -> HomeSteps:
        """The script that finds out whose the ambient credentials are; empty if it cannot."""
        ambient = AccountSettings(id="")
        try:
            session = self.transport.add(ambient, lambda named: self._home(ambient, named))
        except BotoCoreError:
            return ""
        (answer,) = yield [Request(_IDENTITY, "", session.home)]
        return str((answer.document or {}).get("Account", ""))

    def connect(self, account: AccountSettings, services: Sequence[str] = ()) -> ConnectSteps:
        """The script that signs in and learns the account's identity and enabled regions.

        An account without an id is the one that the ambient credentials belong to. Regions are
        asked for where something regional will be read, the alias where IAM will be.
        """
        named = without(account.regions, self._exclude_regions)
        try:
            session = self.transport.add(account, lambda region: self._home(account, region))
        except BotoCoreError as error:
            unusable = call_error(error, self._clock).failure
            return AccountState(account.id, account.name, named, unusable)
        (identity,) = yield [Request(_IDENTITY, account.id, session.home)]
        whose = identity.document or {}
        failure = identity.failure or _mismatch(account, str(whose.get("Account", "")))
        if failure is not None:
            return AccountState(account.id, account.name, named, failure)
        account_id = str(whose["Account"])
        partition = str(whose["Arn"]).split(":")[1]
        self.transport.rename(account.id, account_id)
        self._partitions[account_id] = partition
        wanted = []
        if any(not self._is_global(one) for one in self._selected(services)):
            wanted.append(_REGIONS)
        if not account.name and (not services or "iam" in services):
            wanted.append(_ALIASES)
        answers = yield [Request(operation, account_id, session.home) for operation in wanted]
        told = dict(zip(wanted, answers, strict=True))
        regions = self._readable(account_id, named, told.get(_REGIONS), partition)
        return AccountState(account_id, account.name or _alias(told.get(_ALIASES)), regions)

    def scopes(self, account: AccountState, services: Sequence[str] = ()) -> Sequence[Scope]:
        """What there is to read; `services` narrows it to those services' resource types.

        What has no region comes first; then region by region and service by service, so that
        clients are used for all they are needed for while they are at hand.
        """
        partition = self._partitions.get(account.id, DEFAULT_PARTITION)
        home = self._regions.home(partition)
        found: list[tuple[tuple[bool, str, str, str], Scope]] = []
        for resource in self._selected(services):
            key, service = resource.key, resource.service
            is_global = self._is_global(resource)
            for region in (GLOBAL_REGION,) if is_global else account.regions:
                if self._regions.has(service, home if is_global else region):
                    order = (not is_global, region, service, key)
                    found.append((order, Scope(self.name, account.id, region, key)))
        return [scope for _, scope in sorted(found)]

    def read(self, scope: Scope) -> Steps:
        """The script that reads one scope.

        A region that was asked for by name and is not enabled in the account is not called; its
        scopes say so.
        """
        if scope.region in self._disabled.get(scope.account, ()):
            return _not_enabled(scope)
        partition = self._partitions.get(scope.account, DEFAULT_PARTITION)
        return self._catalogue.reader(scope, partition)

    def close(self) -> None:
        """Close every connection."""
        self.transport.close()

    def _selected(self, services: Sequence[str]) -> list[CompiledResource]:
        """The resource types of these services (all if none is named), less those excluded."""
        return [
            resource
            for resource in self._catalogue.resources.values()
            if resource.service not in self._exclude_services
            and resource.key not in self._exclude_types
            and (not services or {resource.service, *resource.read_with} & set(services))
        ]

    def _is_global(self, resource: CompiledResource) -> bool:
        if resource.is_global is not None:
            return resource.is_global
        return self._regions.is_global(resource.service)

    def _home(self, account: AccountSettings, named: str) -> str:
        """Where an account is asked who it is: a region that it may be read in, if it names any."""
        partition = account.role_arn.split(":")[1] if account.role_arn else ""
        candidates = account.regions or ((named,) if named else ())
        for region in without(candidates, self._exclude_regions):
            if partition in {"", self._regions.partition_of(region)}:
                return region
        return self._regions.home(partition or self._regions.partition_of(named))

    def _readable(
        self, account_id: str, named: tuple[str, ...], described: Answer | None, partition: str
    ) -> tuple[str, ...]:
        """The regions to read: the named ones, or all enabled; named ones may not be enabled."""
        if described is None:
            return named
        if described.document is None:
            failure = described.failure
            known = named or without(self._regions.names(partition), self._exclude_regions)
            _log.warning(
                "the enabled regions of account %s cannot be listed (%s); reading %s",
                account_id,
                failure.code if failure else "",
                "those named" if named else "all of them",
            )
            return known
        enabled = without(
            self._regions.enabled(described.document, partition), self._exclude_regions
        )
        self._disabled[account_id] = frozenset(named) - frozenset(enabled)
        return named or enabled


def _not_enabled(scope: Scope) -> Steps:
    yield from ()
    reason = f"region {scope.region} is not enabled in account {scope.account}"
    return Reading(scope, Verdict.UNSUPPORTED, reason)


def operations_of(catalogue: Catalogue) -> Mapping[str, set[str]]:
    """What a catalogue may call, by service, and what connecting calls."""
    found: dict[str, set[str]] = {}
    listed = [name for resource in catalogue.resources.values() for name in resource.operations]
    for operation in (*listed, _IDENTITY, _REGIONS, _ALIASES):
        service, _, name = operation.partition(":")
        found.setdefault(service, set()).add(name)
    return found


def _mismatch(account: AccountSettings, found: str) -> Failure | None:
    """Why the credentials are not those of the account; None if they are."""
    if account.id in {"", found}:
        return None
    told = (
        f"role {account.role_arn}"
        if account.role_arn
        else (f"profile {account.profile}" if account.profile else "the ambient credentials")
    )
    return Failure(
        Verdict.FAILED,
        "WrongAccount",
        f"signing in with {told} leads to account {found}, not to {account.id}; "
        "check the account's role_arn and profile",
    )


def _alias(answer: Answer | None) -> str:
    """What the account calls itself; it may have no such name, or not tell it."""
    document = (answer.document if answer else None) or {}
    aliases = document.get("AccountAliases") or ()
    return str(aliases[0]) if aliases else ""
