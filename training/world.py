"""The processes that train together: one, unless `torchrun` started more."""

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from training.strict import ConfigError


@dataclass(frozen=True)
class World:
    """This process among all: sums go over every process, files belong to the main one."""

    device: torch.device
    rank: int = 0
    size: int = 1

    @classmethod
    def join(cls) -> "World":
        """Take this process's place, from the environment that `torchrun` sets, on the best device there is.

        Raises:
            ConfigError: a variable of it is no number.
        """
        rank, size, local_rank = _number("RANK", 0), _number("WORLD_SIZE", 1), _number("LOCAL_RANK", 0)
        has_gpu = torch.cuda.is_available()
        device = torch.device("cuda", local_rank) if has_gpu else torch.device("cpu")
        if has_gpu:
            torch.cuda.set_device(device)
        if size > 1:
            distributed.init_process_group("nccl" if has_gpu else "gloo")
        return cls(device, rank, size)

    def leave(self) -> None:
        """Release what `join` took."""
        if self.size > 1:
            distributed.destroy_process_group()

    @property
    def is_main(self) -> bool:
        """Whether this process writes the files."""
        return self.rank == 0

    def sum(self, values: Sequence[float]) -> list[float]:
        """Sum `values` over all processes."""
        if self.size == 1:
            return list(values)
        totals = torch.tensor(values, dtype=torch.float64, device=self.device)
        distributed.all_reduce(totals)
        return [float(total) for total in totals.tolist()]

    def wait(self) -> None:
        """Return when every process has come here."""
        if self.size > 1:
            distributed.barrier()

    def share(self, network: nn.Module) -> nn.Module:
        """The module to call in training: gradients of its last backward pass in an update are averaged."""
        return network if self.size == 1 else DistributedDataParallel(network)

    def no_sync(self, shared: nn.Module, is_last: bool) -> AbstractContextManager[None]:
        """Keep the gradients of a backward pass to this process unless it is the update's last."""
        return nullcontext() if is_last or not isinstance(shared, DistributedDataParallel) else shared.no_sync()


def _number(name: str, default: int) -> int:
    """The number in an environment variable."""
    text = os.environ.get(name, str(default))
    if not text.isdecimal():
        raise ConfigError(f"the environment variable {name} is {text!r}; it must be a number, as torchrun sets it")
    return int(text)
