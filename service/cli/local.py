"""Translation in this very process, by the engine and the text handling that the service has."""

import asyncio
from types import TracebackType
from typing import Self

from service.api import checks
from service.backend import load_backend
from service.cli.filter import Answer
from service.engine.errors import EngineError, Overloaded
from service.engine.segment import Priority
from service.settings import Settings
from service.translation import TextError, Translate

_PAUSE_S = 0.05


class LocalTranslator:
    """Translates texts one by one; many callers share the engine."""

    def __init__(self, settings: Settings, source: str | None, target: str, beam_size: int | None) -> None:
        self._backend = load_backend(settings)
        catalogue = self._backend.core.catalogue
        self._source = None if source is None else checks.language(catalogue, source, "source")
        self._target = checks.language(catalogue, target, "target")
        checks.beam_size(checks.models(catalogue, self._source, self._target), beam_size)
        self._beam_size = beam_size

    async def __aenter__(self) -> Self:
        await self._backend.warm_up()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._backend.stop(0.0)

    async def __call__(self, text: str) -> Answer:
        """The translation of `text`; waits while the queue is full."""
        command = Translate((text,), self._target, self._source, beam_size=self._beam_size, priority=Priority.BULK)
        while True:
            try:
                outcome = await self._backend.core.translator.translate(command)
            except Overloaded:
                await asyncio.sleep(_PAUSE_S)
            except EngineError as error:
                return Answer(None, TextError(error.code, str(error)))
            else:
                [translation] = outcome.translations
                return Answer(translation.text, translation.error)
