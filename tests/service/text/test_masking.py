"""The words that stand for placeholders."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text.edits import Edited
from service.text.masking import NAMES, NUMBERS, exchange_back, mask
from service.text.spans import Span


@given(st.text("%sd 017384", max_size=60), st.integers(0, 30), st.sets(st.sampled_from([*NAMES, *NUMBERS])))
def test_all_masks_differ_and_none_is_in_the_text_or_avoided(text: str, number: int, avoided: set[str]) -> None:
    source = text + "1009 10101012 1014" + "%s" * number
    spans = [Span(len(source) - 2 * i - 2, len(source) - 2 * i) for i in range(number)]
    words = [each.word for each in mask(source, spans, avoided)]
    assert len(set(words)) == number
    assert not avoided & set(words)
    assert not any(word in source for word in words)


def test_masks_of_more_names_and_numbers_than_there_are_words_differ_too_when_asked_for_anew() -> None:
    source = "{x} %d " * 20
    spans = [Span(i, i + length) for start in range(0, len(source), 7) for i, length in ((start, 3), (start + 4, 2))]
    words = [each.word for each in mask(source, spans)]
    anew = [each.word for each in mask(source, spans, words)]
    assert len({*words, *anew}) == 80


def test_many_placeholders_cost_time_in_proportion() -> None:
    def seconds(number: int) -> float:
        source = "%s " * number
        spans = [Span(3 * i, 3 * i + 2) for i in range(number)]
        started = time.process_time()
        mask(source, spans)
        return time.process_time() - started

    assert seconds(40_000) < 40 * max(seconds(4_000), 0.002)  # the square would be 100 times as much


@pytest.mark.parametrize("placeholder", ["%d", "%1$d", "%03d", "%1$.2f", "%1", "%L1", "%12", "%n", "{0}", "{count}"])
def test_what_counts_is_a_number_to_the_model(placeholder: str) -> None:
    assert [each.word for each in mask(placeholder, [Span(0, len(placeholder))])] == [NUMBERS[0]]


@pytest.mark.parametrize("placeholder", ["%s", "%1$s", "%12$s", "%1$@", "{name}", "$name"])
def test_what_does_not_count_is_a_name_to_the_model(placeholder: str) -> None:
    assert [each.word for each in mask(placeholder, [Span(0, len(placeholder))])] == [NAMES[0]]


@pytest.mark.parametrize(
    ("placeholder", "target", "expected"),
    [
        ("{name}", "Toms Hund", "{name}s Hund"),
        ("{name}", "Tom's dog", "{name}'s dog"),
        ("{name}", "Tomas' Hund", None),
        ("{name}", "Toms Hund und Tom", None),
        ("https://a.b/c", "Toms Hund", None),
        ("%d", "17s", None),
        ("{count}", "17s", None),
    ],
)
def test_only_a_variable_in_braces_has_a_genitive(placeholder: str, target: str, expected: str | None) -> None:
    edits = exchange_back(mask(placeholder, [Span(0, len(placeholder))]), target)
    assert (None if edits is None else Edited(target, edits).text) == expected
