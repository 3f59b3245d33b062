"""AWS RAM: resource shares, what is in them, with whom, and what their permissions let do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from cloudwarden.providers.aws.declarations import Produced, Resource, points_to
from cloudwarden.providers.aws.ram.edges import KINDS, SHARED_WITH, SHARES, edges
from cloudwarden.providers.aws.ram.permissions import (
    PERMISSION,
    PERMISSIONS,
    read_pages,
    read_permissions,
)
from cloudwarden.providers.aws.tags import read_tags
from cloudwarden.schema.labels import PropertyType
from cloudwarden.schema.records import Failure, Relation

if TYPE_CHECKING:
    from cloudwarden.providers.aws.reader import ReadContext
    from cloudwarden.providers.base import Steps
    from cloudwarden.schema.records import Asset

_LABEL = "AWSRAMResourceShare"
_LIST = "ram:GetResourceShares"
_ASSOCIATIONS = "ram:GetResourceShareAssociations"
_SOURCES = "ram:ListSourceAssociations"
_OVER = frozenset({"DISASSOCIATED", "FAILED"})
_TEXT, _TEXTS, _FLAG = PropertyType.STRING, PropertyType.STRINGS, PropertyType.BOOLEAN
_SERVICES = (".amazonaws.com", ".amazonaws.com.cn")


def read_shares(context: ReadContext) -> Steps:
    """List the account's own shares, then all principals and all resources in them.

    Sources are asked for only where a service is among the principals: others cannot be tied to
    any.
    """
    listed = yield from context.paginate(_LIST, resourceOwner="SELF")
    # RAM goes on listing a share for a while after it was deleted.
    shares = [one for one in listed.items("resourceShares") if one.get("status") != "DELETED"]
    found: dict[str, _Entities] = {}
    unread: dict[str, Failure] = {}
    for kind in ("PRINCIPAL", "RESOURCE") if shares else ():
        answers = yield from context.paginate(_ASSOCIATIONS, associationType=kind)
        if answers.failure is not None:
            unread[_ASSOCIATIONS] = answers.failure
        found[kind] = _by_share(answers.items("resourceShareAssociations"))
    sources: _Entities = {}
    if any(_is_service(e) for several in found.get("PRINCIPAL", {}).values() for e in several):
        ((listed_sources, failure),) = yield from read_pages(
            context, _SOURCES, "sourceAssociations", [{}]
        )
        if failure is not None:
            unread[_SOURCES] = failure
        sources = _by_share(listed_sources)
    told = yield from read_permissions(context, [share["resourceShareArn"] for share in shares])
    assets: list[Asset] = []
    for share in shares:
        arn = share["resourceShareArn"]
        permissions, failures = told[arn]
        properties: dict[str, Any] = {
            "arn": arn,
            "status": share.get("status"),
            "allow_external_principals": share.get("allowExternalPrincipals"),
            "owning_account_id": share.get("owningAccountId"),
            "creation_time": share.get("creationTime"),
            **permissions,
        }
        relations: list[Relation] = []
        if _ASSOCIATIONS not in unread:
            principals, resources = found["PRINCIPAL"][arn], found["RESOURCE"][arn]
            properties |= {
                "shared_with": _entities(principals),
                "external_principals": _entities(one for one in principals if one.get("external")),
                "pending_principals": _entities(
                    one for one in principals if one.get("status") != "ASSOCIATED"
                ),
                "shared_resources": _entities(resources),
            }
            if _SOURCES not in unread:
                properties["sources"] = sorted(
                    str(one.get("sourceId")) for one in sources.get(arn, ())
                )
            relations += edges(properties["shared_with"], properties["shared_resources"])
        assets.append(
            context.asset(
                _LABEL,
                {},
                id_=arn,
                name=share.get("name"),
                properties=properties,
                tags=read_tags(share.get("tags")),
                relations=relations,
                unread={**unread, **failures},
            )
        )
    return context.reading(assets)


_Entities = Mapping[str, list[dict[str, Any]]]


def _by_share(associations: Iterable[dict[str, Any]]) -> _Entities:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in associations:
        if one.get("status") not in _OVER:
            found[one["resourceShareArn"]].append(one)
    return found


def _entities(associations: Iterable[Mapping[str, Any]]) -> list[str]:
    return sorted(str(one["associatedEntity"]) for one in associations)


def _is_service(association: Mapping[str, Any]) -> bool:
    return str(association.get("associatedEntity")).endswith(_SERVICES)


RESOURCES = (
    Resource(
        label=_LABEL,
        read=read_shares,
        operations=(_LIST, _ASSOCIATIONS, PERMISSIONS, PERMISSION, _SOURCES),
        produces=(
            Produced(
                label=_LABEL,
                aliases=("RAMResourceShare",),
                description="Resources that the account lets other accounts use.",
                properties={
                    "allow_external_principals": (_FLAG, _LIST),
                    "allowed_actions": (_TEXTS, (PERMISSION, PERMISSIONS)),
                    "creation_time": (_TEXT, _LIST),
                    "external_principals": (_TEXTS, _ASSOCIATIONS),
                    "owning_account_id": (_TEXT, _LIST),
                    "pending_principals": (_TEXTS, _ASSOCIATIONS),
                    "permissions": (_TEXTS, PERMISSIONS),
                    "shared_resources": (_TEXTS, _ASSOCIATIONS),
                    "shared_with": (_TEXTS, _ASSOCIATIONS),
                    "sources": (_TEXTS, (_SOURCES, _ASSOCIATIONS)),
                    "status": (_TEXT, _LIST),
                },
                relations=(
                    points_to(
                        "AWSAccount", SHARED_WITH, by="", implied={}, operations=(_ASSOCIATIONS,)
                    ),
                    points_to("AWSPrincipal", SHARED_WITH, by="", operations=(_ASSOCIATIONS,)),
                    *(
                        points_to(label, SHARES, by="", operations=(_ASSOCIATIONS,))
                        for label in sorted(set(KINDS.values()))
                    ),
                ),
                listings=(_LIST,),
                tag_operations=(_LIST,),
            ),
        ),
    ),
)
