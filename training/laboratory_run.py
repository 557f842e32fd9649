"""One run of a grid: prepared, trained and validated as any run, then its dev output is kept with what it scores."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from model.search import Translator
from model.seq2seq import Seq2Seq
from model.states import Memory
from model.variant_config import VariantConfig
from model.variant_decoder import VariantDecoder
from model.variants import VariantSeq2Seq
from training.beam import Reading, beam_search, take
from training.checkpoint import CheckpointError
from training.config import RunConfig, SearchConfig
from training.dataset import PreparedData
from training.journal import Journal
from training.progress import TrainingError
from training.scores import score
from training.trainer import Trainer
from training.validate import Scores, Translate, Translation, translate_ids, validate
from training.world import World

RESULT, OUTPUT = "result.json", "dev.txt"


@dataclass(frozen=True)
class Result:
    """What one finished run is worth; its dev output, all directions one after the other, lies beside it."""

    bleu: float  # mean over directions, with the search of the configuration
    signature: str
    num_parameters: int  # that are trained
    target_tokens_per_s: float
    elapsed_s: float  # updates and validations
    is_diverged: bool = False  # gradients stayed infinite; the output is then empty


class VariantTrainer(Trainer):
    """Trains a variant as any network is trained."""

    def __init__(
        self, config: RunConfig, data: PreparedData, output: Path, world: World, variant: VariantConfig
    ) -> None:
        super().__init__(config, data, output, world)
        self.variant = variant
        self.fingerprint |= {f"variant.{key}": json.dumps(value) for key, value in asdict(variant).items()}

    def build(self) -> Seq2Seq:
        """The variant."""
        return VariantSeq2Seq(self.model_config, self.variant)

    def score(self, network: Seq2Seq, search: SearchConfig, max_segments: int | None) -> Scores:
        """Dev scores, by the plain search."""
        return validate(network, self.data, search, max_segments, searching(network, search))


class VariantPredictor:
    """A variant, as the plain search asks it."""

    def __init__(self, network: VariantSeq2Seq) -> None:
        self.network = network
        self.bos_id, self.eos_id = network.bos_id, network.eos_id

    def read(self, src_ids: Tensor, src_lengths: Tensor, beam_size: int) -> Reading:
        """Encode the sources."""
        device = self.network.embedding.weight.device
        memory, state = self.network.encode(src_ids.to(device), src_lengths.to(device))
        decoder: object = self.network.decoder
        assert isinstance(decoder, VariantDecoder)
        return _Reading(decoder, memory, [each.unsqueeze(1).expand(-1, beam_size, -1) for each in state.hidden])


class _Reading:
    def __init__(self, decoder: VariantDecoder, memory: Memory, states: list[Tensor]) -> None:
        self.decoder, self.memory, self.states = decoder, memory, states

    def predict(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        logits, attention, self.states = self.decoder.step(tokens.to(self.states[0].device), self.memory, self.states)
        return logits.log_softmax(dim=2).cpu(), attention.cpu()

    def reorder(self, parents: Tensor) -> None:
        self.states = [take(each, parents.to(each.device)) for each in self.states]


def searching(network: Seq2Seq, search: SearchConfig) -> Translate:
    """The search that can run `network`: the plain one for a variant, the served one otherwise."""

    def translate(sources: Sequence[Sequence[int]]) -> list[Translation]:
        if isinstance(network, VariantSeq2Seq):
            return [found[0] for found in beam_search(VariantPredictor(network), sources, search)]
        return translate_ids(Translator(network), sources, search)

    return translate


def make_trainer(config: RunConfig, variant: VariantConfig | None, data: PreparedData, output: Path) -> Trainer:
    """What trains the served network, or a variant."""
    world = World(torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    return VariantTrainer(config, data, output, world, variant) if variant else Trainer(config, data, output, world)


def run_one(
    config: RunConfig, variant: VariantConfig | None, data: PreparedData, output: Path, should_stop: Callable[[], bool]
) -> Result | None:
    """Train, going on where an earlier call stopped, and score; None when asked to stop before the end.

    Raises:
        CheckpointError: `output` holds a run with other settings.
    """
    trainer = make_trainer(config, variant, data, output)
    if (output / RESULT).exists():
        return read_result(output, trainer.fingerprint)
    if config.training.num_threads:
        torch.set_num_threads(config.training.num_threads)
    is_diverged = False
    try:
        trainer.run(should_stop)
    except CheckpointError as error:
        raise CheckpointError(f"{error}, which here means to remove {output}") from error
    except TrainingError:
        is_diverged = True
    if not (is_diverged or trainer.progress.is_over(config.training.epochs, config.training.patience)):
        return None
    texts, bleu, signature = _translate_dev(trainer.learner.ema.network, data, config.search, is_diverged)
    (output / OUTPUT).write_text("".join(f"{text}\n" for text in texts), encoding="utf-8", newline="\n")
    speeds = [line["target_tokens_per_s"] for line in Journal(output).read() if "target_tokens_per_s" in line]
    num_parameters = sum(each.numel() for each in trainer.learner.network.parameters() if each.requires_grad)
    result = Result(bleu, signature, num_parameters, _median(speeds), trainer.progress.elapsed_s, is_diverged)
    content = asdict(result) | {"fingerprint": trainer.fingerprint}
    temporary = output / f".{RESULT}"
    temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    temporary.replace(output / RESULT)
    return result


def read_result(output: Path, fingerprint: dict[str, str]) -> Result:
    """What `run_one` found earlier.

    Raises:
        CheckpointError: it is of other settings.
    """
    content = json.loads((output / RESULT).read_text(encoding="utf-8"))
    saved = content.pop("fingerprint")
    changed = [key for key in sorted(saved | fingerprint) if saved.get(key) != fingerprint.get(key)]
    if changed:
        raise CheckpointError(f"{output} holds a run that differs in {', '.join(changed)}; remove it to run it anew")
    return Result(**content)


def _translate_dev(
    network: Seq2Seq, data: PreparedData, search: SearchConfig, is_diverged: bool
) -> tuple[list[str], float, str]:
    """The dev output of all directions, empty of a network that diverged; its mean BLEU, and the signature."""
    translate, outputs, scores = searching(network, search), [], []
    for index, pair in enumerate(data.pairs):
        sources, references = data.dev(index)
        found = [] if is_diverged else translate([data.subword.source_ids(text, pair.tag) for text in sources])
        texts = [data.subword.decode(each.ids[:-1]) for each in found] or [""] * len(sources)
        scores.append(score("bleu", texts, references))
        outputs += texts
    return outputs, sum(each.score for each in scores) / len(scores), scores[0].signature


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2] if values else math.nan
