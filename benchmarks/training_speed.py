"""Target tokens a second of a training update, against what most PyTorch code would do; the ways take turns.

    python -m benchmarks.training_speed

All ways make whole updates (forward, backward, clipping, Adam, average of weights) of networks of the same sizes, on
batches of real sentences as a corpus of `--pairs` would give, with all of torch's threads:

    ours             padded sequences, a dropout mask shared over time, the output layer in blocks with its loss, bf16
                     where the processor multiplies it
    packed           packed sequences instead
    per element      a dropout draw for each element instead
    composed         the output layer as a whole, and the loss of torch.nn.functional instead
    plain            all three, in float32
    plain, our loss  packed sequences and a draw for each element alone, in float32
"""

import random
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from unittest.mock import patch

import torch
import typer
from torch import Tensor
from torch.nn import functional

from benchmarks.plain_network import plain
from benchmarks.record import OUTPUT, Ratio, Record, command_line
from model.seq2seq import Seq2Seq
from training import loss as losses
from training.batching import plan_batches
from training.config import TrainingConfig, load_config
from training.dataset import Batch, Example, make_batch
from training.learner import Learner
from training.loss import LossSums
from training.schedule import Schedule
from training.subword import SubwordModel
from training.world import World

OURS, PLAIN = "ours", "plain"
GOAL = 1.5
_TEXTS = (("tests/data/everyday.en", "tests/data/everyday.de"), ("tests/data/captions.en", "tests/data/captions.de"))
_WARM_UP = 1  # updates of each way that do not count


@dataclass(frozen=True)
class Way:
    """A learner, and what is in force while it learns."""

    learner: Learner
    context: Callable[[], AbstractContextManager[Any]] = nullcontext

    def update(self, batch: Batch, number: int) -> float:
        """Seconds of an update."""
        with self.context():
            started = time.perf_counter()
            self.learner.update([batch], number, batch.num_target_tokens)
            return time.perf_counter() - started


def composed_cross_entropy(
    features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, smoothing: float, pad_id: int
) -> LossSums:
    """As `training.loss.cross_entropy`, by the functions of torch."""
    flat, labels = functional.linear(features, weight, bias).float().flatten(0, 1), targets.flatten()
    loss = functional.cross_entropy(flat, labels, ignore_index=pad_id, reduction="sum", label_smoothing=smoothing)
    with torch.no_grad():
        nll = functional.cross_entropy(flat, labels, ignore_index=pad_id, reduction="sum")
    return LossSums(loss, nll)


def make_ways(network: Seq2Seq, config: TrainingConfig) -> dict[str, Way]:
    """All ways, from the same weights."""
    in_fp32 = replace(config, precision="fp32")
    composed = partial(patch.object, losses, "cross_entropy", composed_cross_entropy)

    def learner(own: Seq2Seq, settings: TrainingConfig) -> Learner:
        return Learner(own, settings, Schedule.of(settings, horizon=10_000), World(torch.device("cpu")))

    return {
        OURS: Way(learner(plain(network, is_packed=False, draws_each_element=False), config)),
        "packed": Way(learner(plain(network, draws_each_element=False), config)),
        "per element": Way(learner(plain(network, is_packed=False), config)),
        "composed": Way(learner(plain(network, is_packed=False, draws_each_element=False), config), composed),
        PLAIN: Way(learner(plain(network), in_fp32), composed),
        "plain, our loss": Way(learner(plain(network), in_fp32)),
    }


def make_batches(subword: SubwordModel, batch_tokens: int, number: int, num_pairs: int) -> list[Batch]:
    """The first batches of an epoch over `num_pairs`, drawn from the sentences in the repository.

    A large corpus has many sentences of each length, so that its batches have little padding.
    """
    known: list[Example] = []
    for pair in _TEXTS:
        sources, targets = (Path(path).read_text(encoding="utf-8").splitlines() for path in pair)
        for source, target in zip(sources, targets, strict=True):
            known.append(Example(subword.source_ids(source, None), subword.target_ids(target)))
    examples = random.Random(1).choices(known, k=num_pairs)
    plan = plan_batches([(len(each.src), len(each.tgt)) for each in examples], batch_tokens, seed=1)
    return [make_batch([examples[i] for i in indices]) for indices in plan[:number]]


def filled(batches: Sequence[Batch]) -> dict[str, float]:
    """The part of source and target positions that is no padding."""
    source = sum(int(each.src_lengths.sum()) for each in batches) / sum(each.src_ids.numel() for each in batches)
    target = sum(each.num_target_tokens for each in batches) / sum(each.tgt_out.numel() for each in batches)
    return {"source": round(source, 3), "target": round(target, 3)}


def measure(ways: dict[str, Way], batches: Sequence[Batch]) -> dict[str, list[float]]:
    """Target tokens a second of each way for each batch but the first ones."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for number, batch in enumerate(batches, start=1):
        for name, way in ways.items():
            found[name].append(batch.num_target_tokens / way.update(batch, number))
    return {name: rates[_WARM_UP:] for name, rates in found.items()}


def ratios(found: dict[str, list[float]]) -> list[Ratio]:
    """Ours over each other way, at the median of the batches."""

    def over(name: str) -> float:
        return statistics.median(ours / other for ours, other in zip(found[OURS], found[name], strict=True))

    others = [Ratio(f"   training: ours / {name}", over(name)) for name in found if name not in (OURS, PLAIN)]
    return [Ratio("training: ours / plain, target tokens a second", over(PLAIN), GOAL, is_at_least=True), *others]


def main(
    config: Annotated[Path, typer.Option(help="The run whose sizes and settings count.")] = Path(
        "training/configs/tatoeba-en-de.yaml"
    ),
    subword: Annotated[Path, typer.Option(help="Its subword model.")] = Path("artifacts/tatoeba-en-de/subword.spm"),
    batches: Annotated[int, typer.Option(min=2, help="Updates of each way.")] = 12,
    pairs: Annotated[int, typer.Option(min=1000, help="Sentence pairs of the corpus.")] = 20_000,
    threads: Annotated[int | None, typer.Option(min=1, help="Torch's, if not its own choice.")] = None,
    output: Annotated[Path, typer.Option(help="Where figures go.")] = OUTPUT,
) -> None:
    """Measure, write a line of JSON, and print the ratios."""
    if threads is not None:
        torch.set_num_threads(threads)
    torch.manual_seed(1)
    run, model = load_config(config), SubwordModel.load(subword)
    ways = make_ways(Seq2Seq(run.model.with_vocabulary(model.vocab_size)), run.training)
    made = make_batches(model, run.training.batch_tokens, batches, pairs)
    found = measure(ways, made)
    settings = {
        "config": str(config),
        "batch_tokens": run.training.batch_tokens,
        "batches": len(made),
        "filled": filled(made),
        "threads": torch.get_num_threads(),
        "precision": "bf16" if ways[OURS].learner.uses_bf16 else "fp32",
    }
    record = Record(command_line("benchmarks.training_speed"), settings, output)
    results = {"target_tokens_per_s": {name: round(statistics.median(rates)) for name, rates in found.items()}}
    record.add("training", results, ratios(found))
    typer.echo(record.table())


if __name__ == "__main__":
    typer.run(main)
