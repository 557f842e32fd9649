"""A test set known by the hashes of its texts, and where it is found: fetched, or in a local mirror."""

import gzip
import hashlib
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


class TestTextError(Exception):
    """The text of a test set is missing, or is not the text that was meant."""

    __test__ = False  # pytest: not a class of tests


class TestTextMissing(TestTextError):
    """There is no such file in any directory."""

    __test__ = False


def read_content(path: Path) -> bytes:
    """What the file at `path` holds, decompressed if it is a `.gz`.

    Raises:
        TestTextError: it cannot be read or decompressed.
    """
    try:
        return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise TestTextError(f"{path} cannot be read: {error}") from error


@dataclass(frozen=True)
class TestText:
    """One side of a test set: a path below a data directory and the SHA-256 of the uncompressed text."""

    __test__ = False

    file: str
    sha256: str

    def read_lines(self, directories: Iterable[Path]) -> list[str]:
        """The lines, stripped, from the first of `directories` that has the file, plain or with `.gz`.

        Raises:
            TestTextMissing: no directory has it.
            TestTextError: its hash differs, it is damaged, or it is not UTF-8.
        """
        path = self._find(directories)
        content = read_content(path)
        digest = hashlib.sha256(content).hexdigest()
        if digest != self.sha256:
            raise TestTextError(f"{path} has SHA-256 {digest}; expected {self.sha256}")
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise TestTextError(f"{path} is not UTF-8: {error}") from error
        return [line.strip() for line in text.removesuffix("\n").split("\n")]

    def _find(self, directories: Iterable[Path]) -> Path:
        places = [directory / (self.file + suffix) for directory in directories for suffix in ("", ".gz")]
        for place in places:
            if place.is_file():
                return place
        raise TestTextMissing(f"no test text at {', '.join(map(str, places))}; `dragoman-train fetch` gets corpora")


@dataclass(frozen=True)
class TestSet:
    """Sources and references of one direction."""

    __test__ = False

    name: str
    source_language: str
    target_language: str
    source: TestText
    reference: TestText

    def __str__(self) -> str:
        """Name and direction, as reports print them."""
        return f"{self.name} {self.source_language}-{self.target_language}"

    def read(self, directories: Iterable[Path]) -> tuple[list[str], list[str]]:
        """Aligned lines of source and reference.

        Raises:
            TestTextMissing: a side is in none of `directories`.
            TestTextError: a side has another hash, or the sides differ in length.
        """
        places = tuple(directories)
        sources, references = self.source.read_lines(places), self.reference.read_lines(places)
        if len(sources) != len(references):
            raise TestTextError(f"{self} has {len(sources)} sources and {len(references)} references")
        return sources, references
