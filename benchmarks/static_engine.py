"""Batching as most servers do it: wait for company, translate the batch to its end, then take the next one.

It computes with the service's own runner, so that a comparison with the service's engine shows what batching is worth
and nothing else.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch

from service.artifact import Artifact
from service.engine.async_engine import Arrivals, in_order
from service.engine.errors import EngineFault
from service.engine.options import EngineOptions
from service.engine.precision import AUTO
from service.engine.rehearsal import rehearse
from service.engine.result import Hypothesis, Outcome, Result, Timing
from service.engine.runner import Runner
from service.engine.segment import Lane, Priority, Segment


class StaticRunner:
    """Translates a batch of segments, from its first token to its last."""

    def __init__(self, artifact: Artifact, max_batch: int, num_threads: int = 1, precision: str = AUTO) -> None:
        self.artifact = artifact
        beam_size = artifact.config.search.beam_size
        self._lane = Lane(artifact.name, beam_size, Priority.INTERACTIVE)
        options = EngineOptions((beam_size,), max_rows=max_batch, num_threads=num_threads, precision=precision)
        self._runner = Runner([artifact], options)

    def start(self) -> None:
        """Allocate, reproduce the samples and so warm up."""
        self._runner.start()
        rehearse(self._runner, self._lane)

    def translate(self, segments: Sequence[Segment]) -> list[tuple[Hypothesis, ...]]:
        """The hypotheses of each of `segments`, all of the artifact's beam size."""
        found = self.find(segments)
        self.clear(len(segments))
        return found

    def find(self, segments: Sequence[Segment]) -> list[tuple[Hypothesis, ...]]:
        """Do the same, but leave the rows in use, so that nobody waits for them to be released."""
        self._runner.admit(self._lane, segments)
        self._runner.step(self._lane, max(segment.max_length for segment in segments))
        return self._runner.best(self._lane, range(len(segments)), segments)

    def clear(self, num_rows: int) -> None:
        """Release the rows of the last batch, of `num_rows`."""
        self._runner.release(self._lane, range(num_rows))


@dataclass(frozen=True, slots=True)
class _Waiting:
    segment: Segment
    deliver: Callable[[Outcome], object]


class StaticEngine:
    """A thread that translates batches of at most `max_batch`; the first of each waits at most `wait_s` for others."""

    def __init__(self, runner: StaticRunner, max_batch: int, wait_s: float) -> None:
        self._runner = runner
        self._max_batch = max_batch
        self._wait_s = wait_s
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="static engine", daemon=True)
        self._started = threading.Event()
        self._failure: Exception | None = None

    def start(self) -> None:
        """Start the thread and wait until it can translate; raises what prevented it."""
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Finish what was submitted, and end."""
        self._queue.put(None)
        self._thread.join()

    async def translate(self, segments: Sequence[Segment]) -> list[Outcome]:
        """One outcome per segment, in order."""
        return await in_order(self.stream(segments))

    def stream(self, segments: Sequence[Segment]) -> Arrivals:
        """The outcomes of `segments`, submitted now, in order of completion."""
        arrivals, loop = Arrivals(len(segments)), asyncio.get_running_loop()
        for index, segment in enumerate(segments):
            self.submit(segment, partial(_arrive, loop, arrivals, index))
        return arrivals

    def submit(self, segment: Segment, deliver: Callable[[Outcome], object]) -> None:
        """Translate `segment`, and call `deliver` with its outcome on the engine's thread."""
        self._queue.put(_Waiting(segment, deliver))

    @torch.inference_mode()
    def _run(self) -> None:
        try:
            self._runner.start()
        except Exception as error:
            self._failure = error
            return
        finally:
            self._started.set()
        while (batch := self._next_batch()) is not None:
            try:
                found = self._runner.find([each.segment for each in batch])
            except Exception as error:
                for each in batch:
                    each.deliver(EngineFault(str(error)))
                continue
            for each, hypotheses in zip(batch, found, strict=True):
                each.deliver(Result(hypotheses, Timing(0.0, 0.0, 0.0)))
            self._runner.clear(len(batch))

    def _next_batch(self) -> list[_Waiting] | None:
        """Who is translated next; None at the end."""
        first = self._queue.get()
        if first is None:
            return None
        batch, until = [first], time.monotonic() + self._wait_s
        while len(batch) < self._max_batch:
            try:
                waits_s = max(0.0, until - time.monotonic())
                each = self._queue.get(timeout=waits_s) if waits_s > 0.0 else self._queue.get_nowait()
            except queue.Empty:
                break
            if each is None:
                self._queue.put(None)
                break
            batch.append(each)
        return batch


def _arrive(loop: asyncio.AbstractEventLoop, arrivals: Arrivals, index: int, outcome: Outcome) -> None:
    loop.call_soon_threadsafe(arrivals.put, index, outcome)
