"""Word dropout: some input ids become unknown, so that the network leans on the rest (Gal and Ghahramani 2016)."""

from collections.abc import Iterable

import torch
from torch import Tensor


class WordDropout:
    """Replaces ids by `unk_id`, never those in `protected` (padding, sentence ends, tags)."""

    def __init__(self, rate: float, unk_id: int, protected: Iterable[int]) -> None:
        self.rate = rate
        self.unk_id = unk_id
        self.protected = torch.tensor(sorted(set(protected)), dtype=torch.int64)

    def __call__(self, ids: Tensor, generator: torch.Generator) -> Tensor:
        """Drop each unprotected id of `ids` [N, T] with probability `rate`; the result is a new tensor."""
        if self.rate == 0.0:
            return ids
        is_dropped = torch.rand(ids.shape, generator=generator) < self.rate  # [N, T]
        is_dropped &= ~torch.isin(ids, self.protected)
        return ids.masked_fill(is_dropped, self.unk_id)
