"""What must hold of any policies: laws of the evaluation, tried on random ones."""

import dataclasses

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cloudwarden.analysis.iam.action_patterns import action_pattern
from cloudwarden.analysis.iam.actions import catalogue
from cloudwarden.analysis.iam.context import Context, Unknown
from cloudwarden.analysis.iam.decisions import Outcome, together
from cloudwarden.analysis.iam.evaluator import evaluate
from cloudwarden.analysis.iam.explain import explain
from cloudwarden.analysis.iam.layers import Attached, Layer, Layers
from cloudwarden.analysis.iam.policies import PolicyCompiler, PolicyKind
from cloudwarden.analysis.iam.requests import Request, principal
from cloudwarden.schema.derived import Certainty
from tests.analysis.iam.asking import (
    AWAY,
    FEDERATED,
    HOME,
    KEY,
    QUEUE,
    ROLE,
    ROOT,
    SESSION,
    USER,
    document,
)

BUCKET = "arn:aws:s3:::b/k"
COMPILER = PolicyCompiler()

CALLERS = st.sampled_from([USER, ROLE, SESSION, FEDERATED, ROOT, "sns.amazonaws.com", "*"])
ASKED = st.sampled_from(
    [
        ("sqs:SendMessage", QUEUE),
        ("s3:GetObject", BUCKET),
        ("kms:Decrypt", KEY),
        ("sts:AssumeRole", ROLE),
        ("ec2:DescribeInstances", "*"),
    ]
)
ACTIONS = st.sampled_from(["*", "s3:*", "s3:Get*", "sqs:*", "sqs:SendMessage", "kms:*", "sts:*"])
RESOURCES = st.sampled_from(["*", QUEUE, BUCKET, "arn:aws:s3:::${aws:username}/*", "arn:*:*:*:*:*"])
CONDITIONS = st.sampled_from(
    [
        None,
        None,
        {"StringEquals": {"team": "a"}},
        {"StringNotEquals": {"team": "a"}},
        {"Null": {"team": "true"}},
        {"ForAllValues:StringLike": {"tags": ["x*", "${team}"]}},
        {"ForAnyValue:StringEqualsIfExists": {"tags": "x"}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}},
        {"StringLike": {"aws:userid": "AROA*"}},
    ]
)
NAMED = st.sampled_from(
    [
        {"Principal": "*"},
        {"Principal": {"AWS": HOME}},
        {"Principal": {"AWS": [USER, SESSION]}},
        {"Principal": {"AWS": ROLE}},
        {"Principal": {"Service": "sns.amazonaws.com"}},
        {"NotPrincipal": {"AWS": [USER, HOME]}},
    ]
)
CONTEXTS = st.fixed_dictionaries(
    {},
    optional={
        "team": st.sampled_from(["a", "b"]),
        "tags": st.lists(st.sampled_from(["x", "xy", "a"]), max_size=2),
        "aws:userid": st.sampled_from(["AROAX:run", "AIDAX"]),
    },
)


@st.composite
def statements(draw, kind, effect=None):
    statement = {"Effect": effect or draw(st.sampled_from(["Allow", "Allow", "Deny"]))}
    statement[draw(st.sampled_from(["Action", "Action", "NotAction"]))] = draw(ACTIONS)
    if kind is not PolicyKind.TRUST:
        statement[draw(st.sampled_from(["Resource", "Resource", "NotResource"]))] = draw(RESOURCES)
    condition = draw(CONDITIONS)
    if condition:
        statement["Condition"] = condition
    if kind in {PolicyKind.RESOURCE, PolicyKind.TRUST}:
        statement |= draw(NAMED)
    return statement


def policies(kind):
    return st.lists(statements(kind), min_size=1, max_size=3).map(lambda found: made(kind, *found))


def made(kind, *found):
    return Attached(COMPILER.compile(document(*found), kind), str(kind))


def grow(attached, kind, statement):
    return made(kind, *attached.policy.document["Statement"], statement)


@st.composite
def worlds(draw):
    """A request and policies of every layer, some of them missing."""
    action, resource = draw(ASKED)
    owner = draw(st.sampled_from([HOME, HOME, AWAY]))
    request = Request(principal(draw(CALLERS)), action, resource, owner, Context(draw(CONTEXTS)))
    maybe = lambda kind: st.one_of(st.none(), policies(kind))  # noqa: E731
    level = lambda kind: st.lists(policies(kind), min_size=1, max_size=2).map(tuple)  # noqa: E731
    session = draw(maybe(PolicyKind.SESSION))
    return request, Layers(
        identity=tuple(draw(st.lists(policies(PolicyKind.IDENTITY), max_size=2))),
        boundary=draw(maybe(PolicyKind.BOUNDARY)),
        session=() if session is None else (session,),
        scps=tuple(draw(st.lists(level(PolicyKind.SCP), max_size=2))),
        rcps=tuple(draw(st.lists(level(PolicyKind.RCP), max_size=1))),
        resource=draw(maybe(PolicyKind.RESOURCE)),
        endpoint=draw(st.one_of(st.none(), st.none(), policies(PolicyKind.ENDPOINT))),
    )


def rank(request, layers):
    """How far a request gets: denied, not known, conditional, allowed."""
    decision = evaluate(request, layers)
    if decision.certainty is Certainty.SURE:
        return 3 if decision.allowed else 0
    return 1 if decision.certainty is Certainty.UNKNOWN else 2


FIELDS = {
    "identity": PolicyKind.IDENTITY,
    "boundary": PolicyKind.BOUNDARY,
    "session": PolicyKind.SESSION,
    "scps": PolicyKind.SCP,
    "rcps": PolicyKind.RCP,
    "resource": PolicyKind.RESOURCE,
    "endpoint": PolicyKind.ENDPOINT,
}

LAYERS = {
    "identity": Layer.IDENTITY,
    "boundary": Layer.BOUNDARY,
    "session": Layer.SESSION,
    "scps": Layer.SCP,
    "rcps": Layer.RCP,
    "resource": Layer.RESOURCE,
    "endpoint": Layer.ENDPOINT,
}


def changed(layers, field, change):
    """The layers with one policy of a field put through `change`; unchanged if it has none."""
    value = getattr(layers, field)
    if isinstance(value, Attached):
        value = change(value)
    elif field in {"scps", "rcps"}:
        value = tuple((change(level[0]), *level[1:]) for level in value[:1]) + value[1:]
    elif value:
        value = (change(value[0]), *value[1:])
    return dataclasses.replace(layers, **{field: value})


@given(worlds(), st.sampled_from(sorted(FIELDS)), st.data())
def test_a_denial_that_is_added_never_allows_more(world, field, data):
    request, layers = world
    kind = FIELDS[field]
    denial = data.draw(statements(kind, "Deny"))

    narrowed = changed(layers, field, lambda policy: grow(policy, kind, denial))

    assert rank(request, narrowed) <= rank(request, layers)


@given(worlds(), st.sampled_from(sorted(FIELDS)), st.data())
def test_an_allow_that_is_removed_never_allows_more(world, field, data):
    request, layers = world
    kind = FIELDS[field]
    grant = data.draw(statements(kind, "Allow"))

    widened = changed(layers, field, lambda policy: grow(policy, kind, grant))

    assert rank(request, widened) >= rank(request, layers)


@given(worlds(), policies(PolicyKind.SCP))
def test_a_further_level_never_allows_more(world, policy):
    request, layers = world
    deeper = dataclasses.replace(layers, scps=(*layers.scps, (policy,)))

    assert rank(request, deeper) <= rank(request, layers)


@given(worlds(), policies(PolicyKind.SESSION))
def test_a_session_policy_never_allows_more(world, policy):
    request, layers = world
    limited = dataclasses.replace(layers, session=(policy,))

    assert rank(request, limited) <= rank(request, dataclasses.replace(layers, session=()))


@given(worlds(), policies(PolicyKind.BOUNDARY))
def test_a_boundary_never_allows_more_than_none(world, policy):
    request, layers = world
    limited = dataclasses.replace(layers, boundary=policy)

    assert rank(request, limited) <= rank(request, dataclasses.replace(layers, boundary=None))


@given(worlds())
def test_an_explicit_denial_has_a_statement_that_denies(world):
    request, layers = world
    decision = evaluate(request, layers)

    if decision.outcome is Outcome.EXPLICIT_DENY:
        assert decision.statements
        assert not any(match.statement.allows for match in decision.statements)
        assert decision.statements[0].layer is decision.layer


@given(worlds())
def test_any_decision_can_be_explained_and_written(world):
    request, layers = world
    decision = evaluate(request, layers)

    assert all(isinstance(line, str) and line for line in explain(request, layers, decision))
    assert decision.as_json()["decision"] == decision.outcome


@given(worlds())
def test_the_sessions_of_a_role_get_in_wherever_the_role_does(world):
    request, layers = world
    as_role = dataclasses.replace(request, principal=principal(ROLE))
    as_session = dataclasses.replace(request, principal=principal(SESSION, issuer=ROLE))
    # Denials may name one session; an allow of the role is an allow of each.
    if layers.resource is None or not layers.resource.policy.statements[0].not_principal:
        quiet = changed(layers, "resource", _without_denials)
        assert rank(as_session, quiet) >= rank(as_role, quiet)


def _without_denials(attached):
    found = [
        s
        for s in attached.policy.document["Statement"]
        if s["Effect"] == "Allow" and "NotPrincipal" not in s
    ]
    return made(PolicyKind.RESOURCE, *found)


@given(worlds(), CONTEXTS)
def test_what_an_audit_is_sure_of_holds_for_every_completion(world, completion):
    request, layers = world
    known = {"team": "a"}
    audited = dataclasses.replace(request, context=Context(dict(known), closed=False))
    if request.principal.id in {USER, ROLE, SESSION}:
        known["aws:userid"] = "AROAX:run"
    completion.pop("aws:userid", None)
    completed = dataclasses.replace(request, context=Context({**completion, **known}))
    audit, strict = evaluate(audited, layers), evaluate(completed, layers)

    if audit.certainty is Certainty.SURE:
        assert strict.certainty is Certainty.SURE
        assert strict.allowed is audit.allowed
        if audit.outcome is Outcome.EXPLICIT_DENY:
            assert strict.outcome is Outcome.EXPLICIT_DENY


@given(worlds())
def test_a_value_that_is_not_known_covers_every_value(world):
    request, layers = world
    unknown = dataclasses.replace(
        request, context=Context(unknown={"team": Unknown.PRESENT, "aws:userid": Unknown.PRESENT})
    )
    audit = rank(unknown, layers)

    for team in ("a", "b"):
        context = Context({"team": team, "aws:userid": "AROAX:run"})
        strict = rank(dataclasses.replace(request, context=context), layers)
        assert audit in {strict, 1, 2}


@settings(max_examples=20)
@given(st.sampled_from(["s3:Get*", "sqs:*Message", "kms:?ecrypt", "iam:*Role*", "nosuch:*", "*"]))
def test_a_wildcard_means_the_actions_that_it_matches(text):
    pattern = action_pattern(text)
    names = set(catalogue().matching(pattern))
    spelt = [action_pattern(name) for name in names]

    for name in catalogue().names[::400]:
        assert pattern.matches(name) is (name in names)
    for name in sorted(names)[:50]:
        assert sum(each.matches(name) for each in spelt[:2_000]) <= 1
        assert any(each.matches(name) for each in spelt if each.text == name)


@given(worlds(), worlds())
def test_a_call_is_allowed_only_if_each_of_its_requests_is(first, second):
    decisions = [evaluate(*first), evaluate(*second)]
    whole = together(decisions)

    assert whole in decisions
    assert whole.allowed is all(decision.allowed for decision in decisions)


@given(worlds(), st.sampled_from(sorted(LAYERS)), st.data())
def test_what_is_sure_though_something_was_not_read_holds_whatever_it_is(world, field, data):
    request, whole = world
    value = getattr(whole, field)
    if field in {"scps", "rcps"}:
        assume(value)
        level = data.draw(st.integers(0, len(value) - 1))
        left = (*value[:level], (), *value[level + 1 :])
        read = dataclasses.replace(
            whole, unread_levels=frozenset({(LAYERS[field], level)}), **{field: left}
        )
    else:
        left = value[1:] if isinstance(value, tuple) else None
        read = dataclasses.replace(whole, unread=frozenset({LAYERS[field]}), **{field: left})
    told, true = evaluate(request, read), evaluate(request, whole)

    if told.certainty is Certainty.SURE:
        assert true.certainty is Certainty.SURE
        assert told.allowed is true.allowed
