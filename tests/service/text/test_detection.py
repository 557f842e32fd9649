"""Served languages are told apart; others are none of them."""

import functools

import pytest

from service.text.detection import LanguageDetector
from service.text.everyday import WORDS, language_of


@functools.cache
def detector() -> LanguageDetector:
    return LanguageDetector.load(["en", "de", "fr", "es"])


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How are you doing today?", "en"),
        ("Ich weiß nicht, was ich tun soll.", "de"),
        ("Je ne sais pas quoi faire.", "fr"),
        ("No sé qué hacer mañana.", "es"),
    ],
)
def test_sentences_in_served_languages_are_told_apart(text: str, language: str) -> None:
    found = detector().detect(text)
    assert found[0].language == language
    assert sum(each.confidence for each in found) == pytest.approx(1.0)
    assert [each.confidence for each in found] == sorted((each.confidence for each in found), reverse=True)


@pytest.mark.parametrize(
    "text",
    [
        "Eu não sei o que fazer.",
        "Ik weet niet wat ik moet doen.",
        "Jag vet inte vad jag ska göra.",
        "Я не знаю.",
        "你好吗",
    ],
)
def test_other_languages_are_none_rather_than_a_wrong_one(text: str) -> None:
    assert detector().detect(text) == ()


@pytest.mark.parametrize(
    ("text", "language"),
    [("Hello", "en"), ("Yes!", "en"), ("Hallo Tom", "de"), ("Merci", "fr"), ("¡Hola!", "es"), ("Aujourd’hui", "fr")],
)
def test_everyday_words_decide_very_short_texts(text: str, language: str) -> None:
    assert detector().detect(text)[0].language == language


def test_everyday_words_of_two_languages_decide_nothing() -> None:
    assert language_of(["hello", "merci"]) is None
    assert language_of(["hello", "tom"]) == "en"


def test_each_everyday_word_is_of_one_language() -> None:
    words = [word for some in WORDS.values() for word in some.split()]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("text", ["", "x", "Tom", "qwrtz"])
def test_nothing_to_go_by_is_none(text: str) -> None:
    assert detector().detect(text) == ()


def test_only_the_given_languages_are_answered() -> None:
    found = LanguageDetector.load(["en", "de"]).detect("Je ne sais pas quoi faire.")
    assert found == ()
