"""An asset's state as it is stored and compared: canonical JSON and a hash.

A document is `{"properties", "relations", "tags", "unread"}`; a property that is None is not
there; relations have no order and no duplicates. The hash covers the document, name, ARN, account
and region, but of a failure only verdict and code (its words may hold a request's number, which
changes with every run), and not the properties that are volatile: they change by themselves.

What an operation that failed this time would have told is carried over from the state before, so
that neither is it lost nor does history say that it went away; `unread` says that it is not
current. Carried over are:

* properties of the failed operations, as far as the reading lacks them. Where nobody tells which
  operation provides what (`provided` is None), all that the reading lacks;
* tags: of a failed operation, the keys that the reading lacks; of an unnamed one, all tags if the
  reading has none (tags come from one operation, wholly or not at all);
* relations likewise: of a failed operation, those that the reading lacks; of an unnamed one, those
  of every (type, target label) of which the reading has none.

`provided` maps property names, `tags` and relation types to the operation that tells them, or to
several, any of which leaves them unknown when it fails.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from cloudwarden.core.json import dumps_bytes, loads
from cloudwarden.schema.records import Asset, Relation

Provided = Mapping[str, str | Collection[str] | None]
Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """An asset ready to be stored."""

    label: str
    id: str
    arn: str | None
    account: str
    region: str
    name: str | None
    hash: str
    document: str
    tags: Mapping[str, str]
    incomplete: bool


def make_state(
    asset: Asset,
    previous: Document | None = None,
    provided: Provided | None = None,
    volatile: frozenset[str] = frozenset(),
) -> State:
    """The state of `asset`; `previous` is its document before, needed only where it has `unread`.

    `volatile` are the names of properties whose change is no change of the asset.

    Raises `TypeError` if the asset holds a value that has no JSON form.
    """
    properties = _without_none(asset.properties)
    tags: Mapping[str, str] = asset.tags
    relations = {_relation(relation) for relation in asset.relations}
    if previous and asset.unread:
        missing = _Missing(asset, provided)
        properties = missing.properties(properties, previous["properties"])
        tags = missing.tags(tags, previous["tags"])
        relations |= missing.relations(previous["relations"])
    identity = (asset.id, asset.name, asset.account, asset.region, properties.get("arn"))
    try:
        return _state(asset, identity, properties, tags, relations, volatile)
    except TypeError:
        # Text that is not Unicode (a lone surrogate), or a value without a JSON form: the second
        # attempt fails again for the latter.
        return _state(asset, clean(identity), clean(properties), clean(tags), relations, volatile)


def read_document(text: str | bytes) -> dict[str, Any]:
    """A stored document."""
    document: dict[str, Any] = loads(text)
    return document


def clean(value: Any) -> Any:
    """The same without text that a database or JSON cannot hold: NUL and lone surrogates."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode(errors="replace").decode()
    if isinstance(value, Mapping):
        return {clean(key): clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(clean(item) for item in value)
    return value


def _state(
    asset: Asset,
    identity: tuple[str, str | None, str, str, Any],
    properties: Mapping[str, Any],
    tags: Mapping[str, str],
    relations: set[bytes],
    volatile: frozenset[str],
) -> State:
    asset_id, name, account, region, arn = identity
    arn = arn if isinstance(arn, str) else asset_id if asset_id.startswith("arn:") else None
    rest = (
        b',"relations":['
        + b",".join(sorted(relations))
        + b'],"tags":'
        + dumps_bytes(tags)
        + b',"unread":'
    )
    known = compared = b'{"properties":' + dumps_bytes(properties) + rest
    if b"\\u0000" in known:
        # PostgreSQL can neither store NUL in text nor read it in JSON.
        return _state(
            asset,
            clean(identity),
            clean(properties),
            clean(tags),
            {dumps_bytes(clean(loads(relation))) for relation in relations},
            volatile,
        )
    if not volatile.isdisjoint(properties):
        lasting = {name: value for name, value in properties.items() if name not in volatile}
        compared = b'{"properties":' + dumps_bytes(lasting) + rest
    unread = {
        operation: clean({"verdict": f.verdict.value, "code": f.code, "message": f.message})
        for operation, f in asset.unread.items()
    }
    causes = {operation: [f["verdict"], f["code"]] for operation, f in unread.items()}
    digest = blake2b(compared, digest_size=16)
    digest.update(dumps_bytes([causes, name, arn, account, region]))
    document = known + dumps_bytes(unread) + b"}"
    return State(
        label=asset.label,
        id=asset_id,
        arn=arn,
        account=account,
        region=region,
        name=name,
        hash=digest.hexdigest(),
        document=document.decode(),
        tags=tags,
        incomplete=bool(unread),
    )


class _Missing:
    """What a reading of an asset lacks because operations failed."""

    def __init__(self, asset: Asset, provided: Provided | None) -> None:
        self._unread = asset.unread.keys()
        self._provided = provided
        self._read = {(r.type, r.target_label) for r in asset.relations}

    def properties(self, now: Mapping[str, Any], before: Mapping[str, Any]) -> Mapping[str, Any]:
        if self._provided is None:
            return {**before, **now}
        kept = {k: v for k, v in before.items() if self._is_unknown(k)}
        return {**kept, **now}

    def tags(self, now: Mapping[str, str], before: Mapping[str, str]) -> Mapping[str, str]:
        unknown = self._is_unknown("tags")
        if unknown:
            return {**before, **now}
        return before if unknown is None and not now else now

    def relations(self, before: list[Mapping[str, Any]]) -> set[bytes]:
        return {dumps_bytes(relation) for relation in before if self._keeps(relation)}

    def _keeps(self, relation: Mapping[str, Any]) -> bool:
        unknown = self._is_unknown(relation["type"])
        if unknown is None:
            return (relation["type"], relation["target_label"]) not in self._read
        return unknown

    def _is_unknown(self, name: str) -> bool | None:
        """Whether what tells it failed; None where nobody says what does."""
        told_by = self._provided.get(name) if self._provided else None
        if not told_by:
            return None
        operations = (told_by,) if isinstance(told_by, str) else told_by
        return any(operation in self._unread for operation in operations)


def _relation(relation: Relation) -> bytes:
    value = {
        "type": relation.type,
        "target_label": relation.target_label,
        "target": relation.target,
        "properties": _without_none(relation.properties),
        "incoming": relation.incoming,
        "implied": None if relation.implied is None else _without_none(relation.implied),
    }
    if relation.found_by:
        value["found_by"] = relation.found_by
    try:
        return dumps_bytes(value)
    except TypeError:
        return dumps_bytes(clean(value))


def _without_none(values: Mapping[str, Any]) -> Mapping[str, Any]:
    if None in values.values():
        return {name: value for name, value in values.items() if value is not None}
    return values
