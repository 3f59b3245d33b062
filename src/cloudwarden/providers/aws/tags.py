"""Tags in every spelling of AWS, as one map of text to text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudwarden.providers.aws.shapes import Shape

_MEMBERS = frozenset({"tags", "tagset", "taglist", "tagslist", "tagsmap", "resourcetags"})
_KEYS = ("Key", "key", "TagKey", "tagKey")
_VALUES = ("Value", "value", "TagValue", "tagValue")


def holds_tags(member: str, shape: Shape) -> bool:
    """Whether a member of an item, by its name and shape, is the item's tags."""
    return member.lower() in _MEMBERS and is_tags(shape)


def is_tags(shape: Shape) -> bool:
    """Whether a shape can be read as tags: a map of texts, or a list of pairs."""
    if shape.kind == "map":
        return shape.element.kind in ("string", "unknown")
    if shape.kind == "list" and shape.element.kind == "map":
        return shape.element.element.kind == "string"
    if shape.kind != "list" or shape.element.kind != "structure":
        return False
    members = shape.element.members
    return any(key in members for key in _KEYS) and any(value in members for value in _VALUES)


def read_tags(value: Any) -> dict[str, str]:
    """The tags in a value of any of the spellings; a tag without a value has an empty one."""
    if not value:
        return {}
    if isinstance(value, Mapping):
        return {str(key): _text(one) for key, one in value.items()}
    if not isinstance(value, list):
        return {}
    tags: dict[str, str] = {}
    for pair in value:
        if not isinstance(pair, Mapping):
            continue
        key = next((pair[name] for name in _KEYS if name in pair), None)
        if key is not None:
            tags[str(key)] = _text(next((pair[name] for name in _VALUES if name in pair), ""))
        else:
            tags.update({str(name): _text(one) for name, one in pair.items()})
    return tags


def _text(value: Any) -> str:
    return "" if value is None else str(value)
