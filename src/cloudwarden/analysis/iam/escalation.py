"""Which techniques are open to a principal, and what each leads to.

Every technique is matched against who may do what, what exists, what trusts what; boundaries and
the organization's policies bind each step. What it leads to is kept as masks of rows, so that ten
thousand principals can be asked.
"""

from __future__ import annotations

from typing import Final

from cloudwarden.analysis.iam.escalation_admin import Administration
from cloudwarden.analysis.iam.escalation_moves import ACTED_AS, Open, plainness
from cloudwarden.analysis.iam.escalation_needs import Needs
from cloudwarden.analysis.iam.escalation_reach import AccountReach
from cloudwarden.analysis.iam.escalation_seeking import Seeking
from cloudwarden.analysis.iam.escalation_standing import Standing, may_be_granted
from cloudwarden.analysis.iam.techniques import Technique, TechniqueCatalogue

_ASSUME: Final = "sts:AssumeRole"


class Matching:
    """Matches all techniques against the actors of one account."""

    def __init__(self, reach: AccountReach, needs: Needs, techniques: TechniqueCatalogue) -> None:
        self.reach = reach
        self.needs = needs
        self.administration = Administration(reach)
        self._techniques = techniques
        self._required = [
            (one, self._granted_by_identity(one))
            for one in sorted(techniques.techniques, key=_order)
        ]
        setting = reach.whole.setting
        self._missed = [
            name
            for name, kind in techniques.kinds.items()
            if (name, reach.account) in setting.missed and not kind.code
        ]

    def _granted_by_identity(self, technique: Technique) -> int:
        """The actions of a technique that nothing but the actor's own policies can grant."""
        bits, mask = self.reach.whole.documents.actions.index, 0
        for one in technique.requires:
            bit = 1 << bits[one.action.lower()]
            elsewhere = one.action == _ASSUME or (
                one.target in self._techniques.kinds and self.reach.letting_in(one.target) & bit
            )
            if not (one.only_undenied or elsewhere):
                mask |= bit
        return mask

    def open_to(self, standing: Standing, *, only_assume: bool = False) -> Open:
        """Everything that is open to an actor; or only which roles it can assume."""
        found = Open()
        if standing.principal.is_service_linked:
            # Nobody but the service itself comes by these.
            return found
        actor = self.reach.actor(standing)
        for policy in actor.unread:
            found.doubt(f"policy {policy.rpartition('/')[2]} was not read")
        if actor.boundary is not None and not actor.boundary.readable:
            found.doubt("its permissions boundary was not read")
        granted = may_be_granted(actor)
        seeking = Seeking(
            self.reach, self.needs, self.administration, self._techniques.kinds, standing, found,
            readable=granted != -1,
        )  # fmt: skip
        for technique, required in self._required:
            if required & ~granted == 0 and not (only_assume and required):
                seeking.seek(technique)
        for kind in self._missed if not only_assume else ():
            seeking.miss(kind, [one for one, _ in self._required if one.through == kind])
        return found


def _order(technique: Technique) -> tuple[bool, tuple[int, int]]:
    """Techniques by how plain they are; what rests on others comes after them."""
    return not ACTED_AS.keys().isdisjoint(technique.needs), plainness(technique)
