"""Why a request failed, as a tree; each class carries its status and code. `service.api.faults` renders them.

ServiceError
├── BadRequest                    400
│   ├── InvalidJson                   the body is no JSON that we take
│   ├── InvalidField                  a field is missing, unknown, or of the wrong type or value
│   ├── UnsupportedLanguage           no artifact knows the language
│   ├── UnsupportedPair               no artifact translates in this direction
│   ├── UnsupportedFormat             not a format of text that is served
│   ├── InvalidMarkup                 XML that is not well-formed
│   ├── SourceUndetected              no served language was recognised
│   ├── TooManyTexts
│   ├── TextTooLong
│   └── RequestTooLarge               all texts together are too long
├── KeyMissing                    401
├── KeyInvalid                    403  unknown, revoked or expired
├── Disabled                      403  the route exists elsewhere, but not here
├── NotFound                      404
├── MethodNotAllowed              405  + Allow
├── BodyTimeout                   408
├── Conflict                      409
│   ├── JobNotDone                    its result is not there, or never will be
│   ├── JobNotCancellable             it has begun and cannot be undone
│   └── ReloadUnderway                one at a time
├── BodyTooLarge                  413
├── UrlTooLong                    414
├── UnsupportedMediaType          415
├── TooMuch                       429  + Retry-After
│   ├── RateLimited                   in a minute
│   ├── QuotaExceeded                 in a month
│   └── TooManyJobs                   at once
├── HeadersTooLarge               431
├── ClientGone                    499  nobody reads this one: for the log and the metrics
├── Internal                      500  says nothing about the cause
├── Unavailable                   503  + Retry-After
│   ├── Overloaded                    the queue is full
│   ├── DeadlineUnreachable           the queue is longer than the request can wait
│   └── NotReady                      starting or stopping
└── DeadlineExceeded              504
"""

import math
from typing import ClassVar

Scalar = str | int | float

_HANG_UP = {"Connection": "close"}  # the rest of the body is not waited for


class ServiceError(Exception):
    """A request that failed. `message` names field, value and limit, and never holds a text."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    foreign_status: ClassVar[int | None] = None  # for dialects whose clients would not understand `status`
    libretranslate_status: ClassVar[int | None] = None  # for one of them alone
    deepl_status: ClassVar[int | None] = None
    head: ClassVar[dict[str, str]] = {}

    def __init__(
        self, message: str, *, field: str | None = None, value: Scalar | None = None, limit: Scalar | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field, self.value, self.limit = field, value, limit
        self.headers = dict(self.head)


class BadRequest(ServiceError):
    """The request can never succeed as it is."""

    status = 400
    code = "invalid_request"


class InvalidJson(BadRequest):
    """The body is no JSON that we take."""

    code = "invalid_json"


class InvalidField(BadRequest):
    """A field is missing, unknown, or of the wrong type or value."""

    code = "invalid_field"


class UnsupportedLanguage(BadRequest):
    """No artifact knows the language."""

    code = "unsupported_language"


class UnsupportedPair(BadRequest):
    """No artifact translates in this direction."""

    code = "unsupported_pair"


class UnsupportedFormat(BadRequest):
    """Not a format of text that is served."""

    code = "unsupported_format"


class InvalidMarkup(BadRequest):
    """A text that is not what its format says."""

    code = "invalid_markup"


class SourceUndetected(BadRequest):
    """No served language was recognised in the text."""

    code = "source_undetected"


class TooManyTexts(BadRequest):
    """More texts than one request may have."""

    code = "too_many_texts"


class TextTooLong(BadRequest):
    """A text with more characters than it may have."""

    code = "text_too_long"


class RequestTooLarge(BadRequest):
    """All texts together are longer than one request may be."""

    code = "request_too_large"


class KeyMissing(ServiceError):
    """The route needs a key."""

    status = 401
    code = "key_missing"
    libretranslate_status = 400
    deepl_status = 403
    head: ClassVar[dict[str, str]] = {"WWW-Authenticate": "Bearer"}


class KeyInvalid(ServiceError):
    """The key does not fit."""

    status = 403
    code = "key_invalid"


class Disabled(ServiceError):
    """What the route is for is not offered here."""

    status = 403
    code = "disabled"


class NotFound(ServiceError):
    """Nothing is there."""

    status = 404
    code = "not_found"


class MethodNotAllowed(ServiceError):
    """The route exists, but not for this method."""

    status = 405
    code = "method_not_allowed"

    def __init__(self, message: str, allow: str) -> None:
        super().__init__(message)
        self.headers["Allow"] = allow


class BodyTimeout(ServiceError):
    """The body did not come in time."""

    status = 408
    code = "body_timeout"
    head = _HANG_UP


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


class BodyTooLarge(ServiceError):
    """The body has more bytes than it may have."""

    status = 413
    code = "body_too_large"
    head = _HANG_UP


class UrlTooLong(ServiceError):
    """The path and query have more bytes than they may have."""

    status = 414
    code = "url_too_long"


class UnsupportedMediaType(ServiceError):
    """The body is of a kind that the route does not read."""

    status = 415
    code = "unsupported_media_type"


class TooMuch(ServiceError):
    """The client asks for more than it may; `retry_after_s` seconds later it may again."""

    status = 429

    def __init__(
        self,
        message: str,
        retry_after_s: float,
        *,
        field: str | None = None,
        value: Scalar | None = None,
        limit: Scalar | None = None,
    ) -> None:
        super().__init__(message, field=field, value=value, limit=limit)
        self.headers["Retry-After"] = _whole_seconds(retry_after_s)


class RateLimited(TooMuch):
    """It asks for more than it may in a minute."""

    code = "rate_limited"


class QuotaExceeded(TooMuch):
    """It has used what it may use in a month."""

    code = "quota_exceeded"
    libretranslate_status = 403
    deepl_status = 456


class TooManyJobs(TooMuch):
    """It has as many jobs as it may have at once."""

    code = "too_many_jobs"


class HeadersTooLarge(ServiceError):
    """The header block has more bytes than it may have."""

    status = 431
    code = "headers_too_large"


class ClientGone(ServiceError):
    """The client hung up before its answer."""

    status = 499
    code = "client_gone"


class Internal(ServiceError):
    """A fault of ours; the log knows more."""


class Unavailable(ServiceError):
    """Not now; `retry_after_s` seconds later it may work."""

    status = 503
    code = "unavailable"

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.headers["Retry-After"] = _whole_seconds(retry_after_s)


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


def _whole_seconds(seconds: float) -> str:
    return str(max(1, math.ceil(seconds)))
