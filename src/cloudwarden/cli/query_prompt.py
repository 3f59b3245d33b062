"""The line that queries are written on: history, completion, and which Enter ends a query."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import has_focus
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from cloudwarden.cli.output import AnswerOutput
from cloudwarden.graph.catalog import Catalog
from cloudwarden.graph.cypher.completion import Completer as CypherCompleter

_CONTINUED = "     …> "


def prompt_session(
    history: Path,
    catalog: Catalog,
    commands: Mapping[str, str],
    offers: Mapping[str, Callable[[], Iterable[str]]],
    is_finished: Callable[[str], bool],
) -> PromptSession[str]:
    """A session that remembers in a file, if one can be written there.

    `commands` are all commands with what they do, `offers` what may follow some of them.
    """
    return PromptSession(
        history=_history(history),
        completer=ShellCompleter(catalog, commands, offers),
        complete_while_typing=True,
        multiline=True,
        key_bindings=_bindings(is_finished),
        prompt_continuation=lambda *_: _CONTINUED,
    )


class ShellCompleter(Completer):
    """Completes commands, what they take, and Cypher."""

    def __init__(
        self,
        catalog: Catalog,
        commands: Mapping[str, str],
        offers: Mapping[str, Callable[[], Iterable[str]]],
    ) -> None:
        self._cypher = CypherCompleter(catalog)
        self._commands = commands
        self._offers: dict[str, Callable[[], Iterable[str]]] = {
            ":schema": lambda: sorted({*catalog.names, *catalog.relations}),
            ":output": lambda: [o for o in AnswerOutput if o is not AnswerOutput.ARROW],
            **offers,
        }

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterator[Completion]:
        """As prompt_toolkit asks for them."""
        text, at = document.text, document.cursor_position
        if not text.lstrip().startswith(":"):
            yield from self._of_query(text, at, complete_event)
            return
        command, space, rest = text[:at].lstrip().partition(" ")
        if not space:
            for name, summary in self._commands.items():
                if name.startswith(command):
                    yield Completion(name, -len(command), display_meta=summary)
        elif command == ":explain":
            start = at - len(rest)
            yield from self._of_query(text[start:], at - start, complete_event)
        elif command in self._offers:
            for name in self._offers[command]():
                if name.casefold().startswith(rest.casefold()):
                    yield Completion(name, -len(rest))

    def _of_query(self, text: str, at: int, event: CompleteEvent) -> Iterator[Completion]:
        for found in self._cypher.suggestions(text, at, self._offers[":param"]()):
            # A list that opens by itself at every word would be in the way.
            if found.written or event.completion_requested or found.kind not in _COMMON:
                yield Completion(found.text, -len(found.written), display_meta=found.kind)


_COMMON = frozenset({"keyword", "function", "variable"})


def _history(file: Path) -> History:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Queries may name what is nobody else's business.
        file.touch(mode=0o600)
        with file.open("ab"):
            return FileHistory(str(file))
    except OSError:
        return InMemoryHistory()


def _bindings(is_finished: Callable[[str], bool]) -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add("enter", filter=has_focus(DEFAULT_BUFFER))
    def _enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.complete_state is not None and buffer.complete_state.current_completion:
            buffer.complete_state = None
        elif is_finished(buffer.text):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    return bindings
