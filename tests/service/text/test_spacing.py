"""Unusual spaces and symbols find their way into the translation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text.characters import is_symbol
from service.text.edits import Edited
from service.text.spacing import find_breaks, hide, restore
from tests.laws import examples

WORD = st.text("abcdé.,", min_size=1, max_size=4)
GAP = st.sampled_from([" ", " ", " ", "  ", "\n", "\r\n\t", "\t", "\u00a0", " 😀 ", "👍", "\u2028", "\u202f"])


@st.composite
def sources(draw: st.DrawFn) -> str:
    words = draw(st.lists(WORD, min_size=1, max_size=8))
    return words[0] + "".join(draw(GAP) + word for word in words[1:])


def restored(source: str, target: str) -> str:
    return Edited(target, restore(source, find_breaks(source), target)).text


@examples(100)
@given(sources())
def test_a_translation_word_by_word_has_the_same_firm_breaks(source: str) -> None:
    breaks = find_breaks(source)
    shown = Edited(source, hide(breaks)).text
    soft_only = {"\u00a0", "\u202f"}
    expected = "".join(" " if character in soft_only else character for character in source.upper())
    back = restored(source, shown.upper())
    assert "".join(" " if character in soft_only else character for character in back) == expected


@examples(100)
@given(sources(), st.lists(WORD, min_size=1, max_size=8))
def test_no_firm_break_is_lost_whatever_the_translation(source: str, target: list[str]) -> None:
    def firm(text: str) -> str:
        return "".join(character for character in text if character in "\n\r\t\u2028" or is_symbol(character))

    assert firm(restored(source, " ".join(target))) == firm(source)


@examples(100)
@given(sources())
def test_what_the_model_sees_has_plain_spaces_only(source: str) -> None:
    shown = Edited(source, hide(find_breaks(source))).text
    assert shown.split(" ") == shown.split()
    assert not any(is_symbol(character) for character in shown)


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("10\u00a0km weit", "Far, 10 km", "Far, 10\u00a0km"),
        ("Quoi\u00a0?", "What?", "What?"),
        ("a b\nc d", "eins zwei drei", "eins zwei\ndrei"),
        ("a\nb\nc", "eins", "eins\n\n"),
        ("a\nb c d e f", "x y", "x\ny"),
        ("a b 😀, c", "x y z", "x y 😀 z"),
        ("a😀b", "x y", "x😀y"),
    ],
)
def test_breaks_come_back_at_the_corresponding_border(source: str, target: str, expected: str) -> None:
    assert restored(source, target) == expected
