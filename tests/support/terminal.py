"""A command run on a pseudo-terminal, and talked to as a person does: wait for words, type."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

#: How long words are waited for before the test fails.
_PATIENCE = 30
_CONTROL = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[=>])")
#: The terminal is made the session's, so that its Ctrl-C becomes a signal.
_START = (
    "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "from cloudwarden.cli.main import main; main()"
)


class Terminal:
    """Both sides of what was said so far, without what only moves the cursor."""

    def __init__(self, descriptor: int, process: subprocess.Popen[bytes]) -> None:
        self._descriptor = descriptor
        self._process = process
        self._said = b""
        self._read = 0

    def expect(self, words: str) -> str:
        """Wait for words that were not there when something was last expected; what led to them."""
        while (found := self.text.find(words, self._read)) < 0:
            ready, _, _ = select.select([self._descriptor], [], [], _PATIENCE)
            assert ready, f"no {words!r} in {self.text[self._read :]!r}"
            try:
                self._said += os.read(self._descriptor, 65_536)
            except OSError:
                raise AssertionError(f"no {words!r} but the end: {self.text!r}") from None
        said = self.text[self._read : found + len(words)]
        self._read = found + len(words)
        return said

    def type(self, text: str) -> None:
        """Press keys; Enter is a line feed here."""
        os.write(self._descriptor, text.replace("\n", "\r").encode())

    def ended(self) -> int:
        """The exit code, once it has ended."""
        return self._process.wait(timeout=_PATIENCE)

    @property
    def text(self) -> str:
        """Everything that it said."""
        return _CONTROL.sub("", self._said.decode(errors="ignore")).replace("\r\n", "\n")


@contextmanager
def terminal(
    *arguments: str, folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    """`cloudwarden` with these arguments on a terminal of its own."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", _START, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        env={
            **os.environ,
            "TERM": "xterm",
            "COLUMNS": "160",
            "PROMPT_TOOLKIT_NO_CPR": "1",
            **(environment or {}),
        },
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Terminal(ours, process)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
