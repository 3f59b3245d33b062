"""The ways to things, beside what policies say: addresses, networks, keys."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from cloudwarden.analysis.estate import EstateAsset
from cloudwarden.analysis.iam.external.kinds import RESTRICTED, UNLESS_OWN, Kind
from cloudwarden.analysis.iam.external.report import ExternalRow
from cloudwarden.schema.derived import Certainty

_URL: Final = "lambda:GetFunctionUrlConfig"
_AWS_KEY: Final = "alias/aws/secretsmanager"
_OF_VALUE: Final = frozenset(
    {"secretsmanager:batchgetsecretvalue", "secretsmanager:getsecretvalue",
     "secretsmanager:putsecretvalue"}
)  # fmt: skip
_CALL_ADDRESS: Final = "lambda:invokefunctionurl"


def by_address(row: ExternalRow, function: EstateAsset) -> ExternalRow:
    """A grant to call a function's address counts only if it has one: for anybody, an open one."""
    if {action.lower() for action in row.actions} != {_CALL_ADDRESS}:
        return row
    what = "an address"
    has = function.get("function_url") is not None
    if row.kind == Kind.ANONYMOUS:
        what = "an address that asks for no authorisation"
        has = has and function.get("function_url_auth_type") == "NONE"
    if _URL in function.unread:
        return doubted(row, f"if it has {what}, which was not read")
    return row if has else noted(row, f"once it has {what}")


def in_network(row: ExternalRow, domain: EstateAsset) -> ExternalRow:
    """A domain in a network answers nobody who does not reach that."""
    network = domain.get("vpc_id")
    return noted(row, f"from the network {network}") if network else row


def by_endpoint(row: ExternalRow, api: EstateAsset) -> ExternalRow:
    """A private API answers at endpoints of networks alone, whosever they are."""
    types = api.get("endpointconfigurationtypes") or ()
    return noted(row, "through an endpoint of a network") if "PRIVATE" in types else row


def by_key(row: ExternalRow, secret: EstateAsset) -> ExternalRow:
    """The value of a secret is for those who may use its key; AWS's own serves its account alone.

    Follows "Access AWS Secrets Manager secrets from a different account".
    """
    if row.kind not in RESTRICTED or not {one.lower() for one in row.actions} <= _OF_VALUE:
        return row
    key = str(secret.get("kms_key_id") or _AWS_KEY)
    if key.endswith(_AWS_KEY):
        return noted(row, f"once it is encrypted with another key than {_AWS_KEY}")
    return noted(row, f"if key {key} lets it decrypt too")


#: What narrows each row of a label's policy.
BY_A_WAY: Final[Mapping[str, Callable[[ExternalRow, EstateAsset], ExternalRow]]] = {
    "AWSAPIGatewayRestAPI": by_endpoint,
    "AWSESDomain": in_network,
    "AWSLambda": by_address,
    "AWSSecretsManagerSecret": by_key,
}


def by_owner(rows: Iterable[ExternalRow], owners: Collection[str]) -> Iterator[ExternalRow]:
    """Grants to canonical users, where the ACL was read, which tells whose the bucket is."""
    for row in rows:
        if row.kind != Kind.CANONICAL or not owners or UNLESS_OWN not in (row.condition or ""):
            yield row
        elif row.who.removeprefix("canonical user ") not in owners:
            words = [one for one in (row.condition or "").split("; ") if one != UNLESS_OWN]
            certainty = row.certainty if words else Certainty.SURE
            yield replace(row, condition="; ".join(words) or None, certainty=certainty)


def noted(row: ExternalRow, note: str) -> ExternalRow:
    """A row with a condition more."""
    condition = f"{row.condition}; {note}" if row.condition else note
    certainty = Certainty.CONDITIONAL if row.certainty is Certainty.SURE else row.certainty
    return replace(row, certainty=certainty, condition=condition)


def doubted(row: ExternalRow, doubt: str) -> ExternalRow:
    """A row with a condition more that is about what was not read."""
    return replace(noted(row, doubt), doubt=doubt)
