"""A `dragoman serve` whose log is read while it runs."""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from training.child import child
from training.served import serve_command

LISTENING, READY = "listening on ", "ready"
_TIMEOUT_S = 180.0
_LOOK_S = 0.005


class Process:
    """The service from its start on, whether or not it is ready."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log
        self._started = time.perf_counter()

    @property
    def pid(self) -> int:
        """The id of its process."""
        return self._process.pid

    @property
    def url(self) -> str:
        """Where it listens; to be asked for when it does."""
        [port] = {entry["port"] for entry in self.entries() if "port" in entry}
        return f"http://127.0.0.1:{port}"

    def entries(self) -> list[dict[str, Any]]:
        """The complete lines of its log."""
        lines = self._log.read_text(encoding="utf-8").split("\n")[:-1]
        return [json.loads(line) for line in lines if line.startswith("{")]

    def seconds_until(self, beginning: str) -> float:
        """Wait until a message that begins so is in the log; seconds since the start.

        Raises:
            RuntimeError: the service has ended, or has not said so in three minutes.
        """
        while not any(entry["message"].startswith(beginning) for entry in self.entries()):
            if self._process.poll() is not None or time.perf_counter() - self._started > _TIMEOUT_S:
                tail = self._log.read_text(encoding="utf-8")[-2000:]
                raise RuntimeError(f"no {beginning!r} from the service, exit status {self._process.poll()}:\n{tail}")
            time.sleep(_LOOK_S)
        return time.perf_counter() - self._started

    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def resident_bytes(self) -> int:
        """What it has in memory."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
        return int(line.split()[1]) * 1024


@contextmanager
def started(artifact: Path | None, settings: Mapping[str, str] | None = None) -> Iterator[Process]:
    """Start the service of `artifact`, or of the default ones, with `settings` and no others; killed at the end."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("DRAGOMAN_")}
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory) / "log"
        with log.open("wb") as stderr:
            environment = others | dict(settings or {})

            def start() -> subprocess.Popen[bytes]:
                command = serve_command(artifact, 0)
                return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr, env=environment)

            with child(start, _kill) as process:
                yield Process(process, log)


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
