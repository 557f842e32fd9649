"""Latency against load, as a picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from benchmarks.point import INTERACTIVE, Point

_TOP_MS = 10_000.0  # what took longer, or for ever, is drawn here


def plot_latency(curves: Mapping[str, Sequence[Point]], path: Path) -> None:
    """Write p50 (dashed) and p97 of each curve over the offered rate to `path`."""
    figure = Figure(figsize=(7.0, 4.5), layout="constrained")
    axes = figure.subplots()
    for number, (name, points) in enumerate(curves.items()):
        ordered = sorted(points, key=lambda point: point.rate_per_s)
        rates = [point.rate_per_s for point in ordered]
        for quantile, style, label in ((0.97, "o-", f"{name}, p97"), (0.5, "--", None)):
            latencies_ms = [min(_TOP_MS, 1000 * point.latency_s(quantile)) for point in ordered]
            axes.plot(rates, latencies_ms, style, color=f"C{number}", label=label, markersize=4)
    axes.axhline(1000 * INTERACTIVE.limit_s, color="black", linewidth=0.8)
    axes.set(xscale="log", yscale="log", xlabel="offered requests per second", ylabel="latency in ms (p50 dashed)")
    axes.legend(fontsize="small")
    axes.grid(visible=True, which="both", linewidth=0.3)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)
