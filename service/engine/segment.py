"""The unit of translation as the engine sees it: ids in, and how to treat them."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Priority(StrEnum):
    """How urgent a segment is: someone waits for it, or nobody looks."""

    INTERACTIVE = "interactive"
    BULK = "bulk"


class Lane(NamedTuple):
    """Segments that advance together in one arena; each has a reserve, a small lane for clients that come later."""

    artifact: str
    beam_size: int
    priority: Priority
    is_reserve: bool = False

    @property
    def reserve(self) -> "Lane":
        """The lane's reserve."""
        return self._replace(is_reserve=True)


@dataclass(frozen=True, slots=True)
class Segment:
    """A source to translate. `ids` are as the module wants them: tag, pieces, end token.

    `max_length` counts target tokens with the end token; `deadline` is a time of the engine's clock. A follow-up
    belongs to a request that was admitted, and is not refused for want of room.
    """

    artifact: str
    beam_size: int
    ids: tuple[int, ...]
    max_length: int
    num_best: int = 1
    client: str = ""
    priority: Priority = Priority.INTERACTIVE
    deadline: float = math.inf
    wants_attention: bool = False
    is_follow_up: bool = False

    @property
    def lane(self) -> Lane:
        """The lane whose queue this segment waits in; it runs there or in the reserve."""
        return Lane(self.artifact, self.beam_size, self.priority)

    @property
    def num_tokens(self) -> int:
        """Source tokens: the weight in queues and budgets."""
        return len(self.ids)
