"""What commands work on: settings, clock, inventory, schema, graph, each opened on first use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import fields, replace
from datetime import datetime
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudwarden.cli.options import CONTEXT_KEY, GlobalOptions
from cloudwarden.cli.output import say
from cloudwarden.core.clock import Clock, clock_from_environment, parse_moment
from cloudwarden.core.errors import ConfigurationError, GraphError, StoreError, UsageError
from cloudwarden.core.logging import configure_logging
from cloudwarden.core.settings import Settings, load_settings
from cloudwarden.providers.base import AccountSettings

if TYPE_CHECKING:
    import typer

    from cloudwarden.analysis.estate import Estate
    from cloudwarden.graph.generation import Generation
    from cloudwarden.graph.generations import Generations
    from cloudwarden.graph.graph import Graph
    from cloudwarden.inventory.store import Inventory
    from cloudwarden.providers.aws.catalogue import Catalogue
    from cloudwarden.schema.derived import Derived
    from cloudwarden.schema.registry import Registry

#: Django apps that own tables in our database.
APPS = ("cloudwarden.inventory", "cloudwarden.checks")


class Workspace:
    """One invocation's view of the data directory. Close it to release what it opened."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self._opened = ExitStack()

    @cached_property
    def inventory(self) -> Inventory:
        """The inventory, created and migrated on first use."""
        from cloudwarden.inventory.store import Inventory

        folder = self.settings.data_dir
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"the data directory {folder} cannot be made: {error.strerror}"
            ) from error
        return Inventory.open(
            self.settings.database,
            self.clock,
            apps=APPS,
            provides=self._provides,
            volatile=self._volatile,
        )

    @cached_property
    def catalogue(self) -> Catalogue:
        """Every AWS declaration, checked."""
        from cloudwarden.providers.aws.loader import load_catalogue

        return load_catalogue()

    @cached_property
    def registry(self) -> Registry:
        """The schema of the whole estate, and of what analysis derives from it."""
        from cloudwarden.analysis.run import with_analysis

        return with_analysis(self.catalogue.registry())

    @cached_property
    def generations(self) -> Generations:
        """The sealed graphs of this data directory."""
        from cloudwarden.graph.generations import Generations

        return Generations(
            self.settings.data_dir / "graph", self.clock, keep=self.settings.keep_generations
        )

    def outdate_graph(self) -> None:
        """Note that the inventory is about to know more than the graph, until the next is built."""
        self._outdated.touch()

    def build_graph(self, run_id: int | None) -> Generation:
        """Seal a generation of the inventory as it is now."""
        built = self.generations.build(
            self.inventory.documents(),
            self.registry,
            accounts=self.inventory.accounts_known(),
            run_id=run_id,
            as_of=self.clock.now(),
            derived=self.analysed(),
        )
        self._outdated.unlink(missing_ok=True)
        return built

    def estate(self, labels: frozenset[str], moment: datetime | None = None) -> Estate:
        """What is known of these labels, or was at a moment, as analyses read it."""
        from cloudwarden.analysis.inventory import read_estate

        return read_estate(self.inventory, self.registry, labels, moment)

    def analysed(self, moment: datetime | None = None) -> Iterator[Derived]:
        """What follows from the inventory as it is, or was at a moment."""
        from cloudwarden.analysis.inventory import analysed

        return analysed(
            self.inventory, self.registry, self.clock, moment, self.settings.dns_resolvers
        )

    def graph(self, as_of: str | None = None) -> Graph:
        """The current graph, or that of a past moment. Raises `GraphError` if there is none yet."""
        from cloudwarden.graph.pool import shared_pool

        # It starts while we load what compiles queries.
        shared_pool().begin()
        if as_of is not None:
            moment = self.moment(as_of)
            past = self.generations.for_moment(self.inventory, self.registry, moment, self.analysed)
            return self._opened.enter_context(self.generations.open(past.name))
        graph = self._opened.enter_context(self._current() or self._rebuilt())
        if self._outdated.exists():
            say(
                "notice: this graph is older than the last collection, which is not over or did "
                "not seal one; `cloudwarden collect` does"
            )
        return graph

    @property
    def _outdated(self) -> Path:
        return self.settings.data_dir / "graph-outdated"

    def _current(self) -> Graph | None:
        """The graph in force; None if there is none, or it is damaged, which is said."""
        try:
            return self.generations.open() if self.generations.current() else None
        except GraphError as error:
            say(f"{error}; that is done now")
            return None

    def _rebuilt(self) -> Graph:
        latest = next(iter(self.inventory.runs(limit=1)), None)
        if latest is None:
            raise GraphError(
                "nothing has been collected yet; run `cloudwarden collect` "
                "(or `cloudwarden demo` to see an example)"
            )
        self.build_graph(latest.id)
        return self.generations.open()

    def moment(self, text: str) -> datetime:
        """A moment that the user wrote. Raises `UsageError`."""
        return parse_moment(text)

    def configured_accounts(self) -> list[AccountSettings]:
        """Accounts of the file and of `accounts add`, the file's first; the same id only once."""
        stored = {
            record.settings.id: record.settings
            for record in self.inventory.accounts()
            if record.configured
        }
        listed = {table["id"]: self._listed(table) for table in self.settings.accounts}
        return [self._with_defaults(a) for a in {**stored, **listed}.values()]

    def account_id(self, text: str, known: Sequence[AccountSettings] | None = None) -> str:
        """The id of an account given by id or name. Raises `UsageError` naming close ones."""
        names = {a.id: a.name for a in (known or self.configured_accounts()) if a.id}
        names = {**self.inventory.accounts_known(), **names}
        for account_id, name in names.items():
            if text in {account_id, name}:
                return account_id
        close = get_close_matches(text, [*names, *(n for n in names.values() if n)], 1)
        hint = f"; did you mean {close[0]}?" if close else "."
        raise UsageError(
            f"no account has the id or name {text!r}{hint} See `cloudwarden accounts list`"
        )

    def labels(self, name: str) -> frozenset[str]:
        """The labels that a label, alias or group name stands for. Raises `UsageError`."""
        found = self.registry.resolve(name)
        if not found:
            close = get_close_matches(name, list(self.registry.names()), 3, 0.5)
            hint = f"; did you mean {' or '.join(close)}?" if close else "."
            raise UsageError(f"no label is called {name!r}{hint} See `cloudwarden schema`")
        return found

    def check_region(self, name: str) -> None:
        """Raise `UsageError` naming close ones if nothing was read there and AWS has no such."""
        if any(reading.scope.region == name for reading in self.inventory.readings()):
            return
        from cloudwarden.providers.aws.provider import AwsProvider

        AwsProvider(self.catalogue, self.clock).check((), (name,))

    def close(self) -> None:
        """Release the graphs and the database that were opened."""
        self._opened.close()
        if "inventory" in self.__dict__:
            self.inventory.close()

    def _provides(self, label: str) -> dict[str, tuple[str, ...]] | None:
        """Which operations provide which property and relation of a label."""
        declared = self.registry.labels.get(label)
        if declared is None:
            return None
        relations: dict[str, tuple[str, ...]] = {}
        for kind in self.registry.relations:
            if label in kind.carriers:
                before = relations.get(kind.type, kind.operations)
                # What is not known of one is not known of all of its type.
                known = before and kind.operations
                relations[kind.type] = (*before, *kind.operations) if known else ()
        told = {"tags": declared.tag_operations} if declared.tag_operations else {}
        properties = {p.name: p.rests_on for p in declared.properties.values()}
        return {**relations, **properties, **told}

    def _volatile(self, label: str) -> frozenset[str]:
        """The properties of a label that change by themselves."""
        declared = self.registry.labels.get(label)
        properties = declared.properties.values() if declared else ()
        return frozenset(p.name for p in properties if p.volatile)

    def _listed(self, table: Mapping[str, Any]) -> AccountSettings:
        """An account of the configuration file."""
        account = _account(table)
        if account.provider == "aws" and not re.fullmatch(r"\d{12}", account.id):
            raise ConfigurationError(
                f"{self.settings.source}: {account.id!r} is not an AWS account id: it has 12 digits"
            )
        return account

    def _with_defaults(self, account: AccountSettings) -> AccountSettings:
        s = self.settings
        role = account.role_arn or ("" if account.profile else s.role_arn)
        return replace(
            account,
            role_arn=role.replace("{account}", account.id),
            external_id=account.external_id or s.external_id,
            via_role_arn=(account.via_role_arn or s.via_role_arn).replace("{account}", account.id),
            session_name=account.session_name or s.session_name,
            regions=account.regions or s.regions,
        )


@contextmanager
def workspace(ctx: typer.Context) -> Iterator[Workspace]:
    """The workspace of a command, closed at its end."""
    options: GlobalOptions = (ctx.obj or {}).get(CONTEXT_KEY, GlobalOptions())
    settings = load_settings(options.config).with_data_dir(options.data_dir)
    configure_logging(
        options.log_level or settings.log_level, json_lines=settings.log_format == "json"
    )
    opened = Workspace(settings, clock_from_environment())
    try:
        yield opened
    finally:
        opened.close()


def _account(table: Mapping[str, Any]) -> AccountSettings:
    known = {f.name for f in fields(AccountSettings)}
    # An account without a session name of its own takes the one that is set for all.
    values = {"session_name": "", **{k: v for k, v in table.items() if k in known}}
    if "regions" in values:
        values["regions"] = tuple(values["regions"])
    return AccountSettings(**values)
