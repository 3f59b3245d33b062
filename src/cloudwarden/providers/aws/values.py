"""Pure functions with which service declarations make values that botocore's model cannot type.

Some services (SQS, SNS) answer with a map of text to text instead of a structure; the model then
knows neither the names nor the types, so a declaration lists them with `attribute`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cloudwarden.providers.aws.declarations import Computed, Document
from cloudwarden.schema.labels import PropertyType


def to_integer(value: Any) -> int | None:
    """The number that a text spells; None where it spells none."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def to_boolean(value: Any) -> bool | None:
    """The truth value that AWS spelled as `true`, `ENABLED`…; None where there is none."""
    if isinstance(value, bool) or value is None:
        return value
    return str(value).lower() in ("true", "enabled", "yes", "1")


def to_text(value: Any) -> str | None:
    """The value as it stands, with an empty text as nothing."""
    return str(value) if value not in (None, "") else None


_CONVERSIONS: Mapping[PropertyType, Callable[[Any], Any]] = {
    PropertyType.INTEGER: to_integer,
    PropertyType.BOOLEAN: to_boolean,
    PropertyType.STRING: to_text,
    PropertyType.JSON: to_text,
}


def attribute(
    name: str, member: str, type_: PropertyType, operation: str, description: str = ""
) -> Computed:
    """A property read from `member` of the merged document and converted to `type_`."""
    convert = _CONVERSIONS[type_]

    def read(document: Document) -> Any:
        return convert(document.get(member))

    return Computed(name, type_, read, operation, description)
