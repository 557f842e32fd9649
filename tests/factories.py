"""A whole artifact with random weights, made by the real export in seconds."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from model.config import ModelConfig
from model.seq2seq import Seq2Seq
from training.checkpoint import Checkpoint
from training.config import ExportConfig, ModelSettings, RunConfig, SearchConfig
from training.data_config import CorpusConfig, CorpusFiles, PairConfig, SubwordConfig
from training.dataset import PreparedData
from training.export import export_artifact
from training.prepare import prepare_data

WORDS = ("a", "man", "rides", "the", "old", "bicycle", "on", "beach", "two", "dogs", "run", "over", "green", "grass")
MODEL = ModelSettings(embedding_size=8, encoder_size=6, encoder_layers=1, decoder_size=8, decoder_layers=2, num_heads=2)


def make_run_config(
    directory: Path, pairs: Sequence[tuple[str, str]] = (("en", "de"),), name: str = "tiny"
) -> RunConfig:
    """A run over made-up corpora, which are written to `directory`; several pairs have tags such as `<2de>`."""
    directory.mkdir(parents=True, exist_ok=True)
    configs = tuple(_write_pair(directory, source, target, len(pairs) > 1) for source, target in pairs)
    return RunConfig(
        name=name,
        corpus=CorpusConfig(configs),
        export=ExportConfig(name=name, max_source_tokens=48, max_target_tokens=64, num_samples=2),
        subword=SubwordConfig(vocab_size=320),
        model=MODEL,
        search=SearchConfig(beam_size=3, max_length_factor=1.0, max_length_offset=4),
    )


def make_prepared(directory: Path, config: RunConfig) -> PreparedData:
    """The prepared data of `config`, in `directory`."""
    prepare_data(config, directory)
    return PreparedData.open(directory)


def make_checkpoint(config: RunConfig, data: PreparedData, seed: int = 1) -> Checkpoint:
    """Random weights, with an output layer that makes clear choices."""
    torch.manual_seed(seed)
    model_config: ModelConfig = config.model.with_vocabulary(data.subword.vocab_size)
    network = Seq2Seq(model_config)
    with torch.no_grad():
        network.decoder.readout_norm.weight.mul_(4.0)
        network.decoder.output_bias.normal_()
    weights = {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}
    return Checkpoint(model_config=model_config, model=weights, ema=weights, update=0)


def make_tiny_artifact(
    path: Path, *, pairs: Sequence[tuple[str, str]] = (("en", "de"),), name: str = "tiny", seed: int = 1
) -> Path:
    """Export an artifact to `path`: it translates into nonsense, always the same."""
    with TemporaryDirectory() as directory:
        config = make_run_config(Path(directory) / "raw", pairs, name)
        data = make_prepared(Path(directory) / "data", config)
        export_artifact(config, make_checkpoint(config, data, seed), data, path)
    return path


def with_export(config: RunConfig, **changes: object) -> RunConfig:
    """`config` with other settings of its export."""
    return replace(config, export=replace(config.export, **changes))  # type: ignore[arg-type]  # checked on construction


def _write_pair(directory: Path, source: str, target: str, is_tagged: bool) -> PairConfig:
    """Write train and dev files of one direction."""
    files = {}
    for role, first, count in (("train", 0, 60), ("dev", 1000, 12)):
        sources = [_sentence(i) for i in range(first, first + count)]
        paths = [directory / f"{source}-{target}.{role}.{language}" for language in (source, target)]
        for path, lines in zip(paths, (sources, [line[::-1] for line in sources]), strict=True):
            path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        files[role] = (CorpusFiles(str(paths[0]), str(paths[1])),)
    return PairConfig(source, target, files["train"], files["dev"], f"<2{target}>" if is_tagged else None)


def _sentence(number: int) -> str:
    """A sentence of three to eight words, another one for each number."""
    words = [WORDS[(number * factor + factor) % len(WORDS)] for factor in (1, 3, 5, 9, 11, 13)]
    return " ".join(words[: 2 + number % 6]) + f" {number}."
