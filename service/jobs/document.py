"""The job of translating a document: bulk work, portion by portion, between requests that somebody waits for."""

import asyncio
from collections import Counter
from contextlib import ExitStack, aclosing, suppress
from dataclasses import replace

from service.access.control import Caller
from service.catalogue import Model
from service.core import Core
from service.errors import DeadlineExceeded
from service.jobs.job import JobFailed, Kind, Report
from service.jobs.shelf import Shelf, Stored
from service.streaming import Finished
from service.text.languages import Detection
from service.translation import Outcome, Translate, Usage

BYTE_ORDER_MARK = "\ufeff"
_LONGEST_WAIT_S = 5.0  # between two looks whether the queue has room again


class Withdrawn(Exception):
    """Lets what was taken for a job be given back."""


class Document:
    """Translates the text in `source` as `command` says, whose own texts do not count.

    `charge` holds what was taken from the caller's rates and quota until it ends. Afterwards `result` has the
    translation, and the other facts are known.
    """

    kind = Kind.DOCUMENT
    can_be_cancelled = True

    def __init__(
        self, core: Core, caller: Caller, command: Translate, num_characters: int, source: Stored, charge: ExitStack
    ) -> None:
        self.num_characters = num_characters
        self.command = replace(command, texts=(), deadline_s=None)
        self.language = command.source
        self.detected: Detection | None = None
        self.model: Model | None = None
        self.usage: Usage | None = None
        self.warnings: Counter[str] = Counter()
        self.result: Stored | None = None
        self._core, self._caller = core, caller
        self._source, self._charge = source, charge
        self._shelf = source.shelf
        self._is_closed = False

    async def run(self, report: Report) -> None:
        """Translate it, count it, and keep the translation."""
        limit_s = self._core.settings.max_job_s
        with self._charge:
            try:
                async with asyncio.timeout(limit_s):
                    await self._run(report)
            except TimeoutError:
                raise DeadlineExceeded(f"the job was not done within {limit_s:g} s") from None

    async def _run(self, report: Report) -> None:
        content = await self._source.read()
        text = content.decode("utf-8")
        mark = BYTE_ORDER_MARK if text.startswith(BYTE_ORDER_MARK) else ""
        outcome = await self._translated(text[len(mark) :], report)
        [translation] = outcome.translations
        if translation.text is None:
            error = translation.error
            assert error is not None, "a translation has a text or an error"
            raise JobFailed(error.code, error.message.replace("texts[0]", "file"))
        self._source.close()
        await self._keep((mark + translation.text).encode("utf-8"), self._shelf)
        self._core.access.record(self._caller, self.num_characters)
        self._note(outcome)

    async def _translated(self, text: str, report: Report) -> Outcome:
        core = self._core
        self._catalogue = core.catalogue  # without an await up to the version that is asked now
        async with aclosing(core.translator.document(replace(self.command, texts=(text,)))) as portions:
            while True:
                core.admission.check_open()  # and not inside: a service that stops waits for no document
                portion = await anext(portions)
                if isinstance(portion, Finished):
                    return portion.outcome
                report(portion.num_done / portion.num_passages)
                if portion.retry_after_s is not None:
                    await asyncio.sleep(min(portion.retry_after_s, _LONGEST_WAIT_S))

    async def _keep(self, content: bytes, shelf: Shelf) -> None:
        stored = await shelf.put(content)
        if self._is_closed:
            stored.close()
        self.result = stored

    def _note(self, outcome: Outcome) -> None:
        [translation] = outcome.translations
        self.language, self.detected, self.usage = translation.source, translation.detected, outcome.usage
        if translation.segments and translation.source is not None:
            self.model = self._catalogue.serving(translation.source, self.command.target)
        self.warnings.update(warning.code for warning in translation.warnings)
        self._core.metrics.answered(outcome.origins)
        for code, number in self.warnings.items():
            self._core.metrics.warnings.labels(code).inc(number)

    def withdraw(self) -> None:
        """Give back what was taken for it."""
        with suppress(Withdrawn), self._charge:
            raise Withdrawn

    def close(self) -> None:
        """Free the disk, and let go of what is still held for it."""
        self._is_closed = True
        self._charge.close()
        self._source.close()
        if self.result is not None:
            self.result.close()
