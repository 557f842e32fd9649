"""What a person sees of a run: a bar on a terminal, lines of log elsewhere, and the same lines in a file."""

import logging
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from training.learner import UpdateResult
from training.progress import Progress

LOGGER = logging.getLogger("training")
FORMAT = "%(asctime)s %(levelname)s %(message)s"


class ProgressBar:
    """A bar over updates, shown on a terminal only."""

    def __init__(self, progress: Progress, is_main: bool) -> None:
        self.bar = tqdm(
            total=progress.horizon,
            initial=progress.update,
            unit="update",
            disable=not (is_main and sys.stderr.isatty()),
            dynamic_ncols=True,
        )

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        self._stack.callback(self.bar.close)
        if not self.bar.disable:
            self._stack.enter_context(logging_redirect_tqdm([LOGGER]))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def advance(self, progress: Progress, result: UpdateResult) -> None:
        """Show that another update is done."""
        self.bar.update()
        best = "-" if progress.best_bleu is None else f"{progress.best_bleu:.2f}"
        self.bar.set_postfix(epoch=progress.current_epoch, nll=f"{result.nll:.3f}", best_bleu=best, refresh=False)


@contextmanager
def log_to(path: Path, is_main: bool) -> Iterator[None]:
    """Write the log of `training` to the console and to `path` while inside; other processes only warn."""
    path.parent.mkdir(parents=True, exist_ok=True)
    former = LOGGER.level
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    if is_main:
        handlers.append(logging.FileHandler(path, encoding="utf-8"))
    for handler in handlers:
        handler.setFormatter(logging.Formatter(FORMAT))
        LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO if is_main else logging.WARNING)
    try:
        yield
    finally:
        LOGGER.setLevel(former)
        for handler in handlers:
            LOGGER.removeHandler(handler)
            handler.close()
