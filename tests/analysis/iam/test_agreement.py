"""The bulk engine and the strict evaluator answer alike, about worlds where everything occurs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from cloudwarden.analysis.iam.bulk.actors import actors_of
from cloudwarden.analysis.iam.bulk.answers import Answers, Found
from cloudwarden.analysis.iam.bulk.arns import unpacked
from cloudwarden.analysis.iam.bulk.labels import Label
from cloudwarden.analysis.iam.bulk.organizations import Organization
from cloudwarden.analysis.iam.bulk.reach import Reach, Reaching
from cloudwarden.analysis.iam.bulk.rules import ActionBits, Documents
from cloudwarden.analysis.iam.bulk.universe import Universe
from cloudwarden.analysis.iam.context import Context, Unknown
from cloudwarden.analysis.iam.evaluator import evaluate
from cloudwarden.analysis.iam.questions import Asked, Question
from cloudwarden.analysis.iam.world import ResourceRow, World
from cloudwarden.analysis.iam.world_requests import Asking, WorldRequests
from cloudwarden.schema.derived import Certainty
from tests.analysis.iam.worlds import ACTIONS, UNKNOWN_KEYS, Worlds

NOW = datetime(2026, 11, 1, tzinfo=UTC)
LABELS = {
    "s3:GetObject": "AWSS3Bucket",
    "s3:PutBucketPolicy": "AWSS3Bucket",
    "sqs:SendMessage": "AWSSQSQueue",
    "sqs:ReceiveMessage": "AWSSQSQueue",
    "kms:Decrypt": "AWSKMSKey",
    "secretsmanager:GetSecretValue": "AWSSecretsManagerSecret",
    "sts:AssumeRole": "AWSRole",
    "iam:PassRole": "AWSRole",
}

Triple = tuple[str, str, str]


def bulk_answers(world: World) -> Iterator[tuple[Triple, Certainty | None]]:
    """What the bulk engine says of every principal, action and ARN that it looks at."""
    documents = Documents(ActionBits(ACTIONS))
    organization = Organization(world, documents)
    labels = {name: Label(table, documents) for name, table in world.resources.items()}
    for account in world.accounts:
        actors = actors_of(world, account, documents, NOW)
        for name, label in labels.items():
            universe = Universe(label, account, actors, documents, organization)
            about = [action for action, on in LABELS.items() if on == name]
            asked_of = {action: Asked((action,), form_of(action)) for action in about}
            together: dict[str, list[str]] = {}
            for action, asked in asked_of.items():
                together.setdefault(asked.arn, []).append(action.lower())
            reaching = Reaching(universe, organization, documents, together)
            for action, asked in asked_of.items():
                arns = universe.form(asked).reader.arns.arns
                for actor in actors:
                    reach = reaching.of(actor, asked, action.lower())
                    for arn, certainty in zip(arns, told(reach, len(arns)), strict=True):
                        yield (actor.principal.arn, action, arn), certainty


def form_of(action: str) -> str:
    return "{arn}/*" if action == "s3:GetObject" else "{arn}"


def told(reach: Reach, size: int) -> list[Certainty | None]:
    """What a reach says of each of its ARNs."""
    masks = (reach.sure, reach.perhaps | reach.granted_unread, reach.unread)
    return [
        Certainty.SURE
        if sure
        else None
        if not perhaps
        else Certainty.UNKNOWN
        if unread
        else Certainty.CONDITIONAL
        for sure, perhaps, unread in zip(*(unpacked(mask, size) for mask in masks), strict=True)
    ]


def strict_answer(asking: Asking) -> Certainty | None:
    decision = evaluate(asking.request, asking.layers)
    if decision.certainty is Certainty.UNKNOWN:
        return Certainty.UNKNOWN
    return decision.certainty if decision.allowed else None


def completed(asking: Asking, random: Random) -> Asking:
    """The request with every unknown key absent or with some value."""
    known = asking.request.context.known()
    values = {key: state for key, state in known.items() if not isinstance(state, Unknown)}
    for key, candidates in UNKNOWN_KEYS.items():
        if random.random() < 0.8:
            values[key.lower()] = (random.choice(candidates),)
    values.setdefault("aws:userid", (random.choice(("AIDAX", "AROAX:session")),))
    values.setdefault("aws:resourcetag/team", random.choice(((), ("red",), ("blue",))))
    for key in ("aws:principalorgid", "aws:resourceorgid"):
        values.setdefault(key, ())
    return replace(asking, request=replace(asking.request, context=Context(values)))


def compare(seed: int, limit: int | None = None) -> Counter[Certainty | None]:
    """Compares every answer about one world, or so many of them; counts the answers."""
    world = Worlds(seed).world()
    requests = WorldRequests(world, NOW)
    random = Random(seed)
    answers = list(bulk_answers(world))
    if limit is not None and len(answers) > limit:
        answers = random.sample(answers, limit)
    counted: Counter[Certainty | None] = Counter()
    for triple, bulk in answers:
        asking = requests.make(*triple)
        strict = strict_answer(asking)
        assert bulk is strict, (seed, triple, bulk, strict)
        counted[bulk] += 1
        if random.random() < 0.1 and not asking.layers.unread:
            outcome = strict_answer(completed(asking, random))
            assert bulk is not Certainty.SURE or outcome is Certainty.SURE, (seed, triple)
            assert bulk is not None or outcome is None, (seed, triple)
    return counted


def test_both_engines_agree_about_worlds_with_every_layer() -> None:
    counted: Counter[Certainty | None] = Counter()
    for seed in range(20):
        counted += compare(seed)

    assert counted.total() > 50_000
    for certainty in (*Certainty, None):
        assert counted[certainty] > 500, counted


def test_what_is_conditional_depends_on_what_is_unknown() -> None:
    random = Random(1)
    both = asked = 0
    for seed in range(20, 24):
        world = Worlds(seed).world()
        requests = WorldRequests(world, NOW)
        for triple, certainty in bulk_answers(world):
            if certainty is Certainty.CONDITIONAL:
                asking = requests.make(*triple)
                outcomes = {strict_answer(completed(asking, random)) for _ in range(12)}
                asked += 1
                both += len(outcomes) > 1

    # Conditions that contradict each other are not looked through, so that it is not all of them.
    assert both > 0.8 * asked > 80


def test_what_is_told_of_a_bucket_holds_of_its_objects() -> None:
    question = Question("CAN_READ", "AWSS3Bucket", "", (Asked(("s3:GetObject",), "{arn}/*"),))
    keys = ("x", "public/x", "logs/x", "home/ann/x", "home/bob/x", "a/public/b", "red/x")
    seen = Counter[tuple[Certainty, bool]]()
    for seed in range(24, 28):
        world = Worlds(seed).world()
        requests = WorldRequests(world, NOW)
        for principal, bucket, found in found_of(world, question):
            of_keys = {
                strict_answer(requests.make(principal, "s3:GetObject", f"{bucket.arn}/{key}"))
                for key in keys
            }
            if found is None:
                assert of_keys == {None}
                continue
            seen[found.certainty, found.whole] += 1
            if found.whole:
                assert None not in of_keys
                assert found.certainty is not Certainty.SURE or of_keys == {Certainty.SURE}
            elif found.certainty is not Certainty.SURE:
                assert Certainty.SURE not in of_keys

    assert seen[Certainty.SURE, True]
    assert seen[Certainty.SURE, False]
    assert seen[Certainty.CONDITIONAL, False]


def found_of(world: World, question: Question) -> Iterator[tuple[str, ResourceRow, Found | None]]:
    """Every principal and resource of a question's label, with what was found."""
    documents = Documents(ActionBits(question.actions))
    organization = Organization(world, documents)
    label = Label(world.resources[question.label], documents)
    for account in world.accounts:
        actors = actors_of(world, account, documents, NOW)
        universe = Universe(label, account, actors, documents, organization)
        answers = Answers(universe, organization, documents, (question,))
        for actor in actors:
            groups = [found for _, found in answers.of(actor)]
            for i, position in enumerate(universe.positions):
                found = [group for group in groups if group.mask >> i & 1]
                assert len(found) <= 1
                row = label.table.row(position)
                yield actor.principal.arn, row, found[0] if found else None


@given(st.integers(min_value=1000, max_value=10**9))
@settings(max_examples=5, deadline=None)
def test_both_engines_agree_about_any_world(seed: int) -> None:
    assert compare(seed, limit=500)
