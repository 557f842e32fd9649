"""Failures by who asks, and how much."""

from typing import ClassVar

from service.errors.base import Scalar, ServiceError, whole_seconds


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
        self.headers["Retry-After"] = whole_seconds(retry_after_s)


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
