"""The command's faults: one line that says what to mend, exit code 2, never a trace."""

import errno
import io
import json
import logging
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest

from service.cli import main
from service.logs import JsonFormatter
from tests.service.tiny_artifact import tiny_artifact, write_sums

EN_DE = ("--source", "en", "--target", "de")


@dataclass
class Ended:
    """How a command ended."""

    returncode: int
    stdout: bytes
    stderr: str


Run = Callable[..., Ended]


@pytest.fixture
def artifact() -> Path:
    return tiny_artifact()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Iterator[Run]:
    """Runs the command in this process: starting one takes seconds, most of them for torch."""

    def run_here(*arguments: str, stdin: bytes = b"", **settings: str) -> Ended:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["dragoman", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0
        sys.stdout.flush()
        told = capfdbinary.readouterr()
        return Ended(code, told.out, told.err.decode())

    yield run_here
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each.formatter, JsonFormatter)]:
        root.removeHandler(handler)  # of a service that was started: it writes to this test's standard error


def assert_plain_fault(ended: Ended) -> str:
    assert ended.returncode == 2, ended
    assert "Traceback" not in ended.stderr
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert ended.stderr.startswith("dragoman: ")
    assert ended.stdout == b""
    return ended.stderr


def test_check_says_that_an_artifact_is_well(run: Run, artifact: Path) -> None:
    ended = run("check", "--artifact", str(artifact))
    assert ended.returncode == 0, ended
    assert ended.stdout.decode().splitlines()[-1] == "ready to serve"


def test_the_version_tells_what_computes_and_what_serves(run: Run, artifact: Path) -> None:
    ended = run("--version", DRAGOMAN_ARTIFACTS=str(artifact))
    assert ended.returncode == 0
    name, torch, _, served = ended.stdout.decode().splitlines()
    assert (name, torch) == (f"dragoman {version('dragoman')}", f"torch {version('torch')}")
    assert served == f"artifact {artifact}"


def test_the_version_is_told_even_where_settings_are_wrong(run: Run) -> None:
    ended = run("--version", DRAGOMAN_PORT="x")
    assert ended.returncode == 0
    assert ended.stdout.decode().splitlines()[-1].startswith("artifact unknown: DRAGOMAN_PORT")


def test_a_full_disk_of_temporary_files_is_named(run: Run, artifact: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/tmp")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    ended = run("serve", "--artifact", str(artifact), DRAGOMAN_PORT="0")
    *log, told = ended.stderr.splitlines()  # detection is loaded while the service is starting already
    assert all(json.loads(line)["level"] == "info" for line in log)
    assert ended.returncode == 2
    assert told.startswith("dragoman: ")
    assert "No space left on device" in told
    assert "68 MB" in told
    assert "/tmp" in told


def test_models_lists_what_there_is(run: Run, artifact: Path) -> None:
    ended = run("models", DRAGOMAN_ARTIFACTS=str(artifact), COLUMNS="100")
    assert ended.returncode == 0, ended
    assert "tiny" in ended.stdout.decode()


@pytest.mark.parametrize(
    ("verb", "name"),
    [("check", "model.ts"), ("check", "subword.spm"), ("check", "config.json"), ("serve", "samples.jsonl")],
)
def test_a_flipped_byte_is_found(run: Run, artifact: Path, tmp_path: Path, verb: str, name: str) -> None:
    copy = shutil.copytree(artifact, tmp_path / "copy")
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    told = assert_plain_fault(run(verb, "--artifact", str(copy), DRAGOMAN_PORT="0"))
    assert name in told or "config.json" in told


def test_samples_that_are_not_reproduced_are_found(run: Run, artifact: Path, tmp_path: Path) -> None:
    copy = with_other_samples(artifact, tmp_path)
    assert "sample" in assert_plain_fault(run("check", "--artifact", str(copy)))


def test_an_artifact_that_is_not_there(run: Run, tmp_path: Path) -> None:
    assert "SHA256SUMS" in assert_plain_fault(run("check", "--artifact", str(tmp_path)))


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("DRAGOMAN_PORT", "many", "DRAGOMAN_PORT"),
        ("DRAGOMAN_MAX_TEXTS", "0", "DRAGOMAN_MAX_TEXTS"),
        ("DRAGOMAN_MAX_TEXT", "5", "did you mean DRAGOMAN_MAX_TEXTS?"),
        ("DRAGOMAN_ARTIFACTS", ",", "DRAGOMAN_ARTIFACTS"),
    ],
)
def test_a_bad_setting_is_named(run: Run, variable: str, value: str, told: str) -> None:
    assert told in assert_plain_fault(run("check", **{variable: value}))


def test_a_port_that_is_taken(run: Run, artifact: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert port in assert_plain_fault(run("serve", "--port", port, "--artifact", str(artifact)))


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("DRAGOMAN_DEVICE", "cuda", "device is cuda; "),
        ("DRAGOMAN_PRECISION", "int8", "precision is int8; it needs avx2 and fbgemm and mkldnn"),
    ],
)
def test_what_this_machine_cannot_do(
    run: Run, artifact: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, told: str
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.cpu.get_capabilities", dict[str, bool])
    arguments = ("serve", "--port", "0", "--artifact", str(artifact))
    assert told in assert_plain_fault(run(*arguments, **{variable: value}))


def test_a_language_that_is_not_served(run: Run, artifact: Path) -> None:
    ended = run("translate", "--source", "en", "--target", "tlh", "--artifact", str(artifact))
    assert "'tlh'" in assert_plain_fault(ended)


def test_a_service_that_is_not_there(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    ended = run("translate", *EN_DE, "--server", f"http://127.0.0.1:{port}", stdin=b"a\n")
    assert "does not answer" in assert_plain_fault(ended)


@pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1", "http://"])
def test_a_server_that_is_no_url(run: Run, url: str) -> None:
    assert "--server" in assert_plain_fault(run("translate", *EN_DE, "--server", url))


def test_input_that_is_not_utf_8(run: Run, artifact: Path) -> None:
    ended = run("translate", *EN_DE, "--artifact", str(artifact), stdin=b"\n\xff\n")
    assert (ended.returncode, "line 2" in ended.stderr, "Traceback" in ended.stderr) == (2, True, False)


def test_a_line_that_fails_is_reported_and_left_empty(run: Run, artifact: Path) -> None:
    given = b"Hello.\n" + b"x" * 30_000 + b"\nHello."
    ended = run("translate", *EN_DE, "--artifact", str(artifact), stdin=given)
    first, second, third = ended.stdout.split(b"\n")
    assert (ended.returncode, second) == (1, b"")
    assert first == third != b""
    assert "line 2" in ended.stderr


def test_a_line_ends_at_a_line_feed_and_nowhere_else(run: Run, artifact: Path) -> None:
    given = "a\rb\n\u2028\n\n\x0b\x0c\x85 c\r\nlast".encode()
    ended = run("translate", *EN_DE, "--artifact", str(artifact), stdin=given)
    assert ended.returncode == 0, ended
    assert ended.stdout.count(b"\n") == given.count(b"\n")
    lines = ended.stdout.decode().split("\n")
    assert (lines[1], lines[2], lines[3][-1]) == ("\u2028", "", "\r")


def test_the_output_may_be_a_file(run: Run, artifact: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.txt"
    arguments = ("translate", *EN_DE, "--artifact", str(artifact), "--beam-size", "1", "--output")
    ended = run(*arguments, str(file), stdin=b"Hello.\n")
    assert (ended.returncode, ended.stdout) == (0, b""), ended
    assert file.read_bytes().count(b"\n") == 1
    assert "out.txt" in assert_plain_fault(run(*arguments, str(tmp_path / "no" / "out.txt"), stdin=b"Hello.\n"))


@pytest.mark.parametrize("verb", [[], ["serve"], ["translate"], ["check"], ["models"]])
def test_help_has_examples(run: Run, verb: list[str]) -> None:
    ended = run(*verb, "--help", COLUMNS="100")
    assert ended.returncode == 0
    assert "Usage" in ended.stdout.decode()
    assert not verb or "Examples" in ended.stdout.decode()


def test_a_misspelt_option_is_a_usage_error(run: Run) -> None:
    ended = run("serve", "--prot", "1")
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr


def with_other_samples(artifact: Path, folder: Path) -> Path:
    """A copy whose samples say that it once translated otherwise."""
    copy = shutil.copytree(artifact, folder / "copy")
    samples = (copy / "samples.jsonl").read_text().replace('"target_ids": [', '"target_ids": [7, ')
    (copy / "samples.jsonl").write_text(samples)
    write_sums(copy)
    return copy
