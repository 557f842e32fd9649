"""A corpus of made-up lines, small enough to prepare in a test."""

from pathlib import Path

from training.config import ExportConfig, RunConfig
from training.data_config import CorpusConfig, CorpusFiles, PairConfig, SubwordConfig

WORDS = ["the", "small", "house", "stands", "beside", "an", "old", "tree", "and", "a", "red", "door", "opens", "slowly"]


def make_run(directory: Path, num_lines: int = 60, repeat: int = 1) -> RunConfig:
    """A corpus of distinct made-up lines in both directions, with a dev set."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, start, count in (("train", 0, num_lines), ("dev", 10_000, 5)):
        sources = [f"{WORDS[i % 13]} {WORDS[i * 7 % 13]} number {i}" for i in range(start, start + count)]
        (directory / f"{name}.en").write_text("".join(f"{s}\n" for s in sources))
        (directory / f"{name}.de").write_text("".join(f"{s[::-1]}\n" for s in sources))
    en, de, dev_en, dev_de = (str(directory / n) for n in ("train.en", "train.de", "dev.en", "dev.de"))
    pairs = (
        PairConfig("en", "de", (CorpusFiles(en, de, repeat),), (CorpusFiles(dev_en, dev_de),), "<2de>"),
        PairConfig("de", "en", (CorpusFiles(de, en),), (CorpusFiles(dev_de, dev_en),), "<2en>"),
    )
    subword = SubwordConfig(vocab_size=320, sampling_alpha=0.2)
    return RunConfig("tiny", CorpusConfig(pairs), ExportConfig("tiny"), subword)
