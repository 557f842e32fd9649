"""Which model translates which pair, and with which subword models."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from service.artifact_config import ArtifactConfig, Pair
from service.text.draft import Draft
from service.text.prose import Prose
from service.text.subword import Subword

if TYPE_CHECKING:
    from service.artifact import Artifact


@dataclass(frozen=True)
class Route:
    """A served pair: the artifact's name and configuration, and the subword models that read and write for it."""

    pair: Pair
    artifact: str
    config: ArtifactConfig
    source_subword: Subword
    target_subword: Subword

    def draft(self, prose: Prose, keep: Sequence[str]) -> Draft:
        """`prose` as this route's model will be given it.

        What reads like a language tag is kept, too: the model would take it for an order.
        """
        tags = [pair.tag for pair in self.config.pairs if pair.tag is not None]
        max_ids = self.config.limits.max_source_tokens
        return Draft.of(prose, self.source_subword, self.pair, max_ids, [*keep, *tags])


Routes = dict[tuple[str, str], Route]


def routes_of(artifacts: Sequence["Artifact"]) -> Routes:
    """The routes of all artifacts by source and target; where two serve a pair, the first one does."""
    routes: Routes = {}
    for artifact in artifacts:
        source = Subword.load(artifact.source_subword)
        is_joint = artifact.source_subword == artifact.target_subword
        target = source if is_joint else Subword.load(artifact.target_subword)
        for pair in artifact.config.pairs:
            route = Route(pair, artifact.name, artifact.config, source, target)
            routes.setdefault((pair.source, pair.target), route)
    return routes
