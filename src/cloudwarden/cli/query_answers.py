"""How one invocation asks the graph, and how what it answers is printed. Notices go to stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudwarden.cli.output import AnswerOutput, Output, print_rows, print_value, say
from cloudwarden.core.errors import UsageError

if TYPE_CHECKING:
    from cloudwarden.core.clock import Clock
    from cloudwarden.graph.graph import Graph, Result
    from cloudwarden.graph.packs import PackedQuery


@dataclass(frozen=True, slots=True)
class Question:
    """A query's text, the parameters that it brings, and the headers of its columns, if any."""

    text: str
    parameters: Mapping[str, Any]
    headers: tuple[str, ...] = ()
    name: str = ""
    description: str = ""

    @classmethod
    def packed(cls, query: PackedQuery, clock: Clock) -> Question:
        """A query of a pack."""
        parameters = query.parameters(clock)
        return cls(query.text, parameters, query.headers, query.name, query.description)


@dataclass(frozen=True, slots=True)
class Asking:
    """The graph that is asked, and what holds for every query asked of it."""

    graph: Graph
    parameters: Mapping[str, Any]
    account: str | None
    timeout: float
    max_rows: int

    def ask(self, question: Question) -> Result:
        """The answer. Raises `QueryError`."""
        return self.graph.query(
            question.text,
            {**question.parameters, **self.parameters},
            timeout=self.timeout,
            max_rows=self.max_rows,
            account=self.account,
        )


def print_answer(asking: Asking, question: Question, output: AnswerOutput) -> None:
    """Ask one question and print its answer. Raises `QueryError`."""
    print_result(asking, asking.ask(question), output, question.headers)


def print_result(
    asking: Asking, result: Result, output: AnswerOutput, headers: tuple[str, ...] = ()
) -> None:
    """Print what was answered. Raises `QueryError` where the query fails while it is read."""
    columns = _columns(result, headers)
    if output is AnswerOutput.ARROW:
        for piece in result.arrow(columns):
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    elif output is AnswerOutput.GRAPH:
        _print_graph(asking, [result])
    else:
        rows = _plain(result, columns)
        print_rows(rows, columns, output.of_listing(), empty="No results found.")
    say_notices(result)


def print_answers(asking: Asking, questions: Sequence[Question], output: AnswerOutput) -> None:
    """Ask several questions and print their answers as one, or, for people, one after another."""
    if output is AnswerOutput.ARROW:
        raise UsageError("--output arrow takes one query: an Arrow stream has one set of columns")
    if output is AnswerOutput.GRAPH:
        _print_graph(asking, _told(asking, questions))
    elif output in {AnswerOutput.JSON, AnswerOutput.NDJSON}:
        print_rows(_named_rows(asking, questions), [], output.of_listing())
    else:
        for number, question in enumerate(questions, 1):
            if output is AnswerOutput.TABLE:
                title = f"[{number}/{len(questions)}] {question.name}: {question.description}\n"
                sys.stdout.write(title)
            print_answer(asking, question, output)


def print_plan(asking: Asking, question: Question, output: Output) -> None:
    """Say what would be done for a question, in words and in SQL. Raises `QueryError`."""
    plan = asking.graph.plan(
        question.text, {**question.parameters, **asking.parameters}, account=asking.account
    )
    if output is Output.TABLE:
        sys.stdout.write("\n".join([*plan.lines, "", plan.sql, ""]))
    elif output is Output.JSON:
        print_value({"plan": list(plan.lines), "sql": plan.sql})
    else:
        print_rows([{"plan": "\n".join(plan.lines), "sql": plan.sql}], ["plan", "sql"], output)
    for notice in plan.notices:
        say(f"notice: {notice}")


def parameter_value(text: str) -> Any:
    """The value of a parameter as it was written: JSON, or else the text itself."""
    from cloudwarden.core.json import loads

    try:
        return loads(text)
    except ValueError:
        return text


def say_notices(result: Result) -> None:
    """Tell what the answer's reader should know of it; once its rows were read."""
    for notice in result.notices:
        say(f"notice: {notice}")
    if result.truncated:
        say("notice: the rows were cut at the limit; --limit raises it")


def _columns(result: Result, headers: tuple[str, ...]) -> list[str]:
    return list(headers) if len(headers) == len(result.columns) else list(result.columns)


def _plain(result: Result, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The rows as plain data, their columns named as the pack heads them."""
    from cloudwarden.graph.graph import to_json

    for row in result:
        yield {name: to_json(v) for name, v in zip(columns, row.values(), strict=True)}


def _named_rows(asking: Asking, questions: Sequence[Question]) -> Iterator[dict[str, Any]]:
    """The rows of every query, each with its query's name."""
    for question in questions:
        result = asking.ask(question)
        for row in _plain(result, _columns(result, question.headers)):
            yield {"query": question.name, **row}
        say_notices(result)


def _told(asking: Asking, questions: Sequence[Question]) -> Iterator[Result]:
    for question in questions:
        result = asking.ask(question)
        yield result
        say_notices(result)


def _print_graph(asking: Asking, results: Iterator[Result] | Sequence[Result]) -> None:
    from cloudwarden.graph.subgraph import Subgraph

    found = Subgraph()
    for result in results:
        for row in result:
            found.add(row)
    found.complete(asking.graph, timeout=asking.timeout)
    print_value(found.to_json())
