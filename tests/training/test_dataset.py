"""Laws of prepared data: deterministic, a permutation of the corpus, resumable."""

import json
from collections import Counter
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training.batching import plan_batches
from training.config import CorpusConfig, CorpusFiles, ExportConfig, PairConfig, RunConfig, SubwordConfig
from training.corpus import CorpusError
from training.dataset import Batch, PreparedData
from training.prepare import prepare_data

WORDS = ["the", "small", "house", "stands", "beside", "an", "old", "tree", "and", "a", "red", "door", "opens", "slowly"]


def make_run(directory: Path, num_lines: int = 60, **changes: object) -> RunConfig:
    """A corpus of distinct made-up lines in both directions, with a dev set."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, start, count in (("train", 0, num_lines), ("dev", 10_000, 5)):
        sources = [f"{WORDS[i % 13]} {WORDS[i * 7 % 13]} number {i}" for i in range(start, start + count)]
        (directory / f"{name}.en").write_text("".join(f"{s}\n" for s in sources))
        (directory / f"{name}.de").write_text("".join(f"{s[::-1]}\n" for s in sources))
    en, de, dev_en, dev_de = (str(directory / n) for n in ("train.en", "train.de", "dev.en", "dev.de"))
    pairs = (
        PairConfig("en", "de", (CorpusFiles(en, de),), (CorpusFiles(dev_en, dev_de),), "<2de>"),
        PairConfig("de", "en", (CorpusFiles(de, en),), (CorpusFiles(dev_de, dev_en),), "<2en>"),
    )
    subword = SubwordConfig(vocab_size=320, sampling_alpha=0.2)
    return RunConfig("tiny", CorpusConfig(pairs), ExportConfig("tiny"), subword)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> PreparedData:
    directory = tmp_path_factory.mktemp("prepared")
    prepare_data(make_run(directory / "raw"), directory / "data")
    return PreparedData.open(directory / "data")


def epoch(data: PreparedData, number: int, alpha: float = 0.2, **changes: int) -> list[Batch]:
    return list(data.batches(seed=3, epoch=number, batch_tokens=120, sampling_alpha=alpha, **changes))


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


def test_sampling_gives_new_segmentations_each_epoch(data: PreparedData) -> None:
    def lengths(number: int) -> list[int]:
        return sorted(int(n) for b in epoch(data, number) for n in b.src_lengths)

    assert lengths(0) != lengths(1)
    assert sum(lengths(0)) > sum(int(n) for b in epoch(data, 0, alpha=0.0) for n in b.src_lengths)


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


def test_equal_input_gives_equal_files(tmp_path: Path) -> None:
    run = make_run(tmp_path / "raw")
    first, second = prepare_data(run, tmp_path / "one"), prepare_data(run, tmp_path / "two")
    assert first == second
    assert json.loads((tmp_path / "one/manifest.json").read_text()) == json.loads(json.dumps(first))
    assert all(digest.startswith("sha256:") for digest in first["inputs"].values())


def test_dev_lines_are_kept_out_of_training(tmp_path: Path) -> None:
    run = make_run(tmp_path / "raw")
    dev = (tmp_path / "raw/dev.en").read_text().splitlines()
    for language, text in (("en", dev[0]), ("de", "ein anderer Satz")):
        with (tmp_path / f"raw/train.{language}").open("a") as file:
            file.write(f"{text}\n")
    manifest = prepare_data(run, tmp_path / "data")
    assert manifest["counts"] == {"lines": 120, "dropped": {"held out": 2}}


def test_a_vocabulary_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    run = make_run(tmp_path / "raw")
    too_large = RunConfig("tiny", run.corpus, run.export, SubwordConfig(vocab_size=9000))
    with pytest.raises(ValueError, match=r"subword.vocab_size 9000 does not fit"):
        prepare_data(too_large, tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_a_directory_without_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"manifest\.json"):
        PreparedData.open(tmp_path)


@given(
    lengths=st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60)), max_size=80),
    batch_tokens=st.integers(1, 200),
    seed=st.integers(0, 2**40),
)
def test_batches_are_a_partition_within_the_budget(
    lengths: list[tuple[int, int]], batch_tokens: int, seed: int
) -> None:
    batches = plan_batches(lengths, batch_tokens, seed)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        if len(batch) > 1:
            assert len(batch) * max(lengths[i][1] for i in batch) <= batch_tokens
            assert len(batch) * max(lengths[i][0] for i in batch) <= 2 * batch_tokens
