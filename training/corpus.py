"""Parallel text: read, normalise, filter, deduplicate; every pair that is left out is counted by its reason."""

import gzip
import hashlib
import random
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from training.config import CorpusConfig, CorpusFiles
from training.normalization import normalize_line

PART_SEED = 20_170_601
LENGTH_SLACK = 10  # characters: "Yes." and "Ja." differ by a large factor and are a pair


class CorpusError(ValueError):
    """A corpus file cannot be used; the message names it."""


class TextPair(NamedTuple):
    """One aligned pair of segments."""

    source: str
    target: str


def read_lines(path: Path | str) -> list[str]:
    """The lines of a UTF-8 text file, plain or `.gz`; only LF ends a line.

    Raises:
        CorpusError: the file is missing, damaged, or not UTF-8 (with the line).
    """
    try:
        data = Path(path).read_bytes()
        data = gzip.decompress(data) if str(path).endswith(".gz") else data
    except (OSError, EOFError, zlib.error) as error:
        raise CorpusError(f"{path}: {error}") from error
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CorpusError(f"{path}, line {line}: not UTF-8") from error
    return text.removesuffix("\n").split("\n") if text else []


def file_hash(path: Path | str) -> str:
    """SHA-256 of a file as it lies on disk, written `sha256:...`."""
    return f"sha256:{hashlib.sha256(Path(path).read_bytes()).hexdigest()}"


def read_parallel(files: CorpusFiles) -> list[TextPair]:
    """The normalised pairs of two aligned files, in their order; of more than `max_pairs` a random part.

    Raises:
        CorpusError: the files differ in their number of lines.
    """
    sources, targets = read_lines(files.source), read_lines(files.target)
    if len(sources) != len(targets):
        raise CorpusError(f"{files.source} has {len(sources)} lines, but {files.target} has {len(targets)}")
    pairs = list(zip(sources, targets, strict=True))
    if files.max_pairs is not None and len(pairs) > files.max_pairs:
        chosen = random.Random(PART_SEED).sample(range(len(pairs)), files.max_pairs)
        pairs = [pairs[i] for i in sorted(chosen)]
    return [TextPair(normalize_line(s), normalize_line(t)) for s, t in pairs]


class Filter:
    """Decides on the pairs of one direction; remembers what it has seen and counts what it refused."""

    def __init__(self, config: CorpusConfig, held_out: Iterable[str]) -> None:
        self.config = config
        self.dropped: Counter[str] = Counter()
        self._held_out = {fold(line) for line in held_out}
        self._seen: set[TextPair] = set()

    def __call__(self, pairs: Iterable[TextPair]) -> Iterator[TextPair]:
        """The pairs that pass."""
        for pair in pairs:
            reason = self._reason(pair)
            if reason is None:
                self._seen.add(pair)
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
        if self.config.deduplicate and pair in self._seen:
            return "duplicate"
        return None


def fold(text: str) -> str:
    """`text` as held-out lines are compared: normalised, without case."""
    return normalize_line(text).casefold()
