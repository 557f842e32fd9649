"""Laws of the subword model: its rules are those of the corpus, its ids are those of the network."""

import random
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.corpus import CorpusError
from training.data_config import SubwordConfig
from training.normalization import normalize_line
from training.subword import SubwordModel, train_subword

LINES = ["Größe ist eins.", "size is one"] * 20


def make_subword(lines: Sequence[str] = LINES, vocab_size: int = 275) -> SubwordModel:
    return train_subword(lines, SubwordConfig(vocab_size=vocab_size), ["<2de>"])


@pytest.fixture(scope="module")
def subword() -> SubwordModel:
    return make_subword()


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\0")))
def test_rules_inside_the_subword_model_are_those_of_the_corpus(subword: SubwordModel, text: str) -> None:
    """Marks that follow in non-canonical order are the one difference: a table composes neighbours only."""
    combining = [unicodedata.combining(c) for c in unicodedata.normalize("NFD", text)]
    if max(combining, default=0) == 0 and not any("\u1100" <= c <= "\u11ff" or "\uac00" <= c <= "\ud7a3" for c in text):
        expected = normalize_line("".join(text.split("\u2581")))
        assert subword.decode(subword.encode(text.replace("\u2581", ""))) == subword.decode(subword.encode(expected))


def test_rules_compose_marks_and_fold_spaces(subword: SubwordModel) -> None:
    assert subword.decode(subword.encode("Gro\u0308ße\u00a0ist\u2009 e\u00adins.")) == "Größe ist eins."


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"], exclude_characters="\u2581<")))
def test_every_text_comes_back_normalised(subword: SubwordModel, text: str) -> None:
    """Byte fallback: nothing is unknown, whatever the model was trained on."""
    expected = normalize_line(text)
    ids = subword.encode(expected)
    assert subword.decode(ids) == expected
    assert subword.unk_id not in ids


def test_a_source_is_tag_pieces_end_and_a_target_pieces_end(subword: SubwordModel) -> None:
    pieces = subword.encode("size is one")
    assert subword.source_ids("size is one", "<2de>") == [subword.tag_id("<2de>"), *pieces, 3]
    assert subword.source_ids("size is one", None) == [*pieces, 3]
    assert subword.target_ids("size is one") == [*pieces, 3]
    assert subword.decode(subword.source_ids("size is one", None)) == "size is one"


def test_a_tag_that_the_model_lacks_is_refused(subword: SubwordModel) -> None:
    with pytest.raises(ValueError, match=r"no tag <2fr>"):
        subword.tag_id("<2fr>")


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"], exclude_characters="\u2581<")))
def test_sampling_never_changes_the_text(subword: SubwordModel, text: str) -> None:
    ids = subword.encode(text, alpha=0.1, rng=random.Random(1))
    assert subword.decode(ids) == normalize_line(text)
    assert subword.unk_id not in ids


def test_text_that_looks_like_a_control_piece_is_sampled_as_text(subword: SubwordModel) -> None:
    ids = subword.encode("one </s> <2de> <pad>", alpha=0.5, rng=random.Random(1))
    assert {0, 1, 2, 3, subword.tag_id("<2de>")}.isdisjoint(ids)
    assert subword.decode(ids) == "one </s> <2de> <pad>"


def test_a_smaller_alpha_gives_more_various_segmentations(subword: SubwordModel) -> None:
    def num_drawn(alpha: float) -> int:
        rng = random.Random(1)
        return len({tuple(subword.encode("Größe ist eins.", alpha, rng)) for _ in range(50)})

    assert num_drawn(0.1) > num_drawn(2.0) > 0
    best = subword.encode("Größe ist eins.")
    assert subword.encode("Größe ist eins.", alpha=100.0, rng=random.Random(1)) == best


def test_sampling_needs_a_generator_and_a_unigram_model() -> None:
    with pytest.raises(ValueError, match="needs a generator"):
        make_subword().encode("size", alpha=0.1)
    bpe = train_subword(LINES, SubwordConfig(vocab_size=275, model_type="bpe", sampling_alpha=0.0), [])
    assert bpe.decode(bpe.encode("size is one")) == "size is one"
    with pytest.raises(ValueError, match="only a unigram model"):
        bpe.encode("size", alpha=0.1, rng=random.Random(1))


def test_equal_lines_give_equal_bytes_that_name_no_temporary_file(subword: SubwordModel) -> None:
    assert make_subword().serialized == subword.serialized
    assert b".tsv" not in subword.serialized


def test_a_saved_model_is_the_same_model(subword: SubwordModel, tmp_path: Path) -> None:
    subword.save(tmp_path / "subword.spm")
    assert [path.name for path in tmp_path.iterdir()] == ["subword.spm"]
    assert SubwordModel.load(tmp_path / "subword.spm").encode("Größe") == subword.encode("Größe")


def test_the_vocabulary_lists_every_piece_in_order(subword: SubwordModel, tmp_path: Path) -> None:
    subword.save_vocabulary(tmp_path / "subword.vocab")
    lines = (tmp_path / "subword.vocab").read_text(encoding="utf-8").split("\n")[:-1]
    pieces = [line.split("\t")[0] for line in lines]
    assert len(pieces) == subword.vocab_size == 275
    assert pieces[:5] == ["<pad>", "<unk>", "<s>", "</s>", "<2de>"]


def test_a_vocabulary_that_does_not_fit_is_refused() -> None:
    with pytest.raises(CorpusError, match=r"subword\.vocab_size 9000 does not fit"):
        make_subword(vocab_size=9000)
