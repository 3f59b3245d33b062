"""Variables in the resources and conditions of statements."""

from __future__ import annotations

from collections.abc import Iterator

from cloudwarden.analysis.iam.context import Context, State
from cloudwarden.analysis.iam.external.reading import variables
from cloudwarden.analysis.iam.policies import Statement


def has_variables(statement: Statement) -> bool:
    """Whether some resource of a statement is not known from its text alone."""
    return any(not pattern.plain for pattern in statement.resources or ())


def resource_variables(statement: Statement) -> Iterator[str]:
    """The keys, in lower case, that a statement's resources are made of."""
    for pattern in statement.resources or ():
        yield from variables(pattern.text)


def variables_of(statement: Statement) -> Iterator[str]:
    """The keys, in lower case, that a statement's resources and conditions are made of."""
    yield from resource_variables(statement)
    for clause in statement.conditions:
        for value in clause.values:
            yield from variables(value)


def resolved(text: str, context: Context) -> str:
    """A text with its variables replaced by what a context knows, or by an outsider's value."""
    for key in variables(text):
        state: State = context.state(key)
        value = state[0] if isinstance(state, tuple) and len(state) == 1 else "outsider"
        start = text.find("${")
        end = text.find("}", start)
        if start >= 0 and end > start:
            text = text[:start] + value + text[end + 1 :]
    return text
