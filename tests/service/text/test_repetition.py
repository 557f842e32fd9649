"""Loops are seen and emphasis is not taken for one."""

import pytest

from service.text.repetition import has_loop


@pytest.mark.parametrize(
    ("target", "source"),
    [
        ("ja ja ja ja ja", "yes"),
        ("Ich bin da, ich bin da, ich bin da.", "I am here."),
        ("ein großer, großer, großer, großer Hund", "a big dog"),
        ("hahahahahahahaha", "what"),
        ("der Mann und der Mann und der Mann und der Mann", "the man"),
    ],
)
def test_loops_are_seen(target: str, source: str) -> None:
    assert has_loop(target, source)


@pytest.mark.parametrize(
    ("target", "source"),
    [
        ("", ""),
        ("sehr, sehr, sehr gut", "very good"),
        ("nein nein nein nein", "no no no no"),
        ("hahahahahaha", "hahahahahaha"),
        ("Die Frau, die die Katze sah, lachte.", "The woman who saw the cat laughed."),
        ("1000000 Euro", "1000000 euros"),
        ("Warte!!!!!", "Wait!"),
    ],
)
def test_emphasis_is_no_loop(target: str, source: str) -> None:
    assert not has_loop(target, source)
