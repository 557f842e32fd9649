"""What a log line holds, and what it does not."""

import json
import logging
from typing import Any

import pytest

from service.logs import JsonFormatter, log_privately

log = logging.getLogger("tests.logs")


def entries(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(JsonFormatter().format(record)) for record in caplog.records]


def fail(text: str) -> None:
    try:
        raise ValueError(text)
    except ValueError:
        raise KeyError(text) from None if text == "alone" else ValueError(text)


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_an_error_tells_where_it_came_from_and_its_words_to_debuggers_only(
    caplog: pytest.LogCaptureFixture, level: str
) -> None:
    caplog.set_level(level)
    try:
        fail("Rumpelstilzchen")
    except KeyError as error:
        log_privately(log, "it failed", error)
    first, *more = entries(caplog)
    assert first["message"] == "it failed"
    assert first["exception"].index("ValueError") < first["exception"].index("KeyError")
    assert "test_logs.py" in first["exception"]
    assert "Rumpelstilzchen" not in json.dumps(first).replace('fail(\\"Rumpelstilzchen\\")', "")
    assert ("Rumpelstilzchen" in json.dumps(more)) == (level == "DEBUG")
