"""Why a segment got no translation; what a client is told of it is the web side's business.

EngineError
├── raised by submit: nothing of the submission was admitted
│   ├── InvalidSegment          a caller's bug: an unknown lane, or more than the arena was opened for
│   ├── RequestTooLarge         more source tokens than the queue can ever hold
│   ├── Overloaded              come back later
│   │   ├── QueueFull               there is no room
│   │   └── DeadlineUnreachable     the queue is longer than the segment can wait
│   └── NotReady                not started yet, or stopping
└── outcomes: what a receiver gets in place of a result
    ├── NotReady                stopped before the segment was done
    ├── DeadlineExceeded        waited or ran for too long
    ├── EngineFault             the step that the segment was part of failed
    └── Cancelled               nobody wants it any more
"""

from typing import ClassVar


class EngineError(Exception):
    """The engine did not translate."""

    code: ClassVar[str]


class InvalidSegment(EngineError):
    """A segment that the caller should not have sent."""

    code = "internal"


class RequestTooLarge(EngineError):
    """More source tokens than the queue can ever hold."""

    code = "request_too_large"

    def __init__(self, num_tokens: int, limit: int) -> None:
        super().__init__(f"the request has {num_tokens} source tokens; the limit is {limit}")
        self.num_tokens, self.limit = num_tokens, limit


class Overloaded(EngineError):
    """There is too much to do; after `retry_after_s` it should be less."""

    reason: ClassVar[str] = "there is too much to do"

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"{self.reason}; try again in {retry_after_s:.0f} s")
        self.retry_after_s = retry_after_s


class QueueFull(Overloaded):
    """The queue has no room for the request, or the client has its share of it."""

    code = "overloaded"
    reason = "the queue is too long"


class DeadlineUnreachable(Overloaded):
    """The request would still wait or run when its deadline passes."""

    code = "deadline_unreachable"
    reason = "the deadline cannot be met"


class NotReady(EngineError):
    """The engine has not started, or it is stopping."""

    code = "not_ready"


class DeadlineExceeded(EngineError):
    """The deadline passed while the segment waited or ran."""

    code = "deadline_exceeded"


class EngineFault(EngineError):
    """A step failed; details are in the log."""

    code = "internal"


class Cancelled(EngineError):
    """The caller gave the segment up."""

    code = "cancelled"
