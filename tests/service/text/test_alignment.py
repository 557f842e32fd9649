"""Words of a translation find the words that they came from."""

import numpy as np

from service.text.alignment import align, words
from service.text.spans import Span


def spans(text: str, separator: str = "|") -> list[Span]:
    """The parts of `text` between separators, as spans of the text without them."""
    found, start = [], 0
    for part in text.split(separator):
        found.append(Span(start, start + len(part)))
        start += len(part)
    return found


def test_words_punctuation_and_units_are_words() -> None:
    text = "Don't go, {x y} state-of-the-art!"
    unit = Span(10, 15)
    assert [span.of(text) for span in words(text, [unit])] == ["Don't", "go", ",", "{x y}", "state-of-the-art", "!"]


def test_a_word_is_linked_to_the_word_that_its_pieces_look_at_most() -> None:
    source, target = "the cat sat", "sat the cat"
    source_ids, target_ids = spans("the| cat| s|at|"), spans("s|at| the| cat")
    attention = np.array(
        [
            [0.1, 0.1, 0.5, 0.3, 0.0],
            [0.1, 0.2, 0.2, 0.5, 0.0],
            [0.9, 0.1, 0.0, 0.0, 0.0],
            [0.2, 0.6, 0.1, 0.1, 0.0],
            [0.0, 0.0, 0.0, 0.0, 1.0],
        ],
        dtype=np.float32,
    )
    links = align(words(source), words(target), source_ids, target_ids, attention)
    assert [(link.target.of(target), link.source.of(source)) for link in links] == [
        ("sat", "sat"),
        ("the", "the"),
        ("cat", "cat"),
    ]
    assert links[0].weight == 0.75
    assert links[1].weight == 0.9


def test_attention_on_the_end_token_alone_links_nothing() -> None:
    attention = np.array([[0.0, 1.0]], dtype=np.float32)
    assert align([Span(0, 3)], [Span(0, 3)], [Span(0, 3), Span(3, 3)], [Span(0, 3)], attention) == []


def test_without_pieces_there_are_no_links() -> None:
    assert align([Span(0, 3)], [Span(0, 3)], [Span(0, 3)], [], np.zeros((0, 1), dtype=np.float32)) == []
