"""The command line: every stage is there, and what the user can mend is one line."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.training.tiny_corpus import make_run
from tests.training.toy_run import write_config
from training import cli
from training.prepare import prepare_data


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


PREPARED = {  # what of prepared data is damaged, and what is said of it
    "manifest.json": (b"{", "manifest.json cannot be used: Expecting property name"),
    "manifest.json of another kind": (
        b'{"shards": []}',
        "manifest.json cannot be used: it has no corpus, subword, pairs,",
    ),
    "subword.spm": (b"no model at all", "subword.spm cannot be used: "),
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("cli")
    config = make_run(root / "raw")
    write_config(root / "run.yaml", config)
    prepare_data(config, root / "data")
    return root


@pytest.mark.parametrize(("name", "content", "message"), [(n, *values) for n, values in PREPARED.items()], ids=PREPARED)
def test_damaged_data_is_one_line(
    prepared: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: bytes,
    message: str,
) -> None:
    data = tmp_path / "data"
    shutil.copytree(prepared / "data", data)
    (data / name.split()[0]).write_bytes(content)
    run = ["train", str(prepared / "run.yaml"), "--data", str(data), "--output", str(tmp_path / "run")]
    assert run_main(monkeypatch, *run) == 2
    assert_one_line(capsys, f"error: {data}/{message}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, " cannot be read: No such file or directory"),
        ("directory", " cannot be read: Is a directory"),
        (b"name: M\xfcller", ": 'utf-8' codec can't decode byte 0xfc"),
        (b"name: [", ": while parsing a flow node expected"),
        (b"name: 2024-13-45", ": a value is not what its form or tag says: month must be in 1..12"),
        (b"name: !!bool x", ": a value is not what its form or tag says: 'x'"),
        (b"name: !!timestamp x", ": a value is not what its form or tag says: "),
        (b"name: " + b"[" * 3000, ": values lie too deep within each other"),
    ],
)
@pytest.mark.parametrize("stage", ["train", "ablate"])
def test_a_configuration_that_cannot_be_read_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    stage: str,
    content: bytes | str | None,
    message: str,
) -> None:
    path = tmp_path / "run.yaml"
    if isinstance(content, str):
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    data = ["--data", str(tmp_path)] if stage == "train" else []
    assert run_main(monkeypatch, stage, str(path), *data, "--output", str(tmp_path / "run")) == 2
    assert_one_line(capsys, f"error: {path}{message}")


@pytest.mark.parametrize("stage", ["evaluate", "translate", "tune"])
def test_an_output_that_cannot_be_written_is_told_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], stage: str
) -> None:
    """None of the inputs exists: they were not looked at yet."""
    languages = ["--source-language", "en", "--target-language", "de"]
    arguments = {
        "evaluate": ["--source", "none", "--reference", "none", *languages],
        "translate": ["--checkpoint", "none", "--data", "none", "--source", "none", *languages],
        "tune": ["none.yaml", "--checkpoint", "none", "--data", "none"],
    }[stage]
    (tmp_path / "file").write_text("")
    assert run_main(monkeypatch, stage, *arguments, "--output", str(tmp_path)) == 2
    assert_one_line(capsys, f"error: {tmp_path}: Is a directory")
    assert run_main(monkeypatch, stage, *arguments, "--output", str(tmp_path / "file" / "out")) == 2
    assert_one_line(capsys, f"error: {tmp_path}/file")


def test_a_rank_that_is_no_number_is_one_line(
    prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RANK", "first")
    run = ["train", str(prepared / "run.yaml"), "--data", str(prepared / "data"), "--output", str(tmp_path / "run")]
    assert run_main(monkeypatch, *run) == 2
    assert_one_line(capsys, "error: the environment variable RANK is 'first'; it must be a number, as torchrun sets it")


def assert_one_line(capsys: pytest.CaptureFixture[str], beginning: str) -> None:
    message = capsys.readouterr().err
    assert message.startswith(beginning)
    assert message.count("\n") == 1
