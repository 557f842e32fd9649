"""Text in, text out: split, encode, submit, gather, decode, rejoin."""

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Protocol

from service import documents
from service.decoding import Decoding, Engine, Job
from service.documents import Portion
from service.rendering import render
from service.routes import Routes
from service.streaming import Begun, Event, Finished, Growth, TextDone, Wording
from service.text.characters import has_letter
from service.text.draft import Check
from service.text.languages import Detection
from service.text.prose_reader import prose_of
from service.text.tokens import MarkupError
from service.text_work import each, is_long
from service.translation import Outcome, TextError, TextWarning, Translate, Translation

MAX_TEXT_CHARACTERS = 20_000
CERTAIN = 0.8
UNCERTAIN = TextWarning("source_uncertain", None, "the language of the source was not clear")


class Detector(Protocol):
    """Tells languages apart; `service.text.detection.LanguageDetector` does."""

    def detect(self, text: str) -> Sequence[Detection]:
        """The plausible languages of `text`, best first; none rather than a wrong one."""
        ...


class Translator:
    """Translates commands for the tasks of one event loop."""

    def __init__(
        self,
        engine: Engine,
        routes: Routes,
        detector: Detector,
        max_text_characters: int = MAX_TEXT_CHARACTERS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._routes = routes
        self._detector = detector
        self._max_text_characters = max_text_characters
        self._clock = clock

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Source and target of each served direction."""
        return tuple(self._routes)

    def detect(self, text: str) -> tuple[Detection, ...]:
        """The languages that `text` may be in, best first; none where nothing is plausible."""
        return tuple(self._detector.detect(text)) if has_letter(text) else ()

    async def translate(self, command: Translate) -> Outcome:
        """Return a translation for each text of `command`, in order.

        A fault of one text is its translation's `error`. Cancelling the task cancels its segments.

        Raises:
            EngineError: the engine admitted nothing of the request.
        """
        started = self._clock()
        num_characters = sum(map(len, command.texts))
        jobs = await self._begin_all(command)
        decoding = Decoding(self._engine, command, self._clock)
        await decoding.run([job for job in jobs if isinstance(job, Job)])
        translations = tuple(await each(partial(self._finish, command), jobs, away=is_long(command.texts)))
        usage, timing = decoding.usage(num_characters), decoding.timing(self._clock() - started)
        return Outcome(translations, usage, timing, decoding.origins())

    async def stream(self, command: Translate) -> AsyncGenerator[Event, None]:
        """Yield what `translate` returns piece by piece, each as soon as nothing can change it any more.

        Whoever may leave early closes it, as `contextlib.aclosing` does: that cancels the segments.

        Raises:
            EngineError: the engine admitted nothing of the request; nothing was yielded.
        """
        started = self._clock()
        num_characters = sum(map(len, command.texts))
        begun = await self._begin_all(command)
        decoding = Decoding(self._engine, command, self._clock)
        growths = [Growth(i, command, job) for i, job in enumerate(begun) if isinstance(job, Job)]
        places = [(growth, place) for growth in growths for place in range(len(growth.job.passages))]
        done: dict[int, Translation] = {}
        underway = decoding.submit([growth.job for growth in growths])
        async with aclosing(underway.arrivals), aclosing(decoding.settle(underway)) as settled:
            yield Begun(tuple(None if isinstance(job, Job) else job for job in begun))
            for index, job in enumerate(begun):
                if isinstance(job, Translation) or not job.passages:
                    done[index] = self._finish(command, job)
                    if text := done[index].text:
                        yield Wording(index, text)
                    yield TextDone(index, done[index])
            async for number, answer in settled:
                growth, place = places[number]
                for event in growth.settle(place, answer):
                    yield event
                if growth.is_settled:
                    finish = partial(self._finish, command)
                    [done[growth.index]] = await each(finish, [growth.job], away=is_long(command.texts))
                    yield TextDone(growth.index, done[growth.index])
        translations = tuple(done[index] for index in range(len(begun)))
        usage, timing = decoding.usage(num_characters), decoding.timing(self._clock() - started)
        yield Finished(Outcome(translations, usage, timing, decoding.origins()))

    async def document(self, command: Translate) -> AsyncGenerator[Portion | Finished, None]:
        """Translate the one text of `command`, however long, portion by portion, and yield how far it is; then all.

        What is asked for next begins when it is asked for. The translation is the one that `translate` returns.

        Raises:
            EngineError: the engine takes nothing, now or later.
        """
        started = self._clock()
        [text] = command.texts
        job = await documents.work(partial(self._take_apart, command, 0, text))
        decoding = Decoding(self._engine, command, self._clock)
        if isinstance(job, Job):
            async for portion in documents.decode(job, decoding):
                yield portion
        translation = await documents.work(lambda _: self._finish(command, job))
        usage, timing = decoding.usage(len(text)), decoding.timing(self._clock() - started)
        yield Finished(Outcome((translation,), usage, timing, decoding.origins()))

    async def _begin_all(self, command: Translate) -> list[Job | Translation]:
        numbered = list(enumerate(command.texts))
        return await each(lambda item: self._begin(command, *item), numbered, away=is_long(command.texts))

    def _begin(self, command: Translate, index: int, text: str) -> Job | Translation:
        """The text taken apart; or its translation, where no model is needed or none can help."""
        if len(text) > self._max_text_characters:
            limit = self._max_text_characters
            message = f"texts[{index}] has {len(text)} characters; the limit is {limit}"
            return Translation(None, command.source, error=TextError("text_too_long", message))
        return self._take_apart(command, index, text)

    def _take_apart(self, command: Translate, index: int, text: str, check: Check = lambda: None) -> Job | Translation:
        """The same for a text of any length, which takes long: `check` may end it."""
        try:
            prose = prose_of(text, command.form, command.tags, lines_end=command.split == "sentences")
        except MarkupError as error:
            message = f"texts[{index}] is not well-formed XML: {error}"
            return Translation(None, command.source, error=TextError("invalid_markup", message))
        if not has_letter(prose.text):
            return Translation(text, command.source)
        detected = None if command.source else next(iter(self.detect(prose.text)), None)
        source = detected.language if detected else command.source or command.fallback
        if source is None:
            message = f"texts[{index}]: no served language was recognised; name the source"
            return Translation(None, None, error=TextError("source_undetected", message))
        if source == command.target:
            return Translation(text, source, detected)
        route = self._routes.get((source, command.target))
        if route is None:
            message = f"texts[{index}]: from {source!r} to {command.target!r} is not served"
            return Translation(None, source, detected, error=TextError("unsupported_pair", message))
        draft = route.draft(prose, command.keep)
        return Job(route, draft, detected, draft.passages(route.pair.source, command.split, check))

    def _finish(self, command: Translate, job: Job | Translation) -> Translation:
        if isinstance(job, Translation):
            return job
        source = job.route.pair.source
        if job.error is not None:
            error = TextError(job.error.code, str(job.error) or "the engine failed")
            return Translation(None, source, job.detected, error=error)
        translation = render(command, job.draft.prose, source, job.decoded)
        if job.detected is None or job.detected.confidence >= CERTAIN:
            return replace(translation, detected=job.detected)
        return replace(translation, detected=job.detected, warnings=(*translation.warnings, UNCERTAIN))
