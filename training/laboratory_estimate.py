"""How long a grid takes to train: a few updates of each line, measured before its runs begin."""

import statistics
import time
from collections.abc import Sequence
from itertools import islice

from training.dataset import Batch
from training.learner import Learner
from training.schedule import Schedule
from training.trainer import Trainer

WARM_UP = 2  # updates that are made and not counted
NUM_MEASURED = 5


def training_seconds(trainer: Trainer) -> float:
    """Seconds of all updates of a run; validation and the search over dev come on top."""
    batches = iter(trainer.batches(epoch=0))
    first = list(islice(batches, WARM_UP + NUM_MEASURED))
    num_tokens = sum(batch.num_target_tokens for batch in first) + sum(batch.num_target_tokens for batch in batches)
    return trainer.settings.epochs * num_tokens / _tokens_per_s(trainer, first)


def duration(seconds: float) -> str:
    """`seconds` for people: `40 s`, `12 min`, `3 h 05 min`."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def _tokens_per_s(trainer: Trainer, batches: Sequence[Batch]) -> float:
    """Target tokens a second of updates of a network that is then forgotten, at the median."""
    schedule = Schedule.of(trainer.settings, horizon=len(batches))
    learner = Learner(trainer.build(), trainer.settings, schedule, trainer.world)
    speeds = []
    for number, batch in enumerate(batches, start=1):
        started = time.monotonic()
        learner.update([batch], number, batch.num_target_tokens)
        speeds.append(batch.num_target_tokens / (time.monotonic() - started))
    return statistics.median(speeds[WARM_UP:] or speeds)
