"""Seeds that depend on nothing but what they are for, so that a resumed run draws what an unbroken one would."""

import hashlib

import torch


def derive_seed(*parts: int | str) -> int:
    """Hash `parts` to a seed in [0, 2^63): equal parts give equal seeds, on every machine and in every process."""
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def generator(*parts: int | str) -> torch.Generator:
    """A generator of its own, seeded with `derive_seed(*parts)`."""
    return torch.Generator().manual_seed(derive_seed(*parts))
