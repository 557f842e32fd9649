"""A network that learns: its weights, their average and the optimiser, one update at a time."""

import copy
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from model.seq2seq import Seq2Seq
from training.config import TrainingConfig
from training.dataset import Batch
from training.ema import Ema
from training.loss import LossSums, Objective
from training.precision import uses_bf16
from training.randomness import derive_seed, generator
from training.schedule import Schedule
from training.subword import UNK_ID
from training.word_dropout import WordDropout
from training.world import World


class UpdateResult(NamedTuple):
    """What one update did."""

    loss: float  # smoothed, a token
    nll: float  # nats a token
    num_tokens: int
    gradient_norm: float  # before clipping
    rate: float

    @property
    def is_skipped(self) -> bool:
        """Whether the gradients were not finite, so that the weights were left alone."""
        return not math.isfinite(self.gradient_norm)


class Learner:
    """Makes updates whose every draw depends on the seed and the update's number alone."""

    def __init__(
        self, network: Seq2Seq, config: TrainingConfig, schedule: Schedule, world: World, tag_ids: Iterable[int] = ()
    ) -> None:
        self.network = network.to(world.device)
        self.config = config
        self.schedule = schedule
        self.world = world
        self.uses_bf16 = uses_bf16(config.precision, world.device)
        self.ema = Ema(self.network, config.ema_decay)
        self.shared = world.share(Objective(self.network, config.label_smoothing))
        self.optimizer = torch.optim.Adam(
            self.network.parameters(), betas=(config.adam_beta1, config.adam_beta2), fused=True
        )
        protected = [network.pad_id, network.bos_id, network.eos_id, *tag_ids]
        self.drop_source = WordDropout(config.source_word_dropout, UNK_ID, protected)
        self.drop_target = WordDropout(config.target_word_dropout, UNK_ID, protected)

    def update(self, batches: Sequence[Batch], number: int, num_tokens: int) -> UpdateResult:
        """Make update `number`, from 1, on this process's `batches`; those of all processes hold `num_tokens`."""
        torch.manual_seed(derive_seed(self.config.seed, "dropout", number, self.world.rank))
        draws = generator(self.config.seed, "word dropout", number, self.world.rank)
        self.shared.train()
        sums = [self._backward(batch, num_tokens, draws, batch is batches[-1]) for batch in batches]
        loss, nll = self.world.sum([sum(s.loss.item() for s in sums), sum(s.nll.item() for s in sums)])
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip_norm, foreach=True).item()
        rate = self.schedule.rate(number)
        if math.isfinite(norm):
            self._step(rate)
            self.ema.follow(self.network, number)
        self.optimizer.zero_grad()
        return UpdateResult(loss / num_tokens, nll / num_tokens, num_tokens, norm, rate)

    def weights(self) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The weights and their average, as they are: not copied."""
        return self.network.state_dict(), self.ema.network.state_dict()

    def load(self, model: Mapping[str, Tensor], ema: Mapping[str, Tensor], optimizer: dict[str, Any]) -> None:
        """Go on with these weights, their average and the optimiser's state."""
        self.network.load_state_dict(model)
        self.ema.network.load_state_dict(ema)
        self.optimizer.load_state_dict(copy.deepcopy(optimizer))

    def _backward(self, batch: Batch, num_tokens: int, draws: torch.Generator, is_last: bool) -> LossSums:
        device = self.world.device
        src_ids = self.drop_source(batch.src_ids, draws).to(device)
        tgt_in = self.drop_target(batch.tgt_in, draws).to(device)
        with self.world.no_sync(self.shared, is_last):
            with torch.autocast(device.type, torch.bfloat16, enabled=self.uses_bf16):
                sums: LossSums = self.shared(src_ids, batch.src_lengths.to(device), tgt_in, batch.tgt_out.to(device))
            (sums.loss * (self.world.size / num_tokens)).backward()  # processes are averaged; tokens are the measure
        return LossSums(sums.loss.detach(), sums.nll)

    def _step(self, rate: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
