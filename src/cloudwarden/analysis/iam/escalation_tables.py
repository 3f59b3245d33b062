"""What techniques are about, as rows that the bulk engine asks for: what exists, and what is new.

Nobody lists what does not exist yet, but policies can tell only so many names apart: something new
is stood for by a name that no pattern speaks of, and by one for each pattern that reaches there.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from functools import cache
from typing import Final

from cloudwarden.analysis.iam.actions import catalogue
from cloudwarden.analysis.iam.bulk.actors import Actor
from cloudwarden.analysis.iam.bulk.arns import mask_of
from cloudwarden.analysis.iam.bulk.reading import NOBODY
from cloudwarden.analysis.iam.bulk.rules import Document, Rule
from cloudwarden.analysis.iam.bulk.witnesses import COVERED, UNNAMED
from cloudwarden.analysis.iam.context import Context
from cloudwarden.analysis.iam.escalation_setting import Setting
from cloudwarden.analysis.iam.variables import Plain, Token, Wild, resolve
from cloudwarden.analysis.iam.world import (
    UNREAD,
    Account,
    Principal,
    PrincipalKind,
    ResourceRow,
    Resources,
    World,
)

#: The tables of principals and policies.
ROLES: Final = "AWSRole"
USERS: Final = "AWSUser"
_GROUPS: Final = "AWSGroup"
_POLICIES: Final = "AWSManagedPolicy"
_PROVIDERS: Final = "provider"
IDENTITIES: Final = {"role": ROLES, "user": USERS, "group": _GROUPS, "policy": _POLICIES,
                     "provider": _PROVIDERS}  # fmt: skip

#: What asks for an action that is on no resource: nothing but `*` matches.
_NO_RESOURCE: Final = ":".join([UNNAMED] * 6)

#: So many names that differ from principal to principal are tried in an account.
_MOST_RESOLVED = 2_000

_PLACE = re.compile(r"\$\{([^}]*)\}")
#: The region that what is new is made in, and that IAM is asked in.
USUAL_REGIONS: Final = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
_PARTS = 6


def existing(world: World, setting: Setting) -> Iterator[Resources]:
    """A table for each kind of principal, for policies, providers, and each kind of thing."""
    for kind, label in (
        (PrincipalKind.ROLE, ROLES), (PrincipalKind.USER, USERS), (PrincipalKind.GROUP, _GROUPS)
    ):  # fmt: skip
        yield Resources(label, (_row(label, one) for one in world.principals if one.kind is kind))
    yield Resources(_POLICIES, (_bare(_POLICIES, arn) for arn in sorted(_policies(world))))
    yield Resources(_PROVIDERS, (_bare(_PROVIDERS, arn) for arn in sorted(_providers(world))))
    for kind_name, things in setting.things.items():
        arns = {thing.arn: thing for thing in things}
        yield Resources(
            kind_name,
            (
                ResourceRow(
                    kind_name, one.arn, one.arn, one.account, one.region, "", one.policy, one.tags
                )
                for one in arns.values()
            ),
        )


def _row(label: str, principal: Principal) -> ResourceRow:
    policy = None
    if principal.kind is PrincipalKind.ROLE:
        policy = UNREAD if principal.trust is None else principal.trust
    return ResourceRow(
        label, principal.arn, principal.arn, principal.account, "", principal.name, policy,
        principal.tags,
    )  # fmt: skip


def _bare(label: str, arn: str) -> ResourceRow:
    return ResourceRow(label, arn, arn, arn.split(":")[4], "")


def _policies(world: World) -> set[str]:
    """Customers' own policies: those attached to somebody, or bounding somebody."""
    attached = {one.policy for p in world.principals for one in p.policies}
    attached |= {p.boundary.policy for p in world.principals if p.boundary is not None}
    return {arn for arn in attached if ":policy/" in arn and ":aws:policy/" not in arn}


def _providers(world: World) -> set[str]:
    """Identity providers that some role's trust names."""
    found: set[str] = set()
    for principal in world.principals:
        if isinstance(principal.trust, str) and "-provider/" in principal.trust:
            found |= set(re.findall(r'"(arn:[^":]+:iam::\d{12}:[a-z]+-provider/[^"]+)"',
                                    principal.trust))  # fmt: skip
    return found


class NewThings:
    """The names that stand for what an account's principals might make of one service.

    `taken` are the ARNs of what there is already: none of it can be made.
    """

    def __init__(self, service: str, account: Account, actors: Iterable[Actor],
                 around: Iterable[Document], asked: int,
                 taken: Container[str]) -> None:  # fmt: skip
        self._account = account
        partition = account.partition
        self._values = {"partition": partition, "account": account.id,
                        "region": USUAL_REGIONS.get(partition, "us-east-1")}  # fmt: skip
        self._service = service
        self._services = {form.split(":")[2] for _, form in _forms(service)} | {service}
        reached = self._reached(actors, around, asked)
        arns = {_NO_RESOURCE, *(arn for arn in reached if arn not in taken)}
        for _, form in _forms(service):
            arns.add(self._named(form))
        self.table = Resources(
            f"new {service} {account.id}",
            (ResourceRow("new", arn, arn, account.id, self._values["region"]) for arn in arns),
        )
        self._fitting: dict[tuple[str, str | None], int] = {}

    def fitting(self, action: str, resource_type: str | None = None) -> int:
        """The rows that an action may be asked with."""
        key = action, resource_type
        known = self._fitting.get(key)
        if known is None:
            entry = catalogue().action(action)
            types = entry.resource_types if entry is not None else ()
            wanted = (resource_type,) if resource_type else types
            patterns = [_fits(form) for name, form in _forms(self._service) if name in wanted]
            known = self._fitting[key] = mask_of(
                (
                    i for i, arn in enumerate(self.table.arns)
                    if (any(p.fullmatch(arn) for p in patterns) if types else arn == _NO_RESOURCE)
                ),
                len(self.table),
            )  # fmt: skip
        return known

    def _named(self, form: str) -> str:
        """A form of ARN with this account in it, and names that no policy speaks of."""
        return "".join(
            self._values.get(piece, UNNAMED) if i % 2 else piece
            for i, piece in enumerate(_pieces(form))
        )

    def _reached(
        self, actors: Iterable[Actor], around: Iterable[Document], asked: int
    ) -> Iterator[str]:
        """A name for every pattern that bears on what is asked."""
        seen: set[Rule] = set()
        resolved = 0
        everybody = [(document, NOBODY) for document in around]
        for actor in actors:
            documents = (*actor.documents, *((actor.boundary,) if actor.boundary else ()))
            everybody += [(document, actor.facts) for document in documents]
        for document, facts in everybody:
            for rule in document.rules:
                if not rule.actions & asked or (rule in seen and not rule.variables):
                    continue
                seen.add(rule)
                resolved += rule.variables
                if rule.variables and resolved > _MOST_RESOLVED:
                    continue
                for pattern in rule.statement.resources or ():
                    if pattern.parts is not None and not pattern.everything:
                        yield from self._filled(pattern.parts, facts)

    def _filled(self, parts: tuple[tuple[Token, ...], ...], facts: Context) -> Iterator[str]:
        """A pattern with its wildcards filled, if that is about this service and account."""
        found = []
        for part in parts:
            plain = resolve(part, facts)
            if plain is None:
                return
            found.append(plain[0])
        known = ("arn", self._values["partition"], self._service, self._values["region"],
                 self._values["account"], None)  # fmt: skip
        texts = [_text(part, usual) for part, usual in zip(found, known, strict=True)]
        if texts[2] in self._services and texts[4] in ("", self._account.id):
            yield ":".join(texts)


def _text(part: Plain, usual: str | None) -> str:
    """A part of an ARN; where it is all wildcard, what is usual there."""
    if usual is not None and part and all(isinstance(token, Wild) for token in part):
        return usual
    return "".join(COVERED if isinstance(token, Wild) else token for token in part)


@cache
def _forms(service: str) -> tuple[tuple[str, str], ...]:
    """The resource types of a service with the form of their ARNs."""
    known = catalogue()
    forms = (
        (resource_type, known.arn_format(service, resource_type))
        for resource_type in known.resource_types(service)
    )
    return tuple((name, form) for name, form in forms if form and form.count(":") >= _PARTS - 1)


@cache
def _pieces(form: str) -> tuple[str, ...]:
    """A form of ARN as text and, at every other place, the name of what varies, in lower case."""
    return tuple(piece.lower() if i % 2 else piece for i, piece in enumerate(_PLACE.split(form)))


@cache
def _fits(form: str) -> re.Pattern[str]:
    """What ARNs of a form look like."""
    # Only the last part has slashes.
    parts = (".*" if i % 2 else re.escape(piece) for i, piece in enumerate(_pieces(form)))
    return re.compile("".join(parts), re.DOTALL)
