"""Runs the service in a child process and translates through its HTTP API, so that a score is what a user would get.

Training never imports the service: it talks to it as any client does (docs/decisions/0003).
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from training.child import child

MAX_TEXTS_PER_REQUEST = 32
START_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 30.0
REQUEST_TIMEOUT_S = 300.0

# The service is on this machine: a proxy from the environment would only be in the way.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ServiceError(Exception):
    """The service did not start, or did not answer as its API promises."""


def serve_command(artifact: Path | None, port: int) -> list[str]:
    """The command line that serves `artifact`, or the default ones, on this machine's `port`."""
    named = [] if artifact is None else ["--artifact", str(artifact)]
    return [sys.executable, "-m", "service", "serve", *named, "--host", "127.0.0.1", "--port", str(port)]


def free_port() -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_service(command: Sequence[str], port: int, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run `command`, wait until it is ready on `port`, and yield its base URL; stopped on leaving, by a signal too.

    `settings` are `DRAGOMAN_*` variables; the caller's own do not count, so that what is scored is what is said here.

    Raises:
        ServiceError: it ended or was not ready within `START_TIMEOUT_S`; the message carries the end of its output.
    """
    url = f"http://127.0.0.1:{port}"
    others = {name: value for name, value in os.environ.items() if not name.startswith("DRAGOMAN_")}
    with tempfile.TemporaryFile() as output:

        def start() -> subprocess.Popen[bytes]:
            return subprocess.Popen(command, stdout=output, stderr=output, env=others | dict(settings or {}))

        with child(start, _stop) as process:
            if not _becomes_ready(process, url):
                output.seek(0)
                tail = output.read()[-2000:].decode(errors="replace")
                raise ServiceError(f"the service is not ready (exit status {process.poll()}); it said:\n{tail}")
            yield url


def translate_served(url: str, texts: Sequence[str], source: str, target: str) -> list[str]:
    """Translations of `texts` by the service at `url`, in order.

    Raises:
        ServiceError: a request failed, or a text came back with an error.
    """
    translations: list[str] = []
    for start in range(0, len(texts), MAX_TEXTS_PER_REQUEST):
        batch = texts[start : start + MAX_TEXTS_PER_REQUEST]
        translations.extend(_translate_batch(url, batch, source, target))
    return translations


def served_hashes(url: str) -> list[str]:
    """The hashes of the artifacts that the service at `url` has, in its order.

    Raises:
        ServiceError: it does not say.
    """
    return [model["hash"] for model in _ask(f"{url}/v1/models", "models")]


def _translate_batch(url: str, texts: Sequence[str], source: str, target: str) -> list[str]:
    body = json.dumps({"texts": list(texts), "source": source, "target": target}).encode()
    answers = _ask(f"{url}/v1/translate", "translations", body)
    failures = [answer["error"] for answer in answers if answer["text"] is None]
    if failures or len(answers) != len(texts):
        why = f", the first with {_told({'error': failures[0]})}" if failures else ""
        raise ServiceError(f"{len(texts)} texts got {len(answers)} answers, of which {len(failures)} failed{why}")
    return [answer["text"] for answer in answers]


def _ask(url: str, field: str, body: bytes | None = None) -> list[dict[str, Any]]:
    """The list `field` of what `url` answers; raises ServiceError, in words."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"} if body else {})
    try:
        with _opener.open(request, timeout=REQUEST_TIMEOUT_S) as response:
            answers: list[dict[str, Any]] = json.load(response)[field]
    except urllib.error.HTTPError as error:
        raise ServiceError(f"{url} answered {error.code}: {_said(error)}") from error
    except urllib.error.URLError as error:
        raise ServiceError(f"{url} cannot be reached: {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:
        raise ServiceError(f"{url} did not answer to the end: {error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ServiceError(f"the answer of {url} is no JSON with {field}") from error
    return answers


def _said(answer: urllib.error.HTTPError) -> str:
    """What the body of an error says: its message, or the beginning of whatever it is."""
    try:
        body = answer.read()
    except (OSError, http.client.HTTPException):
        return "(not to the end)"
    try:
        return _told(json.loads(body))
    except (ValueError, KeyError, TypeError):
        return body[:200].decode(errors="replace")


def _told(failed: dict[str, Any]) -> str:
    error = failed["error"]
    return f"{error['code']}: {error['message']}" if "message" in error else str(error["code"])


def _becomes_ready(process: subprocess.Popen[bytes], url: str) -> bool:
    deadline = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        if _is_ready(url):
            return True
        time.sleep(0.1)
    return False


def _is_ready(url: str) -> bool:
    try:
        with _opener.open(f"{url}/readyz", timeout=5.0) as response:
            ready: bool = response.status == 200
            return ready
    except OSError:
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
