"""Settings: from variables or flags, checked, frozen; each error names the variable."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from service.settings import DEFAULT_ARTIFACTS, SettingsError, read_settings


def test_the_default_artifacts_lie_in_the_repository() -> None:
    assert read_settings().artifacts == DEFAULT_ARTIFACTS
    assert [path.parts[-2:] for path in DEFAULT_ARTIFACTS] == [
        ("artifacts", "tatoeba-en-de"),
        ("artifacts", "tatoeba-en-fr-es"),
    ]
    assert all((path / "SHA256SUMS").is_file() for path in DEFAULT_ARTIFACTS)


@pytest.mark.parametrize("value", ["a,b", "a:b", " a , b ,", "a::b"])
def test_artifacts_are_a_list(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DRAGOMAN_ARTIFACTS", value)
    assert read_settings().artifacts == (Path("a"), Path("b"))


def test_beam_sizes_are_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_BEAM_SIZES", "1,4")
    assert read_settings().beam_sizes == (1, 4)


def test_a_flag_wins_over_its_variable_and_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_PORT", "9000")
    monkeypatch.setenv("DRAGOMAN_HOST", "")
    assert read_settings(port=9001, host=None).port == 9001
    assert read_settings(port=None).port == 9000
    assert read_settings().host == "127.0.0.1"


def test_a_file_says_what_variables_and_flags_do_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "dragoman.toml"
    path.write_text('host = "::1"\nport = 1\nmax_texts = 2\nbeam_sizes = [1, 4]\nartifacts = ["a", "b"]\n')
    monkeypatch.setenv("DRAGOMAN_SETTINGS_FILE", str(path))
    monkeypatch.setenv("DRAGOMAN_PORT", "2")
    monkeypatch.setenv("DRAGOMAN_MAX_TEXTS", "")
    settings = read_settings(host="127.0.0.2")
    assert (settings.host, settings.port, settings.max_texts) == ("127.0.0.2", 2, 2)
    assert (settings.beam_sizes, settings.artifacts) == ((1, 4), (Path("a"), Path("b")))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("port = ", "DRAGOMAN_SETTINGS_FILE: cannot read .*/dragoman.toml: Invalid value"),
        ("prot = 1", "DRAGOMAN_PROT in .*/dragoman.toml is no setting; did you mean DRAGOMAN_PORT?"),
        ("port = 65536", "DRAGOMAN_PORT: input should be less than or equal to 65535"),
        (None, "DRAGOMAN_SETTINGS_FILE: cannot read .*/dragoman.toml: No such file"),
    ],
)
def test_a_bad_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None, told: str) -> None:
    path = tmp_path / "dragoman.toml"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("DRAGOMAN_SETTINGS_FILE", str(path))
    with pytest.raises(SettingsError, match=told):
        read_settings()


def test_settings_do_not_change() -> None:
    settings = read_settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 1


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DRAGOMAN_PORT", "70000", "DRAGOMAN_PORT: input should be less than or equal to 65535"),
        ("DRAGOMAN_MAX_ROWS", "0", "DRAGOMAN_MAX_ROWS: input should be greater than or equal to 1"),
        ("DRAGOMAN_MAX_DEADLINE_S", "inf", "DRAGOMAN_MAX_DEADLINE_S: "),
        ("DRAGOMAN_BEAM_SIZES", "1,x", "DRAGOMAN_BEAM_SIZES: "),
        ("DRAGOMAN_ARTIFACTS", ",", "DRAGOMAN_ARTIFACTS: at least one artifact is needed"),
        ("DRAGOMAN_DEFAULT_DEADLINE_S", "700", "the limit, DRAGOMAN_MAX_DEADLINE_S, is 600"),
        ("DRAGOMAN_CANARY_INTERVAL_S", "31", "the limit, DRAGOMAN_MAX_PROOF_AGE_S, is 30"),
        ("DRAGOMAN_MAX_TEXT", "5", "DRAGOMAN_MAX_TEXT is no setting; did you mean DRAGOMAN_MAX_TEXTS?"),
        ("DRAGOMAN_XYZZY", "5", "DRAGOMAN_XYZZY is no setting"),
    ],
)
def test_what_cannot_be_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        read_settings()
    assert told in str(raised.value)
    assert name in str(raised.value)


def test_a_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_METRICS_TOKEN", "sesame")
    assert "sesame" not in repr(read_settings())
