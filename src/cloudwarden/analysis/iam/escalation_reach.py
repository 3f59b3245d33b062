"""What actors may do to what techniques are about, by the bulk engine, an account at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from cloudwarden.analysis.iam.bulk.actors import Actor
from cloudwarden.analysis.iam.bulk.arns import mask_of, positions
from cloudwarden.analysis.iam.bulk.labels import Label
from cloudwarden.analysis.iam.bulk.masks import denying, limit, no_limit
from cloudwarden.analysis.iam.bulk.reach import Reaching
from cloudwarden.analysis.iam.bulk.reasons import Reasons
from cloudwarden.analysis.iam.bulk.rules import UNREADABLE, Document, Rule
from cloudwarden.analysis.iam.bulk.universe import Universe
from cloudwarden.analysis.iam.context import ABSENT, Context, State
from cloudwarden.analysis.iam.escalation_estatewide import Estatewide
from cloudwarden.analysis.iam.escalation_requests import ISSUED, Keys
from cloudwarden.analysis.iam.escalation_standing import NOWHERE, Asking, Extra, Masks, Standing
from cloudwarden.analysis.iam.escalation_tables import IDENTITIES, ROLES, NewThings
from cloudwarden.analysis.iam.facts import Facts
from cloudwarden.analysis.iam.policies import PolicyKind
from cloudwarden.analysis.iam.principals import PrincipalMatch
from cloudwarden.analysis.iam.questions import Asked
from cloudwarden.analysis.iam.techniques import Requirement
from cloudwarden.analysis.iam.world import PrincipalKind


class Scene(NamedTuple):
    """One universe with what answers for it."""

    universe: Universe
    reaching: Reaching
    reasons: Reasons


class AccountReach:
    """Answers for the actors of one account."""

    def __init__(self, whole: Estatewide, account: str) -> None:
        self.whole = whole
        self.account = account
        self._actors: dict[object, Actor] = {}
        self._scenes: dict[tuple[str, Extra], Scene] = {}
        self._new: dict[str, NewThings] = {}
        self._labels: dict[str, Label] = {}
        self._roles_of_things: dict[str, list[int]] = {}
        self._letting_in: dict[str, int] = {}
        self._places: dict[str, Mapping[str, int]] = {}
        self._boundaries: dict[str, list[tuple[State, int]]] = {}
        self.states = [Standing(one) for one in whole.world.of_account(account)]
        self._around = list(self._organization())
        actors = [self.actor(state) for state in self.states]
        documents = {d for a in actors for d in (*a.documents, a.boundary) if d} | {*self._around}
        partition = whole.world.account(account).partition
        self._keys = Keys(documents, partition, self._by_boundary)

    def actor(self, state: Standing, extra: Extra = ()) -> Actor:
        """A principal in a state, making requests with some keys given."""
        key = state.key, extra
        known = self._actors.get(key)
        if known is None:
            principal = state.effective()
            home = self.whole.world.account(self.account)
            facts: Context = Facts(principal, home, self.whole.moment, self.whole.epoch)
            if extra:
                facts = Asking(facts, dict(extra))
            known = Actor(principal, facts, self.whole.documents)
            self._actors[key] = known
        return known

    def rows(self, table: str) -> Universe:
        """The rows of a table that the account's principals may reach; bit i is row i of it."""
        return self._scene(table, ()).universe

    def arns(self, table: str) -> list[str]:
        """The ARNs of these rows, in order."""
        return list(self._places_of(table))

    def roles_of_things(self, kind: str) -> list[int]:
        """For each row of a kind, the roles that the thing acts with."""
        known = self._roles_of_things.get(kind)
        if known is None:
            roles = {one.arn: one.roles for one in self.whole.setting.things.get(kind, ())}
            known = []
            for arn in self.arns(kind):
                mask = 0
                for role in roles.get(arn, ()):
                    mask |= self.bit_of(ROLES, role)
                known.append(mask)
            self._roles_of_things[kind] = known
        return known

    def unread_things(self, kind: str) -> int:
        """The rows of things that may act with roles that were not read."""
        mask = 0
        for one in self.whole.setting.things.get(kind, ()):
            if one.unread or any(self._is_unread(role) for role in one.roles):
                mask |= self.bit_of(kind, one.arn)
        return mask

    def _is_unread(self, role: str) -> bool:
        """Whether a role may be there though it is not known."""
        world = self.whole.world
        if world.principal(role) is not None:
            return False
        home = world.accounts.get(role.split(":")[4])
        return home is None or not home.lists_principals

    def letting_in(self, kind: str) -> int:
        """The actions that things of a kind may allow the account's principals by themselves."""
        known = self._letting_in.get(kind)
        if known is None:
            known = 0
            label = self.whole.labels[kind]
            for position in self.rows(kind).positions:
                document = label.policy(position, self.whole.documents)
                for rule in document.rules if document is not None else ():
                    known |= rule.actions if rule.allows else 0
                if document is UNREADABLE and label.table.accounts[position] == self.account:
                    known = -1
            self._letting_in[kind] = known
        return known

    def let_in_by(
        self, standing: Standing, requirement: Requirement, table: str, mask: int
    ) -> Iterator[tuple[str, str, PrincipalMatch, Rule]]:
        """The rules of things' own policies that meet a requirement, or may: of which, and how.

        `mask` has the rows of the things; each is told by its ARN and the account that owns it.
        """
        universe = self.rows(table)
        label, reader = universe.label, universe.form(Asked((requirement.action.lower(),))).reader
        bit = 1 << self.whole.documents.actions.index[requirement.action.lower()]
        actor = self.actor(standing)
        for row in positions(mask & ((1 << len(universe)) - 1)):
            position = universe.positions[row]
            document = label.policy(position, self.whole.documents)
            for rule in document.rules if document is not None else ():
                if not (rule.allows and rule.actions & bit):
                    continue
                bounded = actor.boundary is not None
                match = rule.statement.match_principal(actor.who, bounded=bounded)
                if match is not None and reader.matched(rule, actor)[1] >> row & 1:
                    yield label.table.arns[position], label.table.accounts[position], match, rule

    def own(self, table: str) -> int:
        """The rows of what is the account's own."""
        return self.rows(table).own

    def bit_of(self, table: str, arn: str) -> int:
        """The bit of one ARN; 0 where it is not among the rows."""
        place = self._places_of(table).get(arn)
        return 0 if place is None else 1 << place

    def _places_of(self, table: str) -> Mapping[str, int]:
        """The ARNs of a table's rows, in order, with their places."""
        known = self._places.get(table)
        if known is None:
            universe = self.rows(table)
            arns = universe.label.table.arns
            known = {arns[position]: i for i, position in enumerate(universe.positions)}
            self._places[table] = known
        return known

    def table_of(self, requirement: Requirement, *, new: bool) -> str:
        """The table whose rows a requirement is about."""
        if new:
            return f"new {requirement.action.partition(':')[0]}"
        return IDENTITIES.get(requirement.target, requirement.target)

    def masks(self, state: Standing, requirement: Requirement, table: str,
              service: str | None) -> Masks:  # fmt: skip
        """The rows of a table for which the actor meets a requirement."""
        found = self._masks(state, requirement, table, service)
        is_user = state.principal.kind is PrincipalKind.USER
        if is_user and found.perhaps & ~found.sure and self._keys.asks(ISSUED):
            # A user's key was issued at no time, a session of it now: nobody has an old one.
            ever = NOWHERE
            for issued in (ABSENT, (self.whole.moment,)):
                ever = ever.either(self._masks(state, requirement, table, service, issued))
            found = found.within(ever.possible)
        if table.startswith("new "):
            new = self._new_things(table)
            found = found.within(new.fitting(requirement.action, requirement.resource_type))
        return found

    def _masks(self, state: Standing, requirement: Requirement, table: str,
               service: str | None, issued: State | None = None) -> Masks:  # fmt: skip
        """As `masks`, of everything that is new; and as if credentials were issued then."""
        action = requirement.action.lower()
        found = NOWHERE
        for keys, about in self._keys.of(requirement, table, service):
            extra = (
                keys if issued is None else tuple(sorted({**dict(keys), ISSUED: issued}.items()))
            )
            scene = self._scene(table, extra)
            actor = self.actor(state, extra)
            if requirement.only_undenied:
                masks = self._undenied(scene, actor, action)
            else:
                reach = scene.reaching.of(actor, Asked((action,)), action)
                plain = reach.perhaps & (reach.sure | ~reach.unread)
                unknown = (reach.granted_unread | reach.perhaps) & ~plain
                masks = Masks(reach.sure, plain, unknown)
            found = found.either(masks if about is None else masks.within(about))
        return found

    def words(self, state: Standing, requirement: Requirement, table: str, service: str | None,
              mask: int) -> list[tuple[int, tuple[str, ...]]]:  # fmt: skip
        """On what meeting a requirement depends, of rows where it is not sure, in parts."""
        action = requirement.action.lower()
        parts: list[tuple[int, tuple[str, ...]]] = []
        rest = mask
        for extra, about in self._keys.of(requirement, table, service):
            scene = self._scene(table, extra)
            wanted = rest if about is None else rest & about
            if not wanted or requirement.only_undenied:
                continue
            bit = 1 << self.whole.documents.actions.index[action]
            actor = self.actor(state, extra)
            reach = scene.reaching.of(actor, Asked((action,)), action)
            wanted &= (reach.perhaps | reach.granted_unread) & ~reach.sure
            if wanted:
                parts += scene.reasons.of([(wanted, ())], actor, Asked((action,)), action, bit)
            rest &= ~wanted
        return [*parts, (rest, ())] if rest else parts

    def granting(
        self, standing: Standing, requirement: Requirement, table: str, service: str | None
    ) -> Iterator[tuple[Rule, Document, int]]:
        """The rules of an actor's policies that meet a requirement, or may, and on which rows."""
        action = requirement.action.lower()
        bit = 1 << self.whole.documents.actions.index[action]
        for extra, about in self._keys.of(requirement, table, service):
            within = -1 if about is None else about
            if table.startswith("new "):
                new = self._new_things(table)
                within &= new.fitting(requirement.action, requirement.resource_type)
            actor = self.actor(standing, extra)
            reader = self._scene(table, extra).universe.form(Asked((action,))).reader
            for document in actor.documents:
                for rule in document.rules:
                    if rule.allows and rule.actions & bit:
                        mask = reader.matched(rule, actor)[1] & within
                        if mask:
                            yield rule, document, mask

    def _undenied(self, scene: Scene, actor: Actor, action: str) -> Masks:
        """The rows on which nothing denies an action, and the organization lets it pass."""
        form = scene.universe.form(Asked((action,)))
        reader, full = form.reader, form.reader.arns.full
        slots = reader.slots(1 << self.whole.documents.actions.index[action])
        left = no_limit(full)
        for level in (actor.documents, (actor.boundary,) if actor.boundary else ()):
            left = left.then(denying(reader.masks(level, slots, actor), full, full))
        for level in self.whole.organization.levels(self.account, PolicyKind.SCP) or ():
            left = left.then(limit(reader.masks(level, slots, actor)))
        for level in self.whole.organization.levels(self.account, PolicyKind.RCP) or ():
            left = left.then(denying(reader.masks(level, slots, actor), full, full))
        # That something was not read shows in what has to be granted beside.
        perhaps = left.perhaps_passes & ~left.denied
        return Masks(left.passes & perhaps & ~left.perhaps_denied, perhaps, 0)

    def _by_boundary(self, table: str) -> list[tuple[State, int]]:
        """The rows by the boundary that they have."""
        known = self._boundaries.get(table)
        if known is None:
            found: dict[State, list[int]] = {}
            arns = self.arns(table)
            for i, arn in enumerate(arns):
                principal = self.whole.world.principal(arn)
                boundary = principal.boundary if principal is not None else None
                found.setdefault((boundary.policy,) if boundary else ABSENT, []).append(i)
            known = [(state, mask_of(rows, len(arns))) for state, rows in found.items()]
            self._boundaries[table] = known
        return known

    def _scene(self, table: str, extra: Extra) -> Scene:
        key = table, extra
        known = self._scenes.get(key)
        if known is None:
            whole = self.whole
            universe = Universe(
                self._label(table), self.account, (), whole.documents, whole.organization
            )
            reaching = Reaching(universe, whole.organization, whole.documents)
            reasons = Reasons(universe, whole.organization, reaching)
            known = self._scenes[key] = Scene(universe, reaching, reasons)
        return known

    def _label(self, table: str) -> Label:
        if not table.startswith("new "):
            return self.whole.labels[table]
        known = self._labels.get(table)
        if known is None:
            new = self._new_things(table)
            known = self._labels[table] = Label(new.table, self.whole.documents)
        return known

    def _new_things(self, table: str) -> NewThings:
        known = self._new.get(table)
        if known is None:
            service = table.removeprefix("new ")
            asked = self.whole.documents.actions.of_service(service)
            home = self.whole.world.account(self.account)
            actors = [self.actor(state) for state in self.states]
            known = self._new[table] = NewThings(
                service, home, actors, self._around, asked, self.whole.taken
            )
        return known

    def _organization(self) -> Iterator[Document]:
        for kind in (PolicyKind.SCP, PolicyKind.RCP):
            for level in self.whole.organization.levels(self.account, kind) or ():
                yield from level
