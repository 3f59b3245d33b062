"""Requests that principals of a world might make, with every policy that bears on them.

What the strict evaluator is asked in an audit: who, what and on which resource are given, of the
rest of the request only what can be known beforehand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from cloudwarden.analysis.iam import layers, requests
from cloudwarden.analysis.iam.bulk.rules import condition_keys, resource_variables
from cloudwarden.analysis.iam.context import Context
from cloudwarden.analysis.iam.facts import Facts, ResourceFacts, plain_context
from cloudwarden.analysis.iam.layers import Layer, Layers
from cloudwarden.analysis.iam.policies import Policy, PolicyCompiler, PolicyError, PolicyKind
from cloudwarden.analysis.iam.requests import PrincipalType, Request
from cloudwarden.analysis.iam.world import (
    UNREAD,
    Attachment,
    Levels,
    Principal,
    ResourceRow,
    Unread,
    World,
)
from cloudwarden.core.clock import format_moment

#: Services, as ARNs name them, some of whose resources have policies of their own.
_WITH_POLICIES = frozenset(
    [
        "acm-pca", "aoss", "backup", "cassandra", "cloudtrail", "codeartifact", "codebuild",
        "dynamodb", "ecr", "elasticfilesystem", "es", "events", "execute-api", "glacier", "glue",
        "iot", "kinesis", "kms", "lambda", "logs", "mediastore", "ram", "redshift-serverless",
        "s3", "s3-object-lambda", "s3-outposts", "s3express", "s3tables", "s3vectors",
        "sagemaker", "secretsmanager", "serverlessrepo", "ses", "sns", "sqs", "ssm-contacts",
        "ssm-incidents", "verifiedpermissions", "vpc-lattice",
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asking:
    """A request, the policies that bear on it, and the resource if it was collected."""

    request: Request
    layers: Layers
    resource: ResourceRow | None


class WorldRequests:
    """Makes requests of a world at a moment. Compiles each policy once."""

    def __init__(self, world: World, now: datetime, compiler: PolicyCompiler | None = None) -> None:
        self.world = world
        self._moment, self._epoch = format_moment(now), int(now.timestamp())
        self._compiler = _Texts(compiler or PolicyCompiler())

    def make(self, principal: str, action: str, resource: str) -> Asking:
        """The request of a principal: an ARN, a service's name, an account's id, or `*`.

        Of a principal that the world does not have, its own policies are unread. `resource` is an
        ARN, of something in the world or not, or `*`. Raises `RequestError`.
        """
        who = requests.principal(principal)
        role = who.role_arn
        known = self.world.principal(principal) or (self.world.principal(role) if role else None)
        row = resource_at(self.world, resource)
        owner = row.account if row is not None else account_of(resource) or who.account
        found = self._layers(who, known, action, resource, row, owner)
        bare = Request(
            who,
            action,
            resource,
            owner,
            from_management_account=self._manages(who.account),
            on_management_account=self._manages(owner),
            aws_managed_key=row is not None and row.properties.get("key_manager") == "AWS",
        )
        context = self._context(known, who, row, owner, found)
        return Asking(replace(bare, context=context), found, row)

    def _layers(
        self,
        who: requests.Principal,
        known: Principal | None,
        action: str,
        resource: str,
        row: ResourceRow | None,
        owner: str | None,
    ) -> Layers:
        build = _Build(self._compiler)
        identity: tuple[layers.Attached, ...] = ()
        boundary = None
        if known is not None:
            where = known.arn
            identity = build.all(known.policies, PolicyKind.IDENTITY, Layer.IDENTITY, where)
            if known.boundary is not None:
                boundary = build.one(known.boundary, PolicyKind.BOUNDARY, Layer.BOUNDARY, where)
        elif who.type in _WITH_POLICIES_OF_THEIR_OWN and not who.is_provider:
            build.unread |= {Layer.IDENTITY, Layer.BOUNDARY}
        home = None if who.account is None else self.world.account(who.account)
        place = None if owner is None else self.world.account(owner)
        return Layers(
            identity=identity,
            boundary=boundary,
            scps=build.levels(home.scps if home else (), PolicyKind.SCP, Layer.SCP),
            rcps=build.levels(place.rcps if place else (), PolicyKind.RCP, Layer.RCP),
            resource=self._own_policy(build, action, resource, row),
            unread=frozenset(build.unread),
            unread_levels=frozenset(build.unread_levels),
            bounded=known is not None and known.boundary is not None,
        )

    def _own_policy(
        self, build: _Build, action: str, resource: str, row: ResourceRow | None
    ) -> layers.Attached | None:
        is_role = ":role/" in resource and _service(resource) == "iam"
        if is_role and not action.lower().startswith("sts:"):
            # A trust policy is about assuming the role, and about nothing else.
            return None
        kind = PolicyKind.TRUST if is_role else PolicyKind.RESOURCE
        if row is None:
            if may_have_policy(resource):
                build.unread.add(Layer.RESOURCE)
            return None
        if row.policy is None:
            return None
        name = "trust policy" if is_role else "resource policy"
        return build.one(Attachment(name, row.policy), kind, Layer.RESOURCE, row.arn)

    def _context(
        self,
        known: Principal | None,
        who: requests.Principal,
        row: ResourceRow | None,
        owner: str | None,
        found: Layers,
    ) -> Context:
        facts: Context = Context(closed=False)
        if known is not None and who.account is not None:
            home = self.world.account(who.account)
            facts = Facts(known, home, self._moment, self._epoch)
        if owner is not None:
            tags = row.tags if row is not None else None
            facts = ResourceFacts(facts, self.world.account(owner), tags)
        return plain_context(facts, keys_of(found))

    def _manages(self, account: str | None) -> bool:
        return account is not None and self.world.account(account).is_management


#: Types of principals that have identity policies.
_WITH_POLICIES_OF_THEIR_OWN = frozenset(
    {PrincipalType.USER, PrincipalType.ROLE, PrincipalType.SESSION, PrincipalType.FEDERATED}
)


class _Texts:
    """Policies by their text; None for one that cannot be understood."""

    def __init__(self, compiler: PolicyCompiler) -> None:
        self._compiler = compiler
        self._known: dict[tuple[PolicyKind, str], Policy | None] = {}

    def compile(self, text: str, kind: PolicyKind) -> Policy | None:
        key = kind, text
        if key not in self._known:
            try:
                self._known[key] = self._compiler.compile(text, kind)
            except PolicyError:
                self._known[key] = None
        return self._known[key]


class _Build:
    """Compiles attachments, and notes the layers and levels of which something is unreadable."""

    def __init__(self, compiler: _Texts) -> None:
        self._compiler = compiler
        self.unread: set[Layer] = set()
        self.unread_levels: set[tuple[Layer, int]] = set()

    def one(
        self, attached: Attachment, kind: PolicyKind, layer: Layer, where: str
    ) -> layers.Attached | None:
        """A policy where it is attached; None if it cannot be read."""
        if not isinstance(attached.document, Unread):
            policy = self._compiler.compile(attached.document, kind)
            if policy is None:
                self.unread.add(layer)
                return None
            name = attached.policy.rpartition("/")[2]
            through = attached.through
            return layers.Attached(policy, name, f"{where} ({through})" if through else where)
        self.unread.add(layer)
        return None

    def all(
        self, attached: Iterable[Attachment], kind: PolicyKind, layer: Layer, where: str
    ) -> tuple[layers.Attached, ...]:
        """The policies that can be read."""
        found = (self.one(one, kind, layer, where) for one in attached)
        return tuple(one for one in found if one is not None)

    def levels(
        self, levels: Levels | Unread, kind: PolicyKind, layer: Layer
    ) -> tuple[tuple[layers.Attached, ...], ...]:
        """The policies of each level that can be read."""
        if levels is UNREAD:
            self.unread.add(layer)
            return ()
        return tuple(self._level(level, kind, layer, n) for n, level in enumerate(levels))

    def _level(
        self, level: Iterable[Attachment], kind: PolicyKind, layer: Layer, number: int
    ) -> tuple[layers.Attached, ...]:
        alone = _Build(self._compiler)
        found = (alone.one(one, kind, layer, one.through) for one in level)
        read = tuple(one for one in found if one is not None)
        if alone.unread:
            self.unread_levels.add((layer, number))
        return read


def resource_at(world: World, arn: str) -> ResourceRow | None:
    """The resource of an ARN, or the one that it is in, as an object is in a bucket."""
    for candidate in _holders(arn):
        for row in world.find(candidate):
            return row
    return None


def keys_of(found: Layers) -> set[str]:
    """Every condition key, in lower case, that a policy of these layers asks for."""
    one = (found.boundary, found.resource, found.behind, found.endpoint)
    attached = [
        *found.identity,
        *found.session,
        *(each for level in (*found.scps, *found.rcps) for each in level),
        *(each for each in one if each is not None),
    ]
    return {
        key
        for each in attached
        for statement in each.policy.statements
        for key in (*condition_keys(statement), *resource_variables(statement))
    }


def _holders(arn: str) -> Iterator[str]:
    yield arn
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return
    head, last = ":".join(parts[:5]), parts[5]
    if parts[2] == "s3":
        yield f"{head}:{last.partition('/')[0]}"
    elif parts[2] == "lambda":
        yield f"{head}:{':'.join(last.split(':')[:2])}"
    elif parts[2] == "dynamodb":
        yield f"{head}:{'/'.join(last.split('/')[:2])}"


def may_have_policy(arn: str) -> bool:
    """Whether a resource that was not collected may have a policy of its own."""
    return _service(arn) in _WITH_POLICIES or (_service(arn) == "iam" and ":role/" in arn)


def _service(arn: str) -> str:
    return arn.split(":")[2] if arn.count(":") >= 2 else ""


def account_of(arn: str) -> str | None:
    """The account that an ARN names, if any."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) > 5 and parts[4].isdigit() else None
