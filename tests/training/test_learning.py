"""The system learns: digits are reversed after a minute of training through the real pipeline, for any seed."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from sacrebleu.metrics.bleu import BLEU

from model.search import Translator
from tests.training.toy_run import CONFIGS, run_training, toy_config, toy_data
from training.checkpoint import load_network
from training.config import load_config
from training.corpus import read_lines
from training.validate import translate_ids

MIN_BLEU = 95.0
MIN_EXACT = 0.85


@pytest.mark.slow
@pytest.mark.timeout(600)  # on a busy machine
def test_reversing_digits_is_learned(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    shipped = load_config(CONFIGS / "toy-reverse.yaml")
    settings = {**vars(shipped.training), "seed": seed, "epochs": 8, "validate_every_epochs": 8, "num_threads": None}
    config = replace(toy_config(tmp_path, shipped.model, **settings), subword=shipped.subword)
    data = toy_data(tmp_path, num_train=2500, max_digits=8, seed=seed)
    run_training(config, data, tmp_path / "run")

    sources, references = (read_lines(tmp_path / f"test.{language}") for language in ("num", "rev"))
    translator = Translator(load_network(tmp_path / "run" / "checkpoints" / "best.pt"))
    ids = [data.subword.source_ids(source, tag=None) for source in sources]
    outputs = [data.subword.decode(each.ids[:-1]) for each in translate_ids(translator, ids, shipped.search)]

    bleu = BLEU().corpus_score(outputs, [references]).score
    exact = sum(output == reference for output, reference in zip(outputs, references, strict=True)) / len(references)
    print(f"BLEU {bleu:.2f}, {exact:.1%} exact")
    assert bleu >= MIN_BLEU
    assert exact >= MIN_EXACT
