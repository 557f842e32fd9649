"""A run's state on disk: written atomically, read without executing anything.

checkpoints/last.pt       everything that resuming needs
checkpoints/update-N.pt   weights after a validation, for averaging: the newest and the best are kept
checkpoints/best.pt       weights of the best validation so far
"""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from model.config import ModelConfig
from model.seq2seq import Seq2Seq
from training.progress import Progress

Weights = Mapping[str, Tensor]
FORMAT_VERSION = 1


class CheckpointError(Exception):
    """A checkpoint cannot be read, or belongs to another run."""


@dataclass(frozen=True)
class Checkpoint:
    """Weights of one moment; `optimizer` and `progress` only where a run is to go on from it."""

    model_config: ModelConfig
    model: Weights
    ema: Weights
    update: int
    dev_bleu: float | None = None
    optimizer: dict[str, Any] | None = None
    progress: Progress | None = None
    fingerprint: dict[str, str] = field(default_factory=dict)  # of the settings that the weights depend on

    def save(self, path: Path) -> None:
        """Write to `path` at once or not at all: a crash leaves the former file."""
        content = {
            "format_version": FORMAT_VERSION,
            "model_config": asdict(self.model_config),
            "model": dict(self.model),
            "ema": dict(self.ema),
            "update": self.update,
            "dev_bleu": self.dev_bleu,
            "optimizer": self.optimizer,
            "progress": asdict(self.progress) if self.progress else None,
            "fingerprint": self.fingerprint,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.part")
        with temporary.open("wb") as stream:
            torch.save(content, stream)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        _sync_directory(path.parent)

    @classmethod
    def load(cls, path: Path) -> "Checkpoint":
        """Read the file at `path` to the CPU; large tensors come from disk when they are used.

        Raises:
            CheckpointError: there is no such file, or it is not a checkpoint of this format.
        """
        try:
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        except FileNotFoundError:
            raise CheckpointError(f"there is no checkpoint {path}") from None
        except Exception as error:  # torch raises many kinds for a damaged file
            raise CheckpointError(f"{path} cannot be read as a checkpoint: {error}") from error
        version = content.pop("format_version", None) if isinstance(content, dict) else None
        if version != FORMAT_VERSION:
            raise CheckpointError(f"{path} has checkpoint format {version}; this program reads {FORMAT_VERSION}")
        model_config, progress = ModelConfig(**content.pop("model_config")), content.pop("progress")
        return cls(model_config=model_config, progress=Progress(**progress) if progress else None, **content)

    def network(self, weights: Literal["ema", "raw"] = "ema") -> Seq2Seq:
        """A network with these weights, in evaluation mode."""
        network = Seq2Seq(self.model_config)
        network.load_state_dict(self.ema if weights == "ema" else self.model)
        return network.eval()


def load_network(path: Path, weights: Literal["ema", "raw"] = "ema") -> Seq2Seq:
    """Read the network of the checkpoint at `path`, in evaluation mode, on the CPU."""
    return Checkpoint.load(path).network(weights)


class CheckpointStore:
    """The checkpoints of one run, in one directory."""

    def __init__(self, directory: Path, keep: int) -> None:
        self.directory = directory
        self.keep = keep
        self.last = directory / "last.pt"
        self.best = directory / "best.pt"

    def validated(self) -> list[Path]:
        """The files kept after validations, oldest first."""
        return sorted(self.directory.glob("update-*.pt"), key=_update_of)

    def save_validated(self, checkpoint: Checkpoint, is_best: bool) -> None:
        """Keep `checkpoint` beside the newest and the best before it; drop the others."""
        checkpoint.save(self.directory / f"update-{checkpoint.update}.pt")
        if is_best:
            checkpoint.save(self.best)
        kept = set(self.newest(self.keep)) | set(self.highest(self.keep))
        for path in self.validated():
            if path not in kept:
                path.unlink()

    def newest(self, number: int) -> list[Path]:
        """The last `number` validated checkpoints, oldest first."""
        return self.validated()[-number:] if number else []

    def highest(self, number: int) -> list[Path]:
        """The `number` validated checkpoints with the highest BLEU, best first; the earlier of equals."""
        scored = [(Checkpoint.load(path).dev_bleu or 0.0, path) for path in self.validated()]
        return [path for _, path in sorted(scored, key=lambda each: -each[0])[:number]]

    def clear(self) -> None:
        """Delete every checkpoint of an earlier run."""
        for path in self.directory.glob("*.pt"):
            path.unlink()


def _update_of(path: Path) -> int:
    return int(path.stem.removeprefix("update-"))


def _sync_directory(directory: Path) -> None:
    """Make a rename last through a power failure, where the system can."""
    if os.name == "posix":
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
