"""The files of a run: its checkpoints, its journal and the lines of its log."""

import logging
from collections.abc import Callable
from pathlib import Path

from training.checkpoint import Checkpoint, CheckpointStore
from training.journal import Journal
from training.progress import Progress
from training.world import World

logger = logging.getLogger(__name__)


class RunFiles:
    """What a run leaves in `output`; only the main process writes it."""

    def __init__(self, output: Path, keep_checkpoints: int, world: World) -> None:
        self.world = world
        self.store = CheckpointStore(output / "checkpoints", keep_checkpoints)
        self.journal = Journal(output)

    def forget(self) -> None:
        """Delete what an earlier run left; returns when that is done, in every process."""
        if self.world.is_main:
            self.store.clear()
            self.journal.clear()
        self.world.wait()

    def open(self, progress: Progress) -> None:
        """Go on with the journal from `progress`."""
        if self.world.is_main:
            self.journal.open(progress.update, is_validated=progress.batch == 0)

    def close(self) -> None:
        """Write out what is buffered."""
        if self.world.is_main:
            self.journal.close()

    def report(self, progress: Progress, values: dict[str, float]) -> None:
        """Put `values` into the journal and the log."""
        if self.world.is_main:
            self.journal.write(progress.update, progress.current_epoch, progress.elapsed_s, **values)
            text = "  ".join(f"{name} {value:.4g}" for name, value in values.items())
            logger.info("update %d  epoch %d  %s", progress.update, progress.current_epoch, text)

    def save_last(self, make: Callable[[], Checkpoint]) -> None:
        """Write the checkpoint that the run would go on from."""
        if self.world.is_main:
            make().save(self.store.last)

    def save_validated(self, make: Callable[[], Checkpoint], is_best: bool) -> None:
        """Keep the weights of a validation."""
        if self.world.is_main:
            self.store.save_validated(make(), is_best)
