"""CUDA as replaying sees it: graphs that are recorded and replayed, and a second stream."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

_NUM_WARMING = 3  # runs before a recording: torch's compiler looks at the first two


class Cuda:
    """The current stream of the calling thread, and one beside it. For one thread."""

    def __init__(self) -> None:
        self._beside = torch.cuda.Stream()
        self._pool = torch.cuda.graph_pool_handle()  # graphs run one at a time and leave nothing in it

    def record(self, step: Callable[[], None]) -> Callable[[], None]:
        """Capture `step` as a graph; raises RuntimeError if it asks the host for something."""
        main = torch.cuda.current_stream()
        self._beside.wait_stream(main)
        with torch.cuda.stream(self._beside):
            for _ in range(_NUM_WARMING):
                step()
        main.wait_stream(self._beside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool, capture_error_mode="thread_local"):
            step()
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
