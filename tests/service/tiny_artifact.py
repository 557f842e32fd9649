"""A whole artifact that is small enough to be made in a test: a random network, a real subword model, real samples."""

import functools
import hashlib
import json
import shutil
import tempfile
import warnings
import weakref
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch

from model.config import ModelConfig
from model.search import Translator
from model.seq2seq import Seq2Seq
from service import artifact
from service.artifact_config import Sample
from service.engine.engine import Engine
from service.engine.options import EngineOptions
from service.engine.result import Outcome, Result
from service.engine.segment import Segment
from service.text.subword import Subword, describe
from tests.service.text.models import write_subword

SOURCES = ("How are you today?", "The quick brown fox jumps over the lazy dog.")
BEAM_SIZE = 3


class _Folder:
    """A temporary folder that goes with the program."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="dragoman-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


@functools.cache
def _shared() -> tuple[_Folder, Path]:
    folder = _Folder()
    return folder, write_tiny_artifact(folder.path / "tiny")


def tiny_artifact() -> Path:
    """One such artifact for the whole run; nobody may change it."""
    return _shared()[1]


def write_tiny_artifact(
    directory: Path,
    *,
    name: str = "tiny",
    pairs: Sequence[tuple[str, str]] = (("en", "de"), ("de", "en")),
    seed: int = 1,
) -> Path:
    """Write an artifact into `directory`: it translates into nonsense, always the same."""
    directory.mkdir(parents=True)
    subword = Subword.load(write_subword(directory / "subword.spm"))
    size = subword.facts.size
    network = _network(size, seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"`torch\.jit\.\w+` is deprecated", DeprecationWarning)
        torch.jit.script(Translator(network)).save(str(directory / "model.ts"))
    (directory / "config.json").write_text(json.dumps(_config(name, pairs, size)), encoding="utf-8")
    (directory / "MODEL_CARD.md").write_text("# tiny\n", encoding="utf-8")
    _write_samples(directory, [])
    write_sums(directory)
    _write_samples(directory, _translate(directory, subword, pairs[0]))
    write_sums(directory)
    return directory


def write_sums(directory: Path) -> None:
    """Write the hashes of all files that are there now."""
    names = sorted(path.name for path in directory.iterdir() if path.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256((directory / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (directory / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def _network(vocab_size: int, seed: int) -> Seq2Seq:
    torch.manual_seed(seed)
    sizes = {"embedding_size": 16, "encoder_size": 8, "encoder_layers": 1, "decoder_size": 16, "num_heads": 2}
    network = Seq2Seq(ModelConfig(vocab_size=vocab_size, **sizes)).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.uniform_(-1.0, 1.0)
    return network


def _config(name: str, pairs: Sequence[tuple[str, str]], size: int) -> dict[str, object]:
    return {
        "format_version": 1,
        "name": name,
        "version": "1",
        "created": "2026-01-01T00:00:00Z",
        "commit": "0000000",
        "dragoman_version": "0.1.0",
        "torch_version": torch.__version__,
        "pairs": [{"source": source, "target": target, "tag": None} for source, target in pairs],
        "subword": {"source": "subword.spm", "target": "subword.spm"},
        "vocabulary": {"source_size": size, "target_size": size},
        "special_ids": {"pad": 0, "unk": 1, "bos": 2, "eos": 3},
        "limits": {"max_source_tokens": 48, "max_target_tokens": 64},
        "search": {
            "beam_size": BEAM_SIZE,
            "length_penalty": 1.0,
            "coverage_penalty": 0.0,
            "max_length_factor": 1.0,
            "max_length_offset": 2,
        },
        "stored_precision": "float32",
        "model": {},
        "data": {"train.en": "sha256:0"},
        "scores": [
            {"set": "none", "source": "en", "target": "de", "metric": "BLEU", "score": 0.1, "signature": "nrefs:1"}
        ],
    }


def _translate(directory: Path, subword: Subword, pair: tuple[str, str]) -> list[Sample]:
    """The samples, by the engine that will have to reproduce them."""
    loaded = artifact.load(directory, describe)
    ids = [subword.as_source(subword.encode(source), None).ids for source in SOURCES]
    outcomes: dict[int, Outcome] = {}
    engine = Engine([loaded], EngineOptions(beam_sizes=(BEAM_SIZE,), precision="fp32"))
    engine.start()
    config = loaded.config
    segments = [Segment(config.name, BEAM_SIZE, each, config.max_length(len(each))) for each in ids]
    engine.submit(segments, outcomes.__setitem__)
    engine.stop(30.0)
    return [_sample(pair, source, segments[i], outcomes[i], subword) for i, source in enumerate(SOURCES)]


def _sample(pair: tuple[str, str], source: str, segment: Segment, outcome: Outcome, subword: Subword) -> Sample:
    assert isinstance(outcome, Result)
    best = outcome.hypotheses[0]
    target = subword.decode(best.ids[:-1]).text
    return Sample(*pair, source, segment.ids, best.ids, best.score, best.log_prob, target)


def _write_samples(directory: Path, samples: Sequence[Sample]) -> None:
    lines = [json.dumps(asdict(sample), ensure_ascii=False) + "\n" for sample in samples]
    (directory / "samples.jsonl").write_text("".join(lines), encoding="utf-8")
