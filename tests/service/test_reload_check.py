"""The operator's command decides on a candidate: in time, knowing what it must, and leaving nothing behind."""

import asyncio
import sys
import time
from pathlib import Path

import pytest

from service.reload_check import CheckRefused, ReloadCheck, parse_command
from service.settings import SettingsError, read_settings

CANDIDATE, SERVING = Path("/models/it's {serving}"), Path("/models/1")
PATIENCE_S = 60.0


def python(code: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code, "{candidate}", *arguments)


def judge(command: tuple[str, ...], timeout_s: float = PATIENCE_S) -> None:
    asyncio.run(ReloadCheck(command, timeout_s).judge(CANDIDATE, SERVING))


def test_exit_status_0_accepts() -> None:
    judge(python("pass"))


def test_without_a_command_everything_is_accepted() -> None:
    judge(())


def test_another_exit_status_refuses_with_its_last_words() -> None:
    with pytest.raises(CheckRefused, match="exit status 3 and said last: too bad"):
        judge(python("print('BLEU 3'); print('too bad'); raise SystemExit(3)"))


def test_it_is_told_the_two_directories_each_as_one_argument() -> None:
    with pytest.raises(CheckRefused) as refusal:
        judge(python("import sys; sys.exit(str(sys.argv[1:]))", "--than={serving}"))
    assert str(refusal.value).endswith(str([str(CANDIDATE), f"--than={SERVING}"]))


def test_it_does_not_see_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_METRICS_TOKEN", "secret")
    judge(python("import os; raise SystemExit(any(name.startswith('DRAGOMAN_') for name in os.environ))"))


def test_only_the_end_of_a_long_output_is_kept() -> None:
    with pytest.raises(CheckRefused, match=r"said last: x{1,8192}$"):
        judge(python("print('x' * 3_000_000); raise SystemExit(1)"))


def test_a_program_that_has_gone_refuses() -> None:
    with pytest.raises(CheckRefused, match="cannot be run"):
        judge(("/no/such/program", "{candidate}"))


def starts_a_child(pids: Path) -> tuple[str, ...]:
    """A command that neither it nor its child ends, whose process ids it writes down."""
    code = (
        "import os, pathlib, sys, time; os.fork(); open(sys.argv[2], 'a').write(f'{os.getpid()}\\n'); time.sleep(600)"
    )
    return python(code, str(pids))


def ids(pids: Path) -> list[str]:
    return pids.read_text().split() if pids.exists() else []


def is_running(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for_the_end_of(pids: list[str]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while any(map(is_running, pids)):
        assert time.monotonic() < deadline, pids
        time.sleep(0.01)


def test_what_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    with pytest.raises(CheckRefused, match="longer than 2 s"):
        judge(starts_a_child(pids), timeout_s=2.0)
    wait_for_the_end_of(ids(pids))


def test_a_service_that_stops_ends_the_check_and_starts_no_other(tmp_path: Path) -> None:
    pids = tmp_path / "pids"

    async def work() -> None:
        check = ReloadCheck(starts_a_child(pids), PATIENCE_S)
        judging = asyncio.create_task(check.judge(CANDIDATE, SERVING))
        while len(ids(pids)) < 2:
            await asyncio.sleep(0.01)
        check.abandon()
        for each in (judging, check.judge(CANDIDATE, SERVING)):
            with pytest.raises(CheckRefused, match="stopping"):
                await each

    asyncio.run(work())
    assert len(ids(pids)) == 2
    wait_for_the_end_of(ids(pids))


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("sh check.sh", "without {candidate}"),
        ("sh {candidat}", "{candidat} stands for nothing; {candidate} and {serving} do"),
        ("no-such-program {candidate}", "no program 'no-such-program'"),
        ("sh 'check {candidate}", "no closing quotation"),
    ],
)
def test_a_command_that_cannot_be_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, command: str, words: str
) -> None:
    monkeypatch.setenv("DRAGOMAN_RELOAD_CHECK", command)
    with pytest.raises(SettingsError) as fault:
        read_settings()
    assert str(fault.value).startswith("DRAGOMAN_RELOAD_CHECK: ")
    assert words in str(fault.value).lower()


def test_a_command_is_split_as_a_shell_would() -> None:
    assert parse_command("sh -c 'test -d \"$0\"' {candidate}") == ("sh", "-c", 'test -d "$0"', "{candidate}")
