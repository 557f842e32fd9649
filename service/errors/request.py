"""Failures by what a request asks for: it can never succeed as it is."""

from service.errors.base import ServiceError


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
