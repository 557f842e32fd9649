"""Text in, text out, nothing lost: the translator over engines that are not there."""

import asyncio
import re
from collections.abc import Sequence

import pytest
from hypothesis import given

from service.engine.errors import DeadlineExceeded, QueueFull
from service.engine.result import Outcome as SegmentOutcome
from service.engine.segment import Priority, Segment
from service.text.languages import Detection
from service.text.placeholders import find_placeholders
from service.text.segmentation import Split
from service.text.spans import Span
from service.translation import Translate
from service.translator import Translator
from tests.laws import examples
from tests.service.doubles import EchoEngine, FakeEngine, routes
from tests.service.text.models import subword
from tests.service.text.strategies import splits, texts
from tests.service.translating import EN_DE, FixedDetector, outcome, translate


@examples(150)
@given(texts, splits)
def test_an_identity_translator_returns_its_input_exactly(text: str, split: Split) -> None:
    (translation,) = outcome(EchoEngine(), Translate((text,), "de", "en", split=split)).translations
    assert translation.text == text


@examples(100)
@given(texts, splits)
def test_an_identity_translator_returns_what_it_had_to_cut_exactly(text: str, split: Split) -> None:
    command = Translate((text,), "de", "en", split=split)
    (translation,) = outcome(EchoEngine(), command, max_source_tokens=10).translations
    assert translation.text == text


@examples(100)
@given(texts, splits)
def test_every_translation_keeps_the_gaps_and_the_placeholders(text: str, split: Split) -> None:
    translation = translate(lambda shown: shown.swapcase().replace("Tom", "") + " x", text, split=split)
    assert translation.text is not None
    position = length = 0
    for report in translation.segments:
        gap = text[position : report.source.start]
        assert translation.text[length : report.target.start] == gap
        position, length = report.source.end, report.target.end
    assert translation.text[length:] == text[position:]
    kept = [placeholder.of(text) for placeholder in find_placeholders(text)]
    assert all(translation.text.count(each) >= kept.count(each) for each in kept)


def test_segments_are_translated_and_rejoined() -> None:
    translation = translate(str.upper, "  One fox.\r\n\t- Two foxes? 😀\u00a0\n")
    assert translation.text == "  ONE FOX.\r\n\t- TWO FOXES? 😀\u00a0\n"
    assert [report.source for report in translation.segments] == [Span(2, 10), Span(15, 25)]
    assert translation.warnings == ()


@pytest.mark.parametrize("text", ["", " \n", "12,5 % 😀", "...", "→ 3 × 4"])
def test_texts_without_words_come_back_without_the_engine(text: str) -> None:
    engine = FakeEngine(subword(), lambda shown: [])
    for source in ("en", None):
        (translation,) = outcome(engine, Translate((text,), "de", source)).translations
        assert (translation.text, translation.source, translation.score) == (text, source, None)
    assert engine.segments == []


def test_equal_languages_echo_the_text() -> None:
    engine = FakeEngine(subword(), lambda shown: [])
    (translation,) = outcome(engine, Translate(("the fox",), "en", "en")).translations
    assert (translation.text, translation.source) == ("the fox", "en")
    assert engine.segments == []


def test_scores_are_weighted_by_target_tokens_and_log_probs_sum() -> None:
    engine = FakeEngine(subword(), lambda shown: ["der"] if "One" in shown else ["der Fuchs", "das"])
    (translation,) = outcome(engine, Translate(("One. Two foxes.",), "de", "en")).translations
    short, long = (len(subword().encode(text).ids) + 1 for text in ("der", "der Fuchs"))
    scores = (-1 - short / 100, -1 - long / 100)
    assert translation.score == pytest.approx((short * scores[0] + long * scores[1]) / (short + long))
    assert translation.log_prob == pytest.approx(-(short + long))
    assert [report.score for report in translation.segments] == pytest.approx(scores)


def test_alternatives_are_the_likeliest_other_texts() -> None:
    translation = translate(
        lambda shown: ["eins", "ein", "1"] if "One" in shown else ["zwei Füchse", "zwei"],
        "One. Two foxes.",
        num_alternatives=2,
        beam_size=4,
    )
    assert translation.text == "eins zwei Füchse"
    found = [each.text for each in translation.alternatives]
    log_probs = [each.log_prob for each in translation.alternatives]
    assert len(set(found) - {translation.text}) == 2
    assert log_probs == sorted(log_probs, reverse=True)
    assert set(found) <= {"ein zwei Füchse", "eins zwei", "ein zwei", "1 zwei Füchse", "1 zwei"}


def test_fewer_alternatives_than_asked_are_allowed() -> None:
    assert translate(lambda shown: ["ja", "ja", "nein"], "yes", num_alternatives=3).alternatives[0].text == "nein"
    assert translate(str.upper, "yes", num_alternatives=3).alternatives == ()


def test_words_are_aligned_in_both_original_texts() -> None:
    text = "😀 - The fox met {name} 10\u00a0km away."
    translation = translate(lambda shown: shown.swapcase().replace("tOM", "Tom"), text, alignment=True)
    assert translation.text is not None
    (report,) = translation.segments
    pairs = [(link.source.of(text), link.target.of(translation.text)) for link in report.alignment]
    assert ("The", "tHE") in pairs
    assert all(0 < link.weight <= 1 for link in report.alignment)


@pytest.mark.parametrize(
    "message",
    [
        "{n, plural, one {a red fox} other {# red foxes}}",
        "{g, select, male {his red fox} other {{name} and a red fox}}",
    ],
)
def test_an_icu_message_is_kept_whole_and_its_branches_are_not_translated(message: str) -> None:
    translation = translate(lambda shown: shown.replace("red fox", "roter Fuchs"), f"A red fox has {message}.")
    assert translation.text == f"A roter Fuchs has {message}."
    assert translation.warnings == ()


def test_placeholders_are_units_of_alignment() -> None:
    text = "The fox met {name} there"
    translation = translate(lambda shown: shown.replace("fox", "dog"), text, alignment=True)
    assert translation.text == "The dog met {name} there"
    pairs = [(link.source.of(text), link.target.of(translation.text)) for link in translation.segments[0].alignment]
    assert ("{name}", "{name}") in pairs


def test_offsets_can_count_utf16_units() -> None:
    text = "😀 the fox 😀 the"
    in_points = translate(str.upper, text, alignment=True)
    in_units = translate(str.upper, text, alignment=True, offsets="utf16")
    assert in_points.segments[0].source == Span(2, 15)
    assert in_units.segments[0].source == Span(3, 17)
    assert in_units.segments[0].target == Span(3, 17)
    assert in_units.segments[0].alignment[-1].source.end == 17


def test_capitals_are_shown_in_ordinary_case_and_answered_in_capitals() -> None:
    seen: list[str] = []

    def answer(shown: str) -> str:
        seen.append(shown)
        return "kein großer Zutritt"

    assert translate(answer, "NO ENTRY HERE").text == "KEIN GROSSER ZUTRITT"
    assert seen == ["No entry here"]


@pytest.mark.parametrize(
    "text", ["close the window, tom", "Der Hund Und Die Katze", "die katze und der hund", "NASA", "Tom Smith and Anna"]
)
def test_any_other_case_is_the_models_business(text: str) -> None:
    """Lower case and names reach the model, and its answer the client, as they are: no noun loses its capital."""
    seen: list[str] = []

    def answer(shown: str) -> str:
        seen.append(shown)
        return "der Hund schließt das Fenster"

    assert translate(answer, text).text == "der Hund schließt das Fenster"
    assert seen == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- open **the fox**.\n- see *dog*", "- OPEN **THE FOX**.\n- SEE *DOG*"),
        ("see [the fox](https://a.b/c_d), **Tom**", "SEE [THE FOX](https://a.b/c_d), **Tom**"),
        ("one & two &amp; **the fox** {x}", "ONE & TWO &amp; **THE FOX** {x}"),
    ],
)
def test_marks_of_markdown_stay_at_their_words(text: str, expected: str) -> None:
    found = translate(lambda shown: re.sub(r"\b(?!and)[a-z]+", lambda match: match[0].upper(), shown), text)
    assert found.text == expected


def test_what_the_model_cannot_read_in_a_sentence_is_kept_as_a_name() -> None:
    assert translate(lambda shown: shown.swapcase().replace("tOM", "Tom"), "the 世界 地 fox").text == "THE 世界 地 FOX"
    word = "abcdefghijklmnopqrstuvwxyz" * 2
    assert translate(lambda shown: shown.swapcase().replace("tOM", "Tom"), f"the {word} fox").text == f"THE {word} FOX"
    assert translate(lambda shown: "x", word).text == word


def test_listed_literals_and_language_tags_are_kept() -> None:
    translation = translate(lambda shown: shown.upper().replace("TOM", "Tom"), "the acme <2en> fox", keep=("acme",))
    assert translation.text is not None
    assert "acme" in translation.text
    assert "<2en>" in translation.text


def test_languages_are_detected_per_text() -> None:
    engine = FakeEngine(subword(), lambda shown: ["x"])
    command = Translate(("the fox", "über", "unclear", "some doubt"), "de")
    english, german, unclear, doubtful = outcome(engine, command).translations
    assert (english.source, english.detected) == ("en", Detection("en", 0.99))
    assert (german.text, german.source) == ("über", "de")
    assert unclear.error is not None
    assert (unclear.text, unclear.error.code) == (None, "source_undetected")
    assert [warning.code for warning in doubtful.warnings] == ["source_uncertain"]


def test_a_fault_of_one_text_is_its_own() -> None:
    command = Translate(("the fox", "x" * 5001, "the dog"), "de", "en")
    first, second, third = outcome(FakeEngine(subword(), lambda shown: ["ja"]), command).translations
    assert (first.text, third.text) == ("ja", "ja")
    assert second.error is not None
    assert (second.error.code, second.error.message) == (
        "text_too_long",
        "texts[1] has 5001 characters; the limit is 5000",
    )


def test_an_unserved_pair_is_an_error_common_to_all_texts() -> None:
    result = outcome(FakeEngine(subword(), lambda shown: []), Translate(("the fox", "the dog"), "fr", "en"))
    error = result.common_error()
    assert error is not None
    assert error.code == "unsupported_pair"


def test_errors_that_differ_or_spare_a_text_are_not_common() -> None:
    engine = FakeEngine(subword(), lambda shown: ["ja"])
    assert outcome(engine, Translate(("x" * 5001, "the fox"), "de", "en")).common_error() is None
    assert outcome(engine, Translate(("x" * 5001, "unclear"), "de")).common_error() is None
    assert outcome(engine, Translate((), "de", "en")).common_error() is None


class FaultyEngine(FakeEngine):
    """Fails each segment that has a question mark; refuses everything on the second visit."""

    def __init__(self) -> None:
        super().__init__(subword(), lambda shown: [shown.upper()])
        self.num_visits = 0

    async def translate(self, segments: Sequence[Segment]) -> list[SegmentOutcome]:
        """The echo, in capitals, of what has no question mark."""
        self.num_visits += 1
        if self.num_visits > 1:
            raise QueueFull(1.0)
        results = await super().translate(segments)
        questions = ["?" in subword().decode_text(segment.ids) for segment in segments]
        return [DeadlineExceeded() if is_one else result for is_one, result in zip(questions, results, strict=True)]


def test_a_failed_segment_fails_its_text_and_no_other() -> None:
    command = Translate(("One. Two?", "the fox"), "de", "en")
    first, second = outcome(FaultyEngine(), command).translations
    assert first.error is not None
    assert (first.text, first.error.code) == (None, "deadline_exceeded")
    assert second.text == "<2DE> THE FOX" or second.text == "THE FOX"


def test_a_refusal_on_the_way_around_fails_that_text_only() -> None:
    command = Translate(("Hello {name}!", "the fox"), "de", "en")
    first, second = outcome(FaultyEngine(), command).translations
    assert first.error is not None
    assert first.error.code == "overloaded"
    assert second.error is None


def test_a_refused_request_raises() -> None:
    engine = FaultyEngine()
    engine.num_visits = 1
    with pytest.raises(QueueFull):
        outcome(engine, Translate(("the fox",), "de", "en"))


def test_the_command_reaches_the_engine() -> None:
    engine = FakeEngine(subword(), lambda shown: ["ja"])
    command = Translate(
        ("the fox",),
        "de",
        "en",
        beam_size=2,
        num_alternatives=1,
        deadline_s=5.0,
        priority=Priority.BULK,
        client="someone",
        alignment=True,
    )
    running = Translator(engine, routes(subword(), [EN_DE]), FixedDetector(), clock=lambda: 100.0)
    asyncio.run(running.translate(command))
    (segment,) = engine.segments
    ids = subword().as_source(subword().encode("the fox"), "<2de>").ids
    expected = Segment("double", 2, ids, 2 * len(ids) + 10, 2, "someone", Priority.BULK, 105.0, wants_attention=True)
    assert segment == expected


def test_usage_and_timing_add_up() -> None:
    result = outcome(FakeEngine(subword(), lambda shown: ["ja"]), Translate(("the fox. A dog.", "12"), "de", "en"))
    num_target = 2 * (len(subword().encode("ja").ids) + 1)
    assert (result.usage.characters, result.usage.target_tokens) == (17, num_target)
    assert (result.timing.queue_s, result.timing.encode_s, result.timing.decode_s) == (0.1, 0.2, 0.3)
    assert result.timing.total_s > 0


def test_long_requests_leave_the_event_loop_and_answer_the_same() -> None:
    text = "The fox met a dog. " * 150
    assert translate(str.upper, text).text == text.upper()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%s met %d", "%s MET %d"),
        ("%1$s met %2$s", "%2$s MET %1$s"),
        ("{a} met {b}", "{b} MET {a}"),
        ("{} met {}", "{} MET {}"),
    ],
)
def test_formats_that_take_their_arguments_in_turn_stay_in_order(text: str, expected: str) -> None:
    def swap(shown: str) -> str:
        return " ".join(word.upper() if word == "met" else word for word in reversed(shown.split()))

    assert translate(swap, text).text == expected
