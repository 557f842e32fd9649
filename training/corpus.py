"""Parallel text: read, normalise, filter, deduplicate, line by line; what is left out is counted by its reason."""

import gzip
import hashlib
import random
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from training.data_config import CorpusConfig, CorpusFiles
from training.external import HashSet
from training.normalization import normalize_line

PART_SEED = 20_170_601
LENGTH_SLACK = 10  # characters: "Yes." and "Ja." differ by a large factor and are a pair


class CorpusError(ValueError):
    """A corpus file cannot be used; the message names it."""


class TextPair(NamedTuple):
    """One aligned pair of segments."""

    source: str
    target: str


def iter_lines(path: Path | str) -> Iterator[str]:
    """The lines of a UTF-8 text file, plain or `.gz`, one at a time; only LF ends a line, a byte-order mark is no text.

    Raises:
        CorpusError: the file is missing, damaged, or not UTF-8 (with the line).
    """
    number = 0
    try:
        with gzip.open(path) if str(path).endswith(".gz") else Path(path).open("rb") as file:
            for number, line in enumerate(file, start=1):
                yield line.removesuffix(b"\n").decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path}, line {number}: not UTF-8") from error
    except (OSError, EOFError, zlib.error) as error:
        raise CorpusError(f"{path}: {error}") from error


def read_lines(path: Path | str) -> list[str]:
    """All of `iter_lines`."""
    return list(iter_lines(path))


def file_hash(path: Path | str) -> str:
    """SHA-256 of a file as it lies on disk, written `sha256:...`."""
    with Path(path).open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def read_parallel(files: CorpusFiles) -> Iterator[TextPair]:
    """The normalised pairs of two aligned files, in their order; of more than `max_pairs` a random part.

    Raises:
        CorpusError: the files differ in their number of lines, which is known at the end of the shorter one.
    """
    chosen = _chosen(files)
    for number, (source, target) in enumerate(zip_longest(iter_lines(files.source), iter_lines(files.target))):
        if source is None or target is None:
            counts = [sum(1 for _ in iter_lines(path)) for path in (files.source, files.target)]
            raise CorpusError(f"{files.source} has {counts[0]} lines, but {files.target} has {counts[1]}")
        if chosen is None or number in chosen:
            yield TextPair(normalize_line(source), normalize_line(target))


def _chosen(files: CorpusFiles) -> set[int] | None:
    """The lines that `max_pairs` leaves, or None if it leaves all."""
    if files.max_pairs is None:
        return None
    size = sum(1 for _ in iter_lines(files.source))
    return set(random.Random(PART_SEED).sample(range(size), files.max_pairs)) if size > files.max_pairs else None


class Filter:
    """Decides on the pairs of one direction; remembers what it has seen and counts what it refused."""

    def __init__(self, config: CorpusConfig, held_out: Iterable[str]) -> None:
        self.config = config
        self.dropped: Counter[str] = Counter()
        self._held_out = {fold(line) for line in held_out}
        self._seen = HashSet()

    def __call__(self, pairs: Iterable[TextPair]) -> Iterator[TextPair]:
        """The pairs that pass."""
        for pair in pairs:
            reason = self._reason(pair)
            if reason is None:
                yield pair
            else:
                self.dropped[reason] += 1

    def _reason(self, pair: TextPair) -> str | None:
        """Why `pair` is left out, or None."""
        shorter, longer = sorted((len(pair.source), len(pair.target)))
        if shorter == 0:
            return "empty"
        if pair.source == pair.target:
            return "identical sides"
        if longer > self.config.max_characters:
            return "too long"
        if longer > self.config.max_length_ratio * shorter + LENGTH_SLACK:
            return "length ratio"
        if fold(pair.source) in self._held_out or fold(pair.target) in self._held_out:
            return "held out"
        if self.config.deduplicate and not self._seen.add("\n".join(pair)):
            return "duplicate"
        return None


def fold(text: str) -> str:
    """`text` as held-out lines are compared: normalised, without case."""
    return normalize_line(text).casefold()
