"""A call's parameters, made for the document that it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cloudwarden.providers.aws.compiled import CompiledCall
from cloudwarden.providers.aws.declarations import Call, Path
from cloudwarden.providers.aws.paths import compile_template

#: What templates name beside paths: the scope's account, region and partition.
Variables = Mapping[str, str]

#: Makes parameters for a document; None where one that a path gives is missing.
Build = Callable[[Any, Variables], dict[str, Any] | None]


def builder(call: Call, compiled: CompiledCall) -> Build:
    """Makes a call's parameters for a document; None where one that a path gives is missing."""
    fixed = {name: value for name, value in call.parameters.items() if _is_fixed(value)}
    found: dict[str, Callable[[Any, Variables], Any]] = {
        name: _value(value) for name, value in call.parameters.items() if name not in fixed
    }
    found.update({name: compile_template(path) for name, path in compiled.bound.items()})
    if not found:
        return lambda _document, _variables: dict(fixed)
    pairs = tuple(found.items())

    def build(document: Any, variables: Variables) -> dict[str, Any] | None:
        parameters = dict(fixed)
        for name, find in pairs:
            value = find(document, variables)
            if value is None or value in ("", []):
                return None
            parameters[name] = value
        return parameters

    return build


def _value(value: Any) -> Callable[[Any, Variables], Any]:
    if isinstance(value, Path):
        return compile_template(value.path)
    if isinstance(value, Mapping):
        members = [(name, _value(one)) for name, one in value.items()]
        return lambda document, variables: {n: f(document, variables) for n, f in members}
    if isinstance(value, list | tuple):
        elements = [_value(one) for one in value]

        def build(document: Any, variables: Variables) -> list[Any]:
            made = (f(document, variables) for f in elements)
            return [one for one in made if one is not None]

        return build
    return lambda _document, _variables: value


def _is_fixed(value: Any) -> bool:
    if isinstance(value, Path):
        return False
    if isinstance(value, Mapping):
        return all(_is_fixed(one) for one in value.values())
    if isinstance(value, list | tuple):
        return all(_is_fixed(one) for one in value)
    return True
