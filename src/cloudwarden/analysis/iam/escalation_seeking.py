"""The search of one actor: every technique is followed through all that it requires."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from cloudwarden.analysis.iam.bulk.arns import positions
from cloudwarden.analysis.iam.escalation_admin import Administration
from cloudwarden.analysis.iam.escalation_moves import ACTED_AS, Move, Open
from cloudwarden.analysis.iam.escalation_needs import WORDS, Needs
from cloudwarden.analysis.iam.escalation_reach import AccountReach
from cloudwarden.analysis.iam.escalation_standing import (
    NOWHERE,
    Masks,
    Standing,
    table_of_principal,
)
from cloudwarden.analysis.iam.escalation_tables import IDENTITIES, ROLES
from cloudwarden.analysis.iam.techniques import (
    ANYTHING,
    SELF,
    Kind,
    Need,
    Outcome,
    Requirement,
    Technique,
)


class Seeking:
    """The search of one actor; what it may do is asked once for all techniques.

    `readable` says that all of its own policies were read.
    """

    def __init__(
        self,
        reach: AccountReach,
        needs: Needs,
        administration: Administration,
        kinds: Mapping[str, Kind],
        standing: Standing,
        found: Open,
        *,
        readable: bool,
    ) -> None:
        self._reach = reach
        self._needs = needs
        self._administration = administration
        self._kinds = kinds
        self._standing = standing
        self._found = found
        self._readable = readable
        self._masks: dict[object, Masks] = {}
        own_table = table_of_principal(standing.principal)
        self._self = self._reach.bit_of(own_table, standing.principal.arn)
        self._own_table = own_table

    def seek(self, technique: Technique) -> None:
        """Adds what one technique opens."""
        conditions = list(technique.conditions)
        doubts = []
        for need in technique.needs:
            met = self._needs.of_self(need, self._standing)
            if met is False:
                return
            if met is None and need is Need.SELF_IN_CENTER:
                doubts.append(WORDS[need])
        for kind in technique.beside:
            if not self._reach.own(kind):
                if self._reach.whole.setting.knows(kind, self._reach.account):
                    return
                conditions.append(f"if there is {_a(self._kinds[kind].title)}")
        bound: dict[str, Masks] = {}
        for target in technique.targets:
            masks = self._bound(technique, target, conditions)
            if masks is None:
                return
            bound[target] = masks
        for one in technique.requires:
            if one.target == ANYTHING:
                some = self._asked(technique, one, self._reach.table_of(one, new=True))
                if not self._settle(technique, one, some, conditions, new=True):
                    return
        if not self._correlate(technique, bound):
            return
        for target, masks in bound.items():
            if target != technique.through and target not in (SELF, "role"):
                requirement = next(technique.of(target), None)
                if requirement is not None and not self._settle(
                    technique, requirement, masks, conditions, new=requirement.is_new
                ):
                    return
        if doubts:
            for reason in doubts:
                self._found.doubt(f"{technique.title} ({technique.id}): {reason}")
            return
        self._conclude(technique, bound, tuple(dict.fromkeys(conditions)))

    def miss(self, kind: str, techniques: Iterable[Technique]) -> None:
        """Notes that things of a kind that were not read may let the actor in by themselves."""
        for technique in techniques:
            wanted = [replace(one, only_undenied=True) for one in technique.of(kind)]
            if self._otherwise_open(technique, kind) and all(
                self._asked(technique, one, self._reach.table_of(one, new=True)).possible
                for one in wanted
            ):
                title = self._kinds[kind].title
                self._found.doubt(
                    f"which {title}s there are, and whom their own policies let in, was not read"
                )
                return

    def _bound(self, technique: Technique, target: str, conditions: list[str]) -> Masks | None:
        """The rows of one target that meet all that is required of it; None if there are none."""
        requirements = list(technique.of(target))
        is_kind = target in self._kinds
        table = self._table(technique, target)
        everything = (1 << len(self._reach.rows(table))) - 1
        masks = Masks(everything, everything, 0)
        if target == SELF:
            masks = masks.within(self._self)
        elif table in (ROLES, IDENTITIES["user"]):
            masks = masks.within(~self._self if table == self._own_table else -1)
        for one in requirements:
            masks = masks.both(self._asked(technique, one, table))
        for need in technique.needs:
            about = self._needs.of_rows(need)
            if about is not None and about[0] == target:
                masks = masks.both(about[1])
            elif need in ACTED_AS and target == need.value.rpartition(" ")[2]:
                masks = masks.both(self._found.acted_as(ACTED_AS[need]))
        if target == "role" and technique.passed_to_service is not None:
            masks = masks.both(self._needs.trusting(technique.passed_to_service))
        if is_kind and not self._reach.whole.setting.knows(target, self._reach.account):
            return self._untold(technique, target, masks, conditions)
        return masks if masks.possible else None

    def _untold(
        self, technique: Technique, kind: str, masks: Masks, conditions: list[str]
    ) -> Masks | None:
        """What of a kind that was not, or not wholly, read: there may be more."""
        title, untold = self._kinds[kind].title, self._reach.whole.setting.untold
        new = [
            self._asked(technique, one, self._reach.table_of(one, new=True))
            for one in technique.of(kind)
        ]
        might = all(map(self._might, new))
        if technique.through == kind:
            if might and self._is_told(kind) and self._otherwise_open(technique, kind):
                self._found.doubt(
                    f"{technique.title} ({technique.id}): which {title}s there are, and which roles"
                    f" they act with, {untold}"
                )
            return masks if masks.possible else None
        if masks.possible:
            return masks
        if not might:
            return None
        conditions.append(f"if there is {_a(title)}")
        return NOWHERE

    def _is_told(self, kind: str) -> bool:
        """Whether to say that things of a kind were not read: too many may write some object."""
        missed = self._reach.whole.setting.missed
        return not self._kinds[kind].code or (kind, self._reach.account) in missed

    def _otherwise_open(self, technique: Technique, kind: str) -> bool:
        """Whether all that is required beside things of a kind is possible."""
        return all(
            any(self._might(self._asked(technique, one, table)) for table in self._tables(one))
            for one in technique.requires
            if one.target != kind
        )

    def _might(self, masks: Masks) -> int:
        """Where something is possible by policies that were read; of the others that is said."""
        return masks.possible if self._readable else masks.perhaps

    def _tables(self, requirement: Requirement) -> Iterator[str]:
        """The tables that a thing may be a row of: of what exists, and of what may exist."""
        if requirement.target == SELF:
            yield self._own_table
            return
        yield self._reach.table_of(requirement, new=requirement.is_new)
        setting = self._reach.whole.setting
        if requirement.target in self._kinds and not setting.knows(
            requirement.target, self._reach.account
        ):
            yield self._reach.table_of(requirement, new=True)

    def _correlate(self, technique: Technique, bound: dict[str, Masks]) -> bool:
        """Narrows what is bound to what belongs together; whether something is left."""
        for need in technique.needs:
            if need is Need.POLICY_OF_ROLE:
                roles = self._needs.roles_with(bound["policy"])
                bound["role"] = bound["role"].both(roles)
            elif need is Need.POLICY_BOUNDS_ROLE:
                roles = self._needs.roles_bounded_by(bound["policy"])
                bound["role"] = bound["role"].both(roles)
            elif need is Need.POLICY_BOUNDS_SELF:
                own = self._needs.boundary_of(self._standing.effective())
                bound["policy"] = bound["policy"].within(own)
            elif need is Need.ROLE_TRUSTS_PROVIDER:
                bound["role"] = bound["role"].both(self._needs.roles_trusting(bound["provider"]))
            elif need is Need.POLICY_OF_SELF:
                own = self._needs.policies_of(self._standing.principal)
                bound["policy"] = bound["policy"].within(own)
            elif need is Need.SELF_IN_GROUP:
                bound["group"] = bound["group"].within(self._needs.groups_of(self._standing))
        return all(masks.possible or target in self._kinds for target, masks in bound.items())

    def _settle(self, technique: Technique, requirement: Requirement, masks: Masks,
                conditions: list[str], *, new: bool) -> bool:  # fmt: skip
        """Whether some row serves; on what it depends goes to the conditions."""
        if masks.sure or (not masks.possible and requirement.target in self._kinds):
            return True
        if masks.perhaps:
            one = masks.perhaps & -masks.perhaps
            conditions += self._words_of(technique, requirement.target, requirement, one, new=new)
            return True
        if masks.unknown:
            self._doubt(technique, requirement, masks.unknown & -masks.unknown, new=new)
        return False

    def _words_of(self, technique: Technique, target: str, requirement: Requirement, row: int,
                  *, new: bool) -> list[str]:  # fmt: skip
        """On what it depends for one row: all that is required of the same target."""
        wanted = [requirement] if target == ANYTHING else technique.of(target)
        service = technique.passed_to_service
        found: list[str] = []
        for one in wanted:
            table = self._reach.table_of(one, new=True) if new else self._table(technique, target)
            for _, words in self._reach.words(self._standing, one, table, service, row):
                found += words
        return found

    def _conclude(
        self, technique: Technique, bound: dict[str, Masks], conditions: tuple[str, ...]
    ) -> None:
        """Adds the move, if it leads anywhere."""
        through = technique.through
        onto = bound[through]
        table = self._table(technique, through)
        if technique.outcome is Outcome.ADMIN:
            onto = onto.both(self._administration.unlimited(table, self._standing))
        elif technique.outcome in (Outcome.GAINS_GROUP, Outcome.GAINS_VERSION):
            through = "group" if technique.outcome is Outcome.GAINS_GROUP else "policy"
            onto, table = bound[through], IDENTITIES[through]
            if through == "group":
                onto = onto.within(~self._needs.groups_of(self._standing))
        if onto.unknown:
            requirement = next(technique.of(through), None)
            if requirement is not None:
                row = onto.unknown & -onto.unknown
                self._doubt(technique, requirement, row, new=False)
        things: dict[int, int] = {}
        if through in self._kinds:
            if onto.possible & self._reach.unread_things(through):
                title = self._kinds[through].title
                self._found.doubt(
                    f"{technique.title} ({technique.id}): which role {_a(title)} acts with was "
                    "not read"
                )
            onto, things = self._roles_of(through, onto)
            table = ROLES
        if onto.perhaps:
            self._found.moves.append(Move(technique, table, onto, conditions, bound, things))

    def _roles_of(self, kind: str, onto: Masks) -> tuple[Masks, dict[int, int]]:
        """The roles that things act with, and through which thing each is come by."""
        roles_of = self._reach.roles_of_things(kind)
        sure = perhaps = 0
        things: dict[int, int] = {}
        for row in positions(onto.perhaps):
            roles = roles_of[row] & ~(self._self if self._own_table == ROLES else 0)
            certain = bool(onto.sure >> row & 1)
            for role in positions(roles):
                if role not in things or (certain and not sure >> role & 1):
                    things[role] = row
            perhaps |= roles
            sure |= roles if certain else 0
        return Masks(sure, perhaps, 0), things

    def _doubt(
        self, technique: Technique, requirement: Requirement, row: int, *, new: bool
    ) -> None:
        if not self._readable:
            return
        words = self._words_of(technique, requirement.target, requirement, row, new=new)
        words += [WORDS[need] for need in technique.needs if need is Need.ROLE_HAS_PROFILE]
        for word in words or [f"{technique.title} ({technique.id}): what it rests on was not read"]:
            if "not read" in word:
                self._found.doubt(word)

    def _asked(self, technique: Technique, requirement: Requirement, table: str) -> Masks:
        service = technique.passed_to_service if requirement.action == "iam:PassRole" else None
        key = (requirement.action, table, service, requirement.only_undenied,
               requirement.resource_type)  # fmt: skip
        known = self._masks.get(key)
        if known is None:
            known = self._masks[key] = self._reach.masks(
                self._standing, requirement, table, service
            )
        return known

    def _table(self, technique: Technique, target: str) -> str:
        if target == SELF:
            return self._own_table
        requirement = next(technique.of(target), None)
        if requirement is not None:
            return self._reach.table_of(requirement, new=requirement.is_new)
        return IDENTITIES.get(target, target)


def _a(title: str) -> str:
    """A kind's title with its article."""
    return f"{'an' if title[0] in 'AEIO' else 'a'} {title}"
