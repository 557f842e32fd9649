"""What the engine does with its time and its rows while it works."""

from service.engine.observer import SilentObserver
from service.engine.result import Outcome, Result
from service.engine.segment import Lane, Segment


class Watch(SilentObserver):
    """Adds up what the engine tells."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.encode_s = self.step_s = 0.0
        self.num_steps = self.num_row_steps = self.num_target_tokens = 0

    def encoded(self, lane: Lane, num_segments: int, num_tokens: int, seconds: float) -> None:
        """Count an encode."""
        self.encode_s += seconds

    def stepped(self, lane: Lane, num_rows: int, num_steps: int, seconds: float) -> None:
        """Count steps."""
        self.step_s += seconds
        self.num_steps += num_steps
        self.num_row_steps += num_rows * num_steps

    def settled(self, segment: Segment, outcome: Outcome) -> None:
        """Count target tokens."""
        if isinstance(outcome, Result):
            self.num_target_tokens += len(outcome.hypotheses[0].ids)

    def summary(self, seconds: float, max_rows: int) -> dict[str, float]:
        """What `seconds` of work were spent on, in percent, and how full steps were."""
        rows = self.num_row_steps / max(self.num_steps, 1)
        return {
            "target_tokens_per_s": round(self.num_target_tokens / seconds, 1),
            "steps_per_s": round(self.num_steps / seconds, 1),
            "rows_in_a_step": round(rows, 1),
            "occupancy_percent": round(100.0 * rows / max_rows, 1),
            "steps_percent_of_time": round(100.0 * self.step_s / seconds, 1),
            "encodes_percent_of_time": round(100.0 * self.encode_s / seconds, 1),
            "steps_beyond_the_end_percent": round(
                100.0 * (1.0 - self.num_target_tokens / max(self.num_row_steps, 1)), 1
            ),
        }
