"""Runs a checked command for a client: once inside, cancelled with its connection, counted."""

from typing import Annotated

from fastapi import Depends, Request

from service.api.connection import while_connected
from service.core import Core
from service.engine.segment import Priority
from service.errors import InvalidField
from service.translation import Outcome, Translate


def core_of(request: Request) -> Core:
    """The service that this application serves."""
    core: Core = request.app.state.core
    return core


async def _core(request: Request) -> Core:
    return core_of(request)


# A dependency that is not a coroutine would be run in a thread.
TheCore = Annotated[Core, Depends(_core)]


def client_of(request: Request) -> str:
    """Whom fairness is kept between: the client's address."""
    return request.client.host if request.client else ""


def deadline_s(request: Request, core: Core, deadline_ms: int | None = None) -> float:
    """The smallest of what the body, the header `X-Deadline-Ms` and the server allow."""
    settings = core.settings
    wished = [value / 1000 for value in (deadline_ms, _deadline_header(request)) if value is not None]
    return min(settings.max_deadline_s, *wished) if wished else settings.default_deadline_s


def _deadline_header(request: Request) -> int | None:
    value = request.headers.get("x-deadline-ms")
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and int(value[:10]) > 0 and len(value) <= 10):
        raise InvalidField("X-Deadline-Ms must be a whole number of milliseconds above 0", field="X-Deadline-Ms")
    return int(value)


def priority(request: Request, wished: str | None = None) -> Priority:
    """The lower of what the body and the header `X-Priority` say."""
    header = request.headers.get("x-priority")
    if header is not None and header not in list(Priority):
        raise InvalidField("X-Priority must be 'interactive' or 'bulk'", field="X-Priority")
    return Priority.BULK if Priority.BULK in (header, wished) else Priority.INTERACTIVE


async def perform(request: Request, core: Core, command: Translate) -> Outcome:
    """The outcome of `command`, unless the client hangs up first."""
    with core.admission.enter():
        outcome = await while_connected(request, core.translator.translate(command))
    assert len(outcome.translations) == len(command.texts), "as many translations as texts"
    for translation in outcome.translations:
        for warning in translation.warnings:
            core.metrics.warnings.labels(warning.code).inc()
    request.state.event.update(
        source=command.source,
        target=command.target,
        num_texts=len(command.texts),
        num_characters=outcome.usage.characters,
        num_source_tokens=outcome.usage.source_tokens,
        queue_ms=round(outcome.timing.queue_s * 1000, 1),
    )
    return outcome
