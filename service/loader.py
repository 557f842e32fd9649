"""Loads what the artifacts' directories hold, as a version that can serve."""

from collections.abc import Callable

from service.artifact import load
from service.engine.cache import ResultCache
from service.engine.stats import EngineStats
from service.metrics import Metrics
from service.settings import Settings
from service.text.subword import describe
from service.version import Version


class Loader:
    """Loads versions that share a cache and the metrics, and knows the one that serves."""

    def __init__(self, settings: Settings, metrics: Metrics, *, is_scoped: Callable[[], bool]) -> None:
        self.cache = ResultCache(settings.max_cache_bytes)
        self._settings = settings
        self._metrics = metrics
        self._is_scoped = is_scoped
        self.serving = self.load()

    def load(self) -> Version:
        """What the artifacts' directories hold now; raises ArtifactError."""
        artifacts = [load(path.resolve(), describe) for path in self._settings.artifacts]
        return Version(artifacts, self._settings, self.cache, self._metrics, is_scoped=self._is_scoped)

    def stats(self) -> EngineStats:
        """The facts about the engine that serves."""
        return self.serving.engine.stats()

    def describe(self) -> None:
        """Show in the metrics what serves."""
        self._metrics.forget_artifacts()
        for model in self.serving.catalogue.models:
            precision = self.serving.engine.precision(model.name)
            self._metrics.describe_artifact(model.name, model.hash, model.config.torch_version, precision)
