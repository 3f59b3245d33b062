"""What techniques need beside permissions, as masks of the rows of one account's tables."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from cloudwarden.analysis.iam.bulk.arns import mask_of, positions
from cloudwarden.analysis.iam.escalation_reach import AccountReach
from cloudwarden.analysis.iam.escalation_setting import MOST_KEYS, Credentials
from cloudwarden.analysis.iam.escalation_standing import Masks, Standing
from cloudwarden.analysis.iam.escalation_tables import IDENTITIES, ROLES, USERS
from cloudwarden.analysis.iam.escalation_trust import Trusts
from cloudwarden.analysis.iam.techniques import Need
from cloudwarden.analysis.iam.world import Principal, PrincipalKind
from cloudwarden.schema.derived import Certainty

#: What has to be so where it is not known, in words.
WORDS: Final = {
    Need.USER_HAS_FREE_KEY: "if it has fewer than two access keys",
    Need.USER_SIGNS_IN: "if it has a password",
    Need.USER_CANNOT_SIGN_IN: "if it has no password",
    Need.SELF_IN_CENTER: "whether Identity Center is administered from its account was not read",
    Need.ROLE_HAS_PROFILE: "whether the role has an instance profile was not read",
}

_OF_CREDENTIALS: Final[dict[Need, Callable[[Credentials], bool | None]]] = {
    Need.USER_HAS_FREE_KEY: lambda one: None if one.keys is None else one.keys < MOST_KEYS,
    Need.USER_SIGNS_IN: lambda one: one.password,
    Need.USER_CANNOT_SIGN_IN: lambda one: None if one.password is None else not one.password,
}


class Needs:
    """Answers for one account; the same for all its principals, so each is found once."""

    def __init__(self, reach: AccountReach, trusts: Trusts) -> None:
        self._reach = reach
        self._trusts = trusts
        self._known: dict[object, Masks] = {}
        self._holders: dict[str, int] | None = None

    def of_self(self, need: Need, standing: Standing) -> bool | None:
        """Whether a need that is about the actor alone is met.

        None for other needs, and where it is not known.
        """
        principal = standing.principal
        match need:
            case Need.SELF_IS_USER:
                return principal.kind is PrincipalKind.USER
            case Need.SELF_IS_ROLE:
                return principal.kind is PrincipalKind.ROLE
            case Need.SELF_IN_CENTER:
                return self._administers_identity_center()
            case Need.SELF_BOUNDED:
                return standing.effective().boundary is not None
        return None

    def _administers_identity_center(self) -> bool | None:
        """Who the management account left it to shows by reading it; who is in none has none."""
        home = self._reach.whole.world.account(self._reach.account)
        if home.is_management or self._reach.own("permission_set"):
            return True
        return False if home.organization is None else None

    def of_rows(self, need: Need) -> tuple[str, Masks] | None:
        """The target that a need is about, and the rows that meet it; None for other needs."""
        known = self._known.get(need)
        told: Callable[[Principal], Certainty | None]
        match need:
            case Need.ROLE_BOUNDED:
                table, told = ROLES, self._bounded
            case Need.ROLE_HAS_PROFILE:
                table, told = ROLES, self._has_profile
            case Need.USER_HAS_FREE_KEY | Need.USER_SIGNS_IN | Need.USER_CANNOT_SIGN_IN:
                table, told = USERS, partial(self._signing_in, _OF_CREDENTIALS[need])
            case _:
                return None
        if known is None:
            known = self._known[need] = self._rows(table, told)
        return ("role" if table == ROLES else "user"), known

    def trusting(self, who: str) -> Masks:
        """The account's own roles that a service or provider may take on."""
        known = self._known.get(who)
        if known is None:
            known = self._rows(ROLES, lambda role: self._trusts.of(role, who).certainty)
            known = self._known[who] = known.within(self._reach.own(ROLES))
        return known

    def trust_words(self, role: Principal, who: str) -> str:
        """On what a role's trust in a service depends; empty where on nothing."""
        return self._trusts.of(role, who).words

    def groups_of(self, standing: Standing) -> int:
        """The rows of the groups that the actor is in."""
        mask = 0
        for group in standing.principal.groups:
            mask |= self._reach.bit_of(IDENTITIES["group"], group)
        return mask

    def policies_of(self, principal: Principal) -> int:
        """The rows of the policies that are attached to a principal."""
        mask = 0
        for attached in principal.policies:
            mask |= self._reach.bit_of(IDENTITIES["policy"], attached.policy)
        return mask

    def boundary_of(self, principal: Principal) -> int:
        """The row of the policy that is a principal's boundary."""
        if principal.boundary is None:
            return 0
        return self._reach.bit_of(IDENTITIES["policy"], principal.boundary.policy)

    def roles_bounded_by(self, policies: Masks) -> Masks:
        """The roles that one of these policies is the boundary of."""
        found: dict[int, int] = {}
        for i, arn in enumerate(self._reach.arns(ROLES)):
            role = self._reach.whole.world.principal(arn)
            row = self.boundary_of(role) if role is not None else 0
            if row:
                found[row] = found.get(row, 0) | 1 << i
        return _any(policies, lambda i: _sure(found.get(1 << i, 0)))

    def roles_with(self, policies: Masks) -> Masks:
        """The roles that one of these policies is attached to."""
        if self._holders is None:
            self._holders = self._found_holders()
        arns = self._reach.arns(IDENTITIES["policy"])
        return _any(policies, lambda i: _sure(self._holders_of(arns[i])))

    def roles_trusting(self, providers: Masks) -> Masks:
        """The roles that one of these providers may bring somebody to."""
        arns = self._reach.arns(IDENTITIES["provider"])
        return _any(providers, lambda i: self.trusting(arns[i]))

    def _holders_of(self, policy: str) -> int:
        return (self._holders or {}).get(policy, 0)

    def _found_holders(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for i, arn in enumerate(self._reach.arns(ROLES)):
            role = self._reach.whole.world.principal(arn)
            for attached in role.policies if role is not None else ():
                found[attached.policy] = found.get(attached.policy, 0) | 1 << i
        return found

    def _bounded(self, role: Principal) -> Certainty | None:
        return Certainty.SURE if role.boundary is not None else None

    def _signing_in(
        self, met: Callable[[Credentials], bool | None], user: Principal
    ) -> Certainty | None:
        answer = met(self._reach.whole.setting.credentials_of(user.arn))
        if answer is None:
            return Certainty.CONDITIONAL
        return Certainty.SURE if answer else None

    def _has_profile(self, role: Principal) -> Certainty | None:
        if role.instance_profiles:
            return Certainty.SURE
        read = role.account in self._reach.whole.setting.profiles_read
        return None if read else Certainty.UNKNOWN

    def _rows(self, table: str, told: Callable[[Principal], Certainty | None]) -> Masks:
        """The rows of principals by how far something is so of them."""
        arns = self._reach.arns(table)
        rows: dict[Certainty | None, list[int]] = {}
        for i, arn in enumerate(arns):
            principal = self._reach.whole.world.principal(arn)
            rows.setdefault(None if principal is None else told(principal), []).append(i)
        sure, perhaps, unknown = (
            mask_of(rows.get(one, ()), len(arns))
            for one in (Certainty.SURE, Certainty.CONDITIONAL, Certainty.UNKNOWN)
        )
        return Masks(sure, sure | perhaps, unknown)


def _sure(mask: int) -> Masks:
    return Masks(mask, mask, 0)


def _any(through: Masks, told: Callable[[int], Masks]) -> Masks:
    """What some of the rows lead to, each with what it leads to."""
    sure = perhaps = unknown = 0
    for i in positions(through.possible):
        bit, there = 1 << i, told(i)
        if through.sure & bit:
            sure |= there.sure
        if through.perhaps & bit:
            perhaps |= there.perhaps
        unknown |= there.possible
    return Masks(sure, perhaps, unknown & ~perhaps)
