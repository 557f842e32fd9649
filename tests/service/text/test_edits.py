"""Offsets survive replacements, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text.edits import Edit, Edited
from service.text.spans import Span
from tests.laws import examples

OLD = "abcdefghijklmnop"


@st.composite
def edits(draw: st.DrawFn) -> list[Edit]:
    offsets = sorted(draw(st.lists(st.integers(0, len(OLD)), max_size=8, unique=True)))
    pairs = zip(offsets[::2], offsets[1::2], strict=False)
    return [Edit(Span(*pair), draw(st.text("XYZ", max_size=3))) for pair in pairs]


@examples(100)
@given(edits(), st.integers(0, len(OLD)), st.integers(0, len(OLD)))
def test_untouched_characters_are_found_again_both_ways(some: list[Edit], one: int, other: int) -> None:
    edited = Edited(OLD, some)
    span = Span(min(one, other), max(one, other))
    if len(span) > 0 and not any(edit.span.overlaps(span) for edit in some):
        there = edited.forward(span)
        assert there.of(edited.text).strip("XYZ") == span.of(OLD)
        assert edited.backward(there).of(OLD) == span.of(OLD)


@examples(100)
@given(edits(), st.integers(0, len(OLD) - 1))
def test_a_span_that_touches_a_replacement_covers_it(some: list[Edit], start: int) -> None:
    edited = Edited(OLD, some)
    for edit in some:
        span = Span(start, start + 1)
        if edit.span.overlaps(span):
            assert edited.forward(span).of(edited.text) == edit.text


@examples(100)
@given(edits())
def test_replacements_are_where_they_should_be(some: list[Edit]) -> None:
    parts, position = [], 0
    for edit in some:
        parts += [OLD[position : edit.span.start], edit.text]
        position = edit.span.end
    assert Edited(OLD, some).text == "".join([*parts, OLD[position:]])


def test_a_piece_before_a_replacement_keeps_its_end() -> None:
    edited = Edited("ab cd", [Edit(Span(2, 3), " \n ")])
    assert edited.forward(Span(0, 2)) == Span(0, 2)
    assert edited.forward(Span(3, 5)) == Span(5, 7)
    assert edited.backward(Span(0, 2)) == Span(0, 2)
    assert edited.backward(Span(2, 3)) == Span(2, 3)


def test_overlapping_edits_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        Edited(OLD, [Edit(Span(0, 3), "x"), Edit(Span(2, 4), "y")])
