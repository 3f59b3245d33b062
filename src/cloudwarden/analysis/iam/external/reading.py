"""What a policy compares requests with: its condition keys, and whom and what it names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from cloudwarden.analysis.iam.conditions import Clause
from cloudwarden.analysis.iam.policies import Policy, Statement

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_ARN_ACCOUNT = re.compile(r"arn:[^:]*:[^:]*:[^:]*:(\d{12}):", re.ASCII)
_PARTITION = re.compile(r"arn:(aws[a-z-]*):")
_VARIABLE = re.compile(r"\$\{\s*([^\s,'{}]+)")

#: Keys whose values are accounts, and keys whose values are ARNs with one.
ACCOUNT_KEYS = frozenset(
    {"aws:principalaccount", "kms:calleraccount", "aws:sourceaccount", "aws:sourceowner",
     "aws:vpceaccount", "s3:dataaccesspointaccount"}
)  # fmt: skip
ARN_KEYS = frozenset(
    {"aws:principalarn", "aws:sourcearn", "aws:sourcevpcarn", "s3:dataaccesspointarn"}
)
ORGANIZATION_KEYS = frozenset({"aws:principalorgid", "aws:sourceorgid", "aws:vpceorgid"})
PATH_KEYS = frozenset({"aws:principalorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths"})

#: Accounts for those whom nobody names; one that a policy does not mention is taken.
STRANGER = "999988887777"
_STRANGERS = (STRANGER, "888877776666", "777766665555", "666655554444", "555544443333")
DEFAULT_PARTITION = "aws"
#: A region of each partition, for ARNs that stand for any.
_REGIONS = {
    "aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1",
    "aws-iso": "us-iso-east-1", "aws-iso-b": "us-isob-east-1", "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-south-1", "aws-eusc": "eusc-de-east-1",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """What the statements of a policy, and of those that limit it, tell apart.

    `clauses` are by key, in lower case; `keys` include those of variables. `alike` has an account
    for each pattern of accounts. `accounts` and
    `organizations` are those that are named; `paths` are patterns of organization paths.
    `spellings` has keys as the policy writes them. `partition` is that of the thing whose policy
    it is: outsiders have to be of the same one.
    """

    statements: tuple[Statement, ...]
    clauses: dict[str, list[Clause]]
    keys: frozenset[str]
    accounts: tuple[str, ...]
    alike: dict[str, str]
    organizations: tuple[str, ...]
    paths: tuple[str, ...]
    partition: str
    stranger: str
    has_not_principal: bool
    spellings: dict[str, str]

    @property
    def region(self) -> str:
        """A region of the partition."""
        return _REGIONS.get(self.partition, _REGIONS[DEFAULT_PARTITION])

    def values(self, *keys: str) -> list[tuple[Clause, str]]:
        """Every value that the policy compares these keys with."""
        return [(c, v) for key in keys for c in self.clauses.get(key, ()) for v in c.values]


def read(
    policy: Policy,
    limiting: Sequence[Policy] = (),
    avoid: Iterable[str] = (),
    resource: str | None = None,
) -> Reading:
    """A policy and the denials of those that limit it. No stranger has an account of `avoid`.

    The partition is that of the ARN `resource`, or else what the policy itself tells.
    """
    denials = [s for other in limiting for s in other.statements if not s.allows]
    statements = (*policy.statements, *denials)
    clauses: dict[str, list[Clause]] = defaultdict(list)
    keys: set[str] = set()
    for statement in statements:
        for clause in statement.conditions:
            clauses[clause.key].append(clause)
            keys.add(clause.key)
            for value in clause.values:
                keys.update(variables(value))
        for pattern in statement.resources or ():
            keys.update(variables(pattern.text))
    accounts = dict.fromkeys(_accounts(statements, clauses))
    named = [
        value.split("/")[0]
        for key in (*ORGANIZATION_KEYS, *PATH_KEYS)
        for clause in clauses.get(key, ())
        for value in clause.values
    ]
    alike = {
        value: account
        for key in ACCOUNT_KEYS
        for clause in clauses.get(key, ())
        for value in clause.values
        if (account := _digits(value)) is not None and account not in accounts
    }
    taken = {*accounts, *alike.values(), *avoid}
    return Reading(
        statements,
        dict(clauses),
        frozenset(keys),
        tuple(accounts),
        alike,
        tuple(dict.fromkeys(filled(one) for one in named if one.startswith("o-"))),
        tuple(dict.fromkeys(
            value for key in PATH_KEYS for c in clauses.get(key, ()) for value in c.values
        )),
        partition_of(resource) or _partition(statements),
        next((one for one in _STRANGERS if not _is_meant(one, taken, alike)), "444433332222"),
        any(statement.not_principal for statement in statements),
        {
            key.lower(): key
            for statement in statements
            for keys_of in (statement.source.get("Condition") or {}).values()
            for key in keys_of
        },
    )  # fmt: skip


def variables(text: str) -> Iterator[str]:
    """The condition keys, in lower case, of the variables in a text."""
    if "${" in text:
        for found in _VARIABLE.finditer(text):
            yield found[1].lower()


def filled(pattern: str, fill: str = "outsider") -> str:
    """A text that a pattern with wildcards matches."""
    return pattern.replace("*", fill).replace("?", "x")


def account_of(arn: str) -> str | None:
    """The account of an ARN or the twelve digits themselves."""
    if _ACCOUNT.fullmatch(arn):
        return arn
    found = _ARN_ACCOUNT.match(arn)
    return found[1] if found else None


def _accounts(statements: Iterable[Statement], clauses: dict[str, list[Clause]]) -> Iterator[str]:
    for statement in statements:
        if statement.principals is not None:
            for _, entry in statement.principals.texts:
                account = account_of(entry)
                if account:
                    yield account
    # The id of a root user is its account.
    for key in (*ACCOUNT_KEYS, *ARN_KEYS, "aws:userid"):
        for clause in clauses.get(key, ()):
            for value in clause.values:
                account = account_of(value)
                if account:
                    yield account


def _is_meant(account: str, taken: Iterable[str], patterns: Iterable[str]) -> bool:
    return account in taken or any(fnmatchcase(account, pattern) for pattern in patterns)


def _digits(value: str) -> str | None:
    """An account that a pattern of accounts matches; None for a pattern of every account."""
    if not re.fullmatch(r"\d*[*?][\d*?]*", value) or not value.strip("*?"):
        return None
    bare = value.replace("?", "9")
    if "*" in bare:
        bare = bare.replace("*", "9" * max(0, 13 - len(bare)), 1).replace("*", "")
    return bare if _ACCOUNT.fullmatch(bare) else None


def partition_of(arn: str | None) -> str | None:
    """The partition of an ARN; None if it is none, or leaves it to a wildcard."""
    found = _PARTITION.match(arn or "")
    return found[1] if found else None


def _partition(statements: Iterable[Statement]) -> str:
    for statement in statements:
        texts = [pattern.text for pattern in statement.resources or ()]
        if statement.principals is not None:
            texts += [entry for _, entry in statement.principals.texts]
        texts += [value for clause in statement.conditions for value in clause.values]
        for text in texts:
            if found := partition_of(text):
                return found
            if text.endswith(".amazonaws.com.cn"):
                return "aws-cn"
    return DEFAULT_PARTITION
