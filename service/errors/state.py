"""Failures by the state that the service, or what it keeps, is in."""

from service.errors.base import ServiceError, whole_seconds


class Conflict(ServiceError):
    """The request does not fit the state that its object is in."""

    status = 409
    code = "conflict"


class JobNotDone(Conflict):
    """The job has no result, or none yet."""

    code = "job_not_done"


class JobNotCancellable(Conflict):
    """The job has begun, and what it does cannot be undone."""

    code = "job_not_cancellable"


class ReloadUnderway(Conflict):
    """Another reload has not ended."""

    code = "reload_underway"


class Internal(ServiceError):
    """A fault of ours; the log knows more."""


class Unavailable(ServiceError):
    """Not now; `retry_after_s` seconds later it may work."""

    status = 503
    code = "unavailable"

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.headers["Retry-After"] = whole_seconds(retry_after_s)


class Overloaded(Unavailable):
    """The queue is full."""

    code = "overloaded"
    foreign_status = 429


class DeadlineUnreachable(Unavailable):
    """The queue is longer than the request can wait."""

    code = "deadline_unreachable"
    foreign_status = 429


class NotReady(Unavailable):
    """The service is starting or stopping."""

    code = "not_ready"


class DeadlineExceeded(ServiceError):
    """The deadline passed while the request waited or ran."""

    status = 504
    code = "deadline_exceeded"
