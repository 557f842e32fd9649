"""Laws of a corpus larger than memory: a set by hashes is a set, a shuffle by way of the disk is a shuffle."""

import random
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.tiny_corpus import make_run
from training import prepare as module
from training.config import RunConfig
from training.data_config import CorpusConfig, CorpusFiles, PairConfig, SubwordConfig
from training.external import HashSet, ShuffledLines
from training.prepare import prepare_data


@given(st.lists(st.text(max_size=3)))
def test_a_set_of_hashes_knows_what_a_set_knows(texts: list[str]) -> None:
    known, reference = HashSet(), set[str]()
    for text in texts:
        assert known.add(text) is (text not in reference)
        reference.add(text)
    assert len(known) == len(reference)


def test_a_set_of_hashes_forgets_nothing_when_it_grows() -> None:
    known = HashSet()
    assert all(known.add(str(number)) for number in range(5000))
    assert not any(known.add(str(number)) for number in range(5000))
    assert len(known) == 5000


@pytest.mark.parametrize("size", [1, 4, 7, 100])
def test_lines_come_back_in_the_order_of_a_shuffled_list(tmp_path: Path, size: int) -> None:
    blocks = [([f"a{i}" for i in range(5)], 1), (["b\u2028ü", ""], 3), ([], 2), (["c"], 1)]
    expected = [line for block, repeat in blocks for line in block * repeat]
    random.Random(7).shuffle(expected)
    with ShuffledLines(tmp_path / "lines") as lines:
        for block, repeat in blocks:
            lines.add(iter(block), repeat)
        assert len(lines) == len(expected)
        parts = [part.decode().removesuffix("\n").split("\n") for part in lines.parts(size, seed=7)]
    assert [line for part in parts for line in part] == expected
    assert {len(part) for part in parts[:-1]} <= {size}
    assert not (tmp_path / "lines").exists()


def test_files_are_removed_when_a_corpus_turns_out_to_be_unusable(tmp_path: Path) -> None:
    def broken() -> Iterator[str]:
        yield "good"
        raise ValueError("bad")

    with pytest.raises(ValueError, match="bad"), ShuffledLines(tmp_path / "lines") as lines:
        lines.add(broken())
    assert not (tmp_path / "lines").exists()


def test_memory_follows_the_size_of_a_shard_and_not_that_of_the_corpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four thousand pairs of 600 characters, 2.4 MB, take less than 1 MB beside what a small corpus takes."""
    small = make_run(tmp_path / "raw")
    prepare_data(small, tmp_path / "small")
    given_model = SubwordConfig(model=str(tmp_path / "small/subword.spm"))
    files = [tmp_path / "large.en", tmp_path / "large.de"]
    draw = random.Random(1)
    for path in files:
        with path.open("w") as file:
            file.writelines(f"{draw.getrandbits(1196):0299x}\n" for _ in range(4_000))
    pair = small.corpus.pairs[0]
    large = PairConfig(pair.source, pair.target, (CorpusFiles(str(files[0]), str(files[1])),), pair.dev, pair.tag)
    monkeypatch.setattr(module, "SHARD_LINES", 200)

    def peak(pairs: tuple[PairConfig, ...], output: Path) -> int:
        tracemalloc.start()
        manifest = prepare_data(RunConfig("run", CorpusConfig(pairs), small.export, given_model), output)
        assert manifest["counts"]["dropped"] == {}
        _, found = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return found

    beside = peak((pair,), tmp_path / "one")
    assert peak((large,), tmp_path / "two") - beside < 1_000_000
