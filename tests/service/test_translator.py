"""Text in, text out, nothing lost: the translator over engines that are not there."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.artifact_config import Pair
from service.decoding import Engine
from service.engine.errors import DeadlineExceeded, NotReady, QueueFull
from service.engine.result import Outcome as SegmentOutcome
from service.engine.segment import Priority, Segment
from service.text.figures import lost_figures
from service.text.languages import Detection
from service.text.placeholders import find_placeholders
from service.text.segmentation import Split
from service.text.spans import Span
from service.translation import Outcome, Translate, Translation
from service.translator import Translator
from tests.laws import examples
from tests.service.doubles import EchoEngine, FakeEngine, routes
from tests.service.text.models import subword
from tests.service.text.strategies import splits, texts

EN_DE, DE_EN = Pair("en", "de", "<2de>"), Pair("de", "en", "<2en>")


class FixedDetector:
    """Finds German in texts with an umlaut, English in others, nothing in "???"-like ones."""

    def detect(self, text: str) -> Sequence[Detection]:
        """One language, or none for a text that names none."""
        if "unclear" in text:
            return ()
        confidence = 0.7 if "doubt" in text else 0.99
        return (Detection("de" if "ü" in text else "en", confidence),)


def translator(engine: Engine, pairs: Sequence[Pair] = (EN_DE, DE_EN), max_source_tokens: int = 200) -> Translator:
    return Translator(engine, routes(subword(), pairs, max_source_tokens), FixedDetector(), max_text_characters=5000)


def outcome(engine: Engine, command: Translate, max_source_tokens: int = 200) -> Outcome:
    return asyncio.run(translator(engine, max_source_tokens=max_source_tokens).translate(command))


def translate(function: Callable[[str], str | Sequence[str]], text: str, **options: object) -> Translation:
    """`text` by an engine that answers `function` of what it is shown, one hypothesis or several."""

    def hypotheses(shown: str) -> Sequence[str]:
        answer = function(shown.removeprefix("<2de>").strip())
        return [answer] if isinstance(answer, str) else answer

    command = replace(Translate((text,), "de", "en"), **options)  # type: ignore[arg-type]
    (translation,) = outcome(FakeEngine(subword(), hypotheses), command).translations
    return translation


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


@pytest.mark.parametrize(
    ("function", "text", "code"),
    [
        (lambda shown: shown, "the fox", "untranslated"),
        (lambda shown: "", "the fox", "untranslated"),
        (lambda shown: "ja " * 8, "the fox", "repetition"),
        (lambda shown: " ".join(f"w{i}x" for i in range(300)), "the fox", "repetition"),
        (lambda shown: " ".join("abcdefghijklmnopqrstuvwxyz" * 2), "the quick brown fox jumps over", "low_coverage"),
        (lambda shown: shown.replace("Tom", "Tim") + "!", "the fox {name}", "placeholder_restored"),
        (str.upper, "a fox, " * 200, "split"),
    ],
)
def test_warnings_tell_what_happened(function: Callable[[str], str], text: str, code: str) -> None:
    translation = translate(function, text)
    assert code in [warning.code for warning in translation.warnings]
    assert translation.text


def test_a_lost_placeholder_is_translated_around() -> None:
    translation = translate(lambda shown: shown.upper().replace("TOM", ""), "Hello {name}, you have {x} foxes.")
    assert translation.text == "HELLO {name}, YOU HAVE {x} FOXES."
    assert [warning.code for warning in translation.warnings] == ["placeholder_restored"]


def test_fragments_get_no_full_stop_that_they_did_not_have() -> None:
    translation = translate(
        lambda shown: shown.upper().replace("TOM", "").rstrip(".") + " .", "Hello {name}, good dog."
    )
    assert translation.text == "HELLO {name}, GOOD DOG ."


@pytest.mark.parametrize(
    ("answers", "codes"),
    [
        (["Hallo Tom!", "Hallo!"], []),
        (["Hallo!", "Hallo Tom!"], ["placeholder_restored"]),
        (["Hallo Tom Tom!", "Hallo Tom!"], ["placeholder_restored"]),
    ],
)
def test_the_first_hypothesis_that_keeps_the_placeholder_is_taken_and_says_if_it_is_not_the_first(
    answers: list[str], codes: list[str]
) -> None:
    translation = translate(lambda shown: answers, "Hello {name}!")
    assert translation.text == "Hallo {name}!"
    assert [warning.code for warning in translation.warnings] == codes


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


class CountingEngine(FakeEngine):
    """Keeps the number of its visits."""

    def __init__(self, function: Callable[[str], Sequence[str]]) -> None:
        super().__init__(subword(), lambda shown: function(shown.removeprefix("<2de>").strip()))
        self.visits: list[int] = []

    async def translate(self, segments: Sequence[Segment]) -> list[SegmentOutcome]:
        """One result per segment."""
        self.visits.append(len(segments))
        return await super().translate(segments)


LONG = "The quick brown fox jumps over the lazy dog, and Tom has many pears today"


def mend(function: Callable[[str], Sequence[str]], text: str = LONG) -> tuple[Translation, list[int]]:
    engine = CountingEngine(function)
    (translation,) = outcome(engine, Translate((text,), "de", "en")).translations
    return translation, engine.visits


def test_a_lost_placeholder_is_asked_for_again_by_another_name() -> None:
    translation, visits = mend(lambda shown: [shown.upper().replace("BOSTON", "Boston")], "Hello {name}, good dog!")
    assert (translation.text, visits) == ("HELLO {name}, GOOD DOG!", [1, 1])
    assert [warning.code for warning in translation.warnings] == ["placeholder_restored"]


@pytest.mark.parametrize(
    ("text", "expected", "parts"),
    [
        ("the fox &amp; {name}", "THE FOX &amp; {name}", ["the fox"]),
        ("{name}, &amp; the dog", "{name}, &amp; THE DOG", ["the dog"]),
        ("the fox &amp; the dog, {name}!", "THE FOX &amp; THE DOG, {name}!", ["the fox and the dog,"]),
    ],
)
def test_what_stands_around_a_lost_placeholder_begins_and_ends_with_words(
    text: str, expected: str, parts: list[str]
) -> None:
    asked: list[str] = []

    def answer(shown: str) -> list[str]:
        asked.append(shown)
        return [re.sub("TOM|BOSTON", "", shown.upper()).replace(" AND ", " UND ")]

    translation, _ = mend(answer, text)
    assert (translation.text, asked[2:]) == (expected, parts)


def test_a_placeholder_that_was_restored_stays_so_when_no_other_text_can_be_helped() -> None:
    class Stopping(CountingEngine):
        async def translate(self, segments: Sequence[Segment]) -> list[SegmentOutcome]:
            if len(self.visits) == 2:
                raise NotReady("the engine stops")
            return await super().translate(segments)

    engine = Stopping(lambda shown: [re.sub("Tom" if "fox" in shown else "Tom|Boston", "", shown)])
    command = Translate(("{name} sees the fox", "{name} sees the dog"), "de", "en")
    restored, lost = outcome(engine, command).translations
    assert (restored.text, restored.error) == ("{name} sees the fox", None)
    assert lost.error is not None
    assert (lost.text, lost.error.code) == (None, "not_ready")


def test_what_is_sound_is_asked_for_once() -> None:
    translation, visits = mend(lambda shown: [shown.upper()])
    assert (translation.text, translation.warnings, visits) == (LONG.upper(), (), [1])


def test_another_hypothesis_takes_the_place_of_a_loop() -> None:
    translation, visits = mend(lambda shown: ["ja nein " * 9, "ja " * 9, shown.upper()])
    assert (translation.text, visits) == (LONG.upper(), [1, 1])
    assert [warning.code for warning in translation.warnings] == ["repetition"]


def test_halves_take_the_place_of_a_loop_in_all_hypotheses() -> None:
    translation, visits = mend(lambda shown: ["ja " * 9] if "dog" in shown and "Tom" in shown else [shown.upper()])
    assert (translation.text, visits) == (LONG.upper(), [1, 1, 2])
    assert [warning.code for warning in translation.warnings] == ["repetition"]


def test_nothing_babbles() -> None:
    translation, visits = mend(lambda shown: ["ja " * 9])
    assert (translation.text, visits) == (LONG, [1, 1, 2])
    assert [warning.code for warning in translation.warnings] == ["repetition", "untranslated"]


def test_what_is_no_language_comes_back_and_says_so() -> None:
    translation, visits = mend(lambda shown: ["All of the same ways"], "aaaaaa {x} aaaa!")
    assert (translation.text, visits) == ("aaaaaa {x} aaaa!", [1])
    assert [warning.code for warning in translation.warnings] == ["untranslated"]


def test_an_echo_gives_way_to_another_hypothesis_or_is_reported() -> None:
    translation, _ = mend(lambda shown: [shown, shown.upper()])
    assert (translation.text, [each.code for each in translation.warnings]) == (LONG.upper(), ["untranslated"])
    translation, visits = mend(lambda shown: [shown])
    assert (translation.text, [each.code for each in translation.warnings]) == (LONG, ["untranslated"])
    assert visits == [1, 1]


def test_a_translation_that_is_much_too_short_is_made_anew() -> None:
    translation, _ = mend(lambda shown: ["ja"] if "dog" in shown and "Tom" in shown else [shown.upper()])
    assert translation.text == LONG.upper()
    assert [warning.code for warning in translation.warnings] == ["low_coverage"]


def test_a_refusal_on_the_way_to_something_better_leaves_the_first_answer() -> None:
    class Full(CountingEngine):
        async def translate(self, segments: Sequence[Segment]) -> list[SegmentOutcome]:
            if self.visits:
                raise QueueFull(1.0)
            return await super().translate(segments)

    engine = Full(lambda shown: ["ja nein"])
    (translation,) = outcome(engine, Translate((LONG,), "de", "en")).translations
    assert (translation.text, translation.error) == ("ja nein", None)
    assert [warning.code for warning in translation.warnings] == ["low_coverage"]


@pytest.mark.parametrize("num_admitted", [1, 2, 3])
def test_a_lost_number_is_restored_or_the_text_has_failed(num_admitted: int) -> None:
    class Stopping(CountingEngine):
        async def translate(self, segments: Sequence[Segment]) -> list[SegmentOutcome]:
            if len(self.visits) == num_admitted:
                raise NotReady("the engine stops")
            return await super().translate(segments)

    engine = Stopping(lambda shown: [re.sub(r"\d", "", shown.upper())])
    lost, kept = outcome(engine, Translate(("the fox has 38 pears.", "the fox"), "de", "en")).translations
    assert lost.error is not None
    assert (lost.text, lost.error.code) == (None, "not_ready")
    assert kept.text == "THE FOX"


def test_all_but_the_first_visit_are_follow_ups_of_an_admitted_request() -> None:
    class Noting(CountingEngine):
        are_follow_ups: ClassVar[list[set[bool]]] = []

        async def translate(self, segments: Sequence[Segment]) -> list[SegmentOutcome]:
            self.are_follow_ups.append({segment.is_follow_up for segment in segments})
            return await super().translate(segments)

    text = outcome(Noting(lambda shown: [re.sub(r"\d", "", shown.upper())]), Translate(("38 {x} pears.",), "de", "en"))
    assert text.translations[0].error is None
    first, *later = Noting.are_follow_ups
    assert first == {False}
    assert later
    assert set().union(*later) == {True}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (lambda shown: [shown.upper().replace("38", "83")], "THE FOX HAS 38 PEARS."),  # a mask: 17 is copied
        (lambda shown: [shown.upper().replace("38", "83"), "die Birnen: 38"], "die Birnen: 38"),
        (lambda shown: [re.sub(r"\d", "", shown.upper())], "THE FOX HAS 38 PEARS."),  # around it
    ],
)
def test_a_number_that_was_changed_is_restored(answers: Callable[[str], list[str]], expected: str) -> None:
    translation = translate(answers, "the fox has 38 pears.")
    assert translation.text == expected
    assert [warning.code for warning in translation.warnings] == ["placeholder_restored"]


@pytest.mark.parametrize(
    ("pair", "text", "expected"),
    [
        (EN_DE, "it costs 3,500 euros", "IT COSTS 3.500 EUROS"),
        (EN_DE, "it costs $1,234.50", "IT COSTS $1.234,50"),
        (EN_DE, "it costs €3.5", "IT COSTS €3,5"),
        (EN_DE, "version 3.5 of `f(3,500)`", "VERSION 3.5 OF `f(3,500)`"),
        (DE_EN, "es sind 3.500 Hunde", "ES SIND 3,500 HUNDE"),
        (DE_EN, "am 3.12.2024 um 9.30 Uhr", "AM 3.12.2024 UM 9.30 UHR"),
        (DE_EN, "host 127.100.100.100", "HOST 127.100.100.100"),
    ],
)
def test_a_number_that_the_model_copies_is_written_as_its_language_does(pair: Pair, text: str, expected: str) -> None:
    translation = translate(
        lambda shown: shown.removeprefix("<2en>").strip().upper().replace("TOM", "Tom"),
        text,
        source=pair.source,
        target=pair.target,
    )
    assert (translation.text, translation.warnings) == (expected, ())


def test_a_number_that_lost_its_mark_is_restored_in_the_targets_notation() -> None:
    answers = {"It costs 3,500 euros.": "Es kostet 35 Euro.", "It costs 17 euros.": "Es kostet 17 Euro."}
    assert translate(answers.__getitem__, "It costs 3,500 euros.").text == "Es kostet 3.500 Euro."


def test_a_vulgar_fraction_stays_with_its_number() -> None:
    translation = translate(str.upper, "the fox has 2½ pears and ¾ of a 1,234½ dog.")
    assert translation.text == "THE FOX HAS 2½ PEARS AND ¾ OF A 1.234½ DOG."


def test_a_number_whose_mask_is_lost_is_asked_for_again_by_another_one() -> None:
    answers = {"costs 3,500": "kostet", "costs 17": "kostet", "costs 38": "kostet 38"}
    translation = translate(lambda shown: f"Es {answers[shown[3:-7]]} Euro.", "It costs 3,500 euros.")
    assert translation.text == "Es kostet 3.500 Euro."
    assert [warning.code for warning in translation.warnings] == ["placeholder_restored"]


@examples(100)
@given(texts, splits)
def test_masks_make_no_segment_longer_than_the_model_takes(text: str, split: Split) -> None:
    engine = FakeEngine(subword(), lambda shown: [re.sub(r"\d|&|[A-Z]", "", shown)[::-1]])
    outcome(engine, Translate((f"{text} 5 & 7",), "de", "en", split=split), max_source_tokens=12)
    assert all(segment.num_tokens <= 12 for segment in engine.segments)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the fox &amp; the dog sing.", "DER FOX &amp; DER DOG SING."),
        ("THE FOX &amp; THE DOG", "DER FOX &amp; DER DOG"),
        ("&amp; the R&amp;D & {x} &amp; me &lt; you", "&amp; DER R&amp;D & {x} &amp; ME &lt; YOU"),
    ],
)
def test_an_entity_between_words_is_read_as_a_word_and_stays_an_entity(text: str, expected: str) -> None:
    def answer(shown: str) -> str:
        assert "amp" not in shown
        return re.sub("TOM|BOSTON|LONDON|BOB", lambda name: name[0].title(), shown.upper())

    translation = translate(lambda shown: answer(shown).replace("AND", "UND").replace("THE", "DER"), text)
    assert (translation.text, translation.warnings) == (expected, ())


def test_an_entity_that_the_model_makes_up_is_its_character() -> None:
    assert translate(lambda shown: "der Fuchs &amp; Hund", "the fox, the dog").text == "der Fuchs & Hund"
    translation = translate(lambda shown: "&amp; der Fuchs und Hund", "the fox &amp; the dog")
    assert (translation.text, translation.warnings) == ("& der Fuchs &amp; Hund", ())


amp_words = st.sampled_from(["the", "fox", "and", "&", "&amp;", "&lt;", "5", "{x}", "R&amp;D", "amp", "dog."])


@examples(150)
@given(
    st.lists(amp_words, min_size=1, max_size=12).map(" ".join),
    splits,
    st.sampled_from(
        [
            str.swapcase,
            lambda shown: shown.replace("and", "und"),
            lambda shown: shown.replace("and", "&"),
            lambda shown: shown.replace("and", "&amp;"),
            lambda shown: f"&amp; {shown}",
            lambda shown: shown.replace("and", "oder"),
            lambda shown: f"{shown} und mehr",
            lambda shown: f"{shown}, {shown}",
            lambda shown: shown[::-1],
            lambda shown: "ja",
        ]
    ),
)
def test_each_entity_is_kept_exactly_whatever_the_model_says(
    text: str, split: Split, function: Callable[[str], str]
) -> None:
    translation = translate(function, text, split=split)
    assert translation.text is not None
    assert [translation.text.count(each) for each in ("&amp;", "&lt;", "{x}")] == [
        text.count(each) for each in ("&amp;", "&lt;", "{x}")
    ]


@examples(100)
@given(texts, splits)
def test_no_figure_is_ever_lost(text: str, split: Split) -> None:
    without_vowels = str.maketrans("aeiouAEIOU", "bcdfgBCDFG")  # words that stand for numbers would do as well

    def lose(shown: str) -> str:
        return re.sub(r"\d|&", "", shown).swapcase()[::-1].translate(without_vowels)

    translation = translate(lose, text, split=split)
    assert translation.text is not None
    assert lost_figures(text, translation.text, EN_DE) == []


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
