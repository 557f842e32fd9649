"""From text files to shards: the first stage of a run."""

import gzip
import hashlib
import json
import random
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from sacrebleu.metrics.bleu import BLEU
from tqdm import tqdm

from training.config import CorpusConfig, PairConfig, RunConfig, load_config
from training.corpus import CorpusError, Filter, TextPair, read_lines, read_parallel
from training.subword import SubwordModel, train_subword

SHARD_LINES = 200_000
SHUFFLE_SEED = 20_170_601
MIN_ROUND_TRIP_BLEU = 99.9


class Line(NamedTuple):
    """A training pair and the index of its direction."""

    pair_index: int
    source: str
    target: str


def prepare(
    config: Annotated[Path, typer.Argument(help="The run's YAML file.")],
    output: Annotated[Path, typer.Option(help="Directory to write; replaced if it exists.")],
) -> None:
    """Read, filter and segment the corpora of CONFIG.

    Example: dragoman-train prepare training/configs/multi30k-en-de.yaml --output runs/multi30k-en-de/data
    """
    manifest = prepare_data(load_config(config), output)
    counts = manifest["counts"]
    typer.echo(f"{output}: {counts['lines']} lines in {len(manifest['shards'])} shards; left out: {counts['dropped']}")
    for check in manifest["round_trip"]:
        typer.echo(f"round trip {check['file']}: {check['exact']:.2%} exact, BLEU {check['bleu']:.2f}")


def prepare_data(config: RunConfig, output: Path) -> dict[str, Any]:
    """Write shards, dev sets, subword model and manifest to `output`; equal input gives equal files.

    Returns the manifest.

    Raises:
        CorpusError: a file cannot be used, or the subword model changes references by more than 0.1 BLEU.
    """
    building = output.with_name(output.name + ".part")
    shutil.rmtree(building, ignore_errors=True)
    (building / "shards").mkdir(parents=True)
    (building / "dev").mkdir()
    dev = [_read_dev(pair) for pair in config.corpus.pairs]
    pair_filter, lines = _read_training(config.corpus, dev)
    if not lines:
        raise CorpusError(f"no training pair is left; left out: {dict(pair_filter.dropped)}")
    texts = (text for line in tqdm(lines, "subword", disable=None) for text in line[1:])
    tags = sorted({pair.tag for pair in config.corpus.pairs if pair.tag})
    subword = train_subword(texts, config.subword, tags)
    subword.save(building / "subword.spm")
    shards = _write_shards(building, lines)
    round_trip = [check for index, pairs in enumerate(dev) for check in _write_dev(building, index, pairs, subword)]
    manifest = {
        "corpus": asdict(config.corpus),
        "subword": asdict(config.subword),
        "pairs": [{"source": p.source, "target": p.target, "tag": p.tag} for p in config.corpus.pairs],
        "shards": shards,
        "counts": {"lines": len(lines), "dropped": dict(sorted(pair_filter.dropped.items()))},
        "round_trip": round_trip,
        "inputs": {path: _sha256(Path(path)) for path in _inputs(config.corpus)},
        "outputs": {str(p.relative_to(building)): _sha256(p) for p in sorted(building.rglob("*")) if p.is_file()},
    }
    (building / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8")
    shutil.rmtree(output, ignore_errors=True)
    building.rename(output)
    return manifest


def _read_dev(pair: PairConfig) -> list[TextPair]:
    return [text_pair for files in pair.dev for text_pair in read_parallel(files)]


def _read_training(corpus: CorpusConfig, dev: Sequence[Sequence[TextPair]]) -> tuple[Filter, list[Line]]:
    """All training lines in a fixed random order; a pair of each direction is judged by one filter."""
    held_out = [text for pairs in dev for pair in pairs for text in pair]
    held_out += [line for path in corpus.held_out for line in read_lines(path)]
    pair_filter = Filter(corpus, held_out)
    lines = []
    for index, pair in enumerate(corpus.pairs):
        for files in pair.train:
            kept = list(pair_filter(tqdm(read_parallel(files), Path(files.source).name, disable=None)))
            lines += [Line(index, *text_pair) for text_pair in kept] * files.repeat
    random.Random(SHUFFLE_SEED).shuffle(lines)
    return pair_filter, lines


def _write_shards(directory: Path, lines: Sequence[Line]) -> list[str]:
    """Write tab-separated lines (normalised text has no tabs) and name the files."""
    names = []
    for start in range(0, len(lines), SHARD_LINES):
        name = f"shards/{start // SHARD_LINES:05d}.tsv.gz"
        text = "".join(f"{i}\t{source}\t{target}\n" for i, source, target in lines[start : start + SHARD_LINES])
        (directory / name).write_bytes(gzip.compress(text.encode("utf-8"), mtime=0))
        names.append(name)
    return names


def _write_dev(directory: Path, index: int, pairs: Sequence[TextPair], subword: SubwordModel) -> list[dict[str, Any]]:
    """Write one dev set, and check that the subword model gives its text back."""
    checks = []
    for side, lines in (("source", [p.source for p in pairs]), ("target", [p.target for p in pairs])):
        name = f"dev/{index}.{side}.txt"
        (directory / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
        if lines:
            checks.append(_check_round_trip(name, lines, subword))
    return checks


def _check_round_trip(name: str, lines: Sequence[str], subword: SubwordModel) -> dict[str, Any]:
    returned = [subword.decode(subword.encode(line)) for line in lines]
    exact = sum(a == b for a, b in zip(lines, returned, strict=True)) / len(lines)
    bleu = BLEU().corpus_score(returned, [list(lines)]).score
    if bleu < MIN_ROUND_TRIP_BLEU:
        raise CorpusError(f"{name}: the subword model changes the text: BLEU {bleu:.2f}, below {MIN_ROUND_TRIP_BLEU}")
    return {"file": name, "exact": exact, "bleu": bleu}


def _inputs(corpus: CorpusConfig) -> Iterable[str]:
    files = {f for pair in corpus.pairs for c in (*pair.train, *pair.dev) for f in (c.source, c.target)}
    return sorted(files | set(corpus.held_out))


def _sha256(path: Path) -> str:
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
