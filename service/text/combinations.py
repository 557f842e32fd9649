"""The likeliest whole texts, when each segment has several hypotheses."""

from collections.abc import Sequence
from heapq import nlargest
from itertools import chain


def best_combinations(log_probs: Sequence[Sequence[float]], num_best: int) -> list[tuple[int, ...]]:
    """The `num_best` choices of one hypothesis per segment with the highest total log_prob, best first.

    `log_probs` has at least one value per segment, in any order. Keeping the best beginnings is exact: whatever
    follows adds the same to all of them.
    """
    beginnings: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    for row in log_probs:
        longer = chain.from_iterable(
            [(total + log_prob, (*choice, index)) for index, log_prob in enumerate(row)] for total, choice in beginnings
        )
        beginnings = nlargest(num_best, longer, key=lambda each: each[0])
    return [choice for _, choice in beginnings]
