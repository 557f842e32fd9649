"""What is wrong with a translation is found without reading it, and nothing is found where nothing is wrong."""

import numpy as np
import pytest

from service.artifact_config import Pair
from service.text.faults import find_fault, uncovered_share
from service.text.passage import Passage, Reading, prepare
from service.text.spans import Span
from tests.service.text.models import subword

SOURCE = "The quick brown fox jumps over the lazy dog today"


def passage(source: str = SOURCE) -> Passage:
    return prepare(source, Span(0, len(source)), subword(), Pair("en", "de", None))


@pytest.mark.parametrize(
    ("target", "is_cut", "fault"),
    [
        ("Der schnelle braune Fuchs springt heute über den faulen Hund", False, None),
        ("Der Fuchs der Fuchs der Fuchs der Fuchs", False, "repetition"),
        ("Der Fuchs der Fuchs der Fuchs der Fuchs", True, "repetition"),
        ("Der schnelle braune Fuchs springt heute über den faulen", True, "low_coverage"),
        ("Ein Fuchs", False, "low_coverage"),
        (SOURCE, False, "untranslated"),
    ],
)
def test_the_worst_fault_is_named(target: str, is_cut: bool, fault: str | None) -> None:
    assert find_fault(passage(), Reading(target, ()), is_cut=is_cut) == fault


@pytest.mark.parametrize("source", ["Hamburg", "New York, Berlin", "Tom and Maria", "NASA"])
def test_short_texts_may_stay_as_they_are(source: str) -> None:
    assert find_fault(passage(source), Reading(source, ()), is_cut=False) is None


def test_words_without_attention_are_uncovered() -> None:
    read = passage()
    attention = np.zeros((10, len(read.ids)), dtype=np.float32)
    half = len(SOURCE) // 2
    columns = [i for i, span in enumerate(read.id_spans) if len(span) > 0 and span.end <= half]
    attention[:, columns] = 1.0 / len(columns)
    assert 0.4 < uncovered_share(read, attention) < 0.8
    assert uncovered_share(read, np.full_like(attention, 0.5)) == 0.0
    target = Reading("Der schnelle braune Fuchs springt über", ())
    assert find_fault(read, target, is_cut=False, attention=attention) == "low_coverage"


def test_a_lost_figure_is_the_worst_fault_but_a_loop() -> None:
    assert find_fault(passage(SOURCE + " at 38"), Reading("Ein Fuchs", ()), is_cut=True) == "placeholder_restored"
