"""Where sentences begin, whatever the library makes of rare characters."""

import pytest
import sentencex
from hypothesis import given

from service.text.sentences import sentence_starts
from tests.laws import examples
from tests.service.text.strategies import languages, texts


@examples(200)
@given(texts, languages)
def test_starts_ascend_within_the_text(text: str, language: str) -> None:
    starts = sentence_starts(text, language)
    assert starts == sorted(set(starts))
    assert all(0 < start < len(text) for start in starts)


@pytest.mark.parametrize("rare", ["\x85", "\u2028", "\u00a0", "\t"])
def test_rare_spaces_are_spaces(rare: str) -> None:
    assert sentence_starts(f"Plan C{rare}. One fox.{rare}Two foxes.", "en") == sentence_starts(
        "Plan C . One fox. Two foxes.", "en"
    )


class PanicException(BaseException):
    """What a panic in a Rust library looks like from Python."""


def test_a_panic_of_the_library_leaves_the_text_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def panic(language: str, text: str) -> None:
        raise PanicException

    monkeypatch.setattr(sentencex, "get_sentence_boundaries", panic)
    assert sentence_starts("One fox. Two foxes.", "en") == []


def test_nothing_else_is_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(language: str, text: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sentencex, "get_sentence_boundaries", interrupt)
    with pytest.raises(KeyboardInterrupt):
        sentence_starts("One fox. Two foxes.", "en")
