"""Marks of Markdown are found where there are some, and nowhere else."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text.markdown import find_marks
from tests.laws import examples
from tests.service.text.strategies import texts

CHARACTERS = st.sampled_from(["*", "**", "_", "__", "~~", "[", "](", ")", "`", "!", "a", "fox", " ", "\n", ".", "<b>"])


def marked(text: str) -> list[str]:
    return [opening.of(text) + "…" + closing.of(text) for opening, closing in find_marks(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a **b c** *d* __e f__ _g_ ~~h~~ ***i***", ["**…**", "*…*", "__…__", "_…_", "~~…~~", "***…***"]),
        ("see [the *page*](https://a.b/c_d_e) and ![x](y.png)", ["[…](https://a.b/c_d_e)", "*…*", "![…](y.png)"]),
        ('[a](b "c d")', ['[…](b "c d")']),
        ("**a *b* c**", ["**…**", "*…*"]),
        ("2 * 3 * 4 = 2*3*4, a_b_c, __init__, *, **", []),
        ("`**a**` https://a.b/*c* \\*a\\* and [1] (a) [x]", []),
        ("- a\n* b *c\nd* e", []),
        ("**1**", []),
    ],
)
def test_pairs_are_found_and_nothing_else(text: str, expected: list[str]) -> None:
    assert marked(text) == expected


@examples(200)
@given(st.one_of(texts, st.lists(CHARACTERS, max_size=40).map("".join)))
def test_marks_do_not_overlap(text: str) -> None:
    pairs = find_marks(text)
    marks = sorted(mark for pair in pairs for mark in pair)
    assert all(left.end <= right.start for left, right in pairwise(marks))
    assert all(opening.end < closing.start for opening, closing in pairs)


@pytest.mark.parametrize("unit", ["*a ", "**", "[a", "a_ _", "~~a", "*", "[](", "__a "])
def test_hostile_marks_take_no_more_than_linear_time(unit: str) -> None:
    started = time.process_time()
    find_marks(unit * (20_000 // len(unit)))
    assert time.process_time() - started < 5.0
