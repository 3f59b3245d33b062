"""What a policy compares requests with: its condition keys, and whom and what it names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cloudwarden.analysis.iam.conditions import Clause
from cloudwarden.analysis.iam.policies import Policy, Statement

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_ARN_ACCOUNT = re.compile(r"arn:[^:]*:[^:]*:[^:]*:(\d{12}):", re.ASCII)
_PARTITION = re.compile(r"arn:(aws[a-z-]*):")
_VARIABLE = re.compile(r"\$\{\s*([^\s,'{}]+)")

#: Keys whose values are accounts, and keys whose values are ARNs with one.
ACCOUNT_KEYS = frozenset(
    {"aws:principalaccount", "kms:calleraccount", "aws:sourceaccount", "aws:sourceowner"}
)
ARN_KEYS = frozenset({"aws:principalarn", "aws:sourcearn"})
ORGANIZATION_KEYS = frozenset({"aws:principalorgid", "aws:sourceorgid"})
PATH_KEYS = frozenset({"aws:principalorgpaths", "aws:sourceorgpaths"})

#: Accounts for those whom nobody names; one that a policy does not mention is taken.
_STRANGERS = ("999988887777", "888877776666", "777766665555", "666655554444", "555544443333")
DEFAULT_PARTITION = "aws"


@dataclass(frozen=True, slots=True)
class Reading:
    """What the statements of a policy, and of those that limit it, tell apart.

    `clauses` are by key, in lower case; `keys` include those of variables. `accounts` and
    `organizations` are those that are named; `paths` are patterns of organization paths.
    `spellings` has keys as the policy writes them.
    """

    statements: tuple[Statement, ...]
    clauses: dict[str, list[Clause]]
    keys: frozenset[str]
    accounts: tuple[str, ...]
    organizations: tuple[str, ...]
    paths: tuple[str, ...]
    partition: str
    stranger: str
    has_not_principal: bool
    spellings: dict[str, str]

    def values(self, *keys: str) -> list[tuple[Clause, str]]:
        """Every value that the policy compares these keys with."""
        return [(c, v) for key in keys for c in self.clauses.get(key, ()) for v in c.values]


def read(policy: Policy, limiting: Sequence[Policy] = (), avoid: Iterable[str] = ()) -> Reading:
    """A policy and the denials of those that limit it. No stranger has an account of `avoid`."""
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
    taken = {*accounts, *avoid}
    return Reading(
        statements,
        dict(clauses),
        frozenset(keys),
        tuple(accounts),
        tuple(dict.fromkeys(filled(one) for one in named if one.startswith("o-"))),
        tuple(dict.fromkeys(
            value for key in PATH_KEYS for c in clauses.get(key, ()) for value in c.values
        )),
        _partition(statements),
        next((one for one in _STRANGERS if one not in taken), "444433332222"),
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
    for key in (*ACCOUNT_KEYS, *ARN_KEYS):
        for clause in clauses.get(key, ()):
            for value in clause.values:
                account = account_of(value) or _digits(value, key)
                if account:
                    yield account


def _digits(value: str, key: str) -> str | None:
    """An account that a pattern of accounts matches; None for a pattern of every account."""
    if key not in ACCOUNT_KEYS or not re.fullmatch(r"[\d*?]+", value) or not value.strip("*?"):
        return None
    bare = value.replace("?", "9")
    if "*" in bare:
        bare = bare.replace("*", "9" * max(0, 13 - len(bare)), 1).replace("*", "")
    return bare if _ACCOUNT.fullmatch(bare) else None


def _partition(statements: Iterable[Statement]) -> str:
    for statement in statements:
        texts = [pattern.text for pattern in statement.resources or ()]
        if statement.principals is not None:
            texts += [entry for _, entry in statement.principals.texts]
        for text in texts:
            found = _PARTITION.match(text)
            if found:
                return found[1]
    return DEFAULT_PARTITION
