"""`cloudwarden query` on a terminal: asks for queries, one after another, and answers them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cloudwarden.cli.output import AnswerOutput, Output, print_rows, say
from cloudwarden.cli.query_answers import (
    Asking,
    Question,
    parameter_value,
    print_plan,
    print_result,
)
from cloudwarden.cli.query_schema import print_name, print_schema
from cloudwarden.core.errors import CloudwardenError, UsageError
from cloudwarden.graph.cypher.errors import CypherError
from cloudwarden.graph.cypher.lexer import tokenize
from cloudwarden.graph.cypher.parser import parse
from cloudwarden.graph.graph import ACCOUNT_LABEL

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession

    from cloudwarden.graph.result import Result

_HISTORY = "query-history"
_WELCOME = (
    "Cypher, ended by ; or an empty line. Tab completes, Ctrl-C stops a query, "
    ":help tells more, :quit leaves."
)
_RUNNING = "running, Ctrl-C stops it…"
#: Goes to the line's start and empties it.
_ERASED = "\r\x1b[K"


@dataclass(frozen=True, slots=True)
class Command:
    """What a line that begins with a colon does."""

    usage: str
    summary: str
    run: Callable[[Shell, str], None]

    @property
    def name(self) -> str:
        """With its colon."""
        return self.usage.split(" ", 1)[0]


class Shell:
    """A session: the graph it asks, and the parameters, account and format that were set in it."""

    def __init__(self, asking: Asking, output: AnswerOutput, folder: Path) -> None:
        self.asking = asking
        self.output = output
        self._folder = folder
        self._left = False

    def run(self) -> None:
        """Answer until the user leaves."""
        session = self._session()
        say(_WELCOME)
        while not self._left:
            try:
                text = session.prompt("cypher> ")
            except KeyboardInterrupt:
                continue
            except EOFError:
                return
            self.take(text)

    def take(self, text: str) -> None:
        """Do what was written. What goes wrong is said, and ends nothing."""
        try:
            if text.strip().startswith(":"):
                self._command(text.strip())
            else:
                for query in statements(text):
                    self._ask(query)
        except CloudwardenError as error:
            say(f"error: {error}")
        except KeyboardInterrupt:
            say("stopped")

    def _ask(self, text: str) -> None:
        print_result(self.asking, self._answer(Question(text, {})), self.output)

    def _answer(self, question: Question) -> Result:
        """The answer, at its first rows; until then the terminal says that we wait for them."""
        if not sys.stderr.isatty():
            return self.asking.ask(question)
        sys.stderr.write(_RUNNING)
        sys.stderr.flush()
        try:
            return self.asking.ask(question)
        finally:
            sys.stderr.write(_ERASED)
            sys.stderr.flush()

    def _command(self, text: str) -> None:
        name, _, rest = text.partition(" ")
        found = [command for command in COMMANDS.values() if command.name.startswith(name)]
        exact = COMMANDS.get(name) or (found[0] if len(found) == 1 and len(name) > 1 else None)
        if exact is None:
            raise UsageError(f"there is no command {name}; :help lists them")
        exact.run(self, rest.strip().removesuffix(";").strip())

    def explain(self, text: str) -> None:
        """`:explain`."""
        if not text:
            raise UsageError(":explain takes a query")
        print_plan(self.asking, Question(text, {}), self._listing())

    def schema(self, name: str) -> None:
        """`:schema`."""
        catalog = self.asking.graph.catalog
        if name:
            print_name(catalog, name.lstrip(":"), self._listing())
        else:
            print_schema(catalog, self._listing())

    def set_parameter(self, text: str) -> None:
        """`:param`."""
        if not text:
            rows = [{"name": n, "value": v} for n, v in sorted(self.asking.parameters.items())]
            print_rows(rows, ["name", "value"], self._listing(), empty="No parameters are set.")
            return
        name, _, value = text.partition(" ")
        if not value.strip():
            raise UsageError(":param takes a name and a value, as JSON or text")
        parameters = {**self.asking.parameters, name.lstrip("$"): parameter_value(value.strip())}
        self.asking = replace(self.asking, parameters=parameters)

    def set_account(self, name: str) -> None:
        """`:account`."""
        if name and name not in self._accounts:
            close = get_close_matches(name, self._accounts, 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise UsageError(f"no account here has the id or name {name!r}{hint}")
        self.asking = replace(self.asking, account=name or None)
        say(f"only the account {name}" if name else "all accounts")

    def set_output(self, name: str) -> None:
        """`:output`."""
        known = [output for output in AnswerOutput if output is not AnswerOutput.ARROW]
        if name not in known:
            raise UsageError(f":output takes one of {', '.join(known)}")
        self.output = AnswerOutput(name)

    def help(self, _: str) -> None:
        """`:help`."""
        rows = [{"command": c.usage, "does": c.summary} for c in COMMANDS.values()]
        print_rows(rows, ["command", "does"], Output.TABLE)

    def leave(self, _: str) -> None:
        """`:quit`."""
        self._left = True

    def _listing(self) -> Output:
        """The format of what is no answer."""
        return Output.TABLE if self.output is AnswerOutput.GRAPH else self.output.of_listing()

    @cached_property
    def _accounts(self) -> list[str]:
        """The ids and names of the accounts that are in the graph."""
        text = f"MATCH (a:{ACCOUNT_LABEL}) RETURN a.id, a.name"
        rows = self.asking.graph.query(text, timeout=self.asking.timeout)
        return sorted({value for row in rows for value in row.values() if value})

    def _session(self) -> PromptSession[str]:
        from cloudwarden.cli.query_prompt import prompt_session

        return prompt_session(
            self._folder / _HISTORY,
            self.asking.graph.catalog,
            {command.name: command.summary for command in COMMANDS.values()},
            {":param": lambda: self.asking.parameters, ":account": lambda: self._accounts},
            is_finished,
        )


def is_finished(text: str) -> bool:
    """Whether Enter ends what was written so far, rather than a line of it."""
    last = text.rsplit("\n", 1)[-1]
    if not last.strip() or (text.lstrip().startswith(":") and not _explains(text)):
        return True
    try:
        tokens = tokenize(text.lstrip().removeprefix(":"))
    except CypherError:
        return False
    if len(tokens) > 1 and tokens[-2].word == ";":
        return True
    return _explains(text) and _parses(text.split(None, 1)[-1])


def statements(text: str) -> list[str]:
    """The queries of a text, which semicolons part; the text itself if it cannot be read."""
    try:
        tokens = tokenize(text)
    except CypherError:
        return [text]
    found: list[str] = []
    start = 0
    for token in tokens:
        if token.word == ";" or token is tokens[-1]:
            found.append(text[start : token.start])
            start = token.end
    return [query for query in found if query.strip()]


def _explains(text: str) -> bool:
    name = text.split(None, 1)[0]
    return len(name) > 1 and ":explain".startswith(name)


def _parses(text: str) -> bool:
    try:
        parse(text)
    except CypherError:
        return False
    return True


COMMANDS: Mapping[str, Command] = {
    command.name: command
    for command in (
        Command(":schema [NAME]", "What the graph holds, or a label or type of it.", Shell.schema),
        Command(":explain QUERY", "What would be done, in words and in SQL.", Shell.explain),
        Command(":param NAME VALUE", "Set a parameter, as JSON or text.", Shell.set_parameter),
        Command(":account [NAME]", "Ask of one account; of all again.", Shell.set_account),
        Command(":output FORMAT", "table, json, csv, ndjson or graph.", Shell.set_output),
        Command(":help", "This list.", Shell.help),
        Command(":quit", "Leave; so does Ctrl-D.", Shell.leave),
    )
}
