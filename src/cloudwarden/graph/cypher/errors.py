"""The one error of the Cypher front end: what is wrong, where, and how to write it instead."""

from __future__ import annotations

from cloudwarden.core.errors import QueryError


class CypherError(QueryError):
    """A query that cannot be run as written, with its position.

    `line` and `column` count from 1; `caret` is the offending line with a caret under the place,
    empty where the error has no place in the text (a failure while running).
    """

    def __init__(
        self, reason: str, text: str = "", offset: int | None = None, hint: str = ""
    ) -> None:
        self.reason = reason
        self.hint = hint
        self.offset = offset
        self.line, self.column, self.caret = _place(text, offset)
        parts = [reason if offset is None else f"line {self.line}, column {self.column}: {reason}"]
        if self.caret:
            parts.append(self.caret)
        if hint:
            parts.append(hint)
        super().__init__("\n".join(parts))


class TimeLimitError(QueryError):
    """A query that was stopped because it ran longer than its time limit."""


class NotSupportedYetError(Exception):
    """What the emitter cannot say in SQL; `at` is the place in the query, whose text it lacks."""

    def __init__(self, what: str, at: int) -> None:
        super().__init__(f"not supported yet: {what}")
        self.at = at


def _place(text: str, offset: int | None) -> tuple[int, int, str]:
    if offset is None:
        return 1, 1, ""
    offset = min(offset, len(text))
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    line = text[start : end if end >= 0 else len(text)].rstrip("\r")
    # A tab keeps its width above the caret, so that the caret stands where the reader looks.
    padding = "".join("\t" if c == "\t" else " " for c in line[: offset - start])
    return text.count("\n", 0, offset) + 1, offset - start + 1, f"  {line}\n  {padding}^"
