"""Pieces know the characters that they stand for."""

from pathlib import Path

import pytest
from hypothesis import given

from service.text.subword import Subword, describe
from tests.laws import examples
from tests.service.text.models import subword, write_subword
from tests.service.text.strategies import texts


@examples(100)
@given(texts)
def test_offsets_of_pieces_tile_the_original_text(text: str) -> None:
    offsets = subword().encode(text).offsets
    ends = [end for _, end in offsets]
    starts = [start for start, _ in offsets]
    assert all(0 <= start <= end <= len(text) for start, end in offsets)
    assert starts[1:] == ends[:-1]


@pytest.mark.parametrize("normalization", ["nmt_nfkc", "identity"])
def test_pieces_know_their_characters_despite_normalisation(normalization: str) -> None:
    text = "  Ha\u0308user\u00a0 \U0001f600 über"
    encoded = subword(normalization).encode(text)
    covered = "".join(span.of(text) for span in encoded.spans)
    assert covered.split() == text.split()


def test_the_source_is_tag_pieces_and_end_token() -> None:
    model = subword()
    pieces = model.encode("the fox")
    tagged = model.as_source(pieces, "<2de>")
    assert tagged.ids[1:-1] == pieces.ids == model.as_source(pieces, None).ids[:-1]
    assert (model.decode_text(tagged.ids[:1]), tagged.ids[-1]) == ("<2de>", 3)
    assert tagged.offsets == ((0, 0), *pieces.offsets, (7, 7))


def test_decoded_pieces_know_their_characters() -> None:
    model = subword()
    decoded = model.decode(model.encode("the große 😀 fox").ids)
    assert decoded.text == "the große 😀 fox" == model.decode_text(model.encode("the große 😀 fox").ids)
    assert "".join(span.of(decoded.text) for span in decoded.spans) == decoded.text


def test_nothing_is_left_of_invisible_text() -> None:
    assert subword().encode(" \u200b\n").ids == ()
    assert subword().as_source(subword().encode(""), None).ids == (3,)


def test_a_file_describes_itself(tmp_path: Path) -> None:
    path = write_subword(tmp_path / "subword.spm")
    facts = describe(path)
    assert facts == Subword.load(path).facts
    assert facts.size > 300
    assert (facts.special_ids.pad, facts.special_ids.unk, facts.special_ids.bos, facts.special_ids.eos) == (0, 1, 2, 3)
