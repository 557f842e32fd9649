"""Means over the updates since the last report."""

from training.learner import UpdateResult


class Window:
    """Adds up what updates did; `values` are the numbers of a report."""

    def __init__(self) -> None:
        self.num_tokens = 0
        self.duration_s = 0.0
        self.results: list[UpdateResult] = []

    def add(self, result: UpdateResult, duration_s: float) -> None:
        """Count one update."""
        self.num_tokens += result.num_tokens
        self.duration_s += duration_s
        self.results.append(result)

    def values(self) -> dict[str, float]:
        """Means a token of loss and nll, mean gradient norm, the latest rate, speed."""
        done = [result for result in self.results if not result.is_skipped]
        num_tokens = max(sum(result.num_tokens for result in done), 1)
        return {
            "loss": sum(result.loss * result.num_tokens for result in done) / num_tokens,
            "nll": sum(result.nll * result.num_tokens for result in done) / num_tokens,
            "rate": self.results[-1].rate,
            "grad_norm": sum(result.gradient_norm for result in done) / max(len(done), 1),
            "target_tokens_per_s": self.num_tokens / max(self.duration_s, 1e-9),
        }
