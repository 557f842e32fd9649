"""A tiny run of the real pipeline: digits to reverse, prepared as any corpus is, for a network of 4,000 weights."""

import dataclasses
import itertools
import json
import multiprocessing
import os
import sys
import threading
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import torch
import typer
import yaml
from tqdm import tqdm

from model.config import ModelConfig
from model.seq2seq import Seq2Seq
from training.config import ModelSettings, RunConfig, load_config
from training.data_config import CorpusFiles
from training.dataset import PreparedData
from training.prepare import prepare_data
from training.toy import write_corpus
from training.train import train
from training.trainer import Trainer
from training.world import World

CONFIGS = Path(__file__).parents[2] / "training" / "configs"
SIZES = ModelSettings(8, 6, 2, 8, 2, 2, embedding_dropout=0.1, hidden_dropout=0.1, output_dropout=0.1)
NO_NOISE = dataclasses.replace(SIZES, embedding_dropout=0.0, hidden_dropout=0.0, output_dropout=0.0)
SETTINGS: dict[str, Any] = {
    "epochs": 2,
    "batch_tokens": 30,
    "accumulate": 2,
    "warmup_updates": 4,
    "source_word_dropout": 0.1,
    "target_word_dropout": 0.1,
    "validate_every_epochs": 1,
    "max_validation_segments": 4,
    "log_every_updates": 3,
    "num_threads": None,
}


def toy_config(root: Path, model: ModelSettings = SIZES, **settings: object) -> RunConfig:
    """The shipped toy configuration over the files below `root`, with a tiny network and other training `settings`."""
    config = load_config(CONFIGS / "toy-reverse.yaml")
    pair = dataclasses.replace(config.corpus.pairs[0], train=(_files(root, "train"),), dev=(_files(root, "dev"),))
    return dataclasses.replace(
        config,
        corpus=dataclasses.replace(config.corpus, pairs=(pair,)),
        subword=dataclasses.replace(config.subword, sampling_alpha=0.1),
        model=model,
        training=dataclasses.replace(config.training, **{**SETTINGS, **settings}),
    )


def toy_data(root: Path, num_train: int = 60, max_digits: int = 6, seed: int = 1) -> PreparedData:
    """Generate and prepare a toy corpus below `root`."""
    write_corpus(root, seed, max_digits, num_train)
    prepare_data(toy_config(root), root / "data")
    return PreparedData.open(root / "data")


def run_training(config: RunConfig, data: PreparedData, output: Path, num_updates: int | None = None) -> Trainer:
    """Train in this process to the end, or stop as a signal does after `num_updates`."""
    trainer = Trainer(config, data, output, World(torch.device("cpu")))
    asked = itertools.count()
    trainer.run(lambda: num_updates is not None and next(asked) == num_updates)
    return trainer


def start_training(config: Path, data: Path, output: Path, **environment: str) -> ForkServerProcess:
    """Run `dragoman-train train` in another process, which shares no state with this one.

    It is forked from a fresh process that has the large libraries in memory already.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["torch.utils.tensorboard", "sacrebleu", "sentencepiece", "typer"])
    process = context.Process(target=_train_and_exit, args=(config, data, output, environment))
    process.start()
    return process


def _train_and_exit(config: Path, data: Path, output: Path, environment: dict[str, str]) -> None:
    os.environ.update(environment)
    tqdm.set_lock(threading.RLock())  # its own would leak a semaphore when killed
    try:
        train(config, data, output)
    except typer.Exit as end:
        sys.exit(end.exit_code)


def write_config(path: Path, config: RunConfig) -> Path:
    """Write `config` as the YAML file at `path`."""
    plain = json.loads(json.dumps(dataclasses.asdict(config)))  # tuples become lists
    path.write_text(yaml.safe_dump(plain), encoding="utf-8")
    return path


def toy_network(seed: int = 1, vocab_size: int = 20) -> Seq2Seq:
    """A small random network in float64, in evaluation mode."""
    torch.manual_seed(seed)
    config = ModelConfig(vocab_size, 8, 6, 2, 8, 2, 2)
    return Seq2Seq(config).to(torch.float64).eval()


def _files(root: Path, name: str) -> CorpusFiles:
    return CorpusFiles(str(root / f"{name}.num"), str(root / f"{name}.rev"))
