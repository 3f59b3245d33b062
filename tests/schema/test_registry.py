from __future__ import annotations

import pytest

from cloudwarden.core.errors import DeclarationError
from cloudwarden.schema.labels import Label, Property, PropertyType, RelationKind
from cloudwarden.schema.registry import Registry


def _label(
    name: str, *, aliases: tuple[str, ...] = (), groups: tuple[str, ...] = (), **types: str
) -> Label:
    return Label(
        name=name,
        provider="test",
        properties={key: Property(key, PropertyType(type_)) for key, type_ in types.items()},
        aliases=aliases,
        groups=groups,
    )


def test_a_name_resolves_to_its_label_its_alias_and_its_group() -> None:
    registry = Registry(
        [
            _label("User", aliases=("OldUser",), groups=("Principal",)),
            _label("Role", groups=("Principal",)),
        ]
    )
    assert registry.resolve("User") == {"User"}
    assert registry.resolve("OldUser") == {"User"}
    assert registry.resolve("Principal") == {"User", "Role"}
    assert registry.resolve("Nobody") == frozenset()


def test_one_property_has_one_type_over_the_whole_schema() -> None:
    with pytest.raises(DeclarationError, match=r"B\.port is string, but port is integer elsewhere"):
        Registry([_label("A", port="integer"), _label("B", port="string")])


def test_json_text_and_text_may_share_a_name() -> None:
    registry = Registry([_label("A", policy="string"), _label("B", policy="json")])
    assert registry.property_types["policy"] == PropertyType.STRING


def test_a_label_cannot_be_declared_twice() -> None:
    with pytest.raises(DeclarationError, match="A is declared twice"):
        Registry([_label("A"), _label("A")])


def test_a_name_of_one_label_cannot_be_another_label() -> None:
    with pytest.raises(DeclarationError, match="B, a name of A, is a label itself"):
        Registry([_label("A", aliases=("B",)), _label("B")])


def test_a_relation_needs_known_ends() -> None:
    with pytest.raises(DeclarationError, match="no label is called Z"):
        Registry([_label("A")], [RelationKind("POINTS_TO", "A", "Z")])


def test_a_relation_may_end_in_a_group() -> None:
    registry = Registry([_label("A", groups=("G",))], [RelationKind("POINTS_TO", "A", "G")])
    assert registry.relations[0].target == "G"
