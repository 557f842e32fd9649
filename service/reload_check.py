"""The operator's judgement of a candidate: a command that must end with exit status 0 before a reload."""

import asyncio
import logging
import os
import re
import shlex
import shutil
import signal
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_PLACEHOLDERS = ("candidate", "serving")
_MAX_OUTPUT_BYTES = 8192
_STOP_TIMEOUT_S = 10.0


class CheckRefused(Exception):
    """The command does not want the candidate, or could not say; the message tells what it said last."""


def parse_command(text: str) -> tuple[str, ...]:
    """The arguments of a command line, as a shell would split it; no shell runs it.

    Raises:
        ValueError: a quote is open, the program cannot be found, or a placeholder is unknown or missing.
    """
    arguments = tuple(shlex.split(text))
    for name in _PLACEHOLDER.findall(text):
        if name not in _PLACEHOLDERS:
            raise ValueError(f"{{{name}}} stands for nothing; {' and '.join(map(_braced, _PLACEHOLDERS))} do")
    if arguments and shutil.which(arguments[0]) is None:
        raise ValueError(f"there is no program {arguments[0]!r} that can be run")
    if arguments and not any("{candidate}" in argument for argument in arguments[1:]):
        raise ValueError("without {candidate} the command cannot know what to check")
    return arguments


class ReloadCheck:
    """Runs `command` on candidates, for at most `timeout_s` each; an empty command accepts all of them."""

    def __init__(self, command: tuple[str, ...], timeout_s: float) -> None:
        self._command = command
        self._timeout_s = timeout_s
        self._is_abandoned = False
        self._running: asyncio.Task[None] | None = None

    async def judge(self, candidate: Path, serving: Path) -> None:
        """Run the command on the artifact in `candidate`, which is to replace the one in `serving`.

        Raises:
            CheckRefused: it ended with another exit status than 0, or not in time, or not before `abandon`.
        """
        if not self._command:
            return
        if self._is_abandoned:
            raise CheckRefused("the service is stopping")
        names = {"candidate": str(candidate), "serving": str(serving)}
        arguments = [_PLACEHOLDER.sub(lambda found: names[found[1]], each) for each in self._command]
        self._running = asyncio.create_task(self._run(arguments))
        try:
            await self._running
        except asyncio.CancelledError:
            if not self._is_abandoned:
                raise
            raise CheckRefused("the service is stopping") from None

    def abandon(self) -> None:
        """End the command that runs, and start no other: the service stops."""
        self._is_abandoned = True
        if self._running is not None:
            self._running.cancel()

    async def _run(self, arguments: list[str]) -> None:
        log.info("the candidate is being checked", extra={"event": {"command": arguments}})
        try:
            process = await asyncio.create_subprocess_exec(
                *arguments, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, env=_environment(), start_new_session=True
            )
        except OSError as error:
            raise CheckRefused(f"its check cannot be run: {error}") from error
        try:
            async with asyncio.timeout(self._timeout_s):
                output = await _end_of_output(process)
                status = await process.wait()
        except TimeoutError:
            raise CheckRefused(f"its check took longer than {self._timeout_s:g} s") from None
        finally:
            await _end(process)
        log.info("the candidate was checked", extra={"event": {"exit_status": status, "output": output}})
        if status != 0:
            last = (output.splitlines() or ["no word"])[-1]
            raise CheckRefused(f"its check ended with exit status {status} and said last: {last}")


def _environment() -> Mapping[str, str]:
    """This process's environment without its settings: they hold secrets, and are meant for one service alone."""
    return {name: value for name, value in os.environ.items() if not name.upper().startswith("DRAGOMAN_")}


async def _end_of_output(process: Process) -> str:
    """Read all that the process writes, and keep the end of it."""
    assert process.stdout is not None
    kept = b""
    while chunk := await process.stdout.read(_MAX_OUTPUT_BYTES):
        kept = (kept + chunk)[-_MAX_OUTPUT_BYTES:]
    return kept.decode(errors="replace").strip()


async def _end(process: Process) -> None:
    """End a process that still runs, and what it has started: it leads a group of its own."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        try:
            await asyncio.wait_for(process.wait(), _STOP_TIMEOUT_S)
        except TimeoutError:
            log.warning("the check of a candidate does not end on %s", number.name)


def _braced(name: str) -> str:
    return f"{{{name}}}"
