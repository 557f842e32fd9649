"""What a model gets wrong is seen, made anew, and said: lost placeholders, loops, echoes, answers too short."""

import re
from collections.abc import Callable, Sequence
from typing import ClassVar

import pytest

from service.engine.errors import NotReady, QueueFull
from service.engine.result import Outcome as SegmentOutcome
from service.engine.segment import Segment
from service.translation import Translate
from tests.service.translating import LONG, CountingEngine, mend, outcome, translate


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
