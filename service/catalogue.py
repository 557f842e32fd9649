"""What is served: models, their languages and directions, their beam sizes."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.artifact_config import ArtifactConfig


@dataclass(frozen=True, eq=False)
class Model:
    """A served artifact."""

    hash: str
    config: ArtifactConfig
    beam_sizes: tuple[int, ...]

    @property
    def name(self) -> str:
        """The artifact's name."""
        return self.config.name


class Catalogue:
    """All served models; where two serve a direction, the first one does."""

    def __init__(self, models: Sequence[Model]) -> None:
        self.models = tuple(models)
        self._by_pair: dict[tuple[str, str], Model] = {}
        for model in models:
            for pair in model.config.pairs:
                self._by_pair.setdefault((pair.source, pair.target), model)
        self._canonical = {code.casefold(): code for pair in self._by_pair for code in pair}

    def model(self, name: str) -> Model | None:
        """The model of that name."""
        return next((model for model in self.models if model.name == name), None)

    def serving(self, source: str, target: str) -> Model | None:
        """The model that translates in that direction."""
        return self._by_pair.get((source, target))

    def into(self, target: str) -> tuple[Model, ...]:
        """The models that translate into `target`."""
        found = [model for (_, other), model in self._by_pair.items() if other == target]
        return tuple(dict.fromkeys(found))

    def canonical(self, code: str) -> str | None:
        """The served language that `code` means, whatever its case."""
        return self._canonical.get(code.casefold())

    @property
    def languages(self) -> dict[str, tuple[str, ...]]:
        """Every served language, in order of its code, with the languages that it is translated into."""
        return {
            code: tuple(sorted(target for source, target in self._by_pair if source == code))
            for code in sorted(self._canonical.values())
        }
