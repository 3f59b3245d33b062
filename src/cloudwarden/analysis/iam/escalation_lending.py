"""Roles that one comes by through things: a function's, whose own policy lets in other accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cloudwarden.analysis.iam.bulk.labels import Label
from cloudwarden.analysis.iam.bulk.rules import Documents
from cloudwarden.analysis.iam.world import Resources


class RolesOfThings(Label):
    """The roles that an account may reach: besides those that it may assume, those of things.

    `lending` has the things of each kind with the ARNs of the roles that they act with.
    """

    def __init__(
        self,
        table: Resources,
        shared: Documents,
        lending: Sequence[tuple[Label, Mapping[str, Sequence[str]]]],
    ) -> None:
        super().__init__(table, shared)
        self._lending = [(things, roles) for things, roles in lending if len(things.table)]
        self._places = {arn: place for place, arn in enumerate(table.arns)}

    def reachable(self, account: str) -> list[int]:
        """The positions of what an account's principals may possibly reach, in order."""
        found = {*super().reachable(account)}
        for things, roles in self._lending:
            arns = things.table.arns
            for position in things.reachable(account):
                for role in roles.get(arns[position], ()):
                    place = self._places.get(role)
                    if place is not None:
                        found.add(place)
        return sorted(found)
