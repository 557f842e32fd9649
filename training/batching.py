"""Batches by token budget: a partition of the examples, a pure function of lengths and seed."""

import random
from collections.abc import Sequence

JITTER_TOKENS = 2.0  # lengths are blurred by up to this much, so that batch-mates change from epoch to epoch
SOURCE_BUDGET = 2  # padded source tokens may be this many times the target budget


def plan_batches(lengths: Sequence[tuple[int, int]], batch_tokens: int, seed: int) -> list[list[int]]:
    """Group the examples with these (source, target) lengths; every index occurs exactly once.

    A batch pads to at most `batch_tokens` target tokens and twice as many source tokens; an example that alone
    is longer is a batch of its own. Batches hold similar lengths and come in random order.
    """
    draw = random.Random(seed)
    # Whole target lengths tie, and among ties the source decides.
    keys = [(int(t + draw.uniform(0, JITTER_TOKENS)), s + draw.uniform(0, JITTER_TOKENS)) for s, t in lengths]
    batches: list[list[int]] = []
    current: list[int] = []
    longest_source = longest_target = 0
    for index in sorted(range(len(lengths)), key=lambda i: keys[i]):
        source, target = lengths[index]
        longest_source, longest_target = max(longest_source, source), max(longest_target, target)
        size = len(current) + 1
        if current and (size * longest_target > batch_tokens or size * longest_source > SOURCE_BUDGET * batch_tokens):
            batches.append(current)
            current, longest_source, longest_target = [], source, target
        current.append(index)
    if current:
        batches.append(current)
    draw.shuffle(batches)
    return batches
