"""What the engine and the interpreter say to the same question, made comparable."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from cloudwarden.graph.cypher.errors import CypherError
from cloudwarden.graph.graph import Graph
from cloudwarden.graph.values import Node, Path, Relationship
from tests.support.cypher.clauses import interpreted
from tests.support.cypher.matching import MAX_STEPS, TooMuchError
from tests.support.cypher.meaning import EvaluationError
from tests.support.cypher.model import MemoryGraph, NodeItem, RelationItem, Walk

#: Errors of the engine that are never right: its own SQL was wrong.
FAULT = "please report"
#: What it may stumble over in a row that the interpreter never looked at, and so may Neo4j.
_VALUE = "does not fit 64 bits"


@dataclass(frozen=True, slots=True)
class Question:
    """A query; `ordered` if its rows come in one order only, `bags` the columns of lists in any."""

    text: str
    parameters: Mapping[str, Any]
    ordered: bool = False
    bags: frozenset[str] = frozenset()


class Verdict(Enum):
    """How two answers compare."""

    SAME = "same"
    BOTH_FAILED = "both failed"
    REFUSED = "refused before it ran"
    NOT_RAISED = "only the interpreter failed"
    EAGER = "only the engine failed, on a value it need not have computed"
    TOO_LARGE = "too large to interpret"
    DIFFERENT = "different"
    FAILED = "only the engine failed"

    @property
    def is_wrong(self) -> bool:
        """Whether the engine gave a wrong answer."""
        return self in {Verdict.DIFFERENT, Verdict.FAILED}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A verdict with what stands behind it."""

    verdict: Verdict
    found: Any = None
    expected: Any = None


def is_lively(model: MemoryGraph, question: Question) -> bool:
    """Whether the interpreter finds rows, so that there is something to compare."""
    try:
        return bool(interpreted(model, question.text, question.parameters))
    except (EvaluationError, TooMuchError, CypherError):
        return False


def compare(
    graph: Graph, model: MemoryGraph, question: Question, steps: int = MAX_STEPS
) -> Comparison:
    """Ask both; the interpreter gives up after that many steps."""
    failure = None
    expected: Any = None
    try:
        rows = interpreted(model, question.text, question.parameters, steps)
        expected = _plain_rows(rows, question)
    except EvaluationError as error:
        failure = error
    except TooMuchError:
        return Comparison(Verdict.TOO_LARGE)
    except CypherError as error:
        return Comparison(Verdict.REFUSED, str(error))
    try:
        result = graph.query(question.text, question.parameters, timeout=60)
        found = _plain_rows(result.rows(), question)
    except CypherError as error:
        return Comparison(_verdict_on(error, failed=failure is not None), str(error), expected)
    if failure is not None:
        return Comparison(Verdict.NOT_RAISED, found, str(failure))
    same = found == expected if question.ordered else Counter(found) == Counter(expected)
    return Comparison(Verdict.SAME if same else Verdict.DIFFERENT, found, expected)


def _verdict_on(error: CypherError, *, failed: bool) -> Verdict:
    if FAULT in str(error):
        return Verdict.FAILED
    if failed:
        return Verdict.BOTH_FAILED
    if _VALUE in str(error) and error.offset is None:
        return Verdict.EAGER
    return Verdict.FAILED if error.offset is None else Verdict.REFUSED


def _plain_rows(rows: Iterable[Mapping[str, Any]], question: Question) -> list[str]:
    return [
        repr({
            name: plain_bag(value) if name in question.bags else plain(value)
            for name, value in row.items()
        })
        for row in rows
    ]  # fmt: skip


def plain_bag(value: Any) -> Any:
    """A list whose order says nothing."""
    return sorted(map(repr, plain(value))) if isinstance(value, list) else plain(value)


def plain(value: Any) -> Any:
    """A value of either side in one notation; entities by their `k`, with all they hold."""
    match value:
        case bool() | None | str() | int():
            return value
        case float():
            if math.isnan(value):
                return "~nan"
            if value == 0:
                # Neo4j gives the sum of no floats as the integer 0; ours keeps the type.
                return 0
            return float(f"{value:.9g}") + 0.0
        case list() | tuple():
            return [plain(item) for item in value]
        case Node() | NodeItem():
            return ("node", sorted(value.labels), plain(dict(value.properties)))
        case Relationship() | RelationItem():
            return ("relation", value.type, plain(dict(value.properties)))
        case Path(nodes=nodes, relationships=relations):
            return ("path", [plain(n) for n in nodes], [plain(r) for r in relations])
        case Walk():
            return ("path", [plain(n) for n in value.nodes], [plain(r) for r in value.relations])
        case dict():
            return {key: plain(value[key]) for key in sorted(value)}
    raise NotImplementedError(type(value))
