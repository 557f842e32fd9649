"""What networks beside the served one change of it."""

from dataclasses import dataclass
from typing import Literal

from model.recurrence import Cell


@dataclass(frozen=True)
class VariantConfig:
    """What a variant changes; the defaults are the served network."""

    cell: Cell = "lstm"
    directions: Literal[1, 2] = 2  # of the encoder; one of twice the size, or two
    attention: bool = True  # without it every position weighs the same: the mean of the encoder's outputs
    decoder: Literal["gnmt", "input_feeding", "conditional"] = "gnmt"
