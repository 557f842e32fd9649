"""Trains a network on prepared data: updates, validations, checkpoints; a resumed run equals an unbroken one."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from pathlib import Path

import torch

from model.seq2seq import Seq2Seq
from training.checkpoint import Checkpoint
from training.config import RunConfig, SearchConfig
from training.dataset import Batch, PreparedData
from training.fingerprint import check_fingerprint, fingerprint
from training.initial_weights import load_initial_weights
from training.learner import Learner
from training.progress import Progress, TrainingError
from training.progress_bar import ProgressBar
from training.randomness import derive_seed
from training.run_files import RunFiles
from training.schedule import Schedule
from training.validate import Scores, validate
from training.window import Window
from training.world import World

logger = logging.getLogger(__name__)


class Trainer:
    """One run: `run()` goes from its last checkpoint, or from the beginning, to its end."""

    def __init__(self, config: RunConfig, data: PreparedData, output: Path, world: World) -> None:
        self.config = config
        self.settings = config.training
        self.data = data
        self.world = world
        self.files = RunFiles(output, config.training.keep_checkpoints, world)
        self.model_config = config.model.with_vocabulary(data.subword.vocab_size)
        self.fingerprint = fingerprint(config, data)

    def forget(self) -> None:
        """Delete what an earlier run left; returns when that is done, in every process."""
        self.files.forget()

    def run(self, should_stop: Callable[[], bool]) -> None:
        """Train until the last epoch, until patience ends, or until `should_stop`, asked before each update.

        Raises:
            CheckpointError: the checkpoints belong to a run with other settings or other data.
            TrainingError: gradients stay infinite.
        """
        self._begin()
        with ExitStack() as closing:
            self.files.open(self.progress)
            closing.callback(self.files.close)
            self.bar = closing.enter_context(ProgressBar(self.progress, self.world.is_main))
            while not self.progress.is_over(self.settings.epochs, self.settings.patience):
                if not self._train_epoch(should_stop):
                    self._save_last()
                    return
                self._finish_epoch()

    def _begin(self) -> None:
        """Make the network and its learner, new or as the last checkpoint has them."""
        last = self.files.store.last
        checkpoint = Checkpoint.load(last) if last.exists() else None
        if checkpoint:
            check_fingerprint(checkpoint.fingerprint, self.fingerprint, last)
        self.progress = checkpoint.progress if checkpoint and checkpoint.progress else Progress(self._count_updates())
        self.learner = Learner(
            self.build() if checkpoint else self._new_network(),
            self.settings,
            Schedule.of(self.settings, self.progress.horizon),
            self.world,
            tag_ids=[self.data.subword.tag_id(pair.tag) for pair in self.data.pairs if pair.tag],
        )
        if checkpoint and checkpoint.optimizer:
            self.learner.load(checkpoint.model, checkpoint.ema, checkpoint.optimizer)
        self._check_agreement()
        begun = "resuming" if checkpoint else "starting"
        logger.info("%s at update %d of about %d", begun, self.progress.update, self.progress.horizon)
        size = sum(parameter.numel() for parameter in self.learner.network.parameters())
        precision = "bf16" if self.learner.uses_bf16 else "fp32"
        threads = torch.get_num_threads()
        logger.info("%d parameters on %s in %s with %d threads", size, self.world.device, precision, threads)
        self.last_save_s = time.monotonic()

    def _check_agreement(self) -> None:
        """Refuse processes that have read different checkpoints: they would wait for each other."""
        update = float(self.progress.update)
        total, total_of_squares = self.world.sum([update, update**2])
        if self.world.size * total_of_squares != total**2:  # their variance is not 0
            raise TrainingError(
                f"process {self.world.rank} stands at update {update:.0f}, and others do not; all machines need "
                f"the same {self.files.store.last}"
            )

    def build(self) -> Seq2Seq:
        """A network of the kind that is trained."""
        return Seq2Seq(self.model_config)

    def score(self, network: Seq2Seq, search: SearchConfig, max_segments: int | None) -> Scores:
        """Dev scores of `network`."""
        return validate(network, self.data, search, max_segments)

    def _new_network(self) -> Seq2Seq:
        """A network with random weights, or with those of `initial_weights`."""
        torch.manual_seed(derive_seed(self.settings.seed, "weights"))
        network = self.build()
        if self.settings.initial_weights is not None:
            path = Path(self.settings.initial_weights)
            load_initial_weights(network, path, self.model_config, self.data, self.settings.match_pieces)
        return network

    def _count_updates(self) -> int:
        """The horizon: updates of epoch 0 times epochs. Sampling makes other epochs a little longer or shorter."""
        logger.info("counting the batches of an epoch")
        num_batches = sum(1 for _ in self.batches(0))
        return self.settings.epochs * -(-num_batches // self.settings.accumulate)

    def batches(self, epoch: int) -> Iterator[Batch]:
        """This process's batches of an epoch, from 0."""
        return self.data.batches(
            seed=self.settings.seed,
            epoch=epoch,
            batch_tokens=self.settings.batch_tokens,
            sampling_alpha=self.config.subword.sampling_alpha,
            noise=self.config.noise,
            rank=self.world.rank,
            world_size=self.world.size,
        )

    def _train_epoch(self, should_stop: Callable[[], bool]) -> bool:
        """Make the updates that the epoch still has; false when asked to stop before its end."""
        self.window = Window()
        batches = islice(self.batches(self.progress.epoch), self.progress.batch, None)
        while group := list(islice(batches, self.settings.accumulate)):  # every process has as many
            num_own = sum(batch.num_target_tokens for batch in group)
            num_tokens, num_stops = self.world.sum([num_own, should_stop()])
            if num_stops:
                return False
            self._update(group, int(num_tokens))
        return True

    def _update(self, group: Sequence[Batch], num_tokens: int) -> None:
        progress, start_s = self.progress, time.monotonic()
        result = self.learner.update(group, progress.update + 1, num_tokens)
        duration_s = time.monotonic() - start_s
        progress.record_update(len(group), result.is_skipped, duration_s)
        self.window.add(result, duration_s)
        self.bar.advance(progress, result)
        if progress.update % self.settings.log_every_updates == 0:
            self.files.report(progress, self.window.values())
            self.window = Window()
        if time.monotonic() - self.last_save_s >= self.settings.checkpoint_every_s:
            self._save_last()

    def _finish_epoch(self) -> None:
        """Validate if it is time, and save."""
        self.progress.record_epoch()
        is_last = self.progress.epoch == self.settings.epochs
        if is_last or self.progress.epoch % self.settings.validate_every_epochs == 0:
            self._validate()
        self._save_last()

    def _validate(self) -> None:
        """Score the averaged weights with the served search, and keep them."""
        progress, start_s = self.progress, time.monotonic()
        bleu = nll = 0.0
        if self.world.is_main:
            search = replace(self.config.search, beam_size=self.settings.validate_beam_size)
            limit = self.settings.max_validation_segments
            bleu, nll = self.score(self.learner.ema.network, search, limit)
        bleu, nll = self.world.sum([bleu, nll])
        is_decaying = self.learner.schedule.is_decaying(progress.update)
        is_best = progress.record_validation(bleu, is_decaying, time.monotonic() - start_s)
        self.files.report(progress, {"dev_bleu": bleu, "dev_nll": nll})
        self.files.save_validated(
            lambda: replace(self._checkpoint(), optimizer=None, progress=None, dev_bleu=bleu), is_best
        )

    def _checkpoint(self) -> Checkpoint:
        return Checkpoint(
            self.model_config,
            *self.learner.weights(),
            self.progress.update,
            optimizer=self.learner.optimizer.state_dict(),
            progress=self.progress,
            fingerprint=self.fingerprint,
        )

    def _save_last(self) -> None:
        self.files.save_last(self._checkpoint)
        self.last_save_s = time.monotonic()
