"""Finished segments, remembered as long as there is room."""

from collections import OrderedDict
from dataclasses import dataclass

from service.engine.result import Hypothesis
from service.engine.segment import Segment

# What CPython takes: a pointer and an int for an id; the objects around them.
_ID_BYTES, _HYPOTHESIS_BYTES, _KEY_BYTES = 36, 300, 300


@dataclass(frozen=True, slots=True)
class SegmentKey:
    """All that an answer depends on, and who may see it: equal keys have bit-identical answers."""

    artifact_hash: str
    beam_size: int
    ids: tuple[int, ...]
    max_length: int
    num_best: int
    has_attention: bool
    scope: str

    @classmethod
    def of(cls, segment: Segment, artifact_hash: str, scope: str) -> "SegmentKey":
        """Return the key of `segment`; those of another artifact or scope never equal it."""
        return cls(
            artifact_hash=artifact_hash,
            beam_size=segment.beam_size,
            ids=segment.ids,
            max_length=segment.max_length,
            num_best=segment.num_best,
            has_attention=segment.wants_attention,
            scope=scope,
        )


class ResultCache:
    """Hypotheses by key, bounded in bytes; the least recently used go first. No failures, no disk."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._items: OrderedDict[SegmentKey, tuple[Hypothesis, ...]] = OrderedDict()
        self.num_bytes = 0

    def __len__(self) -> int:
        return len(self._items)

    def get(self, key: SegmentKey) -> tuple[Hypothesis, ...] | None:
        """Return what was put under `key`, if it is still there."""
        hypotheses = self._items.get(key)
        if hypotheses is not None:
            self._items.move_to_end(key)
        return hypotheses

    def put(self, key: SegmentKey, hypotheses: tuple[Hypothesis, ...]) -> None:
        """Remember `hypotheses`, at the expense of what was not asked for lately."""
        self._drop(key)
        if _num_bytes(key, hypotheses) > self._max_bytes:
            return
        self._items[key] = hypotheses
        self.num_bytes += _num_bytes(key, hypotheses)
        while self.num_bytes > self._max_bytes:
            self._drop(next(iter(self._items)))

    def _drop(self, key: SegmentKey) -> None:
        hypotheses = self._items.pop(key, None)
        if hypotheses is not None:
            self.num_bytes -= _num_bytes(key, hypotheses)


def _num_bytes(key: SegmentKey, hypotheses: tuple[Hypothesis, ...]) -> int:
    """About what the pair takes in memory."""
    attention = sum(h.attention.nbytes for h in hypotheses if h.attention is not None)
    num_ids = len(key.ids) + sum(len(h.ids) for h in hypotheses)
    return _KEY_BYTES + _ID_BYTES * num_ids + _HYPOTHESIS_BYTES * len(hypotheses) + attention
