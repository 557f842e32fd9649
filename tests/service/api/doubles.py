"""A service without an engine, for the tests of what stands before it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from fastapi.testclient import TestClient

from service.access.control import AccessControl
from service.admission import Admission
from service.app import create_app
from service.artifact_config import Pair
from service.catalogue import Catalogue, Model
from service.core import Core
from service.documents import Portion
from service.engine.segment import Priority
from service.engine.stats import EngineStats, State
from service.health import Health
from service.metrics import EngineCollector, Metrics
from service.settings import Settings
from service.streaming import Begun, Event, Finished, SegmentDone, TextDone, Wording
from service.text.languages import Detection
from service.text.spans import Span
from service.translation import (
    Alternative,
    Outcome,
    SegmentReport,
    TextError,
    TextWarning,
    Timing,
    Translate,
    Translation,
    Usage,
)
from tests.service.doubles import config

STATS = EngineStats(
    state=State.RUNNING,
    healthy=True,
    heartbeat_age_s=0.1,
    last_result_age_s=1.0,
    rows_running=2,
    rows_capacity=8,
    waiting_segments=dict.fromkeys(Priority, 3),
    waiting_tokens=dict.fromkeys(Priority, 30),
    done=0,
    cancelled=0,
    expired=0,
    failed=0,
    rejected=0,
    faults=0,
    source_tokens=0,
    target_tokens=0,
    drain_tokens_per_s=None,
)


class FakeTranslator:
    """Answers in capitals, once it is held no more; `fails` maps a text to its error, `raises` fails whole requests."""

    def __init__(self) -> None:
        self.commands: list[Translate] = []
        self.fails: dict[str, TextError] = {}
        self.raises: Exception | None = None
        self.delay_s = 0.0
        self.is_held = False
        self.refusals: list[float] = []
        self.num_cancelled = 0

    async def translate(self, command: Translate) -> Outcome:
        """One translation per text."""
        self.commands.append(command)
        if self.raises is not None:
            raise self.raises
        try:
            await asyncio.sleep(self.delay_s)
            while self.is_held:
                await asyncio.sleep(0.001)
        except asyncio.CancelledError:
            self.num_cancelled += 1
            raise
        num_characters = sum(map(len, command.texts))
        translations = tuple(self._translation(command, text) for text in command.texts)
        return Outcome(translations, Usage(num_characters, 3, 4), Timing(0.001, 0.002, 0.003, 0.0061))

    async def stream(self, command: Translate) -> AsyncGenerator[Event, None]:
        """The same; every text is one segment."""
        outcome = await self.translate(command)
        yield Begun((None,) * len(command.texts))
        for index, translation in enumerate(outcome.translations):
            if translation.text:
                yield Wording(index, translation.text)
                yield SegmentDone(index, 0, translation.text, translation.segments[0])
            yield TextDone(index, translation)
        yield Finished(outcome)

    async def document(self, command: Translate) -> AsyncGenerator[Portion | Finished, None]:
        """The same, a line at a time; a refusal first if there is one in `refusals`."""
        [text] = command.texts
        num_lines = text.count("\n") + 1
        for number in range(num_lines):
            while self.refusals:
                yield Portion(number, num_lines, self.refusals.pop())
            if number:
                await asyncio.sleep(self.delay_s)
            yield Portion(number + 1, num_lines)
        yield Finished(await self.translate(command))

    def detect(self, text: str) -> tuple[Detection, ...]:
        """English, if it is anything."""
        return (Detection("en", 0.98765),) if text.strip() else ()

    def _translation(self, command: Translate, text: str) -> Translation:
        if (error := self.fails.get(text)) is not None:
            return Translation(None, command.source, error=error)
        source, detected = command.source, None
        if source is None:
            detected = Detection("en", 0.98765)
            source = "en"
        answer = text.upper()
        whole = Span(0, len(text))
        return Translation(
            text=answer,
            source=source,
            detected=detected,
            alternatives=tuple(
                Alternative(f"{answer}{i}", -1.0 - i, -2.0 - i) for i in range(command.num_alternatives)
            ),
            score=-0.5,
            log_prob=-1.5,
            segments=(SegmentReport(whole, whole, -0.5, -1.5),),
            warnings=(TextWarning("untranslated", 0, "the translation equals the source"),) if answer == text else (),
        )


class FakeBackend:
    """A backend whose door is open as soon as it starts."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.num_stops = 0
        self.reloads: list[bool | Exception] = []
        self.is_held = False

    def start(self) -> None:
        """Open."""
        self.core.health.has_started = True
        self.core.admission.open()

    async def reload(self) -> bool:
        """The next of `reloads`, after a while, when it is held no more."""
        await asyncio.sleep(0.01)
        while self.is_held:
            await asyncio.sleep(0.001)
        outcome = self.reloads.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def stop(self, timeout_s: float) -> None:
        """Close."""
        self.num_stops += 1
        self.core.admission.close()


def make_settings(**changes: Any) -> Settings:
    """Defaults but for `changes`."""
    return Settings(**{"access_log": False, **changes})


def make_core(settings: Settings | None = None, stats: Callable[[], EngineStats] | None = None, **parts: Any) -> Core:
    """A core around a FakeTranslator that serves en-de and fr-de."""
    settings = settings or make_settings()
    read = stats or (lambda: STATS)
    health = Health(read, max_heartbeat_age_s=settings.max_heartbeat_age_s, max_proof_age_s=settings.max_proof_age_s)
    metrics = Metrics()
    metrics.registry.register(EngineCollector(read, lambda: health.ready().is_ok, lambda: 0))
    pairs = [Pair("en", "de", None), Pair("fr", "de", None)]
    core = Core(
        settings=settings,
        catalogue=Catalogue([Model("sha256:0", config(pairs), (1, 4))]),
        translator=FakeTranslator(),
        health=health,
        admission=Admission(),
        metrics=metrics,
        access=AccessControl(),
    )
    return replace(core, **parts)


@contextmanager
def serving(core: Core) -> Iterator[TestClient]:
    """A client of an application around `core`."""
    app = create_app(core.settings, FakeBackend(core))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def fake(core: Core) -> FakeTranslator:
    """The translator of `make_core`."""
    assert isinstance(core.translator, FakeTranslator)
    return core.translator
