"""Whom RAM's resource shares let in, and what their permissions let them do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cloudwarden.analysis.estate import EstateAsset
from cloudwarden.analysis.iam.external.kinds import Kind
from cloudwarden.analysis.iam.external.reading import account_of
from cloudwarden.analysis.iam.external.sharing import Share, organization_of
from cloudwarden.schema.derived import Certainty

LABEL: Final = "AWSRAMResourceShare"
OPERATION: Final = "ram:GetResourceShareAssociations"
PERMISSIONS: Final = ("ram:ListResourceSharePermissions", "ram:GetPermission")
SOURCES: Final = "ram:ListSourceAssociations"
_SERVICES: Final = (".amazonaws.com", ".amazonaws.com.cn")


def ram_shares(asset: EstateAsset, owner: str) -> Iterator[Share]:
    """Whom outside its account a resource share is shared with.

    What they may do is left empty where the share's permissions were not read.
    """
    actions: tuple[str, ...] = ()
    if not asset.unread.keys() & set(PERMISSIONS):
        actions = tuple(asset.get("allowed_actions") or ())
    pending = set(asset.get("pending_principals") or ())
    for principal in map(str, asset.get("shared_with") or ()):
        condition = "once it accepts the invitation" if principal in pending else None
        if principal.endswith(_SERVICES):
            yield from _service(asset, principal, actions)
            continue
        if (organization := organization_of(principal)) is not None:
            yield _share(Kind.ORGANIZATION, f"organization {organization}", None, actions,
                         condition, organization.partition("/")[0])  # fmt: skip
            continue
        account = account_of(principal)
        if account == owner:
            continue
        if account is not None and principal.endswith((":root", account)):
            yield _share(Kind.ACCOUNT, f"account {account}", account, actions, condition)
        else:
            yield _share(Kind.PRINCIPAL, principal, account, actions, condition)


def _service(asset: EstateAsset, service: str, actions: tuple[str, ...]) -> Iterator[Share]:
    """A service, for the sources that the share ties it to."""
    if SOURCES in asset.unread or asset.get("sources") is None:
        doubt = "unless the share ties it to sources, which were not read"
        yield Share(
            Kind.SERVICE, service, None, actions, Certainty.CONDITIONAL, doubt, "resource share",
            doubt,
        )  # fmt: skip
        return
    accounts = {account_of(str(source)) for source in asset.get("sources")}
    if not accounts:
        yield _share(Kind.SERVICE, service, None, actions, None)
    for account in sorted(one for one in accounts if one not in {None, asset.account}):
        who = f"{service} for account {account}"
        yield _share(Kind.SERVICE, who, account, actions, None)


def _share(
    kind: Kind,
    who: str,
    account: str | None,
    actions: tuple[str, ...],
    condition: str | None,
    organization: str | None = None,
) -> Share:
    certainty = Certainty.CONDITIONAL if condition else Certainty.SURE
    return Share(
        kind, who, account, actions, certainty, condition, "resource share",
        organization=organization,
    )  # fmt: skip
