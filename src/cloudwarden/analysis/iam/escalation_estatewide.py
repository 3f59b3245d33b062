"""A world as techniques ask about it, with everything compiled once for all accounts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cloudwarden.analysis.iam.bulk.labels import Label
from cloudwarden.analysis.iam.bulk.organizations import Organization
from cloudwarden.analysis.iam.bulk.rules import ActionBits, Documents
from cloudwarden.analysis.iam.escalation_lending import RolesOfThings
from cloudwarden.analysis.iam.escalation_setting import Setting
from cloudwarden.analysis.iam.escalation_tables import ROLES, existing
from cloudwarden.analysis.iam.technique_files import load_techniques
from cloudwarden.analysis.iam.world import Resources, World
from cloudwarden.core.clock import format_moment


class Estatewide:
    """A world as techniques ask about it: everything compiled once for all accounts."""

    def __init__(
        self, world: World, setting: Setting, actions: Iterable[str], now: datetime
    ) -> None:
        self.world = world
        self.setting = setting
        self.documents = Documents(ActionBits(actions))
        self.organization = Organization(world, self.documents)
        self.moment, self.epoch = format_moment(now), int(now.timestamp())
        # A kind of which there is none has an empty table.
        self.labels = {
            name: Label(Resources(name, ()), self.documents) for name in load_techniques().kinds
        }
        tables = {table.label: table for table in existing(world, setting)}
        for name, table in tables.items():
            self.labels[name] = Label(table, self.documents)
        #: The ARNs of all that there is.
        self.taken = frozenset(arn for table in tables.values() for arn in table.arns)
        lending = [
            (self.labels[kind], {thing.arn: thing.roles for thing in things})
            for kind, things in setting.things.items()
        ]
        self.labels[ROLES] = RolesOfThings(tables[ROLES], self.documents, lending)

    def accounts(self) -> list[str]:
        """Every account that has users or roles."""
        return sorted({p.account for p in self.world.principals})
