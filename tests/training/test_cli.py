"""The command line: every stage is there, and what the user can mend is one line."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from training import cli


def run_main(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    """The exit status of `dragoman-train ARGUMENTS`."""
    monkeypatch.setattr(sys, "argv", ["dragoman-train", *arguments])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    return stopped.value.code


@pytest.mark.parametrize("stage", list(cli.STAGES))
def test_every_stage_explains_itself(stage: str) -> None:
    result = CliRunner().invoke(cli.app, [stage, "--help"])
    assert result.exit_code == 0, result.output
    assert "Usage:" in result.output


def test_an_unknown_stage_is_a_usage_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_main(monkeypatch, "nonsense") == 2
    assert "No such command 'nonsense'" in capsys.readouterr().err


def test_an_error_of_the_user_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_main(monkeypatch, "fetch", "--corpus", "nonsense") == 2
    message = capsys.readouterr().err
    assert message.startswith("error: corpus nonsense is not known; known are multi30k")
    assert message.count("\n") == 1


def test_a_wrong_configuration_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run.yaml").write_text("nmae: x\n")
    assert run_main(monkeypatch, "prepare", str(tmp_path / "run.yaml"), "--output", str(tmp_path / "data")) == 2
    assert "nmae is not a known key" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()


def test_fetching_does_not_wait_for_torch() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from training import cli; "
        "CliRunner().invoke(cli.app, ['fetch', '--help']); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
