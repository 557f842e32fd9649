"""Laws of the toy corpus."""

from pathlib import Path

from training.toy import SIZES, write_corpus


def read(directory: Path, name: str) -> list[str]:
    return (directory / name).read_text().splitlines()


def test_targets_are_sources_reversed_and_splits_share_nothing(tmp_path: Path) -> None:
    write_corpus(tmp_path, seed=1, max_digits=9, num_train=300)
    seen: set[str] = set()
    for split, size in {**SIZES, "train": 300}.items():
        sources, targets = read(tmp_path, f"{split}.num"), read(tmp_path, f"{split}.rev")
        assert len(sources) == size
        assert [source[::-1] for source in sources] == targets
        assert len(set(sources)) == size
        assert seen.isdisjoint(sources)
        seen |= set(sources)
    assert max(len(source.split()) for source in seen) == 9


def test_the_seed_decides(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_corpus(tmp_path / name, seed, max_digits=9, num_train=50)
    assert read(tmp_path / "a", "train.num") == read(tmp_path / "b", "train.num")
    assert read(tmp_path / "a", "train.num") != read(tmp_path / "c", "train.num")
