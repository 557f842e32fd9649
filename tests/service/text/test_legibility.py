"""What is no language is held back; what is made of words never."""

import pytest
from hypothesis import given

from benchmarks.garbage import read_garbage
from service.text import legibility
from service.text.legibility import is_legible, pieces_per_letter
from service.text.subword import Encoded
from tests.laws import examples
from tests.service.text.models import DATA, everyday_subword
from tests.service.text.strategies import texts


@pytest.fixture(autouse=True)
def _judges_small_vocabularies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(legibility, "MIN_SUBWORDS", 0)


def can_read(text: str) -> bool:
    return is_legible(text, everyday_subword().encode(text), everyday_subword())


@pytest.mark.parametrize("language", ["en", "de"])
def test_sentences_are_legible(language: str) -> None:
    lines = (DATA / f"everyday.{language}").read_text("utf-8").splitlines()
    assert [line for line in lines if not can_read(line)] == []


@pytest.mark.parametrize(
    "text", ["I", "a.", "Tom", "Xi", "No no no no!", "No, no, no!", "12 Tom 17", "HOW ARE YOU TODAY?"]
)
def test_short_texts_names_and_repeated_words_are_legible(text: str) -> None:
    assert can_read(text)


@pytest.mark.parametrize("kind", read_garbage())
def test_nearly_all_garbage_is_held_back(kind: str) -> None:
    texts = read_garbage()[kind]
    assert sum(not can_read(text) for text in texts) >= 0.8 * len(texts)


@pytest.mark.parametrize("text", ["aaaa aaaa", "hahahaha", "x x x x", "^_^ x_x", "+++ z +++", "Привет", "你好"])
def test_stutters_lone_letters_and_other_scripts_are_held_back(text: str) -> None:
    assert not can_read(text)


def test_a_small_vocabulary_is_no_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(legibility, "MIN_SUBWORDS", everyday_subword().size + 1)
    assert can_read("asdf qwer zxcv")


def test_bytes_of_a_character_count_as_one_piece_and_digits_as_none() -> None:
    pieces = Encoded((1, 2, 3, 4, 5), ((0, 0), (0, 1), (1, 8), (8, 9), (9, 10)))
    assert pieces_per_letter("é" + "abcdefg" + "12", pieces) == 2 / 8


@examples(100)
@given(texts)
def test_any_text_is_judged(text: str) -> None:
    assert can_read(text) in (True, False)
    assert pieces_per_letter(text, everyday_subword().encode(text)) >= 0.0
