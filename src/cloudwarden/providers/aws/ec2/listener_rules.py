"""What a listener does with requests: its rules in the order in which they are tried.

Values of headers and of query strings, and the settings of sign-ins, are used as shared secrets;
only their names are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cloudwarden.core.json import dumps

Document = Mapping[str, Any]

_SOURCE = "source-ip"
#: Conditions whose values are kept, and where those are beside `Values`.
_CONFIGS = {
    "host-header": "HostHeaderConfig",
    "path-pattern": "PathPatternConfig",
    "http-request-method": "HttpRequestMethodConfig",
    _SOURCE: "SourceIpConfig",
}
_SIGN_INS = ("AuthenticateOidcConfig", "AuthenticateCognitoConfig")
_DEFAULT = "default"


def rules_of(listener: Document, rules: Iterable[Document]) -> str:
    """The rules as JSON text, the one that is tried first coming first.

    Each has `priority` (a number, or `default`), `conditions` (which must all hold), `forwards_to`
    (target groups with their weights) and `actions` (the types of all it does, in order), and with
    `lets_strangers_pass` a sign-in that is offered, not demanded. Without a default rule among
    `rules` the listener's own default actions make one.
    """
    found = sorted(rules, key=_order)
    if not any(rule.get("IsDefault") for rule in found):
        found.append({"IsDefault": True, "Actions": listener.get("DefaultActions") or ()})
    return dumps([_rule(rule) for rule in found])


def _order(rule: Document) -> tuple[bool, int]:
    text = str(rule.get("Priority") or "")
    return bool(rule.get("IsDefault")), int(text) if text.isdigit() else 0


def _rule(rule: Document) -> dict[str, Any]:
    actions = sorted(rule.get("Actions") or (), key=lambda one: one.get("Order") or 0)
    priority = str(rule.get("Priority") or "")
    told: dict[str, Any] = {
        "priority": int(priority) if priority.isdigit() else _DEFAULT,
        "conditions": [_condition(one) for one in rule.get("Conditions") or ()],
        "actions": [str(action.get("Type")) for action in actions],
        "forwards_to": [target for action in actions for target in _targets(action)],
    }
    if any(_is_offered(action) for action in actions):
        told["lets_strangers_pass"] = True
    return told


def _is_offered(action: Document) -> bool:
    configs = (action.get(name) or {} for name in _SIGN_INS)
    return any(config.get("OnUnauthenticatedRequest") == "allow" for config in configs)


def _condition(condition: Document) -> dict[str, Any]:
    field = str(condition.get("Field"))
    if field in _CONFIGS:
        config = condition.get(_CONFIGS[field]) or {}
        values = [*(config.get("Values") or condition.get("Values") or ())]
        patterns = [*(config.get("RegexValues") or condition.get("RegexValues") or ())]
        return {"field": field, "values": values, **({"patterns": patterns} if patterns else {})}
    if field == "http-header":
        name = (condition.get("HttpHeaderConfig") or {}).get("HttpHeaderName")
        return {"field": field, "names": [name] if name else []}
    pairs = (condition.get("QueryStringConfig") or {}).get("Values") or ()
    return {"field": field, "names": [pair["Key"] for pair in pairs if pair.get("Key")]}


def _targets(action: Document) -> list[dict[str, Any]]:
    weighted = (action.get("ForwardConfig") or {}).get("TargetGroups") or ()
    if not weighted:
        arn = action.get("TargetGroupArn")
        return [{"target_group_arn": arn}] if arn else []
    return [
        {"target_group_arn": one.get("TargetGroupArn"), "weight": one.get("Weight")}
        for one in weighted
    ]
