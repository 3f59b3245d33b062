"""What an audit knows of the condition keys of requests that nobody has made yet.

Known are who asks and what is asked about: organization, tags, names; the time; and that the
caller uses TLS, as it can choose to. Where from, with which second factor and through which
service it will ask is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cloudwarden.analysis.iam.context import ABSENT, Context, State, Unknown
from cloudwarden.analysis.iam.world import Account, Principal, PrincipalKind, Unread

PRINCIPAL_TAG = "aws:principaltag/"
SOURCE_OWNER = "aws:sourceowner"
#: `aws:ResourceTag/…`, and what services call it (`ec2:ResourceTag/…`), without the service.
_RESOURCE_TAG = ":resourcetag/"

_RESOURCE_KEYS = frozenset(
    {"aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "s3:resourceaccount"}
)
#: Services that compare a resource's tags with no policy.
_WITHOUT_RESOURCE_TAGS = frozenset({"s3"})


def is_of_resource(key: str) -> bool:
    """Whether a condition key, in lower case, differs from resource to resource."""
    return key in _RESOURCE_KEYS or _RESOURCE_TAG in key


class Facts(Context):
    """The condition keys of any request of one principal, by what is known of it."""

    __slots__ = ("_tags",)

    def __init__(self, principal: Principal, account: Account, moment: str, epoch: int) -> None:
        super().__init__(closed=False)
        self._states.update(_principal_states(principal, account))
        self._states |= {
            "aws:currenttime": (moment,),
            "aws:epochtime": (str(epoch),),
            "aws:securetransport": ("true",),
        }
        if principal.kind is PrincipalKind.ROLE:
            self._states["aws:tokenissuetime"] = (moment,)
        self._tags: Mapping[str, str] = {k.lower(): v for k, v in principal.tags.items()}

    def state(self, key: str) -> State:
        """What is known of `key`, which is given in lower case."""
        if key.startswith(PRINCIPAL_TAG):
            value = self._tags.get(key.removeprefix(PRINCIPAL_TAG))
            return ABSENT if value is None else (value,)
        return super().state(key)


class ResourceFacts(Context):
    """The condition keys of a principal's requests about one resource of an owner.

    `tags` is None where they are not known.
    """

    __slots__ = ("_principal", "_tags")

    def __init__(self, principal: Context, owner: Account, tags: Mapping[str, str] | None) -> None:
        super().__init__(closed=False)
        self._principal = principal
        self._states.update(resource_states(owner))
        self._tags = None if tags is None else {k.lower(): v for k, v in tags.items()}

    def state(self, key: str) -> State:
        """What is known of `key`, which is given in lower case."""
        if not is_of_resource(key):
            return self._principal.state(key)
        service, found, name = key.partition(_RESOURCE_TAG)
        if not found:
            return super().state(key)
        if self._tags is None or service in _WITHOUT_RESOURCE_TAGS:
            return Unknown.ANYTHING
        value = self._tags.get(name)
        return ABSENT if value is None else (value,)


def plain_context(facts: Context, keys: Iterable[str]) -> Context:
    """What is known of these keys, in lower case, as a context of its own.

    Of which nothing is known is left out, so that it may yet follow from the request.
    """
    told = {key: facts.state(key) for key in keys}
    states = {key: state for key, state in told.items() if state is not Unknown.ANYTHING}
    return Context(
        {key: state for key, state in states.items() if not isinstance(state, Unknown)},
        closed=False,
        unknown={key: state for key, state in states.items() if isinstance(state, Unknown)},
    )


def resource_states(owner: Account) -> dict[str, State]:
    """What follows from the account that a resource is in."""
    return {
        "aws:resourceaccount": (owner.id,),
        "s3:resourceaccount": (owner.id,),
        **_organization("resource", owner),
    }


def _principal_states(principal: Principal, account: Account) -> dict[str, State]:
    is_user = principal.kind is PrincipalKind.USER
    return {
        "aws:principalarn": (principal.arn,),
        "aws:principalaccount": (principal.account,),
        "aws:principaltype": ("User" if is_user else "AssumedRole",),
        "aws:principalisawsservice": ("false",),
        "aws:principalservicename": ABSENT,
        "aws:principalservicenameslist": ABSENT,
        # Only a service that acts for somebody sets it, as the default policy of topics expects.
        SOURCE_OWNER: ABSENT,
        # A role's has the session's name, which whoever assumes it picks.
        "aws:userid": (principal.id,) if is_user and principal.id else Unknown.PRESENT,
        "aws:username": (principal.name,) if is_user else ABSENT,
        "kms:calleraccount": (principal.account,),
        **_organization("principal", account),
    }


def _organization(side: str, account: Account) -> dict[str, State]:
    identity, paths = f"aws:{side}orgid", f"aws:{side}orgpaths"
    if isinstance(account.organization, Unread):
        return {identity: Unknown.ANYTHING, paths: Unknown.ANYTHING}
    if account.organization is None:
        return {identity: ABSENT, paths: ABSENT}
    return {
        identity: (account.organization,),
        paths: (account.path,) if account.path else Unknown.PRESENT,
    }
