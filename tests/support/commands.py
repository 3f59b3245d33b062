"""The command line, run in this process with a data directory of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cloudwarden.cli.main import app


@dataclass(frozen=True)
class Answer:
    """What a command said and how it exited."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """The answer as a machine reads it; fails the test with what was said if there is none."""
        assert self.stdout, f"exit code {self.exit_code}, nothing on stdout: {self.stderr}"
        return json.loads(self.stdout)


Run = Callable[..., Answer]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `cloudwarden` with these arguments; a traceback fails the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("CLOUDWARDEN_NOW", "CLOUDWARDEN_CONFIG", "CLOUDWARDEN_DATABASE"):
        monkeypatch.delenv(name, raising=False)
    runner = CliRunner()

    def call(*arguments: str, stdin: str | None = None) -> Answer:
        result = runner.invoke(app, arguments, input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    return call
