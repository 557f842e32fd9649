"""What the benchmarks translate: a fixed set of sentences, and the requests that ask for them."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from service.artifact_config import ArtifactConfig

EVERYDAY, CAPTIONS = Path("tests/data/everyday.en"), Path("tests/data/captions.en")


@dataclass(frozen=True)
class Texts:
    """Distinct sentences in random order, and the direction in which they go."""

    sentences: tuple[str, ...]
    source: str
    target: str

    def bodies(self) -> list[str]:
        """A request for each sentence."""
        return [self.body([sentence]) for sentence in self.sentences]

    def body(self, sentences: Sequence[str]) -> str:
        """One request for all of `sentences`."""
        return json.dumps({"texts": list(sentences), "source": self.source, "target": self.target})

    def many(self, number: int) -> list[str]:
        """As many texts, all different: a sentence that comes again carries a number."""
        size = len(self.sentences)
        return [
            self.sentences[i % size] if i < size else f"{self.sentences[i % size]} {1 + i // size}"
            for i in range(number)
        ]


def read_texts(config: ArtifactConfig, path: Path | None, seed: int) -> Texts:
    """Lines of `path`, gzipped or not, in the source language of the artifact's first pair; by default those it suits.

    Raises:
        ValueError: there are none.
    """
    path = path or (CAPTIONS if "multi30k" in config.name else EVERYDAY)
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    sentences = list(dict.fromkeys(line for line in content.decode().splitlines() if line))
    if not sentences:
        raise ValueError(f"{path} has no lines")
    Random(seed).shuffle(sentences)
    return Texts(tuple(sentences), config.pairs[0].source, config.pairs[0].target)
