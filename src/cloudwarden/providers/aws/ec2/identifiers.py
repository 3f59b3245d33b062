"""What EC2's declarations have in common: names by tag, and identifiers of several kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

#: The path to what people call a thing that has no name of its own.
NAME_TAG = "Tags[?Key=='Name'] | [0].Value"


def starting_with(prefix: str) -> Callable[[Any, Mapping[str, Any]], str | None]:
    """Keeps the identifiers of one kind where a member names things of several kinds."""

    def transform(value: Any, _document: Mapping[str, Any]) -> str | None:
        return str(value) if str(value).startswith(prefix) else None

    return transform
