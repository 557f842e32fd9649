"""What is hidden from the model comes back into its answer."""

from dataclasses import replace

import pytest

from service.artifact_config import Pair
from service.text.passage import Passage, Reading, prepare, read
from service.text.placeholders import find_placeholders
from service.text.spans import Span, merge
from tests.service.text.models import subword

PAIR = Pair("en", "de", None)


def passage(text: str) -> Passage:
    return prepare(text, Span(0, len(text)), subword(), PAIR, find_placeholders(text))


def reading(source: str, target: str) -> Reading | None:
    return read(passage(source), subword().encode(target).ids, subword())


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("Hello {name}!", "Hallo Tom!", "Hallo {name}!"),
        ("%d of {name}", "Tom hat 17", "{name} hat %d"),
        ("NO ENTRY FOR {name}", "kein Zugang für Tom, große Tür", "KEIN ZUGANG FÜR {name}, GROSSE TÜR"),
        ("the  fox\nand {a}\tdog", "der Fuchs und Tom Hund", "der  Fuchs\nund {a}\tHund"),
        ("I ❤️ you", "ich dich", "ich ❤️ dich"),
        ("Where is {a b}?", "Wo?", "Wo?"),
    ],
)
def test_what_was_hidden_comes_back(source: str, target: str, expected: str) -> None:
    found = reading(source, target)
    assert found is not None
    assert found.text == expected


@pytest.mark.parametrize("target", ["Hallo!", "Hallo Tom, Tom!", "Hallo Tomate!", "Hallo {name} Tom!"])
def test_a_lost_or_doubled_placeholder_is_no_reading(target: str) -> None:
    assert reading("Hello {name}!", target) is None


@pytest.mark.parametrize("source", ["Ha\u0308user\u00ad  {x}\nand\u200b \u00a0 more", "NO ENTRY", "“x” ½ \U0001f600 ﬁ"])
def test_a_copy_is_the_source_to_the_character(source: str) -> None:
    whole = passage(source)
    found = read(whole, whole.ids[:-1], subword())
    assert found == Reading(source, whole.id_spans[:-1])


def test_spans_of_ids_are_in_the_text_as_answered() -> None:
    found = reading("NO ENTRY FOR {name}!", "das heißt Tom")
    assert found is not None
    assert found.text == "DAS HEISST {name}"
    assert merge(found.id_spans) == [Span(0, len(found.text))]


def test_edges_are_trimmed() -> None:
    found = read(passage("the fox"), [*subword().encode("der").ids, *subword().encode("").ids], subword())
    assert found is not None
    assert found.text == "der"


def test_breaks_beside_a_full_stop_that_is_left_out_come_back() -> None:
    fragment = replace(passage("the  fox"), is_fragment=True)
    found = read(fragment, subword().encode("der Fuchs .").ids, subword())
    assert found is not None
    assert found.text == "der  Fuchs"
    found = read(fragment, subword().encode("der .").ids, subword())
    assert found is not None
    assert found.text == "der  "
