"""What every failure of a request has."""

import math
from typing import ClassVar

Scalar = str | int | float


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


def whole_seconds(seconds: float) -> str:
    """`seconds` as `Retry-After` has them, at least one."""
    return str(max(1, math.ceil(seconds)))
