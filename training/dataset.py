"""Prepared data: shards of text pairs on disk, batches of ids in memory."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from training.batching import plan_batches
from training.corpus import CorpusError, file_hash, read_lines
from training.data_config import NoiseConfig
from training.noise import TextNoise
from training.randomness import derive_seed
from training.subword import BOS_ID, PAD_ID, SubwordModel

NO_NOISE = NoiseConfig()
MANIFEST_KEYS = ("corpus", "subword", "pairs", "shards", "counts", "inputs", "outputs")


@dataclass(frozen=True)
class Batch:
    """Padded ids, int64; `tgt_in` begins with the begin token, `tgt_out` ends with the end token."""

    src_ids: Tensor  # [N, S]
    src_lengths: Tensor  # [N]
    tgt_in: Tensor  # [N, T]
    tgt_out: Tensor  # [N, T]
    num_target_tokens: int  # real tokens of tgt_out


@dataclass(frozen=True)
class Pair:
    """One direction of the data."""

    source: str
    target: str
    tag: str | None


@dataclass(frozen=True)
class Example:
    """One pair as ids, end tokens included."""

    src: list[int]
    tgt: list[int]


class PreparedData:
    """What `dragoman-train prepare` wrote; open it with `PreparedData.open`."""

    def __init__(self, directory: Path, manifest: dict[str, Any], subword: SubwordModel) -> None:
        self.directory = directory
        self.manifest = manifest
        self.subword = subword
        self.pairs = tuple(Pair(p["source"], p["target"], p["tag"]) for p in manifest["pairs"])

    @classmethod
    def open(cls, directory: Path | str) -> "PreparedData":
        """Read manifest and subword model.

        Raises:
            CorpusError: the directory was not made by `prepare`, or manifest or subword model are damaged.
        """
        directory = Path(directory)
        if not (directory / "manifest.json").is_file():
            raise CorpusError(f"{directory} has no manifest.json; run dragoman-train prepare first")
        try:
            manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CorpusError(f"{directory}/manifest.json cannot be used: {error}") from error
        missing = [key for key in MANIFEST_KEYS if not isinstance(manifest, dict) or key not in manifest]
        if missing:
            raise CorpusError(f"{directory}/manifest.json cannot be used: it has no {', '.join(missing)}")
        try:
            subword = SubwordModel.load(directory / "subword.spm")
        except (OSError, RuntimeError, ValueError) as error:  # RuntimeError is SentencePiece's
            raise CorpusError(f"{directory}/subword.spm cannot be used: {error}") from error
        return cls(directory, manifest, subword)

    def dev(self, pair_index: int) -> tuple[list[str], list[str]]:
        """Sources and references of the dev set of one direction."""
        stem = self.directory / "dev" / f"{pair_index}"
        return read_lines(f"{stem}.source.txt"), read_lines(f"{stem}.target.txt")

    def batches(
        self,
        *,
        seed: int,
        epoch: int,
        batch_tokens: int,
        sampling_alpha: float,
        noise: NoiseConfig = NO_NOISE,
        rank: int = 0,
        world_size: int = 1,
    ) -> Iterator[Batch]:
        """One epoch, shard by shard: a pure function of the arguments; each training pair occurs exactly once.

        With `world_size` processes, each takes its share of the rows of every batch.

        Raises:
            CorpusError: a shard is not the one that was prepared.
        """
        shards = list(self.manifest["shards"])
        random.Random(derive_seed(seed, epoch, "shards")).shuffle(shards)
        for shard in shards:
            examples = self._tokenize(shard, derive_seed(seed, epoch, shard), sampling_alpha, TextNoise(noise))
            lengths = [(len(e.src), len(e.tgt)) for e in examples]
            for indices in plan_batches(lengths, batch_tokens, derive_seed(seed, epoch, shard, "batches")):
                yield make_batch([examples[i] for i in indices[rank::world_size] or indices[:1]], rank < len(indices))

    def _tokenize(self, shard: str, seed: int, alpha: float, noise: TextNoise) -> list[Example]:
        """The examples of a shard; noise and sampled segmentations depend on `seed` alone."""
        path = self.directory / shard
        if not path.is_file() or file_hash(path) != self.manifest["outputs"].get(shard):
            raise CorpusError(f"{path} is not the shard that its manifest names; run dragoman-train prepare again")
        rng = random.Random(seed)
        return [self._example(line, alpha, noise, rng) for line in read_lines(path)]

    def _example(self, line: str, alpha: float, noise: TextNoise, rng: random.Random) -> Example:
        index, source, target = line.split("\t")
        source, target = noise(source, target, rng)
        src = self.subword.source_ids(source, self.pairs[int(index)].tag, alpha, rng)
        return Example(src=src, tgt=self.subword.target_ids(target, alpha, rng))


def make_batch(examples: Sequence[Example], counts: bool = True) -> Batch:
    """Pad `examples`; with `counts` false the batch carries no target tokens, only a shape to run."""
    src_ids, src_lengths = pad([e.src for e in examples])
    tgt_out, tgt_lengths = pad([e.tgt for e in examples])
    tgt_in = torch.full_like(tgt_out, PAD_ID)
    tgt_in[:, 1:] = tgt_out[:, :-1]
    tgt_in[:, 0] = BOS_ID
    if not counts:
        tgt_out.fill_(PAD_ID)
    num_target_tokens = int(tgt_lengths.sum()) if counts else 0
    return Batch(src_ids, src_lengths, tgt_in, tgt_out, num_target_tokens)


def pad(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """`rows` as one tensor [N, S], padded on the right, and their lengths [N]."""
    lengths = torch.tensor([len(row) for row in rows], dtype=torch.int64)
    ids = torch.full((len(rows), int(lengths.max())), PAD_ID, dtype=torch.int64)
    for row, target in zip(rows, ids, strict=True):
        target[: len(row)] = torch.tensor(row, dtype=torch.int64)
    return ids, lengths
