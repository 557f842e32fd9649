"""Shouting is recognised, calmed and restored."""

import pytest
from hypothesis import given

from service.text.capitals import capitalise, in_sentence_case, in_title_as_in_text, is_in_capitals
from service.text.edits import Edited
from tests.laws import examples
from tests.service.text.strategies import texts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NO ENTRY", True),
        ("DAS IST GROSS!", True),
        ("WAS IST 1 GB?", True),
        ("NASA", False),
        ("A B", False),
        ("The USA AND NASA", False),
        ("", False),
        ("12 34", False),
    ],
)
def test_only_two_or_more_words_in_capitals_are_shouting(text: str, expected: bool) -> None:
    assert is_in_capitals(text) is expected


def test_sentence_case_keeps_the_first_letter() -> None:
    assert in_sentence_case("«NO ENTRY, ÜBER ALLES»") == "«No entry, über alles»"


@examples(100)
@given(texts)
def test_sentence_case_keeps_every_offset(text: str) -> None:
    assert len(in_sentence_case(text)) == len(text)


COMMON = {"how", "to", "cook", "the", "perfect", "egg", "of", "live", "in", "and", "man", "eine", "füttert", "don't"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How to Cook the Perfect Egg", "How to cook the perfect egg"),
        ("10: How To Cook (The Egg)", "10: How to cook (the egg)"),
        ("Wie Man Eine Katze Füttert", "Wie man eine Katze füttert"),
        ("Tom And Maria Live In Boston", "Tom and Maria live in Boston"),
        ("Why NASA Don't Cook The Egg", "Why NASA don't cook the egg"),
        ("The Perfect Egg", "The Perfect Egg"),  # it may be a name
        ("Tom Smith and Maria Brown", "Tom Smith and Maria Brown"),
        ("How To cooking The Perfect Egg Is", "How To cooking The Perfect Egg Is"),  # no heading
        ("", ""),
    ],
)
def test_headings_are_read_as_running_text_but_for_names(text: str, expected: str) -> None:
    assert in_title_as_in_text(text, COMMON.__contains__) == expected


@examples(100)
@given(texts)
def test_a_heading_keeps_every_offset(text: str) -> None:
    lowered = in_title_as_in_text(text, lambda word: True)
    assert len(lowered) == len(text)
    assert lowered.lower() == text.lower()


def test_a_capital_whose_small_letter_is_two_stays() -> None:
    assert in_sentence_case("AİB") == "Aİb"


def test_one_letter_can_become_two_capitals() -> None:
    assert Edited("große Tür", capitalise("große Tür")).text == "GROSSE TÜR"
