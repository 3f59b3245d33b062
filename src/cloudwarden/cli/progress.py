"""Progress of a collection, drawn with rich on a terminal and told in a line a tenth elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from cloudwarden.cli.output import say

if TYPE_CHECKING:
    from cloudwarden.collect.events import Event


class CollectProgress:
    """A context in which collection events are shown on stderr."""

    def __init__(self) -> None:
        self._done = 0
        self._total = 0
        self._told = 0
        self._bar: _Bar | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._bar = _Bar()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def on_event(self, event: Event) -> None:
        """Show one event."""
        from cloudwarden.collect import events

        if isinstance(event, events.AccountConnected):
            self._total += event.scopes
            if event.failure is not None:
                self._note(f"{event.name or event.account}: {event.failure.message}")
        elif isinstance(event, events.ScopeFinished):
            self._done += 1
            self._scope()

    def say(self, text: str) -> None:
        """Tell what is being done now."""
        if self._bar is not None:
            self._bar.describe(text)
        else:
            say(text)

    def _scope(self) -> None:
        if self._bar is not None:
            self._bar.update(self._done, self._total)
            return
        tenth = self._done * 10 // max(self._total, 1)
        if tenth > self._told:
            self._told = tenth
            say(f"read {self._done} of {self._total} scopes")

    def _note(self, text: str) -> None:
        if self._bar is not None:
            self._bar.note(text)
        else:
            say(text)


class _Bar:
    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task("Signing in…", total=None)
        self._progress.start()

    def update(self, done: int, total: int) -> None:
        self._progress.update(self._task, completed=done, total=total, description="Reading")

    def describe(self, text: str) -> None:
        self._progress.update(self._task, description=text)

    def note(self, text: str) -> None:
        self._progress.console.print(text, style="yellow", highlight=False)

    def close(self) -> None:
        self._progress.stop()
