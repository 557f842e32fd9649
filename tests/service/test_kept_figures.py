"""Numbers and entities reach the answer, whatever the model makes of them."""

import re
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.artifact_config import Pair
from service.engine.errors import NotReady
from service.engine.result import Outcome as SegmentOutcome
from service.engine.segment import Segment
from service.text.figures import lost_figures
from service.text.segmentation import Split
from service.translation import Translate
from tests.laws import examples
from tests.service.doubles import FakeEngine
from tests.service.text.models import subword
from tests.service.text.strategies import splits, texts
from tests.service.translating import DE_EN, EN_DE, CountingEngine, outcome, translate


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the fox has {x}5 kg of pears", "THE FOX HAS {x}5 kg OF PEARS"),
        ("`One. Two.`¼ l of milk", "`One. Two.`¼ l OF MILK"),
        ("the fox has 1,234{x} pears", "THE FOX HAS 1,234{x} PEARS"),
    ],
)
def test_a_number_that_is_glued_to_a_lost_placeholder_stays_whole(text: str, expected: str) -> None:
    translation = translate(lambda shown: re.sub("TOM|BOSTON|LONDON", "", shown.upper()), text)
    assert translation.text == expected
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
