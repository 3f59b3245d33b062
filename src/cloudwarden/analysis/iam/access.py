"""Who can do what, as one analysis: what it reads, what it adds to the graph, how it is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from cloudwarden.analysis.estate import Estate
from cloudwarden.analysis.iam.bulk.relations import ALL_OF_TYPE, STANDS_FOR, Options, relations
from cloudwarden.analysis.iam.bulk.unknowns import ACCESS_UNKNOWN, unknowns
from cloudwarden.analysis.iam.estate_world import LABELS, RESOURCE_LABELS, world_of
from cloudwarden.analysis.iam.questions import Question, load_questions
from cloudwarden.analysis.iam.world import World
from cloudwarden.analysis.vocabulary import Vocabulary
from cloudwarden.schema.derived import Derived
from cloudwarden.schema.labels import Label, Property, PropertyType, RelationKind

__all__ = ["LABELS", "derive", "vocabulary"]

_ACTORS: Final = ("AWSUser", "AWSRole")
_SCOPE: Final = {"scope": PropertyType.STRING}
_UNKNOWN: Final = Property(
    ACCESS_UNKNOWN,
    PropertyType.STRING,
    description="Why it is not known who may do what with it, or what it may do; null if it is.",
)


def derive(
    source: Estate | World,
    now: datetime,
    questions: Sequence[Question] | None = None,
    options: Options | None = None,
) -> Iterator[Derived]:
    """Every relation that answers a question, and of what it is not known who may do what.

    `now` is the moment that conditions on time are compared with.
    """
    world = world_of(source) if isinstance(source, Estate) else source
    yield from unknowns(world)
    yield from relations(world, load_questions() if questions is None else questions, now, options)


def vocabulary(questions: Sequence[Question] | None = None) -> Vocabulary:
    """What `derive` adds to the schema."""
    asked = load_questions() if questions is None else questions
    labels = dict.fromkeys(question.label for question in asked)
    return Vocabulary(
        properties=dict.fromkeys((*_ACTORS, *RESOURCE_LABELS), (_UNKNOWN,)),
        labels=(_all_of_type(),),
        relations=(
            *(_kind(question) for question in asked),
            *(_collapsed(name) for name in dict.fromkeys(q.name for q in asked)),
            *(
                RelationKind(STANDS_FOR, ALL_OF_TYPE, label, description="One of them.")
                for label in labels
            ),
        ),
    )


def _kind(question: Question) -> RelationKind:
    return RelationKind(
        question.name,
        "AWSPrincipal",
        question.label,
        properties=_SCOPE if question.contents else {},
        description=question.description,
        carriers=tuple(dict.fromkeys((*_ACTORS, question.label))),
        unknown_by=ACCESS_UNKNOWN,
    )


def _collapsed(name: str) -> RelationKind:
    return RelationKind(
        name,
        "AWSPrincipal",
        ALL_OF_TYPE,
        properties=_SCOPE,
        description="The same of everything of a type in an account (`scope` all), or of some.",
        carriers=_ACTORS,
        unknown_by=ACCESS_UNKNOWN,
    )


def _all_of_type() -> Label:
    return Label(
        ALL_OF_TYPE,
        provider="aws",
        properties={
            p.name: p
            for p in (
                Property(
                    "resource_label", PropertyType.STRING, description="The label of them all."
                ),
                Property("resource_count", PropertyType.INTEGER, description="How many there are."),
            )
        },
        description="All resources of a type in an account, where one relation is told for all.",
        owned=False,
    )
