"""The walk-through `docs/adding-a-resource.md` works as written."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path

import pytest

from cloudwarden.providers.aws import loader, services

PAGE = Path(__file__).parents[3] / "docs" / "adding-a-resource.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def kinesis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The page's declaration, where the loader finds it."""
    monkeypatch.setattr(services, "__path__", [*services.__path__, str(tmp_path)])
    file = tmp_path / "kinesis.py"
    file.write_text(blocks("python")[0])
    name = f"{services.__name__}.kinesis"
    monkeypatch.setattr(services, "kinesis", None, raising=False)
    monkeypatch.setitem(sys.modules, name, None)
    del sys.modules[name]
    monkeypatch.setattr(services, "kinesis", import_module(name))
    return file


def test_the_pages_command_accepts_its_declaration(
    kinesis: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "python -m cloudwarden.providers.aws.loader kinesis\n" in blocks("console")
    assert loader.main(["kinesis"]) == 0
    printed = capsys.readouterr().out
    assert "AWSKinesisStream  (kinesis:ListStreams)" in printed
    assert "kms_key_id: string  [kinesis:DescribeStreamSummary]" in printed
    assert "(AWSKinesisStream)-[:ENCRYPTED_BY]->(AWSKMSKey)" in printed


def test_the_pages_error_is_the_one_that_is_told(kinesis: Path) -> None:
    kinesis.write_text(kinesis.read_text().replace('id="StreamARN"', 'id="StreamArn"'))
    sys.modules.pop(f"{services.__name__}.kinesis")
    _, (problem, *_) = loader.check([f"{services.__name__}.kinesis"])
    told = str(problem).replace(str(kinesis.parent), "services")
    assert told in PAGE.read_text(encoding="utf-8")


def test_the_pages_tests_pass(kinesis: Path) -> None:
    namespace: dict[str, object] = {}
    exec(compile(blocks("python")[1], str(PAGE), "exec"), namespace)
    tests = [test for name, test in namespace.items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        assert callable(test)
        test()
