"""Segmentation is lossless, and cuts where a reader would."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text.placeholders import find_placeholders, find_tags
from service.text.segmentation import Split, segment
from service.text.spans import Span
from tests.laws import examples
from tests.service.text.cases import Case, read_cases
from tests.service.text.strategies import languages, splits, texts


def protected(text: str) -> tuple[list[Span], list[Span]]:
    placeholders = find_placeholders(text)
    return placeholders, find_tags(text, placeholders)


def segments_of(text: str, language: str = "en", split: Split = "sentences") -> list[str]:
    spans = segment(text, language, split, *protected(text))
    return [span.of(text) for span in spans]


@examples(200)
@given(texts, languages, splits)
def test_segments_are_in_order_disjoint_and_within_the_text(text: str, language: str, split: Split) -> None:
    spans = segment(text, language, split, *protected(text))
    offsets = [0, *(offset for span in spans for offset in (span.start, span.end)), len(text)]
    assert offsets == sorted(offsets)


@examples(200)
@given(texts, languages, splits)
def test_what_is_between_segments_says_nothing(text: str, language: str, split: Split) -> None:
    placeholders = find_placeholders(text)
    spans = segment(text, language, split, *protected(text))
    covered = {offset for span in [*spans, *placeholders] for offset in range(span.start, span.end)}
    left_out = [text[offset] for offset in range(len(text)) if offset not in covered and text[offset].isalpha()]
    assert all(letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" for letter in left_out)
    assert len(left_out) <= 4 * (text.count(")") + text.count("\n") + 1)  # list markers such as "iv)"


@examples(100)
@given(texts, languages, splits)
def test_segments_have_no_white_space_at_their_edges_and_a_letter(text: str, language: str, split: Split) -> None:
    for segment_text in segments_of(text, language, split):
        assert segment_text == segment_text.strip()
        assert any(character.isalpha() for character in segment_text)


@examples(100)
@given(texts, languages, splits)
def test_no_segment_ends_inside_a_placeholder(text: str, language: str, split: Split) -> None:
    placeholders = find_placeholders(text)
    for span in segment(text, language, split, *protected(text)):
        for offset in (span.start, span.end):
            assert not any(each.start < offset < each.end for each in placeholders)


@pytest.mark.parametrize("case", read_cases(), ids=lambda case: case.text)
def test_hard_cases_are_cut_where_a_reader_would(case: Case) -> None:
    spans = segment(case.text, case.language, "sentences", *protected(case.text))
    assert case.accepts(spans)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- one apple\n  * two pears\r\n\r\n10. three", ["one apple", "two pears", "three"]),
        ("# A title\n> Quoted text.", ["A title", "Quoted text."]),
        ("a) First b) second", ["First b) second"]),
        ("Name\tAge\tTown", ["Name", "Age", "Town"]),
        ("Name     Age", ["Name", "Age"]),
        ("  Indented.\n\tMore.  \n", ["Indented.", "More."]),
        ("Hello. 😀 Bye. 👍🏽", ["Hello.", "Bye."]),
        ("I ❤️ you", ["I ❤️ you"]),
        ("<p>Hello <b>you</b></p>", ["Hello <b>you"]),
        ("{name}: 12 %", []),
        ("...!? 😀 12,5 %", []),
        ("", []),
        ("It is -5 degrees", ["It is -5 degrees"]),
        ("I love you ❤️❤️!!! See you tomorrow 🇩🇪.", ["I love you", "See you tomorrow"]),
        ("[door slams]\n(laughs)\n(a) and (b)", ["door slams", "laughs", "and (b)"]),
        (
            "| Name | The age |\n|---|:--|\n| Tom | a || b |\nTom | Boston",
            ["Name", "The age", "Tom", "a || b", "Tom", "Boston"],
        ),
        ("// One fox.\n/* Two foxes. */\n * three\n# four */", ["One fox.", "Two foxes.", "three", "four"]),
        ("\ufeffHello\u200b.", ["Hello\u200b."]),
        ("Hello.\u00a0World.", ["Hello.", "World."]),
    ],
)
def test_markers_indents_and_symbols_stay_outside(text: str, expected: list[str]) -> None:
    assert segments_of(text) == expected


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I think... I do not know.", "en"),
        ("He came (He was late.) and stayed.", "en"),
        ("Das ist, äh… Tom aus Berlin.", "de"),
        ("Zwei, vier. sechs und acht.", "de"),
        ("das kostet ca. 5 euro bzw. etwas mehr.", "de"),
    ],
)
def test_in_doubt_a_text_is_left_whole(text: str, language: str) -> None:
    assert segments_of(text, language) == [text]


def test_a_german_date_opens_a_sentence_and_no_list() -> None:
    assert segments_of("3. Mai: Sonne.\n4. Regen.", "de") == ["3. Mai: Sonne.", "Regen."]


@pytest.mark.parametrize(
    ("split", "expected"),
    [
        ("sentences", ["This is a", "wrapped text. It", "goes on.", "New paragraph."]),
        ("sentences_across_newlines", ["This is a\nwrapped text.", "It\r\ngoes on.", "New paragraph."]),
        ("none", ["This is a\nwrapped text. It\r\ngoes on.", "New paragraph."]),
    ],
)
def test_modes_differ_in_what_newlines_mean(split: Split, expected: list[str]) -> None:
    text = "This is a\nwrapped text. It\r\ngoes on.\n\nNew paragraph."
    found = segments_of(text, "en", split)
    if split == "sentences":
        expected = ["This is a", "wrapped text.", "It", "goes on.", "New paragraph."]
    assert found == expected


def test_list_items_stay_apart_across_newlines() -> None:
    text = "Buy this:\n- two\n  apples\n- one pear"
    assert segments_of(text, "en", "sentences_across_newlines") == ["Buy this:", "two\n  apples", "one pear"]


@examples(100)
@given(st.integers(0, 6), st.integers(0, 6))
def test_a_boundary_inside_a_protected_stretch_is_none(start: int, length: int) -> None:
    text = "One. Two. Three."
    protected = Span(start, min(len(text), start + length))
    spans = segment(text, "en", "sentences", [protected])
    assert all(left.end <= right.start for left, right in pairwise(spans))
    for span in spans:
        assert not protected.start < span.start < protected.end


def test_trimming_stops_at_a_protected_stretch() -> None:
    (span,) = segment("😀ACME sells ACME😀", "en", "sentences", [Span(0, 5), Span(12, 17)])
    assert span == Span(0, 17)
