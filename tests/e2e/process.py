"""A real service: its own process, a real socket, a free port."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
START_S = 120.0


class Service:
    """A running `dragoman serve`."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log
        self.url = f"http://127.0.0.1:{self._await_port()}"

    def client(self, timeout_s: float = 60.0) -> httpx.Client:
        """A client of it."""
        return httpx.Client(base_url=self.url, timeout=timeout_s)

    def entries(self) -> list[dict[str, Any]]:
        """What it has logged; each line must be a JSON object."""
        return [json.loads(line) for line in self._log.read_text(encoding="utf-8").splitlines()]

    def entries_of_answered(self) -> list[dict[str, Any]]:
        """What it has logged, with all that it has answered before: an answer leaves before its line is written."""
        httpx.get(f"{self.url}/livez", timeout=60.0)
        return self.entries()

    def await_ready(self) -> None:
        """Wait until it says that it is ready."""
        self._until(lambda: httpx.get(f"{self.url}/readyz", timeout=10.0).status_code == 200)

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal to it."""
        self.process.send_signal(number)

    def await_exit(self, timeout_s: float = 60.0) -> int:
        """Its exit code."""
        return self.process.wait(timeout_s)

    def _await_port(self) -> int:
        found: list[int] = []

        def has_port() -> bool:
            found.extend(entry["port"] for entry in self.entries() if "port" in entry)
            return bool(found)

        self._until(has_port)
        return found[0]

    def _until(self, is_so: Any) -> None:
        ends_at = time.monotonic() + START_S
        while not is_so():
            assert self.process.poll() is None, self._log.read_text(encoding="utf-8")
            assert time.monotonic() < ends_at, self._log.read_text(encoding="utf-8")
            time.sleep(0.05)


def environment(**settings: str) -> dict[str, str]:
    """The environment of a child: ours without settings, and these."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DRAGOMAN_")}
    return {**inherited, "OMP_NUM_THREADS": "1", **settings}


@contextmanager
def running(artifact: Path | None, program: str | None = None, **settings: str) -> Iterator[Service]:
    """A service of `artifact`, or of the default ones, that has announced its port; killed at the end if it still runs.

    `program` is Python to run in place of `python -m service`.
    """
    start = ["-m", "service"] if program is None else ["-c", program]
    named = [] if artifact is None else ["--artifact", str(artifact)]
    command = [sys.executable, *start, "serve", "--port", "0", *named]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as stderr:
            process = subprocess.Popen(command, cwd=ROOT, stderr=stderr, env=environment(**settings))
        try:
            yield Service(process, log)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def dragoman(
    *arguments: str, stdin: bytes = b"", timeout_s: float = 120.0, **settings: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the command to its end."""
    command = [sys.executable, "-m", "service", *arguments]
    return subprocess.run(
        command, cwd=ROOT, input=stdin, capture_output=True, env=environment(**settings), timeout=timeout_s, check=False
    )
