"""A segment on the engine's books."""

from dataclasses import dataclass, field
from enum import Enum, auto

from service.engine.segment import Segment


class Status(Enum):
    """Where a segment is; it only ever moves down this list."""

    WAITING = auto()
    RUNNING = auto()
    SETTLED = auto()


@dataclass(slots=True, eq=False)
class Entry:
    """A submitted segment and its way so far; the scheduler alone moves `status`.

    `deadline` is the segment's, or a later one if somebody has joined who can wait longer.
    """

    segment: Segment
    submitted_at: float
    admitted_at: float = 0.0
    encode_s: float = 0.0
    status: Status = Status.WAITING
    deadline: float = field(init=False)

    def __post_init__(self) -> None:
        """Begin with the segment's own deadline."""
        self.deadline = self.segment.deadline
