"""Who watches the engine: metrics, without the engine knowing a metrics library."""

from collections.abc import Sequence
from typing import Protocol

from service.engine.errors import EngineError
from service.engine.result import Outcome
from service.engine.segment import Lane, Segment


class Observer(Protocol):
    """Told of what happens, on the engine's thread but for `rejected`; must be quick and must not raise."""

    def encoded(self, lane: Lane, num_segments: int, num_tokens: int, seconds: float) -> None:
        """`num_segments` newcomers with `num_tokens` source tokens were encoded together."""

    def stepped(self, lane: Lane, num_rows: int, num_steps: int, seconds: float) -> None:
        """`num_rows` rows advanced by `num_steps` steps."""

    def settled(self, segment: Segment, outcome: Outcome) -> None:
        """An admitted segment got its outcome; called once for each."""

    def rejected(self, segments: Sequence[Segment], error: EngineError) -> None:
        """A submission was refused, on the caller's thread."""

    def faulted(self, lane: Lane) -> None:
        """A visit to `lane` failed."""


class SilentObserver:
    """Watches and says nothing."""

    def encoded(self, lane: Lane, num_segments: int, num_tokens: int, seconds: float) -> None:
        """Do nothing."""

    def stepped(self, lane: Lane, num_rows: int, num_steps: int, seconds: float) -> None:
        """Do nothing."""

    def settled(self, segment: Segment, outcome: Outcome) -> None:
        """Do nothing."""

    def rejected(self, segments: Sequence[Segment], error: EngineError) -> None:
        """Do nothing."""

    def faulted(self, lane: Lane) -> None:
        """Do nothing."""
