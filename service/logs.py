"""Logs: one JSON object a line on standard error, each with the id of the request that it is about."""

import json
import logging
import logging.config
import time
import traceback
from contextvars import ContextVar
from typing import Any

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
trace_id: ContextVar[str | None] = ContextVar("trace_id", default=None)


class JsonFormatter(logging.Formatter):
    """Renders a record as one line; `extra={"event": {...}}` adds fields."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON, without line breaks."""
        entry: dict[str, Any] = {
            "time": self._time(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        for variable in (request_id, trace_id):
            if (current := variable.get()) is not None:
                entry[variable.name] = current
        entry.update(getattr(record, "event", {}))
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False, default=str)

    @staticmethod
    def _time(seconds: float) -> str:
        return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{int(seconds % 1 * 1000):03d}Z"


def log_privately(logger: logging.Logger, message: str, error: BaseException) -> None:
    """Log where `error` came from. What it says may hold a client's text: that is for the level debug alone."""
    logger.error(message, extra={"event": {"exception": "".join(_without_words(error))}})
    logger.debug("%s, in its own words", message, exc_info=error)


def _without_words(error: BaseException) -> list[str]:
    """The frames and the kind of `error`, after those of what it came from."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    own = [*traceback.format_tb(error.__traceback__), f"{type(error).__qualname__}\n"]
    return [*(_without_words(before) if before else ()), *own]


def configure(level: str) -> None:
    """Send all records of `level` and above to standard error; uvicorn's own chatter from warnings on."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": {"()": JsonFormatter}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"level": level.upper(), "handlers": ["stderr"]},
            "loggers": {"uvicorn": {"level": "WARNING"}, "asyncio": {"level": "WARNING"}},
        }
    )
