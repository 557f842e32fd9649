"""What the benchmarks translate: a fixed set of sentences, and the requests that ask for them."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from random import Random

from service.artifact_config import ArtifactConfig

EVERYDAY, CAPTIONS = Path("tests/data/everyday.en"), Path("tests/data/captions.en")
_MAX_EXCHANGED_WORDS = 3


@dataclass(frozen=True)
class Texts:
    """Distinct sentences in random order, and the direction in which they go."""

    sentences: tuple[str, ...]
    source: str
    target: str

    def bodies(self) -> list[str]:
        """A request for each sentence."""
        return [self.body([sentence]) for sentence in self.sentences]

    def body(self, sentences: Sequence[str], *details: str) -> str:
        """One request for all of `sentences`, and for `details` of their translation."""
        asked = {"texts": list(sentences), "source": self.source, "target": self.target}
        return json.dumps({**asked, "details": details} if details else asked)

    def many(self, number: int) -> list[str]:
        """As many different texts: the sentences, then those with the last words of another one.

        They differ in words: those that differ in a number alone are one segment to the engine, since numbers pass it
        by.

        Raises:
            ValueError: there are not so many.
        """
        words = [sentence.split(" ") for sentence in self.sentences]
        found = dict.fromkeys(self.sentences)
        for num_words, distance in product(range(1, _MAX_EXCHANGED_WORDS + 1), range(1, len(words))):
            if len(found) >= number:
                break
            others = words[distance:] + words[:distance]
            found |= dict.fromkeys(
                " ".join(own[:-num_words] + other[-num_words:]) for own, other in zip(words, others, strict=True)
            )
        if len(found) < number:
            raise ValueError(f"{len(words)} sentences make {len(found)} different ones; {number} are needed")
        return list(found)[:number]


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
