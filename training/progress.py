"""Where a run stands: with the configuration and the weights it determines all that follows."""

import logging
from dataclasses import dataclass

logger = logging.getLogger(__name__)

MAX_SKIPPED_IN_A_ROW = 5


class TrainingError(Exception):
    """The run cannot go on."""


@dataclass
class Progress:
    """Counters that a checkpoint holds; the trainer records every event in them."""

    horizon: int  # updates that the schedule is made for
    update: int = 0  # updates done
    epoch: int = 0  # epochs done
    batch: int = 0  # batches done of the epoch in progress
    skipped_in_a_row: int = 0  # updates without finite gradients
    num_skipped: int = 0
    best_bleu: float | None = None
    best_update: int = 0
    num_validations_since_best: int = 0  # while the rate decays
    elapsed_s: float = 0.0

    @property
    def current_epoch(self) -> int:
        """The epoch in progress, or the one just ended, from 1."""
        return self.epoch + (self.batch > 0)

    def is_over(self, num_epochs: int, patience: int | None) -> bool:
        """Whether the last epoch is done or patience is spent."""
        is_spent = patience is not None and self.num_validations_since_best >= patience
        if is_spent and self.epoch < num_epochs:
            logger.info("no better dev BLEU than at update %d in %d validations", self.best_update, patience)
        return is_spent or self.epoch >= num_epochs

    def record_update(self, num_batches: int, is_skipped: bool, duration_s: float) -> None:
        """Count an update, made or skipped.

        Raises:
            TrainingError: too many in a row were skipped.
        """
        self.update += 1
        self.batch += num_batches
        self.elapsed_s += duration_s
        self.num_skipped += is_skipped
        self.skipped_in_a_row = self.skipped_in_a_row + 1 if is_skipped else 0
        if is_skipped:
            logger.warning("update %d was skipped: its gradients are not finite", self.update)
        if self.skipped_in_a_row >= MAX_SKIPPED_IN_A_ROW:
            raise TrainingError(
                f"the gradients of {MAX_SKIPPED_IN_A_ROW} updates in a row, up to update {self.update}, were not "
                "finite; lower training.peak_learning_rate or training.clip_norm and begin anew with --restart"
            )

    def record_epoch(self) -> None:
        """Count a finished epoch."""
        self.epoch += 1
        self.batch = 0

    def record_validation(self, bleu: float, is_decaying: bool, duration_s: float) -> bool:
        """Remember the best BLEU, the earlier of equals; true if this is it. Patience counts during the decay only."""
        self.elapsed_s += duration_s
        is_best = self.best_bleu is None or bleu > self.best_bleu
        if is_best:
            self.best_bleu, self.best_update = bleu, self.update
        self.num_validations_since_best = 0 if is_best or not is_decaying else self.num_validations_since_best + 1
        return is_best
