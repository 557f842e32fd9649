"""Failures of HTTP itself: of the route, the sizes and the connection."""

from service.errors.base import ServiceError

_HANG_UP = {"Connection": "close"}  # the rest of the body is not waited for


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


class HeadersTooLarge(ServiceError):
    """The header block has more bytes than it may have."""

    status = 431
    code = "headers_too_large"


class ClientGone(ServiceError):
    """The client hung up before its answer."""

    status = 499
    code = "client_gone"
