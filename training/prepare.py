"""From text files to shards: the first stage of a run."""

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from sacrebleu.metrics.bleu import BLEU
from tqdm import tqdm

from training.config import RunConfig, load_config
from training.corpus import CorpusError, Filter, TextPair, file_hash, iter_lines, read_lines, read_parallel
from training.data_config import CorpusConfig, PairConfig
from training.external import ShuffledLines
from training.replacement import replaced
from training.subword import SubwordModel, load_subword, train_subword

SHARD_LINES = 200_000
SHUFFLE_SEED = 20_170_601
MIN_ROUND_TRIP_BLEU = 99.9


def prepare(
    config: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The run's YAML file.")],
    output: Annotated[Path, typer.Option(help="Directory to write; earlier prepared data is replaced.")],
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
        CorpusError: a file cannot be used, `output` holds something else than prepared data, or the subword model
            changes the text of a dev set by more than 0.1 BLEU.
    """
    _check_replaceable(output)
    with replaced(output) as building:
        return _build(config, building)


def _build(config: RunConfig, directory: Path) -> dict[str, Any]:
    """Write prepared data to the empty `directory`, and return its manifest."""
    (directory / "shards").mkdir()
    (directory / "dev").mkdir()
    dev = [_read_dev(pair) for pair in config.corpus.pairs]
    with ShuffledLines(directory / "unordered") as lines:
        dropped = _read_training(config.corpus, dev, lines)
        if not len(lines):
            raise CorpusError(f"no training pair is left; left out: {dict(dropped)}")
        num_lines, shards = len(lines), _write_shards(directory, lines)
    subword = _subword_model(config, [directory / shard for shard in shards])
    subword.save(directory / "subword.spm")
    subword.save_vocabulary(directory / "subword.vocab")
    round_trip = [check for index, pairs in enumerate(dev) for check in _write_dev(directory, index, pairs, subword)]
    manifest = {
        "corpus": asdict(config.corpus),
        "subword": asdict(config.subword),
        "pairs": [{"source": p.source, "target": p.target, "tag": p.tag} for p in config.corpus.pairs],
        "shards": shards,
        "counts": {"lines": num_lines, "dropped": dict(sorted(dropped.items()))},
        "round_trip": round_trip,
        "inputs": {path: file_hash(path) for path in _inputs(config)},
        "outputs": {
            p.relative_to(directory).as_posix(): file_hash(p) for p in sorted(directory.rglob("*")) if p.is_file()
        },
    }
    (directory / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8")
    return manifest


def _subword_model(config: RunConfig, shards: Sequence[Path]) -> SubwordModel:
    """The model that `subword.model` names, or one that is fitted to the first lines of `shards`, in random order."""
    tags = sorted({pair.tag for pair in config.corpus.pairs if pair.tag})
    if config.subword.model is not None:
        return load_subword(Path(config.subword.model), tags, config.subword.sampling_alpha)
    lines = tqdm((line for shard in shards for line in iter_lines(shard)), "subword", disable=None)
    return train_subword((text for line in lines for text in line.split("\t")[1:]), config.subword, tags)


def _check_replaceable(output: Path) -> None:
    """Refuse to delete what `prepare` has not made."""
    is_ours = (output / "manifest.json").is_file()
    if output.exists() and not is_ours and (not output.is_dir() or any(output.iterdir())):
        raise CorpusError(f"{output} exists and holds no prepared data; name another directory")


def _read_dev(pair: PairConfig) -> list[TextPair]:
    """The dev set of one direction; raises CorpusError where no line has text on both sides."""
    found = [text_pair for files in pair.dev for text_pair in read_parallel(files)]
    if not any(each.source and each.target for each in found):
        names = ", ".join(f"{files.source} and {files.target}" for files in pair.dev)
        raise CorpusError(f"the dev set of {pair.source}-{pair.target} has no line with text on both sides: {names}")
    return found


def _read_training(corpus: CorpusConfig, dev: Sequence[Sequence[TextPair]], lines: ShuffledLines) -> Counter[str]:
    """Put all training lines, with the index of their direction, into `lines`; count the others by their reason."""
    held_out = [text for pairs in dev for pair in pairs for text in pair]
    held_out += [line for path in corpus.held_out for line in read_lines(path)]
    dropped: Counter[str] = Counter()
    for index, pair in enumerate(corpus.pairs):
        pair_filter = Filter(corpus, held_out)
        for files in pair.train:
            kept = pair_filter(tqdm(read_parallel(files), Path(files.source).name, disable=None))
            lines.add((f"{index}\t{source}\t{target}" for source, target in kept), files.repeat)
        dropped += pair_filter.dropped
    return dropped


def _write_shards(directory: Path, lines: ShuffledLines) -> list[str]:
    """Write tab-separated lines (normalised text has no tabs) in a fixed random order, and name the files."""
    names = []
    for number, text in enumerate(lines.parts(SHARD_LINES, SHUFFLE_SEED)):
        name = f"shards/{number:05d}.tsv.gz"
        (directory / name).write_bytes(gzip.compress(text, mtime=0))
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


def _inputs(config: RunConfig) -> Iterable[str]:
    files = {f for pair in config.corpus.pairs for c in (*pair.train, *pair.dev) for f in (c.source, c.target)}
    given = {config.subword.model} if config.subword.model else set()
    return sorted(files | set(config.corpus.held_out) | given)
