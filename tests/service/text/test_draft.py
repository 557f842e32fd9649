"""A text taken apart loses nothing, whatever has to be cut."""

from dataclasses import replace

import pytest
from hypothesis import given

from service.artifact_config import Pair
from service.text.draft import Draft
from service.text.figures import find_numbers
from service.text.prose_reader import prose_of
from service.text.segmentation import Split
from service.text.spans import Span, merge
from service.text.subword import Encoded, Subword
from tests.laws import examples
from tests.service.text.models import subword
from tests.service.text.strategies import languages, splits, texts


def draft(text: str, max_ids: int = 200, keep: tuple[str, ...] = ()) -> Draft:
    return Draft.of(prose_of(text, "text"), subword(), Pair("en", "de", "<2de>"), max_ids, keep)


def _is_too_long(character: str) -> bool:
    return len(subword().encode(character).ids) > 10


@examples(100)
@given(texts, languages, splits)
def test_passages_fit_are_in_order_and_leave_out_no_letter_but_markers(text: str, language: str, split: Split) -> None:
    drafted = draft(text)
    whole = drafted.passages(language, split)
    parts = draft(text, max_ids=12).passages(language, split)
    assert all(len(part.ids) <= 12 for part in parts)
    offsets = [offset for part in parts for offset in (part.span.start, part.span.end)]
    assert offsets == sorted(offsets)
    covered = {offset for part in parts for offset in range(part.span.start, part.span.end)}
    for passage in whole:
        for offset in range(passage.span.start, passage.span.end):
            assert offset in covered or not drafted.text[offset].isalpha() or _is_too_long(drafted.text[offset])


class UnsplitSubword(Subword):
    """The same model, of which it is not known that no piece reaches into another word."""

    @property
    def is_split_at_spaces(self) -> bool:
        """Said of no model here."""
        return False


@examples(100)
@given(texts, splits)
def test_too_many_words_are_known_beforehand_and_change_nothing(text: str, split: Split) -> None:
    quick = draft(5 * text, max_ids=8)
    slow = replace(quick, subword=UnsplitSubword(quick.subword._processor))

    def read(by: Draft) -> list[tuple[object, ...]]:
        found = by.passages("en", split)
        return [(each.span, each.ids, each.masks, each.is_loud, each.is_fragment, each.warnings) for each in found]

    assert read(quick) == read(slow)


def test_no_words_are_prepared_that_are_known_to_be_too_many() -> None:
    encoded: list[int] = []

    class Watched(Subword):
        def encode(self, text: str) -> Encoded:
            encoded.append(len(text))
            return super().encode(text)

    watched = replace(draft("the fox {x}, " * 400, max_ids=20), subword=Watched(subword()._processor))
    assert watched.passages("en", "none")
    assert max(encoded) <= 20 * 40 / 2  # of 5,200 characters


@examples(100)
@given(texts, languages, splits)
def test_around_placeholders_every_letter_is_in_a_part_and_no_placeholder_is(
    text: str, language: str, split: Split
) -> None:
    drafted = draft(text)
    for passage in drafted.passages(language, split):
        kept = [mask.span.moved(passage.span.start) for mask in passage.masks]
        inside = {offset for each in kept for offset in range(each.start, each.end)}
        numbers = [each for each in find_numbers(drafted.text, passage.span) if any(map(each.overlaps, kept))]
        copied = {offset for each in (*drafted.placeholders, *numbers) for offset in range(each.start, each.end)}
        parts = drafted.around(passage)
        covered = {offset for part in parts for offset in range(part.span.start, part.span.end)}
        letters = {offset for offset in range(passage.span.start, passage.span.end) if drafted.text[offset].isalpha()}
        assert not covered & inside
        assert letters - inside - copied <= covered  # "&amp;" may be, and what is glued to a mask


def test_a_long_sentence_is_cut_at_its_clauses_and_says_so_once() -> None:
    text = "The quick brown fox jumps over the lazy dog; the shells she sells are sea shells, and Tom has pears."
    parts = draft(text, max_ids=40).passages("en", "sentences")
    assert [part.source for part in parts] == [
        "The quick brown fox jumps over the lazy dog;",
        "the shells she sells are sea shells, and Tom has pears.",
    ]
    assert [part.warnings for part in parts] == [("split",), ()]


def test_a_word_without_end_is_cut_between_characters() -> None:
    text = "x" * 100 + "e\u0301" * 50
    parts = draft(text, max_ids=20).passages("en", "none")
    assert "".join(part.source for part in parts) == text
    assert not any(part.source.startswith("\u0301") for part in parts)


def test_no_cut_goes_through_a_placeholder() -> None:
    text = "the fox `a b, c; d e f g h i j` the dog"
    parts = draft(text, max_ids=14).passages("en", "none")
    assert any("`a b, c; d e f g h i j`" in part.source for part in parts)


def test_around_starts_each_part_with_its_first_word() -> None:
    drafted = draft("Hello {name}, you have %d new (files).")
    (passage,) = drafted.passages("en", "sentences")
    parts = drafted.around(passage)
    assert [part.source for part in parts] == ["Hello", "you have", "new (files)."]
    assert parts[0].warnings == ("placeholder_restored",)


@pytest.mark.parametrize(
    ("text", "shown"), [("NO ENTRY FOR {x}!", "No entry for Tom!"), ("The  fox\u00a0😀 {n}", "The fox 17")]
)
def test_the_model_sees_ordinary_case_plain_spaces_and_masks(text: str, shown: str) -> None:
    (passage,) = draft(text).passages("en", "sentences")
    assert passage.plain == shown


def test_masks_are_words_that_the_source_lacks() -> None:
    (passage,) = draft("Tom and {a} met %d of {b}.").passages("en", "sentences")
    assert [mask.word for mask in passage.masks] == ["Boston", "17", "London"]


def test_piece_offsets_are_those_of_the_original() -> None:
    text = "- NO  ENTRY FOR {name}!"
    (passage,) = draft(text).passages("en", "sentences")
    assert merge(passage.id_spans) == [Span(0, len(passage.source))]
    assert passage.source[passage.id_spans[-2].start :] == "!"
