"""What comes out of the engine for a segment."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from service.engine.errors import EngineError


@dataclass(frozen=True, slots=True, eq=False)
class Hypothesis:
    """One translation: `ids` with the end token, natural `log_prob` summed over them, `score` as the search ranks.

    `attention` [len(ids), source tokens] is there if it was asked for; each row sums to 1.
    """

    ids: tuple[int, ...]
    log_prob: float
    score: float
    attention: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """Where a segment's time went; `encode_s` and `decode_s` were shared with its batch-mates."""

    queue_s: float
    encode_s: float
    decode_s: float


class Origin(StrEnum):
    """How a result came about; the result itself does not depend on it."""

    FRESH = "fresh"
    JOINED = "joined"
    CACHED = "cached"


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """Hypotheses, best first and at least one."""

    hypotheses: tuple[Hypothesis, ...]
    timing: Timing
    origin: Origin = Origin.FRESH


Outcome = Result | EngineError
