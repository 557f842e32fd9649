"""Ranges of characters."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text.spans import Span, apart, merge, utf16_counter
from tests.laws import examples
from tests.service.text.strategies import texts


def spans(limit: int = 30) -> st.SearchStrategy[Span]:
    return st.tuples(st.integers(0, limit), st.integers(0, limit)).map(lambda pair: Span(min(pair), max(pair)))


@examples(100)
@given(texts, st.data())
def test_utf16_offsets_select_the_same_characters(text: str, data: st.DataObject) -> None:
    span = data.draw(spans(len(text)))
    units = utf16_counter(text)(span)
    assert text.encode("utf-16-le")[2 * units.start : 2 * units.end].decode("utf-16-le") == span.of(text)


@examples(100)
@given(st.lists(spans()))
def test_merged_spans_are_apart_and_cover_the_same(some: list[Span]) -> None:
    def covered(of: list[Span]) -> set[int]:
        return {offset for span in of for offset in range(span.start, span.end)}

    merged = merge(some)
    assert covered(merged) == covered(some)
    assert all(left.end < right.start for left, right in pairwise(merged))


@examples(100)
@given(st.lists(spans()), st.lists(spans()))
def test_what_is_apart_overlaps_nothing(some: list[Span], others: list[Span]) -> None:
    disjoint = [span for span in merge(others) if len(span) > 0]
    assert apart(some, disjoint) == [span for span in some if not any(map(span.overlaps, disjoint))]


def test_a_span_never_ends_before_it_starts() -> None:
    with pytest.raises(ValueError, match=r"\[3, 2\)"):
        Span(3, 2)
