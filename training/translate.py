"""Translate a text file with a checkpoint or an ensemble: for back-translation, or for a student to learn from."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from tqdm import tqdm

from model.search import Translator
from training.artifact import MODULE
from training.beam import beam_search
from training.checkpoint import CheckpointError
from training.config import Precision, SearchConfig
from training.corpus import CorpusError, file_hash, read_lines
from training.dataset import Pair, PreparedData
from training.ensemble import Ensemble, NetworkPredictor
from training.initial_weights import saved_network
from training.normalization import normalize_line
from training.output import check_writable
from training.precision import uses_bf16
from training.strict import ConfigError
from training.validate import Translation, translate_nbest

CHUNK = 512  # sources between two writes: what an interruption may cost


@dataclass(frozen=True)
class Hypothesis:
    """One of the n-best translations of a line, as a JSON line of the output."""

    line: int  # of the source, from 1
    text: str
    score: float
    log_prob: float


class Teacher:
    """Checkpoints or artifacts, one or an ensemble, that translate text of one direction.

    One computes its steps in bf16 where `precision` has it and the processor multiplies it; an ensemble in fp32.

    Raises:
        CheckpointError: one cannot be read, or was trained with another subword model than the one of `data`.
        ConfigError: `precision` is bf16, which the processor does not multiply, or an ensemble is not to be in fp32.
    """

    def __init__(
        self,
        checkpoints: Sequence[Path],
        data: PreparedData,
        pair: Pair,
        search: SearchConfig,
        precision: Precision = "fp32",
    ) -> None:
        self.pair, self.search, self.subword = pair, search, data.subword
        self.networks = [saved_network(path, data, "--checkpoint") for path in checkpoints]
        if precision == "bf16" and len(checkpoints) > 1:
            raise ConfigError("--precision is bf16; an ensemble is searched in fp32")
        is_rounded = uses_bf16(precision, torch.device("cpu"), "--precision") and len(checkpoints) == 1
        self.form = "bfloat16" if is_rounded else "plain"
        self.identity = {
            "checkpoints": [file_hash(path / MODULE if path.is_dir() else path) for path in checkpoints],
            "subword": f"sha256:{hashlib.sha256(data.subword.serialized).hexdigest()}",
            "pair": asdict(pair),
            "search": asdict(search),
            "form": self.form,
        }

    def __call__(self, first_line: int, texts: Sequence[str], num_best: int) -> Iterator[Hypothesis]:
        """The translations of `texts`, the lines from `first_line` on; an empty line has the empty translation."""
        ids = [self.subword.source_ids(normalize_line(text), self.pair.tag) for text in texts]
        for number, (text, found) in enumerate(zip(texts, self._search(ids, num_best), strict=True), first_line):
            if not text.strip():
                yield Hypothesis(number, "", 0.0, 0.0)
                continue
            for each in found:
                yield Hypothesis(number, self.subword.decode(each.ids[:-1]), each.score, each.log_prob)

    def _search(self, sources: list[list[int]], num_best: int) -> list[list[Translation]]:
        """One network is searched as it is served, which is faster; several are asked together."""
        if len(self.networks) == 1:
            return translate_nbest(Translator(self.networks[0]), sources, self.search, num_best, form=self.form)
        ensemble = Ensemble([NetworkPredictor(network) for network in self.networks])
        return beam_search(ensemble, sources, self.search, num_best)


def translate_file(teacher: Teacher, source: Path, output: Path, num_best: int) -> dict[str, Any]:
    """Translate `source` into JSON lines at `output`, going on where an interrupted call of the same kind was.

    Returns the provenance, which is also written beside the output, as `OUTPUT.provenance.json`.

    Raises:
        CorpusError: the source cannot be read, or a part of another translation is in the way.
    """
    texts = read_lines(source)
    provenance = teacher.identity | {"source": file_hash(source), "num_lines": len(texts), "num_best": num_best}
    part, claim = output.with_name(output.name + ".part"), output.with_name(output.name + ".part.json")
    start = _resume(part, claim, provenance)
    with part.open("a", encoding="utf-8") as file, tqdm(total=len(texts), initial=start, unit="lines") as bar:
        for first in range(start, len(texts), CHUNK):
            chunk = texts[first : first + CHUNK]
            found = [asdict(each) for each in teacher(first + 1, chunk, num_best)]
            file.writelines(json.dumps(each, ensure_ascii=False) + "\n" for each in found)
            file.write(f"{json.dumps({'done': first + len(chunk)})}\n")
            file.flush()
            bar.update(len(chunk))
    lines = [line for line in read_lines(part) if not line.startswith('{"done"')]
    output.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    provenance |= {"output": file_hash(output)}
    output.with_name(output.name + ".provenance.json").write_text(json.dumps(provenance, indent=2) + "\n")
    part.unlink()
    claim.unlink()
    return provenance


def read_hypotheses(path: Path) -> dict[int, list[Hypothesis]]:
    """What `translate_file` wrote, best first, by line of the source.

    Raises:
        CorpusError: a line is not of that form.
    """
    found: dict[int, list[Hypothesis]] = {}
    for number, line in enumerate(read_lines(path), 1):
        try:
            each = Hypothesis(**json.loads(line))
        except (ValueError, TypeError) as error:
            raise CorpusError(f"{path}, line {number}: {error}") from error
        found.setdefault(each.line, []).append(each)
    return found


def choose_pair(data: PreparedData, source: str, target: str) -> Pair:
    """The direction of `data` between two languages.

    Raises:
        CorpusError: there is none.
    """
    known = {(pair.source, pair.target): pair for pair in data.pairs}
    if (source, target) not in known:
        raise CorpusError(f"no direction {source}-{target}; there is {', '.join('-'.join(pair) for pair in known)}")
    return known[source, target]


def translate(
    checkpoint: Annotated[
        list[Path],
        typer.Option(help="Checkpoint, whose averaged (EMA) weights translate, or artifact. Several are an ensemble."),
    ],
    data: Annotated[Path, typer.Option(help="Prepared data that it was trained on.")],
    source: Annotated[Path, typer.Option(help="Text to translate, one segment a line; `.gz` is read.")],
    source_language: Annotated[str, typer.Option(help="Such as en.")],
    target_language: Annotated[str, typer.Option(help="Such as de.")],
    output: Annotated[Path, typer.Option(help="JSON lines to write: line, text, score, log_prob.")],
    num_best: Annotated[int, typer.Option(min=1, help="Translations a line, at most the beam.")] = 1,
    beam_size: Annotated[int, typer.Option(min=1)] = 5,
    length_penalty: Annotated[float, typer.Option(min=0.0)] = 1.0,
    precision: Annotated[Precision, typer.Option(help="Of one network; auto: bf16 where it is multiplied.")] = "auto",
) -> None:
    """Translate a file with a checkpoint, n-best; the same command goes on where it was interrupted.

    With --checkpoint given several times, the mean of the networks' probabilities decides each token.

    Example: dragoman-train translate --checkpoint runs/mine/checkpoints/averaged.pt --data runs/mine/data
    --source data/mine/train.en --source-language en --target-language de --output runs/mine/train.de.jsonl --num-best 5
    """
    if num_best > beam_size:
        raise typer.BadParameter(f"num_best is {num_best}; it must be at most beam_size, {beam_size}")
    check_writable(output)
    search = SearchConfig(beam_size=beam_size, length_penalty=length_penalty)
    try:
        prepared = PreparedData.open(data)
        teacher = Teacher(
            checkpoint, prepared, choose_pair(prepared, source_language, target_language), search, precision
        )
    except CheckpointError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from error
    provenance = translate_file(teacher, source, output, num_best)
    typer.echo(f"{output}: {provenance['num_lines']} lines")


def _resume(part: Path, claim: Path, provenance: dict[str, Any]) -> int:
    """The number of source lines that `part` holds complete; what stands behind them is cut off."""
    text = json.dumps(provenance, sort_keys=True)
    if claim.exists() and claim.read_text(encoding="utf-8") != text:
        raise CorpusError(f"{part} is of another source, checkpoint, search or precision; remove it and {claim.name}")
    claim.write_text(text, encoding="utf-8")
    content = part.read_bytes() if part.exists() else b""
    end = content.rfind(b'\n{"done": ')
    complete = content[: content.find(b"\n", end + 1) + 1] if end >= 0 else b""
    part.write_bytes(complete)
    return int(json.loads(complete.splitlines()[-1])["done"]) if complete else 0
