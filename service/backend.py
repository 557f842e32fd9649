"""The engine and all that it needs, from the artifacts' directories to a core that translates."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from service.access.control import AccessControl
from service.admission import Admission
from service.artifact import Artifact, load
from service.canary import Canary
from service.catalogue import Catalogue, Model
from service.core import Core
from service.engine.async_engine import AsyncEngine
from service.engine.cache import ResultCache
from service.engine.engine import Engine
from service.engine.options import EngineOptions
from service.engine.result import Outcome
from service.engine.segment import Segment
from service.engine.shared_engine import SharedEngine
from service.health import Health
from service.metrics import EngineCollector, Metrics
from service.routes import routes_of
from service.settings import Settings
from service.text.detection import LanguageDetector
from service.text.subword import describe
from service.translator import Translator

log = logging.getLogger(__name__)


class LoopEngine:
    """The engine for whichever event loop asks, past the cache: for the canary, which must not be remembered."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def translate(self, segments: Sequence[Segment]) -> list[Outcome]:
        """One outcome per segment, in order."""
        return await AsyncEngine(self._engine, asyncio.get_running_loop()).translate(segments)


class EngineBackend:
    """Owns the engine: `start` it once, `stop` it once. `on_failure` is told if it cannot start."""

    def __init__(self, core: Core, engine: Engine, canary: Canary) -> None:
        self.core = core
        self.on_failure: Callable[[Exception], None] = _log_failure
        self._engine = engine
        self._canary = canary
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to start, without waiting for it: probes tell how far it is."""
        self._running = asyncio.create_task(self._run())

    async def stop(self, timeout_s: float) -> None:
        """Let nobody in, finish what is inside for at most `timeout_s`, fail the rest."""
        self.core.health.is_draining = True
        self.core.admission.close()
        is_empty = await self.core.admission.emptied(timeout_s)
        if not is_empty:
            log.warning("some requests were not done within %.1f s", timeout_s)
        await asyncio.to_thread(self._engine.stop, 0.0)
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def warm_up(self) -> None:
        """Start the engine, which reproduces its samples first, and open the door; raises what prevented it."""
        await asyncio.to_thread(self._engine.start)
        await self._canary.fly()
        self.core.health.has_started = True
        if not self.core.health.is_draining:
            self.core.admission.open()

    async def _run(self) -> None:
        try:
            await self.warm_up()
        except Exception as error:
            self.on_failure(error)
            return
        log.info("ready", extra={"event": {"models": [model.name for model in self.core.catalogue.models]}})
        await self._canary.fly_for_ever(self.core.settings.canary_interval_s)


def _log_failure(error: Exception) -> None:
    log.error("the engine did not start: %s", error)


def load_backend(settings: Settings, access: AccessControl | None = None) -> EngineBackend:
    """Load the artifacts of `settings`; call it on the main thread. Without `access`, everybody may do everything.

    Raises:
        ArtifactError: one of them cannot be served.
    """
    artifacts = [load(path, describe) for path in settings.artifacts]
    metrics = Metrics()
    engine = Engine(artifacts, engine_options(settings), observer=metrics)
    health = Health(
        engine.stats, max_heartbeat_age_s=settings.max_heartbeat_age_s, max_proof_age_s=settings.max_proof_age_s
    )
    cache = ResultCache(settings.max_cache_bytes)
    access = access or AccessControl()
    metrics.watch_usage(lambda: access.num_unwritten)
    metrics.registry.register(EngineCollector(engine.stats, lambda: health.ready().is_ok, lambda: cache.num_bytes))
    for artifact in artifacts:
        config = artifact.config
        metrics.describe_artifact(config.name, artifact.hash, config.torch_version, engine.precision(config.name))
    catalogue = catalogue_of(artifacts, engine)
    # What is remembered for one key must not tell another, by how fast it comes, what was asked.
    is_scoped = access.has_keys or access.is_key_required
    shared = SharedEngine(engine, {each.name: each.hash for each in artifacts}, cache, is_scoped=is_scoped)
    routes = routes_of(artifacts)
    detector = LanguageDetector.load(sorted({source for source, _ in routes}))
    translator = Translator(shared, routes, detector, settings.max_text_characters)
    samples = [(artifact.config, sample) for artifact in artifacts for sample in artifact.samples[:1]]
    core = Core(settings, catalogue, translator, health, Admission(), metrics, access)
    return EngineBackend(core, engine, Canary(LoopEngine(engine), engine.stats, samples, health))


def catalogue_of(artifacts: Sequence[Artifact], engine: Engine) -> Catalogue:
    """What `engine` serves of `artifacts`."""
    return Catalogue([Model(each.hash, each.config, engine.beam_sizes(each.name)) for each in artifacts])


def engine_options(settings: Settings) -> EngineOptions:
    """The engine's part of `settings`."""
    return EngineOptions(
        beam_sizes=settings.beam_sizes,
        max_rows=settings.max_rows,
        max_waiting_tokens=settings.max_waiting_tokens,
        num_threads=settings.num_threads,
        precision=settings.precision,
        is_strict=settings.strict,
    )
