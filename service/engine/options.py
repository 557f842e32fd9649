"""How the engine runs, whatever it translates."""

from dataclasses import dataclass

from service.engine.precision import PRECISIONS

DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True)
class EngineOptions:
    """Sizes, bounds and shares; checked on construction.

    beam_sizes: the served ones; empty stands for greedy and each artifact's default.
    max_rows: segments that run together in a lane; a quarter as many more make its reserve.
    max_waiting_tokens: the queue's bound, in source tokens.
    encode_tokens: padded source tokens encoded for newcomers in one visit of a lane; one segment may exceed it. While
        several clients are about, a quarter of them.
    visit_s, max_steps: a visit runs as many steps as take about `visit_s`, at most `max_steps`.
    bulk_share: bulk's part of the time while interactive work is there too.
    quantum_tokens: what each client may spend in a round of its lane's queue.
    heartbeat_s: how often an idle engine says that it is alive.
    num_threads: what torch computes with. The operations of a step are so small that to share one between threads takes
        longer than to compute it.
    precision: what artifacts compute in; auto is the fastest that is as good as fp32.
    device: what computes: cpu, cuda, or auto for cuda where there is one.
    has_cuda_graphs: on cuda, steps are recorded once and replayed; else they are launched operation by operation.
    is_strict: answers are the same to the last bit in any company, at some cost; else to within rounding.
    """

    beam_sizes: tuple[int, ...] = ()
    max_rows: int = 32
    max_waiting_tokens: int = 65_536
    encode_tokens: int = 256
    visit_s: float = 0.003
    max_steps: int = 8
    bulk_share: float = 0.1
    quantum_tokens: int = 32
    heartbeat_s: float = 1.0
    num_threads: int = 1
    precision: str = "auto"
    device: str = "cpu"
    has_cuda_graphs: bool = True
    is_strict: bool = False

    @property
    def reserve_rows(self) -> int:
        """Rows of a lane's reserve, on top of `max_rows`; none in a lane too small to have a quarter."""
        return self.max_rows // 4

    def __post_init__(self) -> None:
        """Check every field; the message names the field, the value and the limit."""
        for name in ("max_rows", "max_waiting_tokens", "encode_tokens", "max_steps", "quantum_tokens", "num_threads"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")
        for name in ("visit_s", "heartbeat_s"):
            if not getattr(self, name) > 0.0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be positive")
        if not 0.0 < self.bulk_share < 1.0:
            raise ValueError(f"bulk_share is {self.bulk_share}; it must lie between 0 and 1")
        if any(size < 1 for size in self.beam_sizes):
            raise ValueError(f"beam_sizes are {self.beam_sizes}; each must be at least 1")
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision is {self.precision!r}; it must be one of {', '.join(PRECISIONS)}")
        if self.device not in DEVICES:
            raise ValueError(f"device is {self.device!r}; it must be one of {', '.join(DEVICES)}")
