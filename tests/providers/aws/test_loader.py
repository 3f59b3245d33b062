"""All declarations load, from the models and from the cache; slips are told with their line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cloudwarden.core.errors import DeclarationError, UsageError
from cloudwarden.providers.aws import loader, services
from cloudwarden.providers.aws.catalogue import Catalogue
from cloudwarden.schema.records import Scope


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return loader.load_catalogue(tmp_path_factory.mktemp("cache"))


def test_every_declaration_fits_the_model(catalogue: Catalogue) -> None:
    registry = catalogue.registry()
    assert {"AWSSQSQueue", "AWSLambda"} <= set(registry.labels)
    assert registry.resolve("SQSQueue") == {"AWSSQSQueue"}
    assert {"sqs", "lambda", "ec2"} <= set(catalogue.services())


@pytest.fixture
def quick(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Compiling takes no time here; what it was called for is counted."""
    compiled: list[str] = []

    def compile_catalogue() -> Catalogue:
        compiled.append("compiled")
        return catalogue

    monkeypatch.setattr(loader, "compile_catalogue", compile_catalogue)
    return compiled


def test_the_cache_gives_back_what_the_models_gave(
    tmp_path: Path, catalogue: Catalogue, quick: list[str]
) -> None:
    loader.load_catalogue(tmp_path)
    assert loader.load_catalogue(tmp_path) == catalogue
    assert quick == ["compiled"]


def test_a_damaged_cache_is_made_anew(
    tmp_path: Path, catalogue: Catalogue, quick: list[str]
) -> None:
    loader.load_catalogue(tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(b'{"resources": [')
    assert loader.load_catalogue(tmp_path) == catalogue
    assert quick == ["compiled", "compiled"]


def test_a_cache_of_another_version_is_taken_away(tmp_path: Path, quick: list[str]) -> None:
    old = tmp_path / "aws-0123456789.json"
    old.write_text("{}")
    loader.load_catalogue(tmp_path)
    assert not old.exists()


def test_a_cache_that_cannot_be_written_is_done_without(
    tmp_path: Path, catalogue: Catalogue, quick: list[str]
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    assert loader.load_catalogue(in_the_way / "cache") == catalogue


def test_the_vocabulary_loads_from_the_cache_without_an_sdk(
    tmp_path: Path, quick: list[str]
) -> None:
    loader.load_catalogue(tmp_path)
    script = (
        "import sys, pathlib\n"
        "from cloudwarden.providers.aws.loader import load_catalogue\n"
        f"load_catalogue(pathlib.Path({str(tmp_path)!r})).registry()\n"
        "print(sorted({'botocore', 'jmespath'} & set(sys.modules)))\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_reading_an_unknown_type_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(UsageError, match="AWSNothing"):
        catalogue.reader(Scope("aws", "1", "eu-west-1", "AWSNothing"))


def test_a_scope_is_read_by_its_declaration(catalogue: Catalogue) -> None:
    steps = catalogue.reader(Scope("aws", "1", "eu-west-1", "AWSSQSQueue"))
    assert [request.operation for request in next(steps)] == ["sqs:ListQueues"]


BROKEN = """
from cloudwarden.providers.aws.declarations import Call, Resource

ALIAS = "AWSBroken"

RESOURCES = (
    Resource(
        label="AWSBroken",
        list=Call("sqs:ListQueues", items="QueueUrl[]", bind="QueueUrl"),
        id="QueueUrl",
    ),
)
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    name = "broken_declaration_" + str(abs(hash(request.node.name)))
    monkeypatch.setattr(services, "__path__", [*services.__path__, str(tmp_path)])
    (tmp_path / f"{name}.py").write_text(BROKEN)
    return f"{services.__name__}.{name}"


def test_a_problem_names_file_line_and_reason(module: str, tmp_path: Path) -> None:
    _, (problem,) = loader.check([module])
    name = module.rpartition(".")[2]
    assert problem.where == f"{tmp_path / name}.py:8"
    assert "QueueUrl" in problem.reason
    assert "did you mean QueueUrls?" in problem.reason


def test_a_module_that_cannot_be_imported_is_a_problem(module: str, tmp_path: Path) -> None:
    (tmp_path / f"{module.rpartition('.')[2]}.py").write_text("import nothing_of_that_name")
    _, (problem,) = loader.check([module])
    assert "cannot be imported" in problem.reason


def test_a_wrong_declaration_stops_loading(module: str, tmp_path: Path) -> None:
    assert module in loader.declared_modules()
    with pytest.raises(DeclarationError, match="did you mean QueueUrls"):
        loader.load_catalogue(tmp_path / "cache")


def test_the_lint_command_prints_problems_and_what_a_module_brings(
    module: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert loader.main([module.rpartition(".")[2]]) == 1
    assert "did you mean QueueUrls?" in capsys.readouterr().err
    assert loader.main(["sqs"]) == 0
    printed = capsys.readouterr().out
    assert "AWSSQSQueue  (sqs:ListQueues)" in printed
    assert "visibility_timeout: integer  [sqs:GetQueueAttributes]" in printed


def test_the_lint_command_refuses_an_unknown_module(capsys: pytest.CaptureFixture[str]) -> None:
    assert loader.main(["nothing"]) == 2
    assert "services/nothing.py" in capsys.readouterr().err
