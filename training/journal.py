"""What a run measured, for people and programs: `metrics.jsonl` and TensorBoard, both cut back when a run resumes."""

import json
import shutil
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from training.corpus import CorpusError


class Journal:
    """Lines of numbers by update, between `open` and `close`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.metrics = directory / "metrics.jsonl"
        self.tensorboard = directory / "tensorboard"

    def open(self, update: int, is_validated: bool = False) -> None:
        """Go on after `update`, and after its validation if that is done: what was written later will come again."""
        self.directory.mkdir(parents=True, exist_ok=True)
        last = (update, is_validated)
        kept = [line for line in self.read() if (line["update"], "dev_bleu" in line) <= last]
        temporary = self.metrics.with_suffix(".tmp")
        temporary.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")
        temporary.replace(self.metrics)
        self._writer = SummaryWriter(str(self.tensorboard), purge_step=update + 1)

    def clear(self) -> None:
        """Forget an earlier run."""
        self.metrics.unlink(missing_ok=True)
        shutil.rmtree(self.tensorboard, ignore_errors=True)

    def read(self) -> list[dict[str, float]]:
        """Every complete line so far; a line that a crash cut short is left out.

        Raises:
            CorpusError: a line is none of a journal; the message names it.
        """
        if not self.metrics.exists():
            return []
        lines = self.metrics.read_bytes().split(b"\n")[:-1]
        return [self._parse(number, line) for number, line in enumerate(lines, start=1)]

    def _parse(self, number: int, line: bytes) -> dict[str, float]:
        try:
            found = json.loads(line)
        except ValueError as error:
            raise CorpusError(f"{self.metrics}, line {number}: {error}") from error
        if not isinstance(found, dict) or "update" not in found:
            raise CorpusError(f"{self.metrics}, line {number}: it has no update")
        return found

    def write(self, update: int, epoch: float, elapsed_s: float, **values: float) -> None:
        """Append one line, and each of `values` as a scalar."""
        line = {"update": update, "epoch": epoch, "elapsed_s": round(elapsed_s, 3), **values}
        with self.metrics.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line) + "\n")
        for name, value in values.items():
            self._writer.add_scalar(name, value, update)

    def close(self) -> None:
        """Write out what is buffered."""
        self._writer.close()
