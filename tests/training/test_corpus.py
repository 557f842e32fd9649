"""Laws of the text before the subword model: normalisation, filters, their counts."""

import gzip
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.corpus import CorpusError, Filter, TextPair, read_lines, read_parallel
from training.data_config import CorpusConfig, CorpusFiles, PairConfig
from training.normalization import normalize_line
from training.strict import ConfigError


def make_config(**changes: float) -> CorpusConfig:
    files = (CorpusFiles("a", "b"),)
    return CorpusConfig(pairs=(PairConfig("en", "de", files, (CorpusFiles("c", "d"),)),), **changes)  # type: ignore[arg-type]


@given(st.text())
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = normalize_line(text)
    assert normalize_line(once) == once
    assert once == unicodedata.normalize("NFC", once)
    assert once == once.strip()
    assert "  " not in once


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\u00a0b\u2003c\td\u2028e", "a b c d e"),
        ("so\u00adft\u200b", "soft"),
        ("u\u0308ber", "über"),
        ("„Na … ½ x²“", "„Na … ½ x²“"),
        ("Å", "Å"),
    ],
)
def test_text_keeps_typography_and_loses_invisible_characters(text: str, expected: str) -> None:
    assert normalize_line(text) == expected


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        (("", "x"), "empty"),
        (("same", "same"), "identical sides"),
        (("a" * 601, "b" * 601), "too long"),
        (("ab", "b" * 20), "length ratio"),
        (("Held OUT line", "etwas"), "held out"),
        (("something", "held out  line"), "held out"),
        (("Yes.", "Ja."), None),
        (("Ja.", "Of course I do."), None),
        (("Twice", "Zweimal"), "duplicate"),
    ],
)
def test_each_refused_pair_is_counted_by_its_reason(pair: tuple[str, str], reason: str | None) -> None:
    accept = Filter(make_config(), ["held out line"])
    assert list(accept([TextPair("Twice", "Zweimal")])) == [("Twice", "Zweimal")]
    assert list(accept([TextPair(*pair)])) == ([] if reason else [pair])
    assert accept.dropped == ({reason: 1} if reason else {})


def test_a_pair_may_occur_twice_where_that_is_wanted() -> None:
    accept = Filter(make_config(deduplicate=False), [])
    assert list(accept([TextPair("Twice", "Zweimal")] * 2)) == [("Twice", "Zweimal")] * 2


def test_only_line_feeds_end_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress("one\u2028still\r\ntwo\x0b\n".encode()))
    assert read_lines(path) == ["one\u2028still\r", "two\x0b"]


def test_files_of_different_length_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one\ntwo\n")
    (tmp_path / "b").write_text("eins\n")
    with pytest.raises(CorpusError, match=r"a has 2 lines, but .*b has 1"):
        list(read_parallel(CorpusFiles(str(tmp_path / "a"), str(tmp_path / "b"))))


def test_bytes_that_are_no_text_are_refused_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"good\nbad \xff\n")
    with pytest.raises(CorpusError, match=r"a, line 2: not UTF-8"):
        read_lines(tmp_path / "a")
    (tmp_path / "b.gz").write_bytes(b"no gzip")
    with pytest.raises(CorpusError, match=r"b\.gz"):
        read_lines(tmp_path / "b.gz")
    with pytest.raises(CorpusError, match="missing"):
        read_lines(tmp_path / "missing")


def test_of_a_large_corpus_the_same_random_part_is_taken_in_its_order(tmp_path: Path) -> None:
    for side in "ab":
        (tmp_path / side).write_text("".join(f"{side}{number:03}\n" for number in range(200)))

    def read(max_pairs: int | None) -> list[TextPair]:
        return list(read_parallel(CorpusFiles(str(tmp_path / "a"), str(tmp_path / "b"), max_pairs=max_pairs)))

    everything, part = read(None), read(50)
    assert len(everything) == 200
    assert read(200) == read(999) == everything
    assert len(part) == 50
    assert part == sorted(part) == read(50)
    assert all(pair.source[1:] == pair.target[1:] for pair in part)
    assert part != everything[:50]
    with pytest.raises(ConfigError, match="max_pairs"):
        CorpusFiles("a", "b", max_pairs=0)
