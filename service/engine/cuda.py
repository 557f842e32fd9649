"""CUDA as replaying sees it: graphs that are recorded and replayed, and a second stream."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import torch
from torch import Tensor

_NUM_WARMING = 3  # runs before a recording: torch's compiler looks at the first two

# A process may hold two engines, while artifacts are reloaded, and records one graph at a time.
_recording = threading.Lock()


class RecordingFailed(RuntimeError):
    """A step cannot be recorded; the message says why. What is left of the recording may be in the way of others."""


class Cuda:
    """The current stream of the calling thread, and one beside it. For one thread."""

    def __init__(self) -> None:
        self._beside = torch.cuda.Stream()
        self._recorder = torch.cuda.Stream(priority=-1)  # out of another pool, so that it is nobody else's
        self._pool = torch.cuda.graph_pool_handle()  # graphs run one at a time and leave nothing in it

    def record(self, step: Callable[[], None]) -> Callable[[], None]:
        """Capture `step` as a graph.

        Raises:
            RecordingFailed: `step` asks the host for something, or there is no room.
        """
        main, graph = torch.cuda.current_stream(), torch.cuda.CUDAGraph()
        with _recording, torch.cuda.stream(self._recorder):
            self._recorder.wait_stream(main)
            for _ in range(_NUM_WARMING):
                step()
            self._recorder.synchronize()
            graph.capture_begin(pool=self._pool, capture_error_mode="thread_local")
            try:
                step()
                graph.capture_end()
            except RuntimeError as error:
                with suppress(RuntimeError):  # it says no more than that something failed before
                    graph.capture_end()
                raise RecordingFailed(f"a step of the search cannot be recorded: {error}") from error
        main.wait_stream(self._recorder)
        return graph.replay

    @contextmanager
    def beside(self, *inputs: Tensor) -> Iterator[None]:
        """Launch on the second stream, after what the first one has to do for `inputs`."""
        self._beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self._beside):
            for each in inputs:
                each.record_stream(self._beside)
            yield

    def join(self) -> None:
        """Let the current stream wait for the second one."""
        torch.cuda.current_stream().wait_stream(self._beside)

    def wait(self) -> None:
        """Wait for the current stream."""
        torch.cuda.current_stream().synchronize()
