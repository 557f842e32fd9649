"""The learning rate as a pure function of the update number: warm up, hold, decay, so that resuming is exact."""

from dataclasses import dataclass
from typing import Self

from training.config import TrainingConfig


@dataclass(frozen=True)
class Schedule:
    """Linear warm-up to `peak`, then hold, then linear decay to `final_fraction` of it at the fixed `horizon`."""

    peak: float
    warmup_updates: int
    decay_start: float  # part of the horizon
    final_fraction: float
    horizon: int  # updates of the whole run

    @classmethod
    def of(cls, config: TrainingConfig, horizon: int) -> Self:
        """The schedule that `config` asks for, over `horizon` updates."""
        return cls(
            peak=config.peak_learning_rate,
            warmup_updates=config.warmup_updates,
            decay_start=config.decay_start,
            final_fraction=config.final_rate_fraction,
            horizon=horizon,
        )

    def rate(self, update: int) -> float:
        """Learning rate of `update`, counted from 1; beyond the horizon it stays where the decay ended."""
        warmup = min(1.0, update / max(self.warmup_updates, 1))
        return self.peak * warmup * (1.0 - (1.0 - self.final_fraction) * self._decayed(update))

    def is_decaying(self, update: int) -> bool:
        """Whether the decay has begun: no run should end before it."""
        return self._decayed(update) > 0.0

    def _decayed(self, update: int) -> float:
        """Part of the decay that is done at `update`: 0 before it, 1 at the horizon."""
        start = self.decay_start * self.horizon
        length = max(self.horizon - start, 1.0)
        return min(max((update - start) / length, 0.0), 1.0)
