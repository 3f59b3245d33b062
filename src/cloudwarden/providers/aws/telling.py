"""Which operations tell what of a declared label: its name, its tags, that it is there at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cloudwarden.providers.aws.calls import Sources
from cloudwarden.providers.aws.declarations import Part, Produced, Resource
from cloudwarden.providers.aws.shapes import Shape
from cloudwarden.schema.labels import COMMON_PROPERTIES, Property


def default_title(members: Mapping[str, Shape]) -> str:
    """What an asset is called where its declaration does not say: its member `Name`."""
    for member in ("Name", "name"):
        if member in members and members[member].kind == "string":
            return member
    return ""


def lists(produced: Produced, otherwise: str) -> str | None:
    """The operation that lists a produced label: its shape's, or its first property's."""
    if not otherwise:
        return None
    if produced.shape is not None:
        return produced.shape[0]
    told = (each(operations) for _, operations in produced.properties.values())
    return next((operation for operations in told for operation in operations), otherwise)


def each(operations: str | tuple[str, ...]) -> tuple[str, ...]:
    """What a produced property rests on, however it is declared."""
    if isinstance(operations, str):
        return (operations,) if operations else ()
    return operations


def common(name: str, operations: tuple[str, ...]) -> Property:
    """A property that every label has, where it rests on more than the listing."""
    return Property(
        name,
        COMMON_PROPERTIES[name].type,
        next(iter(operations), None) or None,
        operations=operations[1:] and operations,
    )


def tag_operations(
    declared: Resource | Part, members: Sequence[str], sources: Sources
) -> tuple[str, ...]:
    """What tells the tags: the answers that have them, and the calls for nothing else."""
    found = [operation for member, _, operation in sources.history if member in members]
    if declared.tags:
        found += sources.operations(declared.tags)
    found += [call.operation for call in declared.details if call.tags]
    return tuple(dict.fromkeys(found))


def calls(declared: Resource | Part) -> list[str]:
    """Every operation that reading a resource may call, its parts' included, the listing first."""
    found = [declared.list.operation] if declared.list else []
    found += [call.operation for call in declared.details]
    for part in declared.parts:
        found += calls(part)
    return found
