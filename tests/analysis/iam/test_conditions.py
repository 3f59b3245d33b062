import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudwarden.analysis.iam.conditions import conditions
from cloudwarden.analysis.iam.context import Context, Unknown
from cloudwarden.analysis.iam.operators import OPERATORS
from cloudwarden.analysis.iam.truth import Truth


def holds(operator, values, given_values, *, variables=True, **more):
    """Whether `{operator: {"k": values}}` holds where the key has these values (None: missing)."""
    context = Context({**({} if given_values is None else {"K": given_values}), **more})
    values = [values] if isinstance(values, str) else values
    truth = conditions({operator: {"k": values}}, variables=variables).evaluate(context)
    assert truth is not Truth.MAYBE
    return truth is Truth.SURE


@pytest.mark.parametrize(
    ("operator", "missing", "one_match", "one_other", "several"),
    [
        ("StringEquals", False, True, False, False),
        ("StringNotEquals", True, False, True, False),
        ("StringEqualsIfExists", True, True, False, False),
        ("StringNotEqualsIfExists", True, False, True, False),
        ("ForAllValues:StringEquals", True, True, False, False),
        ("ForAllValues:StringNotEquals", True, False, True, False),
        ("ForAllValues:StringEqualsIfExists", True, True, False, False),
        ("ForAnyValue:StringEquals", False, True, False, True),
        ("ForAnyValue:StringNotEquals", False, False, True, True),
        ("ForAnyValue:StringEqualsIfExists", True, True, False, True),
        ("stringequals", False, True, False, False),
        ("FORALLVALUES:stringlikeifexists", True, True, False, False),
        ("StringEqual", False, False, False, False),
        ("ForSomeValues:StringEquals", False, False, False, False),
        ("NullIfExists", False, False, False, False),
    ],
)
def test_the_states_of_a_key(operator, missing, one_match, one_other, several):
    assert holds(operator, "a", None) is missing
    assert holds(operator, "a", []) is missing
    assert holds(operator, "a", "a") is one_match
    assert holds(operator, "a", ["a"]) is one_match
    assert holds(operator, "a", "b") is one_other
    assert holds(operator, "a", ["a", "b"]) is several


@pytest.mark.parametrize(
    ("operator", "values", "every", "some"),
    [
        ("StringEquals", ["a", "b"], ["a", "b"], ["a", "c"]),
        ("StringLike", ["a*"], ["a", "ab"], ["ab", "c"]),
    ],
)
def test_set_operators_ask_of_every_and_of_some_value(operator, values, every, some):
    assert holds(f"ForAllValues:{operator}", values, every)
    assert not holds(f"ForAllValues:{operator}", values, some)
    assert holds(f"ForAnyValue:{operator}", values, some)
    assert not holds(f"ForAnyValue:{operator}", values, ["x", "y"])


def test_some_value_matched_by_none_satisfies_a_negated_set_operator():
    assert holds("ForAnyValue:StringNotEquals", ["a", "b"], ["a", "c"])
    assert not holds("ForAnyValue:StringNotEquals", ["a", "b"], ["a", "b"])
    assert not holds("ForAllValues:StringNotEquals", ["a"], ["a", "c"])


def test_an_empty_text_is_an_empty_set_of_values():
    for value in ("", [""]):
        assert holds("ForAllValues:StringEquals", "a", value)
        assert holds("ForAllValues:StringNotLike", "*", value)
        assert not holds("ForAnyValue:StringLike", "*", value)
        assert not holds("ForAnyValue:StringEqualsIfExists", "", value)
    assert not holds("ForAllValues:StringEquals", "a", ["", "b"])
    assert holds("StringEquals", "", "")
    assert holds("Null", "false", "")


@pytest.mark.parametrize(
    ("values", "missing", "present"),
    [
        ("true", True, False),
        ("false", False, True),
        ("TRUE", True, False),
        (["true", "false"], True, True),
        ("maybe", False, False),
    ],
)
@pytest.mark.parametrize("operator", ["Null", "null", "ForAnyValue:Null", "ForAllValues:Null"])
def test_null_asks_whether_the_key_is_missing(operator, values, missing, present):
    assert holds(operator, values, None) is missing
    assert holds(operator, values, []) is missing
    assert holds(operator, values, "x") is present
    assert holds(operator, values, ["x", "y"]) is present


@pytest.mark.parametrize(
    ("operator", "policy", "value", "expected"),
    [
        ("StringEquals", "a*", "ab", False),
        ("StringEquals", "a*", "a*", True),
        ("StringEquals", "a", "A", False),
        ("StringEqualsIgnoreCase", "Ab", "aB", True),
        ("StringNotEqualsIgnoreCase", "Ab", "aB", False),
        ("StringLike", "a?c*", "abcd", True),
        ("StringLike", "a", "A", False),
        ("StringNotLike", "a*", "abc", False),
        ("StringNotLike", "a*", "bc", True),
        # ARNs: part by part, and both sides have to be one.
        ("ArnEquals", "arn:aws:sns:*:*:t*", "arn:aws:sns:r:1:topic", True),
        ("ArnLike", "arn:aws:sns:*:topic", "arn:aws:sns:r:1:topic", False),
        ("ArnLike", "arn:aws:iam::1:role/*", "arn:aws:iam::1:role/a/b:c", True),
        ("ArnLike", "*", "arn:aws:sns:r:1:topic", False),
        ("ArnLike", "arn:aws:sns:*:*:*", "topic", False),
        # Of what is no ARN neither holds.
        ("ArnNotLike", "arn:aws:sns:*:*:*", "topic", False),
        ("ArnNotEquals", "arn:aws:sns:r:1:topic", "arn:aws:sns", False),
        ("ArnNotLike", "topic", "arn:aws:sns:r:1:topic", True),
        ("ArnNotEquals", "arn:aws:sns:r:1:topic", "arn:aws:sns:r:1:topic", False),
        ("NumericEquals", "10", "10.0", True),
        ("NumericEquals", "10", "ten", False),
        ("NumericNotEquals", "10", "ten", True),
        ("NumericLessThan", "10", "9.99", True),
        ("NumericLessThan", "10", "10", False),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericGreaterThan", "-1", "0", True),
        ("NumericGreaterThanEquals", "3", "2", False),
        ("NumericLessThan", "many", "1", False),
        ("DateEquals", "2026-01-02T03:04:05Z", "1767323045", True),
        ("DateEquals", "2026-01-02T05:04:05+02:00", "2026-01-02T03:04:05Z", True),
        ("DateNotEquals", "2026-01-02", "2026-01-02T00:00:00Z", False),
        ("DateLessThan", "2026-01-02T00:00:00Z", "2026-01-01T23:59:59.5Z", True),
        ("DateLessThanEquals", "2026-01-02", "2026-01-02", True),
        ("DateGreaterThan", "2026", "2026-02", True),
        ("DateGreaterThanEquals", "2026-01-02", "yesterday", False),
        # A number is seconds, not milliseconds.
        ("DateGreaterThan", "9999-12-31T00:00:00Z", "1767323045000", True),
        ("DateLessThan", "9999-13-31", "0", False),
        ("Bool", "true", "TRUE", True),
        ("Bool", "False", "false", True),
        ("Bool", "true", "1", False),
        ("Bool", "yes", "yes", False),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ4", False),
        ("BinaryEquals", "?", "?", False),
        ("IpAddress", "203.0.113.0/24", "203.0.113.9", True),
        ("IpAddress", "203.0.113.9", "203.0.113.9", True),
        ("IpAddress", "203.0.113.0/24", "203.0.114.1", False),
        ("IpAddress", "2001:db8::/32", "2001:DB8:1::1", True),
        ("IpAddress", "0.0.0.0/0", "2001:db8::1", False),
        ("NotIpAddress", "0.0.0.0/0", "2001:db8::1", True),
        ("NotIpAddress", "203.0.113.0/24", "203.0.113.9", False),
        ("IpAddress", "203.0.113.0/33", "203.0.113.9", False),
        ("IpAddress", "203.0.113.0/24", "nowhere", False),
    ],
)
def test_what_an_operator_compares(operator, policy, value, expected):
    assert holds(operator, policy, value) is expected


def test_some_value_of_the_policy_suffices_and_for_a_negated_operator_none_may_match():
    assert holds("StringEquals", ["a", "b"], "b")
    assert not holds("StringNotEquals", ["a", "b"], "b")
    assert holds("StringNotEquals", ["a", "b"], "c")
    assert not holds("StringEquals", [], "a")


def test_operators_and_keys_are_joined_by_and():
    block = {"StringEquals": {"a": ["1"], "b": ["2"]}, "Bool": {"c": ["true"]}}
    compiled = conditions(block, variables=True)

    assert compiled.evaluate(Context({"a": "1", "b": "2", "C": "true"})) is Truth.SURE
    for missing in "abc":
        known = dict(zip("abc", ("1", "2", "true"), strict=True))
        del known[missing]
        assert compiled.evaluate(Context(known)) is Truth.NEVER


def test_a_block_without_clauses_holds():
    assert conditions({}, variables=True).evaluate(Context()) is Truth.SURE


@pytest.mark.parametrize(
    ("operator", "policy", "value", "expected"),
    [
        ("StringEquals", "${other}", "x*", True),
        ("StringEqualsIgnoreCase", "-${other}", "-X*", True),
        ("StringLike", "${other}", "xy", False),
        ("StringLike", "${other}*", "x*y", True),
        ("StringLike", "a${*}", "a*", True),
        ("StringLike", "a${*}", "ab", False),
        ("StringEquals", "${none}", "${none}", False),
        ("StringNotEquals", "${none}", "x", True),
        ("StringEquals", "${none, 'x'}", "x", True),
        ("ArnLike", "arn:aws:sns:r:1:${other}", "arn:aws:sns:r:1:x*", True),
        ("ArnLike", "arn:aws:sns:r:1:${other}", "arn:aws:sns:r:1:xy", False),
        ("NumericEquals", "${number}", "1", False),
        ("Bool", "${flag}", "true", True),
        ("Bool", "${flag}", "false", False),
        ("Bool", "${none}", "true", False),
        ("Bool", "${other}", "true", False),
    ],
)
def test_variables_stand_for_literal_text_in_values_of_text_and_arns(
    operator, policy, value, expected
):
    assert holds(operator, policy, value, other="x*", number="1", flag="TRUE") is expected


def test_the_older_version_of_the_language_has_no_variables():
    assert holds("StringEquals", "${other}", "${other}", variables=False, other="x")


# Three-valued: whatever an audit is sure of holds however the unknown keys turn out.

KEYS = ["a", "b"]
WORDS = st.sampled_from(["x", "y", "xy", "*", "1", "2", "true", "${b}", "${a,'x'}"])
STATES = st.lists(st.sampled_from(["", "x", "y", "xy", "1", "2", "true", "false"]), max_size=2)
NAMES = [operator.name for operator in OPERATORS.values()]


@st.composite
def blocks(draw):
    block = {}
    for _ in range(draw(st.integers(1, 2))):
        prefix = draw(st.sampled_from(["", "ForAllValues:", "ForAnyValue:"]))
        suffix = draw(st.sampled_from(["", "IfExists"]))
        name = draw(st.sampled_from([*NAMES, "StringLike", "StringNotLike", "StringEquals"]))
        operator = draw(st.sampled_from([f"{prefix}{name}{suffix}", "Null", "NoSuchOperator"]))
        values = draw(st.lists(st.one_of(WORDS, st.just("false")), max_size=2))
        block.setdefault(operator, {})[draw(st.sampled_from(KEYS))] = values
    return block


@given(blocks(), st.dictionaries(st.sampled_from(KEYS), STATES), STATES, STATES)
def test_what_an_audit_is_sure_of_holds_for_every_completion(block, known, first, second):
    compiled = conditions(block, variables=True)
    audit = compiled.evaluate(Context(known, closed=False))
    strict = compiled.evaluate(Context({"a": first, "b": second, **known}))

    assert strict is not Truth.MAYBE
    assert audit in {Truth.MAYBE, strict}


@given(blocks(), st.sampled_from(["", "x", "xy", "1", "true"]))
def test_of_a_key_that_is_there_an_audit_need_not_know_the_value(block, value):
    compiled = conditions(block, variables=True)
    audit = compiled.evaluate(Context({"b": "y"}, unknown={"a": Unknown.PRESENT}))
    strict = compiled.evaluate(Context({"b": "y", "a": value}))

    assert audit in {Truth.MAYBE, strict}


def test_an_audit_is_certain_where_the_value_cannot_matter():
    anything = Context(closed=False)
    present = Context(unknown={"k": Unknown.PRESENT})

    def audit(context, operator, *values):
        return conditions({operator: {"k": list(values)}}, variables=True).evaluate(context)

    assert audit(present, "Null", "true") is Truth.NEVER
    assert audit(present, "StringLike", "*") is Truth.SURE
    assert audit(present, "StringNotLike", "*") is Truth.NEVER
    assert audit(present, "StringEquals", "a") is Truth.MAYBE
    assert audit(anything, "Null", "true", "false") is Truth.SURE
    assert audit(anything, "Null", "true") is Truth.MAYBE
    assert audit(anything, "ForAllValues:StringLike", "*") is Truth.SURE
    assert audit(anything, "StringEquals") is Truth.NEVER
    assert audit(anything, "NoSuchOperator", "x") is Truth.NEVER
