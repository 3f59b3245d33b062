"""The rules of load balancers' listeners out of what is kept of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cloudwarden.analysis.estate import EstateAsset
from cloudwarden.analysis.exposure.facts import ListenerRule
from cloudwarden.analysis.exposure.network_assets import blocks_of, json_list

#: Patterns that every host and every path fits.
_ANYTHING = frozenset({"*", "/*"})
_SOURCE = "source-ip"
#: Headers that every program sends, or may send without a secret; others may be shared secrets.
_ORDINARY = frozenset(
    {
        "accept", "accept-encoding", "accept-language", "authority", "cache-control", "connection",
        "content-length", "content-type", "dnt", "host", "origin", "pragma", "range", "referer",
        "te", "upgrade", "user-agent", "via", "x-forwarded-for", "x-forwarded-host",
        "x-forwarded-proto", "x-requested-with",
    }
)  # fmt: skip
_SIGNED_IN = {
    "authenticate-oidc": "who has signed in with an identity provider",
    "authenticate-cognito": "who has signed in with Cognito",
    "jwt-validation": "who has a token that the listener accepts",
}


def read_rules(asset: EstateAsset) -> tuple[ListenerRule, ...] | None:
    """A listener's rules in the order in which they are tried; None where they are not known."""
    told = json_list(asset.get("rules"))
    if not told:
        return None
    verified = asset.get("mutual_authentication_mode") == "verify"
    known = ("who has a client certificate that its trust store vouches for",) if verified else ()
    return tuple(_rule(rule, known) for rule in told)


def _rule(rule: Mapping[str, Any], demands: tuple[str, ...]) -> ListenerRule:
    blocks: list[str] | None = None
    others = False
    needed = [*demands]
    for condition in rule.get("conditions") or ():
        if condition.get("field") == _SOURCE:
            blocks = [*(blocks or ()), *condition.get("values", ())]
        elif not _fits_all(condition):
            others = True
            needed += _secrets(condition)
    if not rule.get("lets_strangers_pass"):
        needed += [_SIGNED_IN[one] for one in rule.get("actions") or () if one in _SIGNED_IN]
    priority = rule.get("priority")
    return ListenerRule(
        "the default rule" if priority == "default" else f"rule {priority}",
        tuple(dict.fromkeys(_groups(rule))),
        None if blocks is None else blocks_of(blocks),
        others,
        tuple(needed),
    )


def _fits_all(condition: Mapping[str, Any]) -> bool:
    return not _ANYTHING.isdisjoint(condition.get("values") or ())


def _secrets(condition: Mapping[str, Any]) -> Iterator[str]:
    if condition.get("field") == "http-header":
        for name in condition.get("names") or ():
            if str(name).lower() not in _ORDINARY:
                yield f"who sends the header {name} as the rule wants it"


def _groups(rule: Mapping[str, Any]) -> Iterator[str]:
    targets = rule.get("forwards_to") or ()
    # A group without weight gets nothing while another has some.
    weighed = any(one.get("weight") for one in targets)
    for one in targets:
        if one.get("target_group_arn") and (one.get("weight") != 0 or not weighed):
            yield str(one["target_group_arn"])
