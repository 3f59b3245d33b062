"""AWS RAM: resource shares, what is in them and with whom they are shared."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from cloudwarden.providers.aws.declarations import Produced, Resource
from cloudwarden.providers.aws.tags import read_tags
from cloudwarden.schema.labels import PropertyType

if TYPE_CHECKING:
    from cloudwarden.providers.aws.reader import ReadContext
    from cloudwarden.providers.base import Steps
    from cloudwarden.schema.records import Asset, Failure

_LABEL = "AWSRAMResourceShare"
_LIST = "ram:GetResourceShares"
_ASSOCIATIONS = "ram:GetResourceShareAssociations"
_OVER = frozenset({"DISASSOCIATED", "FAILED"})
_TEXT, _TEXTS, _FLAG = PropertyType.STRING, PropertyType.STRINGS, PropertyType.BOOLEAN


def read_shares(context: ReadContext) -> Steps:
    """List the account's own shares, then all principals and all resources in them."""
    listed = yield from context.paginate(_LIST, resourceOwner="SELF")
    # RAM goes on listing a share for a while after it was deleted.
    shares = [one for one in listed.items("resourceShares") if one.get("status") != "DELETED"]
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    unread: dict[str, Failure] = {}
    for kind in ("PRINCIPAL", "RESOURCE") if shares else ():
        answers = yield from context.paginate(_ASSOCIATIONS, associationType=kind)
        if answers.failure is not None:
            unread[_ASSOCIATIONS] = answers.failure
        found[kind] = defaultdict(list)
        for one in answers.items("resourceShareAssociations"):
            if one.get("status") not in _OVER:
                found[kind][one["resourceShareArn"]].append(one)
    assets: list[Asset] = []
    for share in shares:
        arn = share["resourceShareArn"]
        properties: dict[str, Any] = {
            "arn": arn,
            "status": share.get("status"),
            "allow_external_principals": share.get("allowExternalPrincipals"),
            "owning_account_id": share.get("owningAccountId"),
            "creation_time": share.get("creationTime"),
        }
        if not unread:
            principals, resources = found["PRINCIPAL"][arn], found["RESOURCE"][arn]
            properties |= {
                "shared_with": sorted(one["associatedEntity"] for one in principals),
                "external_principals": sorted(
                    one["associatedEntity"] for one in principals if one.get("external")
                ),
                "shared_resources": sorted(one["associatedEntity"] for one in resources),
            }
        assets.append(
            context.asset(
                _LABEL,
                {},
                id_=arn,
                name=share.get("name"),
                properties=properties,
                tags=read_tags(share.get("tags")),
                unread=unread,
            )
        )
    return context.reading(assets)


RESOURCES = (
    Resource(
        label=_LABEL,
        read=read_shares,
        operations=(_LIST, _ASSOCIATIONS),
        produces=(
            Produced(
                label=_LABEL,
                aliases=("RAMResourceShare",),
                description="Resources that the account lets other accounts use.",
                properties={
                    "allow_external_principals": (_FLAG, _LIST),
                    "creation_time": (_TEXT, _LIST),
                    "external_principals": (_TEXTS, _ASSOCIATIONS),
                    "owning_account_id": (_TEXT, _LIST),
                    "shared_resources": (_TEXTS, _ASSOCIATIONS),
                    "shared_with": (_TEXTS, _ASSOCIATIONS),
                    "status": (_TEXT, _LIST),
                },
                listings=(_LIST,),
                tag_operations=(_LIST,),
            ),
        ),
    ),
)
