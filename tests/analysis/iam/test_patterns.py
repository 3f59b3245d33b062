import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudwarden.analysis.iam import globs
from cloudwarden.analysis.iam.action_patterns import action_pattern
from cloudwarden.analysis.iam.context import Context, Unknown
from cloudwarden.analysis.iam.patterns import Padding, resource_pattern
from cloudwarden.analysis.iam.truth import Truth
from cloudwarden.analysis.iam.variables import Variable, Wild, parse

NOTHING = Context()
ALICE = Context(
    {"aws:username": "alice", "aws:TagKeys": ["a"], "odd": "a*b", "tag/cost center": "7"}
)


def matches(pattern, resource, padding=Padding.ALWAYS, context=NOTHING, variables=True):
    compiled = resource_pattern(
        pattern, padding, variables=variables, multi_valued=lambda key: key == "aws:tagkeys"
    )
    return compiled.match(resource, context)


def outside(pattern, resource, context=NOTHING, padding=Padding.ALWAYS):
    return resource_pattern(pattern, padding, variables=True).outside(resource, context)


@pytest.mark.parametrize(
    ("pattern", "action", "expected"),
    [
        ("*", "s3:getobject", True),
        ("*", "whatever", True),
        ("s3:GetObject", "s3:getobject", True),
        ("S3:getOBJECT", "s3:getobject", True),
        ("s3:Get*", "s3:getobject", True),
        ("s3:*Object", "s3:getobject", True),
        ("s3:GetObjec?", "s3:getobject", True),
        ("s3:GetObject?", "s3:getobject", False),
        ("s3:*", "s3express:getobject", False),
        ("s3*:GetObject", "s3:getobject", False),
        ("*:GetObject", "s3:getobject", False),
        ("s?:GetObject", "s3:getobject", False),
        ("s3", "s3:getobject", False),
        ("s3:", "s3:getobject", False),
        ("", "s3:getobject", False),
        (" s3:GetObject", "s3:getobject", False),
        ("s3:Get Object*", "s3:getobject", False),
        ("s3:Get*", "s3:get*", True),
        ("s3:GetObject", "s3:get*", False),
    ],
)
def test_an_action_pattern_matches_regardless_of_case_with_wildcards_after_the_colon(
    pattern, action, expected
):
    assert action_pattern(pattern).matches(action) is expected


@pytest.mark.parametrize(
    ("pattern", "resource", "expected"),
    [
        ("*", "arn:aws:s3:::b/k", True),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/k/l", True),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b", False),
        ("arn:aws:s3:::B/*", "arn:aws:s3:::b/k", False),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/*", True),
        ("arn:aws:s3:::b/k", "arn:aws:s3:::b/*", False),
        # A wildcard stays within its part, save in the last.
        ("arn:aws:sqs:*:orders", "arn:aws:sqs:us-east-1:111111111111:orders", False),
        ("arn:*:sqs:*:*:orders", "arn:aws:sqs:us-east-1:111111111111:orders", True),
        ("arn:*s:111111111111:*", "arn:aws:sqs:us-east-1:111111111111:orders", False),
        ("arn:aws:sqs:us-east-?:*:o*", "arn:aws:sqs:us-east-1:111111111111:orders", True),
        ("arn:aws:logs:*:*:log-group:*", "arn:aws:logs:r:111111111111:log-group:a:b/c", True),
        ("arn:aws:logs:*:*:*", "arn:aws:logs:r:111111111111:log-group:a:b/c", True),
        # The resource's type is literal, save in S3 and where there is none.
        ("arn:aws:ec2:*:*:*/12345", "arn:aws:ec2:r:111111111111:instance/12345", False),
        ("arn:aws:ec2:*:*:inst*/12345", "arn:aws:ec2:r:111111111111:instance/12345", False),
        ("arn:aws:lambda:*:*:*:f", "arn:aws:lambda:r:111111111111:function:f", False),
        ("arn:aws:ec2:*:*:instance/*", "arn:aws:ec2:r:111111111111:instance/12345", True),
        ("arn:aws:ec2:*:*:*", "arn:aws:ec2:r:111111111111:instance/12345", True),
        ("arn:aws:s3:::*/k", "arn:aws:s3:::b/k", True),
        ("arn:aws:*:::*/k", "arn:aws:s3:::b/k", True),
        ("arn:aws:*:*:*:*/k", "arn:aws:ec2:r:111111111111:instance/k", False),
        ("arn:aws:execute-api:*:*:*/prod/GET/*", "arn:aws:execute-api:r:1:a1/prod/GET/x", True),
        # An action without resources is asked for with `*`.
        ("*", "*", True),
        ("arn:aws:s3:::*", "*", False),
        ("arn:*:*:*:*:*", "*", False),
        ("a*", "*", False),
    ],
)
def test_a_resource_pattern_matches_part_by_part(pattern, resource, expected):
    assert matches(pattern, resource) is (Truth.SURE if expected else Truth.NEVER)


@pytest.mark.parametrize(
    ("pattern", "matching"),
    [
        ("arn:aws:s3", {Padding.ALWAYS}),
        ("arn:aws:s3:*", {Padding.ALWAYS, Padding.WITH_WILDCARD, Padding.AFTER_WILDCARD}),
        ("arn:*:s3", {Padding.ALWAYS, Padding.WITH_WILDCARD}),
        ("arn:a?s:s3:", {Padding.ALWAYS, Padding.WITH_WILDCARD}),
        ("arn:aws:s3:::b/k", set(Padding)),
        ("*", set(Padding)),
    ],
)
def test_a_short_pattern_is_padded_by_the_kind_of_policy(pattern, matching):
    resource = "arn:aws:s3:::b/k" if pattern != "arn:a?s:s3:" else "arn:aws:s3::x:b"
    found = {padding for padding in Padding if matches(pattern, resource, padding)}

    assert found == matching


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("arn:aws:s3:::other/*", Truth.SURE),
        ("arn:aws:s3:::b/*", Truth.NEVER),
        ("*", Truth.NEVER),
        ("arn:aws:sqs", Truth.NEVER),  # short: never outside, though it does not match
        ("arn:aws:ec2:*:*:*/x", Truth.NEVER),  # invalid
        ("arn:aws:s3:::${aws:nothing}/*", Truth.NEVER),  # cannot be resolved
        ("arn:aws:s3:::${aws:username}/*", Truth.SURE),
        ("arn:aws:s3:::b/${aws:username}", Truth.NEVER),
    ],
)
def test_what_cannot_match_is_not_outside_either(pattern, expected):
    assert outside(pattern, "arn:aws:s3:::b/alice", ALICE) is expected


def test_an_action_without_resources_is_outside_any_whole_pattern_but_the_star():
    assert outside("arn:aws:s3:::b/*", "*") is Truth.SURE
    assert outside("*", "*") is Truth.NEVER


@pytest.mark.parametrize(
    ("pattern", "resource", "expected"),
    [
        ("arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/alice/k", True),
        ("arn:aws:s3:::b/${AWS:UserName}/*", "arn:aws:s3:::b/alice/k", True),
        ("arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/bob/k", False),
        ("arn:aws:s3:::b/${missing}", "arn:aws:s3:::b/", False),
        ("arn:aws:s3:::b/${missing, 'all'}", "arn:aws:s3:::b/all", True),
        ("arn:aws:s3:::b/${missing,'*'}", "arn:aws:s3:::b/all", False),
        ("arn:aws:s3:::b/${missing,'*'}", "arn:aws:s3:::b/*", True),
        ("arn:aws:s3:::b/${aws:TagKeys}", "arn:aws:s3:::b/a", False),  # several values
        ("arn:aws:s3:::b/${odd}", "arn:aws:s3:::b/axxb", False),  # its * is literal
        ("arn:aws:s3:::b/${odd}", "arn:aws:s3:::b/a*b", True),
        ("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*", True),
        ("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/x", False),
        ("arn:aws:s3:::b/${?}${$}", "arn:aws:s3:::b/?$", True),
        ("arn:aws:s3:::b/${not'a'name}", "arn:aws:s3:::b/${not'a'name}", False),
        ("arn:aws:s3:::b/${Tag/Cost Center}", "arn:aws:s3:::b/7", True),
        ("arn:aws:s3:::b/${ tag/cost center , 'x'}", "arn:aws:s3:::b/7", True),
        ("arn:aws:sqs:r:${aws:username}:q", "arn:aws:sqs:r:alice:q", True),
    ],
)
def test_variables_put_in_literal_text(pattern, resource, expected):
    assert matches(pattern, resource, context=ALICE) is (Truth.SURE if expected else Truth.NEVER)


def test_the_older_version_of_the_language_takes_variables_for_text():
    pattern = "arn:aws:s3:::b/${aws:username}"

    assert matches(pattern, "arn:aws:s3:::b/${aws:username}", variables=False) is Truth.SURE
    assert matches(pattern, "arn:aws:s3:::b/alice", context=ALICE, variables=False) is Truth.NEVER


def test_a_value_that_is_not_known_may_match_and_may_be_outside():
    somebody = Context(unknown={"aws:username": Unknown.PRESENT})
    pattern = "arn:aws:s3:::b/${aws:username}/*"

    assert matches(pattern, "arn:aws:s3:::b/x/k", context=somebody) is Truth.MAYBE
    assert matches(pattern, "arn:aws:s3:::other/x", context=somebody) is Truth.NEVER
    assert outside(pattern, "arn:aws:s3:::b/x/k", somebody) is Truth.MAYBE
    # Outside only if the variable can be resolved at all.
    assert outside(pattern, "arn:aws:s3:::other/x", Context(closed=False)) is Truth.MAYBE


def test_a_value_that_is_put_in_does_not_reach_over_a_colon():
    colons = Context({"k": "us-east-1:111111111111"})

    assert matches(
        "arn:aws:sqs:${k}::q", "arn:aws:sqs:us-east-1:111111111111:q", context=colons
    ) is (Truth.NEVER)


@pytest.mark.parametrize(
    ("left", "right", "overlap", "covers"),
    [
        ("arn:aws:s3:::b/*", "arn:aws:s3:::*/k", True, False),
        ("arn:aws:s3:::b*", "arn:aws:s3:::b/*", True, True),
        ("arn:aws:s3:::a*", "arn:aws:s3:::b*", False, False),
        ("*", "arn:aws:s3:::b*", True, True),
        ("arn:aws:s3:::b*", "*", True, False),
        ("arn:aws:ec2:*:*:*/x", "*", False, False),
        ("arn:aws:s3:::b/${aws:username}", "arn:aws:s3:::b/x", True, False),
    ],
)
def test_resource_patterns_overlap_and_cover_each_other(left, right, overlap, covers):
    one, other = (resource_pattern(t, Padding.ALWAYS, variables=True) for t in (left, right))

    assert one.overlaps(other) is overlap
    assert other.overlaps(one) is overlap
    assert one.covers(other) is covers


def test_action_patterns_overlap():
    assert action_pattern("s3:Get*").overlaps(action_pattern("s3:*Object"))
    assert not action_pattern("s3:Get*").overlaps(action_pattern("s3:Put*"))
    assert not action_pattern("s3:*").overlaps(action_pattern("ec2:*"))
    assert action_pattern("*").overlaps(action_pattern("ec2:Run?nstances"))
    assert not action_pattern("*").overlaps(action_pattern("ec2: *"))


def test_text_is_parsed_into_literals_wildcards_and_variables():
    tokens = parse("a**${k,'d'}?${$}", wildcards=True, variables=True)

    assert tokens == ("a", Wild.ANY, Variable("k", "d"), Wild.ONE, "$")


PATTERNS = st.text("ab*?", max_size=8)
TEXTS = st.text("ab", max_size=8)


def plain(text):
    return parse(text, wildcards=True, variables=False)


@given(PATTERNS, TEXTS)
def test_the_compiled_and_the_plain_matching_agree(pattern, text):
    tokens = plain(pattern)

    assert bool(globs.matcher(tokens)(text)) is globs.matches(tokens, text) is naive(pattern, text)


@given(PATTERNS, PATTERNS, TEXTS)
def test_what_matches_both_is_in_the_overlap_and_what_is_covered_matches(left, right, text):
    one, other = plain(left), plain(right)
    both = globs.matches(one, text) and globs.matches(other, text)

    assert globs.overlap(one, other) or not both
    if globs.covers(one, other) and globs.matches(other, text):
        assert globs.matches(one, text)


@given(PATTERNS, PATTERNS)
def test_patterns_overlap_only_if_some_text_matches_both(left, right):
    one, other = plain(left), plain(right)

    assert globs.overlap(one, other) is _intersects(left, right)


def test_a_pattern_made_to_be_slow_is_not():
    tokens = plain("*a" * 200 + "b")
    text = "a" * 5_000

    assert not globs.matcher(tokens)(text)
    assert not globs.matches(tokens, text)


def naive(pattern, text):
    if not pattern:
        return not text
    if pattern[0] == "*":
        return naive(pattern[1:], text) or (bool(text) and naive(pattern, text[1:]))
    return bool(text) and pattern[0] in {"?", text[0]} and naive(pattern[1:], text[1:])


def _intersects(left, right):
    if not left or not right:
        return not (left + right).strip("*")
    if left[0] == "*" and _intersects(left[1:], right):
        return True
    if right[0] == "*" and _intersects(left, right[1:]):
        return True
    if left[0] == "*" and right[0] == "*":
        return False
    if left[0] == "*":
        return _intersects(left, right[1:])
    if right[0] == "*":
        return _intersects(left[1:], right)
    same = "?" in {left[0], right[0]} or left[0] == right[0]
    return same and _intersects(left[1:], right[1:])
