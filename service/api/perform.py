"""Runs a checked command for a client: once inside, cancelled with its connection, counted."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Annotated

from fastapi import Depends, Request

from service.access.control import Caller
from service.api.connection import while_connected
from service.api.faults import of_text
from service.core import Core
from service.engine.segment import Priority
from service.errors import InvalidField
from service.metrics import Metrics
from service.translation import Outcome, Translate, Translation

# In a request's state: a function that is called when the answer is out, and whose facts the log gets as well.
AFTERWARDS = "afterwards"


def core_of(request: Request) -> Core:
    """The service that this application serves."""
    core: Core = request.app.state.core
    return core


async def _core(request: Request) -> Core:
    return core_of(request)


# Of `Authorization`: the standard one, and DeepL's.
_KEY_SCHEMES = ("bearer", "deepl-auth-key")


# A dependency that is not a coroutine would be run in a thread.
TheCore = Annotated[Core, Depends(_core)]


def client_of(request: Request) -> str:
    """Whom fairness is kept between: the key, or without one the client's address."""
    return caller_of(request).client


def caller_of(request: Request) -> Caller:
    """Who calls; a route that does work for somebody asks `identify` first."""
    caller: Caller = request.scope["state"]["caller"]
    return caller


def identify(request: Request, core: Core, secret: str | None = None) -> Caller:
    """Find out who calls, by a key in a header or by `secret`, which the dialect found elsewhere.

    Raises:
        KeyMissing, KeyInvalid: the client is not let in.
    """
    scope = request.scope  # at hand, where `request.state` and `request.client` make objects
    client = scope.get("client")
    caller = core.access.identify(header_key(request) or secret, client[0] if client else "")
    scope["state"]["caller"] = caller
    if caller.name:
        scope["state"]["event"]["key"] = caller.name
    return caller


def header_key(request: Request) -> str | None:
    """The key in `Authorization` or `X-API-Key`."""
    kind, _, secret = (header(request, b"authorization") or "").partition(" ")
    if kind.lower() in _KEY_SCHEMES and secret.strip():
        return secret.strip()
    return header(request, b"x-api-key") or None


def header(request: Request, name: bytes) -> str | None:
    """The first header of this `name` in lower case; `request.headers` is slow to say that there is none."""
    for key, value in request.scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return None


def working(request: Request, core: Core, texts: Sequence[str]) -> ExitStack:
    """Be inside, from now until it is closed, for work on `texts`; takes them from the caller's rates and quota.

    Raises:
        NotReady, RateLimited, QuotaExceeded: not now.
    """
    with ExitStack() as inside:
        inside.enter_context(core.admission)
        inside.enter_context(core.access.taking(caller_of(request), sum(map(len, texts))))
        return inside.pop_all()


def count_work(
    request: Request, core: Core, texts: Sequence[str], translations: Sequence[Translation] | None = None
) -> None:
    """Count `texts` without those that failed; an answer goes out only when this has returned."""
    outcomes = () if translations is None else zip(texts, translations, strict=True)
    num_failed = sum(len(text) for text, translation in outcomes if translation.error is not None)
    caller = caller_of(request)
    if num_failed:
        core.access.give_back(caller, num_failed)
    core.access.record(caller, sum(map(len, texts)) - num_failed)


def deadline_s(request: Request, core: Core, deadline_ms: int | None = None) -> float:
    """The smallest of what the body, the header `X-Deadline-Ms` and the server allow."""
    settings = core.settings
    wished = [value / 1000 for value in (deadline_ms, _deadline_header(request)) if value is not None]
    return min(settings.max_deadline_s, *wished) if wished else settings.default_deadline_s


def _deadline_header(request: Request) -> int | None:
    value = header(request, b"x-deadline-ms")
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and int(value[:10]) > 0 and len(value) <= 10):
        raise InvalidField("X-Deadline-Ms must be a whole number of milliseconds above 0", field="X-Deadline-Ms")
    return int(value)


def priority(request: Request, wished: str | None = None) -> Priority:
    """The lowest of what the body, the header `X-Priority` and the key say."""
    sent = header(request, b"x-priority")
    if sent is not None and sent not in list(Priority):
        raise InvalidField("X-Priority must be 'interactive' or 'bulk'", field="X-Priority")
    said = (sent, wished, caller_of(request).priority)
    return Priority.BULK if Priority.BULK in said else Priority.INTERACTIVE


async def perform(request: Request, core: Core, command: Translate, *, field: str | None = None) -> Outcome:
    """The outcome of `command`, counted, unless the client hangs up first.

    With `field`, what the dialect calls the texts, one text's error is all's.
    """
    with working(request, core, command.texts) as inside:
        work = core.translator.translate(command)
        # What goes on for a client that is gone must not keep it from asking again.
        outcome = await while_connected(request, work, core.health.do_segments_wait, on_gone=inside.close)
        assert len(outcome.translations) == len(command.texts), "as many translations as texts"
        for translation in outcome.translations if field is not None else ():
            if (error := translation.error) is not None:
                raise of_text(replace(error, message=error.message.replace("texts[", f"{field}[", 1)))
        count_work(request, core, command.texts, outcome.translations)
    note(request, core, command, outcome)
    return outcome


def note(request: Request, core: Core, command: Translate, outcome: Outcome) -> None:
    """Have `outcome` put into the metrics and into the request's line of the log, after the answer."""
    request.scope["state"][AFTERWARDS] = partial(_facts, core.metrics, command, outcome)


def _facts(metrics: Metrics, command: Translate, outcome: Outcome) -> dict[str, object]:
    metrics.answered(outcome.origins)
    for translation in outcome.translations:
        for warning in translation.warnings:
            metrics.warnings.labels(warning.code).inc()
    return {
        "source": command.source,
        "target": command.target,
        "num_texts": len(command.texts),
        "num_characters": outcome.usage.characters,
        "num_source_tokens": outcome.usage.source_tokens,
        "queue_ms": round(outcome.timing.queue_s * 1000, 1),
    }
