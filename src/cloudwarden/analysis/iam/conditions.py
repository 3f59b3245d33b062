"""The condition block of a statement, and whether it holds for what is known of a request.

Operators and keys are joined by *and*, the values of one key by *or*. Against a context that is
wholly known the answer is SURE or NEVER; where keys are unknown it may be MAYBE, and SURE and
NEVER then hold whatever those keys turn out to be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from cloudwarden.analysis.iam.context import Context, State, Unknown
from cloudwarden.analysis.iam.operators import OPERATORS, MultiValued, Operator, Test, Values
from cloudwarden.analysis.iam.truth import Truth, negate, truth_of

_IF_EXISTS = "ifexists"
_NULL = "null"

#: AWS takes an empty text for an empty set of values.
_EMPTY_TEXT = ("",)


class Quantifier(Enum):
    """How the values of a multi-valued key are joined."""

    NONE = ""
    ALL = "forallvalues:"
    ANY = "foranyvalue:"


@dataclass(frozen=True, slots=True)
class OperatorName:
    """The name of an operator, taken apart. `operator` is None for Null and for unknown names."""

    text: str
    quantifier: Quantifier
    if_exists: bool
    operator: Operator | None
    null: bool

    @property
    def known(self) -> bool:
        """Whether there is such an operator; one that there is not never matches."""
        return self.null or self.operator is not None


@dataclass(frozen=True, slots=True, eq=False)
class Clause:
    """One operator, one key and the values that the policy gives.

    `key` is in lower case, `spelling` as the policy has it.
    """

    name: OperatorName
    key: str
    values: tuple[str, ...]
    spelling: str
    _test: Test

    def evaluate(self, context: Context) -> Truth:
        """Whether the clause holds."""
        if not self.name.known:
            return Truth.NEVER
        state = context.state(self.key)
        if self.name.null:
            return self._null(state)
        if isinstance(state, Unknown):
            return self._unknown(state)
        if not state:
            return self.when_missing
        if self.name.quantifier is Quantifier.NONE:
            # Several values without a set operator: a mistake of the author; it never holds.
            return self._one(state[0], context) if len(state) == 1 else Truth.NEVER
        if state == _EMPTY_TEXT:
            return self._when_empty
        each = (self._one(value, context) for value in state)
        return min(each) if self.name.quantifier is Quantifier.ALL else max(each)

    @property
    def when_missing(self) -> Truth:
        """Whether the clause holds where the key is absent (of operators other than Null)."""
        name = self.name
        if name.operator is None:
            return Truth.NEVER
        if name.if_exists or name.quantifier is Quantifier.ALL:
            return Truth.SURE
        if name.quantifier is Quantifier.ANY:
            return Truth.NEVER
        return truth_of(name.operator.negated)

    @property
    def _when_empty(self) -> Truth:
        """Whether a set operator holds of a key that is there without a value."""
        return truth_of(self.name.quantifier is Quantifier.ALL)

    def _one(self, value: str, context: Context) -> Truth:
        assert self.name.operator is not None
        if self.name.operator.negated and not self.name.operator.comparable(value):
            return Truth.NEVER
        matched = self._test(value, context)
        return negate(matched) if self.name.operator.negated else matched

    def _null(self, state: State) -> Truth:
        wanted = {value.lower() for value in self.values} & {"true", "false"}
        if state is Unknown.ANYTHING:
            # Neither value holds for nothing, both hold for everything.
            return Truth(len(wanted))
        absent = "true" if state == () else "false"
        return truth_of(absent in wanted)

    def _unknown(self, state: Unknown) -> Truth:
        """What holds whatever the value is."""
        assert self.name.operator is not None
        if not self.values:
            outcome: Truth | None = Truth.NEVER
        elif any(map(self.name.operator.always, self.values)):
            outcome = Truth.SURE
        else:
            outcome = None
        if outcome is None:
            return Truth.MAYBE
        if self.name.operator.negated:
            outcome = negate(outcome)
        possible = {outcome}
        if self.name.quantifier is not Quantifier.NONE:
            possible.add(self._when_empty)
        if state is Unknown.ANYTHING:
            possible.add(self.when_missing)
            if self.name.quantifier is Quantifier.NONE:
                possible.add(Truth.NEVER)
        return possible.pop() if len(possible) == 1 else Truth.MAYBE


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """The condition block of one statement; without clauses it always holds."""

    clauses: tuple[Clause, ...]

    def evaluate(self, context: Context) -> Truth:
        """Whether every clause holds."""
        least = Truth.SURE
        for clause in self.clauses:
            truth = clause.evaluate(context)
            if truth is Truth.NEVER:
                return Truth.NEVER
            if truth is Truth.MAYBE:
                least = Truth.MAYBE
        return least

    def __bool__(self) -> bool:
        return bool(self.clauses)

    def __iter__(self) -> Iterator[Clause]:
        return iter(self.clauses)


NO_CONDITIONS = Conditions(())


def operator_name(text: str) -> OperatorName:
    """What the name of a condition operator means, regardless of case."""
    name = text.lower()
    quantifier = Quantifier.NONE
    for candidate in (Quantifier.ALL, Quantifier.ANY):
        if name.startswith(candidate.value):
            quantifier = candidate
            name = name.removeprefix(candidate.value)
    if name == _NULL:
        return OperatorName(text, quantifier, if_exists=False, operator=None, null=True)
    if_exists = name.endswith(_IF_EXISTS)
    operator = OPERATORS.get(name.removesuffix(_IF_EXISTS))
    return OperatorName(text, quantifier, if_exists=if_exists, operator=operator, null=False)


def clause(
    operator: str,
    key: str,
    values: Sequence[str],
    *,
    variables: bool,
    multi_valued: MultiValued = lambda _: False,
) -> Clause:
    """One clause. `variables` says whether the policy's version has them."""
    name = operator_name(operator)
    texts = tuple(values)
    if name.operator is None:
        return Clause(name, key.lower(), texts, key, _matches_nothing)
    test = name.operator.make(Values(texts, variables, multi_valued))
    return Clause(name, key.lower(), texts, key, test)


def conditions(
    block: Mapping[str, Mapping[str, Sequence[str]]],
    *,
    variables: bool,
    multi_valued: MultiValued = lambda _: False,
) -> Conditions:
    """A condition block whose values are all lists of text already."""
    return Conditions(
        tuple(
            clause(operator, key, values, variables=variables, multi_valued=multi_valued)
            for operator, keys in block.items()
            for key, values in keys.items()
        )
    )


def _matches_nothing(_: str, __: Context) -> Truth:
    return Truth.NEVER
