"""Corpora arrive whole and verified, or not at all."""

import gzip
import hashlib
import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from training import fetch as module
from training.corpus import CorpusError
from training.fetch import TABLE, Corpus, fetch_corpus, load_table

TEXT = b"one\ntwo\n"


def make_corpus(url: str | None = None, text: bytes = TEXT) -> Corpus:
    published = {"train.en.gz": "original.en.gz"} if url else {}
    digest = hashlib.sha256(text).hexdigest()
    return Corpus("t", "home", "licence", {"train.en.gz": digest}, url=url, published=published)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[str]:
    """A public home on this machine that has one file."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home/original.en.gz").write_bytes(gzip.compress(TEXT))

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path / "home")))
    threading.Thread(target=server.serve_forever).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_the_table_is_complete() -> None:
    table = load_table(TABLE)
    assert {"multi30k", "tatoeba-en-de", "ebt-suttas-en-de"} <= set(table)
    for corpus in table.values():
        assert corpus.licence
        assert set(corpus.published) <= set(corpus.sha256)
        assert all(len(digest) == 64 for digest in corpus.sha256.values())


def test_a_file_comes_from_its_home_under_our_name(tmp_path: Path, home: str) -> None:
    fetch_corpus("c", make_corpus(home), None, tmp_path / "data")
    assert gzip.decompress((tmp_path / "data/c/train.en.gz").read_bytes()) == TEXT
    assert [path.name for path in (tmp_path / "data/c").iterdir()] == ["train.en.gz"]


def test_a_file_comes_from_a_mirror_and_is_kept(tmp_path: Path) -> None:
    (tmp_path / "mirror/c").mkdir(parents=True)
    original = tmp_path / "mirror/c/train.en.gz"
    original.write_bytes(gzip.compress(TEXT))
    fetch_corpus("c", make_corpus(), tmp_path / "mirror", tmp_path / "data")
    original.unlink()
    fetch_corpus("c", make_corpus(), tmp_path / "mirror", tmp_path / "data")


def test_a_damaged_file_is_fetched_again(tmp_path: Path, home: str) -> None:
    (tmp_path / "data/c").mkdir(parents=True)
    (tmp_path / "data/c/train.en.gz").write_bytes(gzip.compress(TEXT)[:-9])
    fetch_corpus("c", make_corpus(home), None, tmp_path / "data")
    assert gzip.decompress((tmp_path / "data/c/train.en.gz").read_bytes()) == TEXT


def test_another_text_is_refused_and_nothing_is_left(tmp_path: Path, home: str) -> None:
    with pytest.raises(CorpusError, match=r"c/train\.en\.gz: SHA-256 of the text is .* expected"):
        fetch_corpus("c", make_corpus(home, b"other"), None, tmp_path / "data")
    assert list((tmp_path / "data/c").iterdir()) == []


def test_a_missing_file_is_refused_at_once(tmp_path: Path, home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_WAIT_S", 1e9)
    with pytest.raises(CorpusError, match="404"):
        fetch_corpus("c", make_corpus(home + "nowhere/"), None, tmp_path / "data")
    with pytest.raises(CorpusError, match=r"train\.en\.gz: No such file"):
        fetch_corpus("c", make_corpus(), tmp_path / "mirror", tmp_path / "data")


def test_a_dead_home_is_tried_again_and_then_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_WAIT_S", 0.001)
    with pytest.raises(CorpusError, match=r"http://127\.0\.0\.1:9/original\.en\.gz"):
        fetch_corpus("c", make_corpus("http://127.0.0.1:9/"), None, tmp_path / "data")


def test_a_corpus_without_a_published_split_needs_a_mirror(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="--mirror"):
        fetch_corpus("c", make_corpus(), None, tmp_path / "data")
