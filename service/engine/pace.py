"""How fast things go: steps of a lane, tokens out of the queue."""

_SMOOTHING = 0.5
_HALF_LIFE_S = 5.0
_EVIDENCE_S = 0.25


class StepPace:
    """How many steps make a visit of about `visit_s`, judged by the last visits."""

    def __init__(self, visit_s: float, max_steps: int) -> None:
        self._visit_s = visit_s
        self._max_steps = max_steps
        self._step_s: float | None = None

    def num_steps(self) -> int:
        """Steps for the next visit, at least one; the first visit only measures."""
        if self._step_s is None:
            return 1
        if self._step_s * self._max_steps <= self._visit_s:
            return self._max_steps
        return max(1, int(self._visit_s / self._step_s))

    def visit_s(self) -> float:
        """Seconds of the next visit's steps; none before the first."""
        return self.num_steps() * (self._step_s or 0.0)

    def steps_in(self, seconds: float, at_most: int) -> int:
        """How many steps those were, at the pace of the visits before."""
        if not self._step_s:
            return at_most
        return max(1, min(at_most, round(seconds / self._step_s)))

    def record(self, num_steps: int, seconds: float) -> None:
        """Learn from a visit that took `seconds` for `num_steps`."""
        step_s = seconds / num_steps
        self._step_s = step_s if self._step_s is None else self._step_s + _SMOOTHING * (step_s - self._step_s)


class DrainRate:
    """Source tokens that leave the queue a second while there is a queue; old evidence fades."""

    def __init__(self) -> None:
        self._tokens = 0.0
        self._seconds = 0.0

    def record(self, num_tokens: int, seconds: float) -> None:
        """Learn that `num_tokens` left within `seconds` of work."""
        fade = 0.5 ** (seconds / _HALF_LIFE_S)
        self._tokens = self._tokens * fade + num_tokens
        self._seconds = self._seconds * fade + seconds

    @property
    def tokens_per_s(self) -> float | None:
        """The rate, or None before there is evidence."""
        if self._seconds < _EVIDENCE_S or self._tokens == 0.0:
            return None
        return self._tokens / self._seconds
