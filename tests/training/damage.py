"""Copies of an artifact that are damaged and consistent: hashes and samples fit, so only their translations tell."""

import json
import shutil
import warnings
from dataclasses import replace
from pathlib import Path
from typing import cast

import torch
from sentencepiece import sentencepiece_model_pb2

from model.search import Translator
from training.artifact import MODULE, SAMPLES, SUBWORD, read_config, write_sums
from training.config import SearchConfig
from training.samples import Sample, read_samples, write_samples
from training.subword import SubwordModel
from training.validate import translate_ids

NUM_SAMPLES = 4


def copy_artifact(source: Path, target: Path) -> Path:
    """A copy to damage."""
    shutil.copytree(source, target)
    return target


def require_only(artifact: Path, name: str) -> None:
    """Let the gate judge by one test set, without the behaviour suite."""
    (artifact / "behaviour.json").unlink(missing_ok=True)
    content = json.loads((artifact / "gate.json").read_text(encoding="utf-8"))
    content["sets"] = [each for each in content["sets"] if each["name"] == name]
    (artifact / "gate.json").write_text(json.dumps(content), encoding="utf-8")


def require_nothing(artifact: Path) -> None:
    """Let the artifact pass its own gate, whatever it translates."""
    content = json.loads((artifact / "gate.json").read_text(encoding="utf-8"))
    for each in content["sets"]:
        each["floors"] = [floor | {"score": 0.0} for floor in each["floors"]]
        each |= {"shortest_ratio": 0.01, "longest_ratio": 100.0}
        del each["baseline"]
    (artifact / "gate.json").write_text(json.dumps(content), encoding="utf-8")


def add_noise(artifact: Path, relative: float, seed: int = 1) -> None:
    """Add to each weight normal noise of `relative` times the deviation of its tensor."""
    torch.manual_seed(seed)
    module = _load(artifact)
    with torch.no_grad():
        for tensor in module.state_dict().values():
            if tensor.is_floating_point() and tensor.numel() > 1:
                tensor.add_(torch.randn_like(tensor), alpha=relative * float(tensor.std()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        cast(torch.jit.ScriptModule, module).half().save(str(artifact / MODULE))
    make_consistent(artifact)


def truncate_vocabulary(artifact: Path, kept: int) -> None:
    """Let the subword model use only its first `kept` pieces, and single characters and bytes."""
    serialized = (artifact / SUBWORD).read_bytes()
    proto = sentencepiece_model_pb2.ModelProto.FromString(serialized)  # type: ignore[attr-defined]  # made at import
    for piece in proto.pieces[kept:]:
        if piece.type == piece.NORMAL and len(piece.piece) > 1:
            piece.type = piece.UNUSED
    (artifact / SUBWORD).write_bytes(proto.SerializeToString())
    make_consistent(artifact)


def make_consistent(artifact: Path) -> None:
    """Make the samples anew from what the artifact says now, and sum its files."""
    config, subword = read_config(artifact), SubwordModel.load(artifact / SUBWORD)
    search, max_target = SearchConfig(**config["search"]), config["limits"]["max_target_tokens"]
    samples = read_samples(artifact / SAMPLES)[:NUM_SAMPLES]
    module = _load(artifact)
    with torch.jit.optimized_execution(False):  # type: ignore[attr-defined]
        sources = [subword.source_ids(sample.source, None) for sample in samples]
        found = translate_ids(module, sources, search, max_target)
    made: list[Sample] = [
        replace(sample, source_ids=ids, target_ids=each.ids, score=each.score, log_prob=each.log_prob,
                target=subword.decode(each.ids[:-1]))
        for sample, ids, each in zip(samples, sources, found, strict=True)
    ]  # fmt: skip
    write_samples(artifact / SAMPLES, made)
    write_sums(artifact)


def _load(artifact: Path) -> Translator:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return cast(Translator, torch.jit.load(str(artifact / MODULE), map_location="cpu").float().eval())
