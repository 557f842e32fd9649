"""The search of one lane on a device: steps are recorded once for every bucket of rows, and replayed.

To launch the hundred small operations of a step takes a host longer than a device computes them. A recorded step costs
one launch; a visit's steps run one after the other without the host, who waits for them once. Meanwhile the host
launches the encoding of newcomers beside them, and these have their rows after the visit.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Protocol

import torch
from torch import Tensor

from service.engine.border import Found, KeptOnDevice

Newcomers = tuple[Tensor, Tensor, Tensor, Tensor]  # ids [n, S], lengths [n], max_lengths [n], num_best [n]


class Device(Protocol):
    """What replaying needs of a device; `service.engine.cuda.Cuda` has it."""

    def record(self, step: Callable[[], None]) -> Callable[[], None]:
        """Run `step` for warm-up, record it, and return what replays it."""
        ...

    def beside(self, *inputs: Tensor) -> AbstractContextManager[None]:
        """Launch what is within beside what was launched before; it may read `inputs`."""
        ...

    def join(self) -> None:
        """Let what is launched from now on come after what was launched beside."""
        ...

    def wait(self) -> None:
        """Wait for everything that was launched."""
        ...


class Replayed:
    """`service.engine.border.Kept` over recorded steps."""

    def __init__(self, kept: KeptOnDevice, sizes: Sequence[int], device: Device, place: torch.device) -> None:
        """Record steps of `kept`, whose arena on `place` is empty, for each number of rows in `sizes`, ascending."""
        self._kept = kept
        self._device = device
        self._clock = torch.zeros([1], dtype=torch.int64, device=place)
        self._replays = {n: device.record(partial(kept.kept_device_step, n, self._clock)) for n in sizes}
        self._clock.zero_()  # recording has run steps, of rows that nobody has had
        self._num_rows = 0
        self._waiting: list[Newcomers] = []
        self._coming: Newcomers | None = None

    def kept_admit(self, ids: Tensor, lengths: Tensor, max_lengths: Tensor, num_best: Tensor) -> None:
        """Let newcomers, `ids` [n, S], have rows: now where none is in use, else after the next steps."""
        self._waiting.append((ids, lengths, max_lengths, num_best))
        if self._num_rows == 0:
            self._encode()
            self._enter()
            self._device.wait()

    def kept_step(self, num_steps: int) -> Tensor:
        """Advance every row in use by `num_steps` tokens and wait for them; meanwhile launch what encodes newcomers.

        Returns True [rows in use] where a row is done; who was encoded meanwhile has one now.
        """
        replay = self._replays[min(n for n in self._replays if n >= self._num_rows)]
        for _ in range(num_steps):
            replay()
        self._kept.kept_stepped(num_steps)
        self._encode()
        self._device.wait()
        self._enter()
        return self._kept.kept_finished()

    def kept_best(self, rows: Tensor, num_best: int) -> Found:
        """Read the hypotheses of `rows` [R]."""
        return self._kept.kept_best(rows, num_best)

    def kept_release(self, rows: Tensor) -> None:
        """Free `rows` [R]."""
        self._encode()
        self._enter()
        self._kept.kept_release(rows)
        self._num_rows -= rows.size(0)

    def _encode(self) -> None:
        """Launch what encodes those who wait; of several groups, all but the last have their rows at once."""
        waiting, self._waiting = self._waiting, []
        for newcomers in waiting:
            self._enter()
            ids, lengths, _, _ = self._coming = newcomers
            with self._device.beside(ids, lengths):
                self._kept.kept_encode(ids, lengths)

    def _enter(self) -> None:
        if self._coming is None:
            return
        (_, _, max_lengths, num_best), self._coming = self._coming, None
        self._device.join()
        self._kept.kept_enter(max_lengths, num_best)
        self._num_rows += max_lengths.size(0)


def buckets(capacity: int) -> list[int]:
    """Numbers of rows that steps are recorded for, ascending: powers of two, and all."""
    return [*(2**k for k in range(capacity.bit_length()) if 2**k < capacity), capacity]
