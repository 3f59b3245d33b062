"""Masks of ARNs say the same as matching each ARN."""

from hypothesis import given
from hypothesis import strategies as st

from cloudwarden.analysis.iam.bulk.arns import ArnSet, bits, mask_of, positions, unpacked
from cloudwarden.analysis.iam.bulk.witnesses import Samples
from cloudwarden.analysis.iam.context import Context, Unknown
from cloudwarden.analysis.iam.patterns import Padding, resource_pattern
from cloudwarden.analysis.iam.truth import Truth
from cloudwarden.analysis.iam.variables import Wild

ARNS = [
    f"arn:aws:{service}:{region}:{account}:{name}"
    for service, region in (("sqs", "eu-west-1"), ("sqs", "us-east-1"), ("s3", ""))
    for account in ("111111111111", "222222222222", "")
    for name in ("red", "blue", "red-2", "team/red", "team/blue", "a:b", "bob")
]
CONTEXT = Context(
    {"aws:username": "bob", "aws:none": []},
    closed=False,
    unknown={"aws:userid": Unknown.PRESENT},
)
PARTS = st.sampled_from(
    ["arn", "aws", "sqs", "s*", "*", "", "eu-*", "1111*", "?ed", "team/*", "*/red", "red", "r*d",
     "*e*", "a:b", "${aws:username}", "team/${aws:userid}", "${aws:none}", "${aws:no, 'red'}"]
)  # fmt: skip
PATTERNS = st.one_of(
    st.just("*"),
    st.builds("arn:aws:{}:{}:{}:{}".format, PARTS, PARTS, PARTS, PARTS),
    st.lists(PARTS, min_size=1, max_size=7).map(":".join),
)


@given(PATTERNS, st.sampled_from(Padding), st.booleans())
def test_a_mask_is_what_matching_each_arn_says(
    text: str, padding: Padding, variables: bool
) -> None:
    pattern = resource_pattern(text, padding, variables=variables)
    arns = ArnSet(ARNS)

    for masks, match in (
        (arns.matched(pattern, CONTEXT), pattern.match),
        (arns.outside(pattern, CONTEXT), pattern.outside),
    ):
        told = [match(arn, CONTEXT) for arn in arns.arns]
        assert list(unpacked(masks[0], len(arns))) == [truth is Truth.SURE for truth in told]
        assert list(unpacked(masks[1], len(arns))) == [truth is not Truth.NEVER for truth in told]


@given(st.lists(st.booleans(), max_size=70))
def test_bits_go_into_masks_and_come_out(flags: list[bool]) -> None:
    mask = bits(bytes(flags)) if flags else 0

    assert list(unpacked(mask, len(flags))) == flags
    assert positions(mask) == [i for i, flag in enumerate(flags) if flag]
    assert mask_of(positions(mask), len(flags)) == mask


KEYS = st.text("ab/", max_size=4)
GLOBS = st.lists(st.sampled_from(["a", "b", "/", "*", "?"]), max_size=5).map("".join)


@given(st.lists(GLOBS, max_size=3), KEYS)
def test_no_object_is_unlike_every_sample_of_its_bucket(globs: list[str], key: str) -> None:
    """Whatever one or two patterns say of an object, they say of some sample."""
    patterns = [
        resource_pattern(f"arn:aws:s3:::a/{glob}", Padding.ALWAYS, variables=False)
        for glob in globs
    ]
    parts = [
        [tuple(t for t in part if isinstance(t, str | Wild)) for part in pattern.parts or ()]
        for pattern in patterns
    ]
    samples = Samples(parts).of("arn:aws:s3:::a/")

    def said(arn: str) -> set[int]:
        return {i for i, pattern in enumerate(patterns) if pattern.match(arn, Context())}

    mine = said(f"arn:aws:s3:::a/{key}")
    for one in mine:
        for other in mine:
            assert any({one, other} <= said(sample) for sample in samples) or not key
