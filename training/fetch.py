"""Get public corpora, every file checked against its hash: from their homes, or from a local mirror directory."""

import gzip
import hashlib
import os
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
import yaml
from tqdm import tqdm

from training.corpus import CorpusError

TABLE = Path(__file__).with_name("corpora.yaml")
DEFAULT_MIRROR = Path("../shared/data")
NUM_TRIES = 4
FIRST_WAIT_S = 1.0
TIMEOUT_S = 60.0

Read = Callable[[str], bytes]


@dataclass(frozen=True)
class Corpus:
    """A public corpus: where it lives, on what terms, and its files by the hash of their uncompressed text."""

    title: str
    home: str
    licence: str
    sha256: dict[str, str]
    url: str | None = None
    published: dict[str, str] = field(default_factory=dict)  # our file name -> its name below url


def fetch(
    corpus: Annotated[
        list[str] | None, typer.Option(help="A corpus (repeatable); all that can be had if not given.")
    ] = None,
    mirror: Annotated[Path | None, typer.Option(help="Local mirror to copy from; ../shared/data if it exists.")] = None,
    output: Annotated[Path, typer.Option(help="Directory to write.")] = Path("data"),
) -> None:
    """Get public corpora, verified by SHA-256; files that are there already are kept.

    Example: dragoman-train fetch --corpus multi30k
    """
    known = load_table(TABLE)
    source = mirror or (DEFAULT_MIRROR if DEFAULT_MIRROR.is_dir() else None)
    for name in corpus or []:
        if name not in known:
            raise CorpusError(f"corpus {name} is not known; known are {', '.join(known)}")
    for name in corpus or [name for name in known if source or known[name].published]:
        typer.echo(f"{name}: {known[name].title}; licence: {known[name].licence}")
        typer.echo(f"{name}: from {f'the mirror {source}' if source else known[name].url or known[name].home}")
        fetch_corpus(name, known[name], source, output)
        if missing := [file for file in known[name].sha256 if not (output / name / file).exists()]:
            typer.echo(f"{name}: not published in this form, so only to be had from a mirror: {', '.join(missing)}")


def load_table(path: Path) -> dict[str, Corpus]:
    """The corpora of a YAML table."""
    table = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {name: Corpus(**entry) for name, entry in table.items()}


def fetch_corpus(name: str, corpus: Corpus, mirror: Path | None, output: Path) -> None:
    """Get the files of one corpus into `output`/`name`.

    Raises:
        CorpusError: a file cannot be had, or is not the file that was meant.
    """
    read: Read = _mirror_reader(mirror / name) if mirror else _home_reader(corpus)
    files = corpus.sha256 if mirror else {file: corpus.sha256[file] for file in corpus.published}
    if not files:
        raise CorpusError(f"{name} has no published split at {corpus.home}; name a directory with --mirror")
    (output / name).mkdir(parents=True, exist_ok=True)
    for file, expected in tqdm(files.items(), name, unit="file", disable=None):
        target = output / name / file
        if _is_there(target, expected):
            continue
        data = read(file)
        found = text_hash(data, target)
        if found != expected:
            raise CorpusError(f"{name}/{file}: SHA-256 of the text is {found}; expected {expected}")
        _write(target, data)


def _is_there(path: Path, expected: str) -> bool:
    """Whether `path` holds the expected text; a damaged file does not."""
    try:
        return path.exists() and text_hash(path.read_bytes(), path) == expected
    except CorpusError:
        return False


def text_hash(data: bytes, path: Path) -> str:
    """SHA-256 of gzipped `data`'s text.

    Raises:
        CorpusError: `data` is no gzip file; the message names `path`.
    """
    try:
        return hashlib.sha256(gzip.decompress(data)).hexdigest()
    except (OSError, EOFError, zlib.error) as error:
        raise CorpusError(f"{path}: {error}") from error


def download(url: str) -> bytes:
    """The body of `url`; passing faults are tried again with growing pauses.

    Raises:
        CorpusError: the last try failed, or the server refuses (4xx).
    """
    for attempt in range(NUM_TRIES):
        try:
            with urllib.request.urlopen(url, timeout=TIMEOUT_S) as response:
                return bytes(response.read())
        except urllib.error.HTTPError as error:
            if error.code < 500 or attempt == NUM_TRIES - 1:
                raise CorpusError(f"{url}: {error}") from error
        except OSError as error:
            if attempt == NUM_TRIES - 1:
                raise CorpusError(f"{url}: {error}") from error
        time.sleep(FIRST_WAIT_S * 2**attempt)
    raise AssertionError("the last try returns or raises")


def _mirror_reader(directory: Path) -> Read:
    def read(file: str) -> bytes:
        try:
            return (directory / file).read_bytes()
        except OSError as error:
            raise CorpusError(f"{directory / file}: {error.strerror}") from error

    return read


def _home_reader(corpus: Corpus) -> Read:
    return lambda file: download(f"{corpus.url}{corpus.published[file]}")


def _write(path: Path, data: bytes) -> None:
    """Write `path` whole or not at all."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
