"""Laws of prepared data: deterministic, a permutation of the corpus, resumable."""

import gzip
import hashlib
import subprocess
import sys
import weakref
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training.tiny_corpus import make_run
from training import prepare as module
from training.corpus import CorpusError
from training.dataset import Batch, Example, PreparedData
from training.prepare import prepare_data


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> PreparedData:
    directory = tmp_path_factory.mktemp("prepared")
    prepare_data(make_run(directory / "raw"), directory / "data")
    return PreparedData.open(directory / "data")


def epoch(data: PreparedData, number: int, alpha: float = 0.2, rank: int = 0, world_size: int = 1) -> list[Batch]:
    batches = data.batches(
        seed=3, epoch=number, batch_tokens=120, sampling_alpha=alpha, rank=rank, world_size=world_size
    )
    return list(batches)


def segments(data: PreparedData, batches: list[Batch]) -> Counter[tuple[str, str]]:
    """The text pairs of some batches, from their ids."""
    found: Counter[tuple[str, str]] = Counter()
    for batch in batches:
        for src, length, tgt in zip(batch.src_ids, batch.src_lengths, batch.tgt_out, strict=True):
            target = [i for i in tgt.tolist() if i not in (0, 3)]
            found[data.subword.decode(src[1 : length - 1].tolist()), data.subword.decode(target)] += 1
    return found


def test_an_epoch_is_a_permutation_of_the_corpus(data: PreparedData) -> None:
    found = segments(data, epoch(data, 0))
    assert len(found) == 120
    assert set(found.values()) == {1}
    assert segments(data, epoch(data, 1)) == found


def test_an_epoch_is_a_pure_function_of_seed_and_number(data: PreparedData) -> None:
    first, again, other = epoch(data, 4), epoch(data, 4), epoch(data, 5)
    assert all(
        torch.equal(a.src_ids, b.src_ids) and torch.equal(a.tgt_out, b.tgt_out)
        for a, b in zip(first, again, strict=True)
    )
    assert [b.src_ids.tolist() for b in first] != [b.src_ids.tolist() for b in other]


def test_batch_mates_change_from_epoch_to_epoch_without_sampling_too(data: PreparedData) -> None:
    first, second = ([b.src_ids.tolist() for b in epoch(data, number, alpha=0.0)] for number in (0, 1))
    assert sorted(first) != sorted(second)


def test_sampling_gives_new_segmentations_each_epoch(data: PreparedData) -> None:
    def lengths(number: int) -> list[int]:
        return sorted(int(n) for b in epoch(data, number) for n in b.src_lengths)

    assert lengths(0) != lengths(1)
    assert sum(lengths(0)) > sum(int(n) for b in epoch(data, 0, alpha=0.0) for n in b.src_lengths)


def test_both_sides_are_sampled(data: PreparedData) -> None:
    def num_target_tokens(alpha: float) -> int:
        return sum(batch.num_target_tokens for batch in epoch(data, 0, alpha))

    assert num_target_tokens(0.2) > num_target_tokens(0.0)


def test_processes_share_each_batch(data: PreparedData) -> None:
    whole = segments(data, epoch(data, 2))
    parts = [[b for b in epoch(data, 2, rank=r, world_size=3) if b.num_target_tokens] for r in range(3)]
    assert sum((segments(data, part) for part in parts), Counter()) == whole
    assert sum(b.num_target_tokens for p in parts for b in p) == sum(b.num_target_tokens for b in epoch(data, 2))
    assert len({len(epoch(data, 2, rank=r, world_size=3)) for r in range(3)}) == 1


def test_targets_are_shifted_by_one_behind_the_begin_token(data: PreparedData) -> None:
    for batch in epoch(data, 0):
        assert set(batch.tgt_in[:, 0].tolist()) == {2}
        assert torch.equal(batch.tgt_in[:, 1:], batch.tgt_out[:, :-1])
        assert batch.num_target_tokens == int((batch.tgt_out != 0).sum())
        assert {data.subword.tag_id("<2de>"), data.subword.tag_id("<2en>")} >= set(batch.src_ids[:, 0].tolist())


def test_a_directory_without_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"manifest\.json"):
        PreparedData.open(tmp_path)


def test_an_epoch_over_many_shards_is_a_permutation_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHARD_LINES", 25)
    prepare_data(make_run(tmp_path / "raw"), tmp_path / "data")
    sharded = PreparedData.open(tmp_path / "data")
    found = segments(sharded, epoch(sharded, 0))
    assert len(sharded.manifest["shards"]) == 5
    assert (len(found), set(found.values())) == (120, {1})


DIGEST = """
import hashlib, sys
from training.dataset import PreparedData
data = PreparedData.open(sys.argv[1])
batches = data.batches(seed=3, epoch=4, batch_tokens=120, sampling_alpha=0.2)
print(hashlib.sha256(str([b.tgt_out.tolist() for b in batches]).encode()).hexdigest())
"""


@pytest.mark.slow
def test_another_process_samples_the_same_epoch(data: PreparedData) -> None:
    """A killed run goes on in a new process; SentencePiece's own sampling differs from process to process."""
    command = [sys.executable, "-c", DIGEST, str(data.directory)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    assert printed == hashlib.sha256(str([b.tgt_out.tolist() for b in epoch(data, 4)]).encode()).hexdigest()


def test_a_damaged_shard_stops_the_epoch(tmp_path: Path) -> None:
    prepare_data(make_run(tmp_path / "raw"), tmp_path / "data")
    shard = tmp_path / "data/shards/00000.tsv.gz"
    lines = gzip.decompress(shard.read_bytes()).splitlines(keepends=True)
    shard.write_bytes(gzip.compress(b"".join(lines[:60])))
    with pytest.raises(CorpusError, match=r"00000\.tsv\.gz is not the shard that its manifest names"):
        epoch(PreparedData.open(tmp_path / "data"), 0)


class Shard(list[Example]):
    """A list that can be referred to weakly."""


def test_no_more_than_two_shards_are_in_memory_however_many_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SHARD_LINES", 10)
    prepare_data(make_run(tmp_path / "raw"), tmp_path / "data")
    data = PreparedData.open(tmp_path / "data")
    assert len(data.manifest["shards"]) == 12
    references: list[weakref.ref[Shard]] = []
    most, tokenize = 0, PreparedData._tokenize

    def watched(*arguments: Any) -> Shard:
        nonlocal most
        shard = Shard(tokenize(*arguments))
        references.append(weakref.ref(shard))
        most = max(most, sum(reference() is not None for reference in references))
        return shard

    monkeypatch.setattr(PreparedData, "_tokenize", watched)
    num_rows = sum(len(batch.src_ids) for batch in epoch(data, 0))
    assert num_rows == 120
    assert 1 <= most <= 2  # the one before is let go when the next has been read
