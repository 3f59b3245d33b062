"""How analyses extend the schema."""

from __future__ import annotations

from cloudwarden.analysis.vocabulary import Vocabulary, extended
from cloudwarden.schema.labels import Label, Property, PropertyType, RelationKind
from cloudwarden.schema.registry import Registry

COLLECTED = Property("exposed", PropertyType.BOOLEAN, operation="x:Describe")
REGISTRY = Registry([Label("Thing", "x", {"exposed": COLLECTED}), Label("Other", "x", {})])


def test_a_derived_property_joins_the_label() -> None:
    added = Property("reach", PropertyType.STRING, unknown_by="reach_unknown")
    registry = extended(REGISTRY, [Vocabulary(properties={"Thing": (added,)})])
    assert registry.labels["Thing"].properties == {"exposed": COLLECTED, "reach": added}
    assert registry.property_types["reach"] is PropertyType.STRING


def test_a_collected_property_keeps_what_it_rests_on() -> None:
    added = Property("exposed", PropertyType.BOOLEAN, unknown_by="exposed_unknown")
    registry = extended(REGISTRY, [Vocabulary(properties={"Thing": (added,)})])
    joined = registry.labels["Thing"].properties["exposed"]
    assert (joined.operation, joined.unknown_by) == ("x:Describe", "exposed_unknown")


def test_derived_relations_say_how_certain_they_are() -> None:
    kind = RelationKind("REACHES", "Thing", "Other", properties={"port": PropertyType.INTEGER})
    registry = extended(REGISTRY, [Vocabulary(relations=(kind,))])
    (found,) = registry.relations
    assert found.properties == {
        "derived": PropertyType.BOOLEAN,
        "certainty": PropertyType.STRING,
        "condition": PropertyType.STRING,
        "port": PropertyType.INTEGER,
    }


def test_what_is_said_of_labels_that_are_not_there_is_left_out() -> None:
    kind = RelationKind("REACHES", "Thing", "Elsewhere")
    nothing = Vocabulary(properties={"Elsewhere": (COLLECTED,)}, relations=(kind,))
    registry = extended(REGISTRY, [nothing])
    assert registry.relations == ()
    assert set(registry.labels) == {"Thing", "Other"}
