"""Shouting is recognised, calmed and restored."""

import pytest
from hypothesis import given

from service.text.capitals import capitalise, in_sentence_case, is_in_capitals
from service.text.edits import Edited
from tests.service.text.strategies import examples, texts


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


def test_a_capital_whose_small_letter_is_two_stays() -> None:
    assert in_sentence_case("AİB") == "Aİb"


def test_one_letter_can_become_two_capitals() -> None:
    assert Edited("große Tür", capitalise("große Tür")).text == "GROSSE TÜR"
