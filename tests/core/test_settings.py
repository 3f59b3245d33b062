from __future__ import annotations

from pathlib import Path

import pytest

from cloudwarden.core.errors import ConfigurationError
from cloudwarden.core.settings import load_settings


def _write(folder: Path, text: str) -> Path:
    file = folder / "cloudwarden.toml"
    file.write_text(text)
    return file


def test_without_a_file_everything_has_a_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings(environment={"XDG_DATA_HOME": str(tmp_path / "data")})
    assert settings.data_dir == tmp_path / "data" / "cloudwarden"
    assert settings.database == f"sqlite:///{tmp_path}/data/cloudwarden/cloudwarden.db"
    assert settings.threads == 32


def test_a_variable_wins_over_the_file(tmp_path: Path) -> None:
    file = _write(tmp_path, 'threads = 4\nregions = ["eu-west-1"]\n')
    settings = load_settings(
        file, {"CLOUDWARDEN_THREADS": "8", "CLOUDWARDEN_EXCLUDE_SERVICES": "rds, sqs"}
    )
    assert settings.threads == 8
    assert settings.regions == ("eu-west-1",)
    assert settings.exclude_services == ("rds", "sqs")


def test_paths_in_the_file_are_relative_to_it(tmp_path: Path) -> None:
    settings = load_settings(_write(tmp_path, 'data_dir = "here"\npacks = ["mine"]\n'), {})
    assert settings.data_dir == tmp_path / "here"
    assert settings.packs == (tmp_path / "mine",)


def test_another_data_directory_brings_its_own_database_unless_one_was_named(
    tmp_path: Path,
) -> None:
    plain = load_settings(_write(tmp_path, ""), {}).with_data_dir(tmp_path / "other")
    assert plain.database == f"sqlite:///{tmp_path}/other/cloudwarden.db"
    named = load_settings(_write(tmp_path, 'database = "postgresql://db/cw"\n'), {})
    assert named.with_data_dir(tmp_path / "other").database == "postgresql://db/cw"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("threads = ", "is not valid TOML"),
        ("thread = 3", "did you mean 'threads'?"),
        ("threads = 0", "not a whole number above 0"),
        ("threads = true", "not a whole number above 0"),
        ('regions = "eu-west-1"', "not a list of texts"),
        ('exclude_regions = "("', "not a regular expression"),
        ('database = "mysql://x"', "sqlite:///path or postgresql://"),
        ('log_level = "loud"', "none of debug, info, warning, error"),
        ("[[accounts]]\nid = 111111111111", "needs its id, in quotes"),
        ('[[accounts]]\nid = "1"\nrole_ar = "x"', "did you mean 'role_arn'?"),
        ('[[accounts]]\nid = "1"\nenabled = "no"', "enabled is not a bool"),
        ('accounts = "1"', "[[accounts]] tables"),
    ],
)
def test_a_mistake_is_named_with_what_to_write_instead(
    tmp_path: Path, text: str, said: str
) -> None:
    file = _write(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        load_settings(file, {})
    assert said in str(caught.value)


def test_a_missing_file_that_was_named_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no configuration file"):
        load_settings(tmp_path / "none.toml", {})


def test_a_wrong_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="CLOUDWARDEN_THREADS"):
        load_settings(_write(tmp_path, ""), {"CLOUDWARDEN_THREADS": "many"})
