"""A stream says what the whole answer says, only sooner, and never takes a word back."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.backend import load_backend
from service.decoding import Engine
from service.engine.async_engine import Arrivals
from service.engine.errors import DeadlineExceeded, QueueFull
from service.engine.segment import Segment
from service.settings import Settings
from service.streaming import Begun, Event, Finished, SegmentDone, TextDone, Wording
from service.text.segmentation import Split
from service.text.tokens import Format
from service.translation import Translate
from tests.laws import examples
from tests.service.doubles import FakeEngine, arrivals
from tests.service.markup_strategies import html_texts, xml_texts
from tests.service.text.models import subword
from tests.service.text.strategies import splits, texts
from tests.service.tiny_artifact import write_tiny_artifact
from tests.service.translating import outcome, translator

forms = st.one_of(
    st.tuples(st.just("text"), texts), st.tuples(st.just("html"), html_texts), st.tuples(st.just("xml"), xml_texts)
)


def reversed_words(shown: str) -> Sequence[str]:
    """Sound: the words from the last to the first, and one more."""
    return [" ".join(["also", *reversed(shown.split())])]


def faulty(shown: str) -> Sequence[str]:
    """Copies, loops, and answers that lost a placeholder; what is short comes out well."""
    if len(shown) < 12:
        return reversed_words(shown)
    return [shown] if len(shown) % 3 == 0 else ["so so so so so so so so so so so so"] if len(shown) % 3 == 1 else ["x"]


def engine(function: Callable[[str], Sequence[str]]) -> FakeEngine:
    return FakeEngine(subword(), lambda shown: function(shown.removeprefix("<2de>").strip()))


def streamed(engine: Engine, command: Translate, max_source_tokens: int = 200) -> list[Event]:
    async def whole() -> list[Event]:
        return [event async for event in translator(engine, max_source_tokens=max_source_tokens).stream(command)]

    return asyncio.run(whole())


def in_utf16(text: str) -> bytes:
    return text.encode("utf-16-le")


@examples(150)
@given(
    st.lists(forms, min_size=1, max_size=3),
    splits,
    st.sampled_from([reversed_words, faulty]),
    st.sampled_from([200, 12]),
)
def test_a_stream_grows_into_the_whole_answer(
    sent: list[tuple[Format, str]], split: Split, function: Callable[[str], Sequence[str]], max_source_tokens: int
) -> None:
    form = sent[0][0]
    command = Translate(tuple(text for other, text in sent if other == form), "de", "en", form=form, split=split)
    command = replace(command, keep=("Tom",), num_alternatives=1, beam_size=2, alignment=True)
    expected = outcome(engine(function), command, max_source_tokens)
    events = streamed(engine(function), command, max_source_tokens)

    begun, finished = events[0], events[-1]
    assert isinstance(begun, Begun)
    assert isinstance(finished, Finished)
    assert finished.outcome.translations == expected.translations
    assert finished.outcome.usage == expected.usage
    prefixes, segments, done = dict.fromkeys(range(len(command.texts)), ""), dict[int, int](), set[int]()
    for event in events[1:-1]:
        assert not isinstance(event, Begun | Finished)
        assert event.index not in done
        translation = expected.translations[event.index]
        match event:
            case Wording(index, text):
                assert text
                prefixes[index] += text
                assert (translation.text or "").startswith(prefixes[index])
            case SegmentDone(index, segment, text, report):
                assert segment == segments.get(index, 0)
                segments[index] = segment + 1
                assert replace(translation.segments[segment], alignment=()) == report
                assert report.target.of(prefixes[index]) == text
            case TextDone(index, whole):
                assert whole == translation
                assert prefixes[index] == translation.text
                assert segments.get(index, 0) == len(translation.segments)
                done.add(index)
    assert done == set(prefixes)


@examples(50)
@given(texts, splits)
def test_offsets_may_count_as_javascript_does(text: str, split: Split) -> None:
    command = Translate((text,), "de", "en", split=split, offsets="utf16")
    events = streamed(engine(lambda shown: ["😀 " + "".join(reversed_words(shown))]), command)
    assert isinstance(events[-1], Finished)
    [translation] = events[-1].outcome.translations
    reports = [event.report for event in events if isinstance(event, SegmentDone)]
    assert reports == list(translation.segments)


class Slow(FakeEngine):
    """Lets what is left arrive when told to; knows whether it was given up."""

    def __init__(self) -> None:
        super().__init__(subword(), lambda shown: reversed_words(shown.removeprefix("<2de>").strip()))
        self.arrivals = Arrivals(0)
        self.is_given_up = False

    def stream(self, segments: Sequence[Segment]) -> Arrivals:
        self.segments += segments
        self.arrivals = Arrivals(len(segments))
        self.arrivals.on_close = self._give_up
        return self.arrivals

    def arrive(self, index: int) -> None:
        self.arrivals.put(index, self._result(self.segments[index]))

    def _give_up(self) -> None:
        self.is_given_up = True


def test_what_came_out_wrong_is_mended_before_it_is_sent() -> None:
    def looping(shown: str) -> Sequence[str]:
        return ["so so so so so so", "a sound one"] if "fox" in shown else ["x"]

    command = Translate(
        ("One fox. Hello {name}, my friend! \n😀\n Two foxes.",), "de", "en", beam_size=1, offsets="utf16"
    )
    events = streamed(engine(looping), command)
    assert isinstance(events[-1], Finished)
    [translation] = events[-1].outcome.translations
    assert {"repetition", "placeholder_restored"} <= {warning.code for warning in translation.warnings}
    assert "".join(event.text for event in events if isinstance(event, Wording)) == translation.text
    assert [event.report for event in events if isinstance(event, SegmentDone)] == list(translation.segments)
    assert events[-1].outcome.translations == outcome(engine(looping), command).translations


def test_a_segment_waits_for_those_before_it_and_for_no_other() -> None:
    async def scenario() -> None:
        slow = Slow()
        async with aclosing(translator(slow).stream(Translate(("One fox. Two foxes. Three.",), "de", "en"))) as events:
            await anext(events)
            slow.arrive(1)
            waiting = asyncio.ensure_future(anext(events))
            await asyncio.sleep(0.01)
            assert not waiting.done()
            slow.arrive(0)
            worded = [await waiting, *[await anext(events) for _ in range(5)]]
            assert "".join(event.text for event in worded if isinstance(event, Wording)) == (
                "also fox. One also foxes. Two "
            )

    asyncio.run(scenario())


@pytest.mark.parametrize("num_events", [1, 2])
def test_who_leaves_early_gives_up_what_has_not_come(num_events: int) -> None:
    slow = Slow()

    async def scenario() -> None:
        async with aclosing(translator(slow).stream(Translate(("One fox. Two foxes.",), "de", "en"))) as events:
            for _ in range(num_events):
                await anext(events)
                slow.arrive(0)

    asyncio.run(scenario())
    assert slow.is_given_up


def test_what_failed_is_an_error_of_its_text_alone() -> None:
    class Late(FakeEngine):
        def stream(self, segments: Sequence[Segment]) -> Arrivals:
            outcomes = [self._result(segment) for segment in segments]
            return arrivals([*outcomes[:1], DeadlineExceeded("too late"), *outcomes[2:]])

    late = Late(subword(), lambda shown: ["so"])
    events = streamed(late, Translate(("One fox. Two foxes. Three.", "Four.", "unclear"), "de", "en"))
    assert [event.text for event in events if isinstance(event, Wording) and event.index == 0] == ["so", " "]
    assert isinstance(events[-1], Finished)
    failed, sound, _ = events[-1].outcome.translations
    assert failed.error is not None
    assert (failed.text, failed.error.code, sound.text) == (None, "deadline_exceeded", "so")


def test_a_version_that_was_replaced_lives_until_its_streams_have_ended(tmp_path: Path) -> None:
    current = tmp_path / "current"
    versions = [write_tiny_artifact(tmp_path / str(seed), seed=seed) for seed in (1, 2)]
    current.symlink_to(versions[0])
    backend = load_backend(Settings(artifacts=(current,), max_cache_bytes=0, precision="fp32", strict=True))
    command = Translate(("How are two foxes today?",), "de", "en")

    async def scenario() -> None:
        await backend.warm_up()
        expected = await backend.core.translator.translate(command)
        async with aclosing(backend.core.translator.stream(command)) as events:
            await anext(events)
            current.unlink()
            current.symlink_to(versions[1])
            assert await backend.reload()
            last = [event async for event in events][-1]
        await backend.stop(5.0)
        assert isinstance(last, Finished)
        assert last.outcome.translations == expected.translations

    asyncio.run(scenario())


def test_what_is_not_admitted_has_no_first_event() -> None:
    class Full(FakeEngine):
        def stream(self, segments: Sequence[Segment]) -> Arrivals:
            raise QueueFull(1.0)

    with pytest.raises(QueueFull):
        streamed(Full(subword(), lambda shown: ["so"]), Translate(("One fox.",), "de", "en"))
