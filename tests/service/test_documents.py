"""A document comes out as a text of its kind does, however many portions it takes."""

import asyncio
import threading
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace

import pytest

from service.documents import MAX_PASSAGES, MAX_TOKENS, Portion, portions, work
from service.engine.errors import EngineFault, NotReady, QueueFull
from service.engine.result import Outcome as SegmentOutcome
from service.engine.segment import Segment
from service.streaming import Finished
from service.text.draft import Check
from service.text.prose_reader import prose_of
from service.text.tokens import Format
from service.translation import Outcome, Translate
from service.translator import Translator
from tests.service.doubles import EchoEngine, FakeEngine, routes
from tests.service.text.models import subword
from tests.service.translating import EN_DE, FixedDetector

LINE = "The man number {} rides.\r\n  The dog & {{name}} sleeps!\n\n"
PARAGRAPH = "<p>The <b>man</b> number {} rides.</p>\n  <pre>x{}</pre><p>The dog &amp; {{name}} sleeps!<br/></p>\n"


def document(form: Format, size: int = 100) -> str:
    if form == "text":
        return "".join(LINE.format(i) for i in range(size))
    return "<body>" + "".join(PARAGRAPH.format(i, i) for i in range(size)) + "</body>"


def shout(shown: str) -> list[str]:
    return [shown.removeprefix("<2de>").strip().upper()]


def translator(engine: EchoEngine | FakeEngine, max_text_characters: int) -> Translator:
    return Translator(engine, routes(subword(), [EN_DE]), FixedDetector(), max_text_characters)


async def parts(engine: EchoEngine | FakeEngine, command: Translate) -> list[Portion | Finished]:
    async with aclosing(translator(engine, 10).document(command)) as told:
        return [part async for part in told]


def finished(told: Sequence[Portion | Finished]) -> Outcome:
    assert isinstance(told[-1], Finished)
    return told[-1].outcome


@pytest.mark.parametrize("form", ["text", "html", "xml"])
@pytest.mark.parametrize("source", ["en", None])
def test_a_document_is_translated_as_a_text_is(form: Format, source: str | None) -> None:
    command = Translate((document(form),), "de", source, form)
    alike = asyncio.run(translator(FakeEngine(subword(), shout), 100_000).translate(command))
    told = asyncio.run(parts(FakeEngine(subword(), shout), command))
    assert len(told) > 3
    assert finished(told).translations == alike.translations
    assert finished(told).usage == alike.usage


def test_it_tells_how_far_it_is() -> None:
    told = asyncio.run(parts(EchoEngine(), Translate((document("text"),), "de", "en")))
    counts = [part.num_done for part in told if isinstance(part, Portion)]
    assert counts == [64, 128, 192, 200]
    assert {part.num_passages for part in told if isinstance(part, Portion)} == {200}


def test_a_text_without_words_needs_no_portion() -> None:
    [only] = asyncio.run(parts(EchoEngine(), Translate(("1 2 3\n",), "de", "en")))
    assert isinstance(only, Finished)
    assert only.outcome.translations[0].text == "1 2 3\n"


class Refusing(EchoEngine):
    """Answers its visits with what `script` says, None meaning translations."""

    def __init__(self, *script: Exception | None) -> None:
        self._script = list(script)

    async def translate(self, segments: Sequence[Segment]) -> list[SegmentOutcome]:
        error = self._script.pop(0) if self._script else None
        if error is not None:
            raise error
        return await super().translate(segments)


def test_what_finds_no_room_is_asked_for_again_and_nothing_is_lost() -> None:
    command = Translate((document("text"),), "de", "en")
    full = QueueFull(2.5)
    told = asyncio.run(parts(Refusing(full, None, full, full), command))
    waits = [part.num_done for part in told if isinstance(part, Portion) and part.retry_after_s == 2.5]
    assert waits == [0, 64, 64]
    assert finished(told).translations == finished(asyncio.run(parts(EchoEngine(), command))).translations


def test_an_engine_that_stops_ends_it() -> None:
    with pytest.raises(NotReady):
        asyncio.run(parts(Refusing(None, NotReady("stopping")), Translate((document("text"),), "de", "en")))


class Faulty(EchoEngine):
    """Fails the second portion's segments."""

    num_visits = 0

    async def translate(self, segments: Sequence[Segment]) -> list[SegmentOutcome]:
        self.num_visits += 1
        answers = await super().translate(segments)
        return [EngineFault("a step failed")] * len(answers) if self.num_visits == 2 else answers


def test_a_fault_ends_it_with_an_error_and_without_more_work() -> None:
    engine = Faulty()
    told = asyncio.run(parts(engine, Translate((document("text"),), "de", "en")))
    [translation] = finished(told).translations
    assert translation.text is None
    assert translation.error is not None
    assert translation.error.code == "internal"
    assert engine.num_visits == 2


def test_portions_are_bounded_and_lose_nothing() -> None:
    route = routes(subword(), [EN_DE])["en", "de"]
    passages = route.draft(prose_of(document("text"), "text"), ()).passages("en", "sentences")
    long = replace(passages[0], encoded=replace(passages[0].encoded, ids=(1,) * (MAX_TOKENS - 5)))
    mixed = [*passages, long, passages[0], passages[1], long, long, *passages]
    groups = list(portions(mixed))
    assert [each for group in groups for each in group] == mixed
    assert all(len(group) <= MAX_PASSAGES for group in groups)
    assert all(sum(len(each.ids) for each in group) <= MAX_TOKENS for group in groups)
    assert list(portions([])) == []
    assert list(portions([replace(long, encoded=replace(long.encoded, ids=(1,) * 9999))] * 2)) != []


def test_work_that_nobody_waits_for_any_more_ends_and_others_have_their_turn() -> None:
    has_begun, has_ended = threading.Event(), threading.Event()

    def endless(check: Check) -> None:
        has_begun.set()
        try:
            while True:
                check()
                time.sleep(0.001)
        finally:
            has_ended.set()

    async def leave() -> str:
        working = asyncio.ensure_future(work(endless))
        await asyncio.to_thread(has_begun.wait)
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        return await work(lambda check: "next")

    assert asyncio.run(leave()) == "next"
    assert has_ended.is_set()


def test_the_text_of_a_document_is_taken_apart_with_a_look_at_each_part() -> None:
    [route] = routes(subword(), [EN_DE]).values()
    looks: list[int] = []
    text = "The man rides, " * 2000
    passages = route.draft(prose_of(text, "text"), ()).passages("en", "sentences", lambda: looks.append(1))
    assert len(looks) >= len(passages) > 10
