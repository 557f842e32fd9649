"""Measures sentence splitters on hand-written hard cases and on real sentences set end to end.

    python -m benchmarks.segmentation [--data ../shared/data] [--failures]

Splitters that are not installed are left out: `pip install pysbd blingfire nupunkt` to see them.
"""

import argparse
import gzip
import importlib
import random
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.text.placeholders import find_placeholders, find_tags
from service.text.segmentation import segment
from service.text.sentences import sentence_starts
from tests.service.text.cases import Case, read_cases, visible

Starts = Callable[[str, str], Iterable[int]]  # text and language to the offsets at which sentences begin

SETS = [
    ("tatoeba-en-de", "en"),
    ("tatoeba-en-de", "de"),
    ("tatoeba-en-fr", "fr"),
    ("tatoeba-en-es", "es"),
    ("canada-laws-en-fr", "en"),
    ("canada-laws-en-fr", "fr"),
]
SENTENCES_PER_TEXT = 4
NUM_SENTENCES = 1500
FINISHED = re.compile(r"[.!?…][”\"“»)]*$")


@dataclass(frozen=True)
class Splitter:
    """A library, or ours on top of one."""

    name: str
    starts: Starts


def splitters() -> list[Splitter]:
    """Those that are installed."""
    found = [Splitter("dragoman", lambda text, language: sentence_starts(text, language))]
    for name, make in (("sentencex", _sentencex), ("pysbd", _pysbd), ("blingfire", _blingfire), ("nupunkt", _nupunkt)):
        try:
            found.append(Splitter(name, make()))
        except ImportError:
            print(f"{name}: not installed")
    return found


def _sentencex() -> Starts:
    library = importlib.import_module("sentencex")
    return lambda text, language: [each["start_index"] for each in library.get_sentence_boundaries(language, text)]


def _pysbd() -> Starts:
    library = importlib.import_module("pysbd")
    made = {code: library.Segmenter(language=code, clean=False, char_span=True) for code in ("en", "de", "fr", "es")}
    return lambda text, language: [span.start for span in made[language].segment(text)]


def _blingfire() -> Starts:
    library = importlib.import_module("blingfire")
    return lambda text, language: [start for start, _ in library.text_to_sentences_and_offsets(text)[1]]


def _nupunkt() -> Starts:
    library = importlib.import_module("nupunkt")
    return lambda text, language: [start for start, _ in library.sent_spans(text)]


def measure_hard_cases(cases: Sequence[Case], show_failures: bool) -> None:
    """Print how many cases each splitter gets wholly right."""
    languages = sorted({case.language for case in cases})
    print(f"{'hard cases':<12} {'all':>8} " + " ".join(f"{language:>7}" for language in languages) + "  ms per text")
    for splitter in splitters():
        started = time.perf_counter()
        right = {case: case.accepts_starts(splitter.starts(case.text, case.language)) for case in cases}
        _print_row(splitter.name, cases, right, languages, time.perf_counter() - started)
        for case in cases:
            if show_failures and not right[case]:
                print(f"    {case.language} {case.text!r}")
    whole = {case: _segments_rightly(case) for case in cases}
    _print_row("segments", cases, whole, languages, 0.0)


def _print_row(
    name: str, cases: Sequence[Case], right: dict[Case, bool], languages: Sequence[str], seconds: float
) -> None:
    cells = []
    for language in languages:
        results = [right[case] for case in cases if case.language == language]
        cells.append(f"{sum(results):>3}/{len(results):<3}")
    print(f"{name:<12} {sum(right.values()):>3}/{len(cases):<4} {' '.join(cells)}  {1000 * seconds / len(cases):.3f}")


def _segments_rightly(case: Case) -> bool:
    placeholders = find_placeholders(case.text)
    return case.accepts(
        segment(case.text, case.language, "sentences", placeholders, find_tags(case.text, placeholders))
    )


def measure_joined(data: Path) -> None:
    """Print, for real sentences set end to end, how many joints are found and how many cuts are made elsewhere."""
    print("\nreal sentences, four to a text: joints found / other cuts per joint (a line may hold two sentences)")
    for corpus, language in SETS:
        lines = _sentences(data / corpus / f"dev.{language}.gz")
        cells = []
        for splitter in splitters():
            found, others, total = _count(splitter, lines, language)
            cells.append(f"{splitter.name} {found / total:.3f}/{others / total:.3f}")
        print(f"{corpus} {language}: " + "  ".join(cells))


def _sentences(path: Path) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        lines = [line.strip() for line in file if FINISHED.search(line.strip())]
    random.Random(0).shuffle(lines)
    return lines[:NUM_SENTENCES]


def _count(splitter: Splitter, lines: Sequence[str], language: str) -> tuple[int, int, int]:
    found = others = total = 0
    for first in range(0, len(lines), SENTENCES_PER_TEXT):
        group = lines[first : first + SENTENCES_PER_TEXT]
        text = " ".join(group)
        joints = {visible("".join(group[:index])) for index in range(1, len(group))}
        cuts = {visible(text[:start]) for start in splitter.starts(text, language)} - {0, visible(text)}
        found, others, total = found + len(joints & cuts), others + len(cuts - joints), total + len(joints)
    return found, others, total


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description="Measure sentence splitters.")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="corpora; skipped if not there")
    parser.add_argument("--failures", action="store_true", help="list the hard cases that are missed")
    options = parser.parse_args()
    measure_hard_cases(read_cases(), options.failures)
    if options.data.is_dir():
        measure_joined(options.data)


if __name__ == "__main__":
    main()
