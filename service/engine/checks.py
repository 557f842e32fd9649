"""Keeps out of an arena what it was not opened for: one bad id would fail all of its batch-mates."""

from collections.abc import Collection, Sequence

from service.artifact_config import ArtifactConfig
from service.engine.errors import InvalidSegment
from service.engine.segment import Lane, Priority, Segment


def check_submission(segments: Sequence[Segment], lanes: Collection[Lane], configs: dict[str, ArtifactConfig]) -> None:
    """Raise InvalidSegment, naming index, field, value and limit, unless the engine can run all `segments`."""
    served: set[tuple[str, int, Priority]] = set()  # of what comes, what was looked up: most of it is of one lane
    for index, segment in enumerate(segments):
        kind = (segment.artifact, segment.beam_size, segment.priority)
        if kind not in served:
            if segment.lane not in lanes:
                raise InvalidSegment(f"segments[{index}]: no lane for {segment.lane}")
            served.add(kind)
        if (segment.client, segment.priority) != (segments[0].client, segments[0].priority):
            raise InvalidSegment(f"segments[{index}]: client or priority differs from that of segments[0]")
        _check_sizes(segment, configs[segment.artifact], f"segments[{index}]")


def _check_sizes(segment: Segment, config: ArtifactConfig, where: str) -> None:
    for name, value, limit in (
        ("number of ids", segment.num_tokens, config.limits.max_source_tokens),
        ("max_length", segment.max_length, config.limits.max_target_tokens),
        ("num_best", segment.num_best, segment.beam_size),
    ):
        if not 1 <= value <= limit:
            raise InvalidSegment(f"{where}: {name} is {value}; it must lie between 1 and {limit}")
    if min(segment.ids) < 0 or max(segment.ids) >= config.vocabulary.source_size:
        raise InvalidSegment(f"{where}: an id lies outside a vocabulary of {config.vocabulary.source_size}")
