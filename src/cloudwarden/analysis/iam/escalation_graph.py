"""Who can become whom, as a graph: principals, and what they would be once something is changed.

Edges are masks of rows. How far each node is from administration is found backwards, a step at a
time over all nodes: first over what is sure, then over what is at least possible.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from cloudwarden.analysis.iam.bulk.arns import positions
from cloudwarden.analysis.iam.escalation import Matching
from cloudwarden.analysis.iam.escalation_admin import PROBED, Administrator
from cloudwarden.analysis.iam.escalation_estatewide import Estatewide
from cloudwarden.analysis.iam.escalation_moves import ACTED_AS, Move, Open
from cloudwarden.analysis.iam.escalation_needs import WORDS, Needs
from cloudwarden.analysis.iam.escalation_reach import AccountReach
from cloudwarden.analysis.iam.escalation_setting import Setting
from cloudwarden.analysis.iam.escalation_standing import Standing
from cloudwarden.analysis.iam.escalation_tables import IDENTITIES, ROLES, USERS
from cloudwarden.analysis.iam.escalation_trust import Trusts
from cloudwarden.analysis.iam.technique_files import load_techniques
from cloudwarden.analysis.iam.techniques import Outcome, TechniqueCatalogue
from cloudwarden.analysis.iam.truth import Truth
from cloudwarden.analysis.iam.world import Attachment, Unread, World

#: The roles of an account as they would be without their boundaries.
_UNBOUNDED: Final = "AWSRole without boundary"

#: What a principal would be after so many gains, and so many such standings of it, are followed.
_MOST_GAINS: Final = 2
_MOST_STANDINGS: Final = 100

Key = tuple[str, bool, tuple[str, ...]]


@dataclass(slots=True)
class Node:
    """A principal in some standing, and what is open to it.

    `onto` has, by table, the rows that it can act as: for sure, and at least perhaps. `turns`
    are the standings that a move gives it.
    """

    standing: Standing
    administrator: Administrator
    open: Open = field(default_factory=Open)
    onto: dict[str, tuple[int, int]] = field(default_factory=dict)
    turns: list[tuple[Move, int, Key]] = field(default_factory=list)

    @property
    def account(self) -> str:
        """The account that the principal is in."""
        return self.standing.principal.account

    def ends(self, *, sure: bool) -> bool:
        """Whether one move makes it an administrator."""
        return any(
            move.technique.outcome is Outcome.ADMIN and (move.sure if sure else move.onto.perhaps)
            for move in self.open.moves
        )


class Graph:
    """Everybody of a world, and how far each is from administration."""

    def __init__(
        self,
        world: World,
        setting: Setting,
        now: datetime,
        techniques: TechniqueCatalogue | None = None,
    ) -> None:
        self.techniques = techniques or load_techniques()
        self.whole = Estatewide(world, setting, self.techniques.actions | PROBED, now)
        trusts = Trusts(world, self.whole.documents.compiler)
        self.reaches: dict[str, AccountReach] = {}
        self.needs: dict[str, Needs] = {}
        self.nodes: dict[Key, Node] = {}
        for account in self.whole.accounts():
            reach = self.reaches[account] = AccountReach(self.whole, account)
            needs = self.needs[account] = Needs(reach, trusts)
            self._explore(Matching(reach, needs, self.techniques))
        self._places = self._placed()

    def _explore(self, matching: Matching) -> None:
        """Finds what is open to everybody of an account, and to what they would become."""
        queue = list(matching.reach.states)
        standings: dict[str, int] = defaultdict(int)
        while queue:
            standing = queue.pop()
            if standing.key in self.nodes:
                continue
            standings[standing.principal.arn] += 1
            if standings[standing.principal.arn] > _MOST_STANDINGS:
                self.nodes[standing.principal.arn, False, ()].open.doubt(
                    "it could change itself in more ways than were followed: not read to the end"
                )
                continue
            node = Node(standing, matching.administration.of(standing))
            self.nodes[standing.key] = node
            if node.administrator.truth is Truth.SURE:
                # There is nothing more to come by.
                node.open = matching.open_to(standing, only_assume=True)
            else:
                node.open = matching.open_to(standing)
                if node.administrator.unknown:
                    node.open.doubt(node.administrator.unknown)
                if not self.whole.world.account(node.account).lists_principals:
                    node.open.doubt("not all users and roles of its account were read")
            queue += self._followed(matching, node)

    def _followed(self, matching: Matching, node: Node) -> Iterator[Standing]:
        """Fills in where a node's moves lead; yields standings that are new."""
        onto: dict[str, tuple[int, int]] = {}
        reach = matching.reach
        for move in node.open.moves:
            match move.technique.outcome:
                case Outcome.ACTS_AS:
                    _add(onto, move.table, move.sure, move.onto.perhaps)
                case Outcome.ACTS_UNBOUNDED:
                    _add(onto, _UNBOUNDED, move.sure, move.onto.perhaps)
                    for row in positions(move.onto.perhaps):
                        role = self.whole.world.principal(reach.arns(ROLES)[row])
                        if role is not None:
                            yield Standing(role, unbounded=True)
                case Outcome.UNBOUNDED:
                    if not node.standing.unbounded:
                        free = replace(node.standing, unbounded=True)
                        node.turns.append((move, 0, free.key))
                        yield free
                case Outcome.GAINS_GROUP | Outcome.GAINS_VERSION:
                    yield from self._gained(matching, node, move)
        node.onto = onto

    def _gained(self, matching: Matching, node: Node, move: Move) -> Iterator[Standing]:
        if len(node.standing.gained) >= _MOST_GAINS:
            return
        arns = matching.reach.arns(move.table)
        for row in positions(move.onto.perhaps):
            for gained in self._gains(arns[row], node, move):
                if set(gained) <= set(node.standing.gained):
                    continue
                grown = replace(node.standing, gained=(*node.standing.gained, *gained))
                node.turns.append((move, row, grown.key))
                yield grown

    def _gains(self, arn: str, node: Node, move: Move) -> Iterator[tuple[Attachment, ...]]:
        if move.technique.outcome is Outcome.GAINS_GROUP:
            group = self.whole.world.principal(arn)
            if group is not None and group.policies:
                through = f"group {group.name}"
                yield tuple(Attachment(p.policy, p.document, through) for p in group.policies)
            return
        versions = self.whole.setting.versions.get(arn)
        if versions is None:
            name = arn.rpartition("/")[2]
            node.open.doubt(f"other versions of policy {name} were not read")
        for number, text in enumerate(versions or (), 1):
            if isinstance(text, Unread):
                node.open.doubt(f"a version of policy {arn.rpartition('/')[2]} was not read")
            else:
                yield (Attachment(arn, text, f"another version ({number})"),)

    def _placed(self) -> Mapping[Key, list[tuple[str, str, int]]]:
        """Where nodes are rows: of which account's which table."""
        places: dict[Key, list[tuple[str, str, int]]] = defaultdict(list)
        for account, reach in self.reaches.items():
            for table in (ROLES, USERS):
                for row, arn in enumerate(reach.arns(table)):
                    places[arn, False, ()].append((account, table, 1 << row))
                    if table == ROLES:
                        places[arn, True, ()].append((account, _UNBOUNDED, 1 << row))
        return places

    def distances(
        self, seeds: Iterable[Key], *, sure: bool, to_administration: bool = True
    ) -> dict[Key, int]:
        """How many moves each node is from one of the seeds, which are 0 from it.

        With `sure`, only over what nothing is left open of. `to_administration` says that seeds
        are administrators, so that a move that makes one arrives as well.
        """
        found: dict[Key, int] = dict.fromkeys(seeds, 0)
        masks: dict[tuple[str, str], int] = defaultdict(int)
        self._mark(found, masks)
        waiting = {key: node for key, node in self.nodes.items() if key not in found}
        step = 0
        while waiting:
            step += 1
            reached = [
                key for key, node in waiting.items()
                if (to_administration and node.ends(sure=sure))
                or self._leads(node, masks, found, sure=sure)
            ]  # fmt: skip
            if not reached:
                break
            for key in reached:
                found[key] = step
                del waiting[key]
            self._mark(reached, masks)
        return found

    def _mark(self, keys: Iterable[Key], masks: dict[tuple[str, str], int]) -> None:
        for key in keys:
            for account, table, bit in self._places.get(key, ()):
                masks[account, table] |= bit

    def _leads(self, node: Node, masks: Mapping[tuple[str, str], int], found: Mapping[Key, int],
               *, sure: bool) -> bool:  # fmt: skip
        account = node.account
        for table, (surely, perhaps) in node.onto.items():
            if (surely if sure else perhaps) & masks.get((account, table), 0):
                return True
        return any(
            key in found and (not sure or move.sure >> row & 1) for move, row, key in node.turns
        )

    def next_of(self, node: Node, move: Move) -> Iterator[tuple[int, Key]]:
        """The rows that a move leads onto, and the nodes that they are."""
        reach = self.reaches[node.account]
        match move.technique.outcome:
            case Outcome.ACTS_AS | Outcome.ACTS_UNBOUNDED:
                unbounded = move.technique.outcome is Outcome.ACTS_UNBOUNDED
                arns = reach.arns(move.table)
                for row in positions(move.onto.perhaps):
                    yield row, (arns[row], unbounded, ())
            case Outcome.UNBOUNDED | Outcome.GAINS_GROUP | Outcome.GAINS_VERSION:
                for turned, row, key in node.turns:
                    if turned is move:
                        yield row, key

    def conditions(self, node: Node, move: Move, row: int) -> list[str]:
        """On what a move onto one row depends, in words; nothing where it is sure."""
        technique, reach = move.technique, self.reaches[node.account]
        words = list(move.conditions)
        through = technique.through
        asked_row = move.things.get(row, row)
        if technique.outcome is Outcome.GAINS_GROUP:
            through = "group"
        elif technique.outcome is Outcome.GAINS_VERSION:
            through = "policy"
        for one in technique.of(through):
            table = IDENTITIES.get(through, through)
            if through == "self":
                table = move.table
            service = technique.passed_to_service if one.action == "iam:PassRole" else None
            parts = reach.words(node.standing, one, table, service, 1 << asked_row)
            words += [word for _, said in parts for word in said]
        words += self._need_words(node, move, row)
        return list(dict.fromkeys(words))

    def _need_words(self, node: Node, move: Move, row: int) -> Iterator[str]:
        technique, needs = move.technique, self.needs[node.account]
        for need in technique.needs:
            about = needs.of_rows(need)
            if about is not None and not about[1].sure >> row & 1:
                yield WORDS[need]
            if need in ACTED_AS:
                yield from self._acting_words(node, ACTED_AS[need], row)
        if technique.passed_to_service and move.table == ROLES:
            role = self.whole.world.principal(self.reaches[node.account].arns(ROLES)[row])
            if role is not None:
                words = needs.trust_words(role, technique.passed_to_service)
                if words:
                    yield f"its trust: {words}"

    def _acting_words(self, node: Node, table: str, row: int) -> Iterator[str]:
        """On what acting as somebody depends, by the first technique that leads there."""
        moves = [move for move in node.open.acting(table) if move.onto.perhaps >> row & 1]
        if moves and not any(move.sure >> row & 1 for move in moves):
            yield from self.conditions(node, moves[0], row)


def _add(onto: dict[str, tuple[int, int]], table: str, sure: int, perhaps: int) -> None:
    known = onto.get(table, (0, 0))
    onto[table] = known[0] | sure, known[1] | perhaps
