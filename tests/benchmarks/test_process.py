"""A service that a benchmark or the gate has started ends with it, also where a signal ends them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from training.child import child

SLEEPER = "import os, pathlib, sys, time; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); time.sleep(600)"
# What a test runs in a process of its own; `sys.argv[1]` is where the service's id is to be written.
BENCHMARK = """
import pathlib, sys, time
from benchmarks.process import started
with started(pathlib.Path("nowhere")) as service:
    pathlib.Path(sys.argv[1]).write_text(str(service.pid))
    time.sleep(600)
"""
GATE = f"""
import sys
from training.served import running_service
with running_service([sys.executable, "-c", {SLEEPER!r}, sys.argv[1]], 1):
    raise SystemExit("it never becomes ready")
"""
SEVERAL = """
import pathlib, sys, time
from contextlib import ExitStack
from benchmarks.process import started
with ExitStack() as stack:
    services = [stack.enter_context(started(pathlib.Path("nowhere"))) for _ in range(3)]
    pathlib.Path(sys.argv[1]).write_text(" ".join(str(service.pid) for service in services))
    time.sleep(600)
"""
IN_A_LOOP = """
import asyncio, pathlib, sys
from benchmarks.process import started
with started(pathlib.Path("nowhere")) as service:
    pathlib.Path(sys.argv[1]).write_text(str(service.pid))
    asyncio.run(asyncio.sleep(600))
"""
HEEDFUL = "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"  # whoever runs the tests may ignore it
PATIENCE_S = 120.0


def await_ids(file: Path, program: subprocess.Popen[bytes]) -> list[int]:
    ends_at = time.monotonic() + PATIENCE_S
    while not (file.exists() and file.read_text()):
        assert program.poll() is None
        assert time.monotonic() < ends_at
        time.sleep(0.01)
    return [int(number) for number in file.read_text().split()]


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("program", [BENCHMARK, GATE, SEVERAL, IN_A_LOOP], ids=["bench", "gate", "several", "loop"])
def test_no_service_outlives_a_program_that_a_signal_ends(program: str, number: signal.Signals, tmp_path: Path) -> None:
    file = tmp_path / "ids"
    with subprocess.Popen([sys.executable, "-c", HEEDFUL + program, str(file)], stderr=subprocess.DEVNULL) as running:
        try:
            services = await_ids(file, running)
            running.send_signal(number)
            assert running.wait(PATIENCE_S) == 128 + number
            left = [pid for pid in services if is_running(pid)]
            for pid in left:
                os.kill(pid, signal.SIGKILL)
            assert left == []
        finally:
            running.kill()


class FakeProcess:
    """Counts how often it was stopped."""

    num_stops = 0


def use(start: Callable[[], FakeProcess], stop: Callable[[FakeProcess], None], when: str) -> None:
    with child(start, stop):  # type: ignore[arg-type]  # nothing else is asked of a process
        if when == "body":
            signal.raise_signal(signal.SIGTERM)


@pytest.mark.parametrize("when", ["start", "body", "stop"])
def test_a_signal_at_any_time_stops_what_was_started_once(when: str) -> None:
    process = FakeProcess()
    former = signal.getsignal(signal.SIGTERM)

    def start() -> FakeProcess:
        if when == "start":
            signal.raise_signal(signal.SIGTERM)
        return process

    def stop(stopped: FakeProcess) -> None:
        if when == "stop":
            signal.raise_signal(signal.SIGTERM)
        stopped.num_stops += 1

    with pytest.raises(SystemExit) as raised:
        use(start, stop, when)
    assert raised.value.code == 128 + signal.SIGTERM
    assert process.num_stops == 1
    assert signal.getsignal(signal.SIGTERM) is former


def test_a_signal_that_is_ignored_stays_so() -> None:
    former = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with child(FakeProcess, lambda process: None):  # type: ignore[arg-type]  # nothing else is asked of a process
            signal.raise_signal(signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, former)


def test_a_fault_at_the_start_leaves_the_signals_as_they_were() -> None:
    former = signal.getsignal(signal.SIGTERM)

    def start() -> subprocess.Popen[bytes]:
        raise FileNotFoundError

    with pytest.raises(FileNotFoundError), child(start, lambda process: None):
        pass
    assert signal.getsignal(signal.SIGTERM) is former
