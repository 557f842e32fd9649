"""Every way to fail in every dialect: status, body and headers, from one table."""

import json

import pytest

from service import errors
from service.api.faults import respond
from service.errors import ServiceError
from tests.service.api.test_errors import TABLE

LIBRETRANSLATE, DEEPL = "/translate", "/v2/translate"
# Where the dialects do not answer as the native one does: its status for LibreTranslate's clients and for DeepL's.
OTHERWISE: dict[type[ServiceError], tuple[int, int]] = {
    errors.KeyMissing: (400, 403),
    errors.QuotaExceeded: (403, 456),
    errors.Overloaded: (429, 429),
    errors.DeadlineUnreachable: (429, 429),
}
# What LibreTranslate's clients compare.
WORDS: dict[type[ServiceError], str] = {
    errors.KeyMissing: "Please contact the server operator to get an API key",
    errors.KeyInvalid: "Invalid API key",
    errors.RateLimited: "Slowdown: None per 1 minute",
}
ERRORS = [(error, status) for error, status, *_ in TABLE]


@pytest.mark.parametrize(("error", "status"), ERRORS, ids=[type(error).__name__ for error, _ in ERRORS])
def test_every_error_is_told_in_the_words_of_the_dialect(error: ServiceError, status: int) -> None:
    libretranslate, deepl = OTHERWISE.get(type(error), (status, status))
    expected = [
        (LIBRETRANSLATE, libretranslate, {"error": WORDS.get(type(error), "m")}),
        (DEEPL, deepl, {"message": "m"}),
    ]
    for path, wanted, body in expected:
        answered = respond(error, {"type": "http", "path": path})
        assert (answered.status_code, json.loads(bytes(answered.body))) == (wanted, body), path


@pytest.mark.parametrize(("error", "status"), ERRORS, ids=[type(error).__name__ for error, _ in ERRORS])
@pytest.mark.parametrize("path", ["/v1/translate", LIBRETRANSLATE, DEEPL])
def test_only_who_may_ask_again_is_told_when(path: str, error: ServiceError, status: int) -> None:
    answered = respond(error, {"type": "http", "path": path})
    assert ("Retry-After" in answered.headers) == (answered.status_code in (429, 503))
    if "Retry-After" in answered.headers:
        assert int(answered.headers["Retry-After"]) >= 1
