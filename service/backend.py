"""The engine and all that it needs, from the artifacts' directories to a core that translates."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from service.access.control import AccessControl
from service.admission import Admission
from service.canary import Canary
from service.core import Core
from service.health import Health
from service.loader import Loader
from service.metrics import EngineCollector, Metrics, ReloadOutcome
from service.reload_check import ReloadCheck
from service.settings import Settings
from service.version import LoopEngine, Version

log = logging.getLogger(__name__)


class ReloadRefused(Exception):
    """What was found in place of the served artifacts cannot replace them; the message says why."""


class EngineBackend:
    """Owns the engine: `start` it once, `stop` it once.

    `on_failure` is told if it cannot start, `on_ready` before the first request, `on_retired` when a version is gone.
    """

    def __init__(self, core: Core, loader: Loader, canary: Canary, check: ReloadCheck) -> None:
        self.core = core
        self.on_failure: Callable[[Exception], None] = _log_failure
        self.on_ready: Callable[[], None] = _nothing
        self.on_retired: Callable[[], None] = _nothing
        self._loader = loader
        self._canary = canary
        self._check = check
        self._running: asyncio.Task[None] | None = None
        self._reloading = asyncio.Lock()
        self._retiring: dict[Version, asyncio.Task[None]] = {}

    def launch(self) -> None:
        """Let the engine begin to start already, before there is an event loop."""
        self._loader.serving.launch()

    def start(self) -> None:
        """Begin to start, without waiting for it: probes tell how far it is."""
        self._running = asyncio.create_task(self._run())

    async def stop(self, timeout_s: float) -> None:
        """Let nobody in, finish what is inside for at most `timeout_s`, fail the rest."""
        self.core.health.is_draining = True
        self._check.abandon()
        self.core.admission.close()
        is_empty = await self.core.admission.emptied(timeout_s)
        if not is_empty:
            log.warning("some requests were not done within %.1f s", timeout_s)
        await self._loader.serving.end()
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        for version, task in list(self._retiring.items()):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await version.end()

    async def warm_up(self) -> None:
        """Start the engine, which reproduces its samples first, and open the door; raises what prevented it."""
        await self._loader.serving.start()
        await self._canary.fly()
        self.on_ready()
        self.core.health.has_started = True
        if not self.core.health.is_draining:
            self.core.admission.open()

    async def reload(self) -> bool:
        """Let what the artifacts' directories hold now serve, if it is another version; was it?

        It is loaded, proved and checked beside the one that serves, which goes on until then, and for who is inside
        until they are done.

        Raises:
            ReloadRefused: nothing has changed; the message says why.
        """
        try:
            has_switched = await self._reload()
        except ReloadRefused:
            self.core.metrics.reloaded(ReloadOutcome.REFUSED)
            raise
        self.core.metrics.reloaded(ReloadOutcome.SWITCHED if has_switched else ReloadOutcome.UNCHANGED)
        return has_switched

    async def _reload(self) -> bool:
        if not self.core.health.has_started or self.core.health.is_draining:
            raise ReloadRefused("the service is starting or stopping")
        async with self._reloading:
            old = self._loader.serving
            new = await self._candidate(old)
            if new is None:
                return False
            if self.core.health.is_draining:
                await new.end()
                raise ReloadRefused("the service is stopping")
            self._switch(new)
            task = asyncio.create_task(self._retire(old))
            self._retiring[old] = task
            task.add_done_callback(partial(self._has_retired, old))
            return True

    async def _candidate(self, old: Version) -> Version | None:
        """A version that may replace `old`, proved and checked; none if it is the same."""
        new: Version | None = None
        try:
            new = await asyncio.to_thread(self._loader.load)
            if new.hashes == old.hashes:
                return None
            if missing := sorted(old.pairs - new.pairs):
                raise ReloadRefused(f"it does not translate from {missing[0][0]!r} to {missing[0][1]!r}")
            await new.prove()
            for (serving, old_hash), (candidate, new_hash) in zip(old.origins, new.origins, strict=True):
                if new_hash != old_hash:
                    await self._check.judge(candidate, serving)
        except Exception as error:
            if new is not None:
                await new.end()
            raise error if isinstance(error, ReloadRefused) else ReloadRefused(str(error)) from error
        return new

    def _switch(self, new: Version) -> None:
        """Without an await: nobody sees one half of it."""
        self._loader.serving = new
        self.core.catalogue, self.core.translator = new.catalogue, new
        self._canary.watch(LoopEngine(new.engine), new.samples)
        self._loader.describe()
        log.info("reloaded", extra={"event": {"artifacts": new.hashes}})

    async def _retire(self, old: Version) -> None:
        await old.retire()
        log.info("the replaced version is gone", extra={"event": {"artifacts": old.hashes}})

    def _has_retired(self, old: Version, _task: asyncio.Task[None]) -> None:
        del self._retiring[old]
        asyncio.get_running_loop().call_soon(self.on_retired)  # when nothing here names it any more

    async def _run(self) -> None:
        try:
            await self.warm_up()
        except Exception as error:
            self.on_failure(error)
            return
        log.info("ready", extra={"event": {"models": [model.name for model in self.core.catalogue.models]}})
        await self._canary.fly_for_ever(self.core.settings.canary_interval_s)


def _nothing() -> None:
    pass


def _log_failure(error: Exception) -> None:
    log.error("the engine did not start: %s", error)


def load_backend(settings: Settings, access: AccessControl | None = None) -> EngineBackend:
    """Load the artifacts of `settings`; call it on the main thread. Without `access`, everybody may do everything.

    Raises:
        ArtifactError: one of them cannot be served.
    """
    access = access or AccessControl()
    metrics = Metrics()
    # What is remembered for one key must not tell another, by how fast it comes, what was asked.
    loader = Loader(settings, metrics, is_scoped=lambda: access.has_keys or access.is_key_required)
    loader.describe()
    health = Health(
        loader.stats, max_heartbeat_age_s=settings.max_heartbeat_age_s, max_proof_age_s=settings.max_proof_age_s
    )
    metrics.watch_usage(lambda: access.num_unwritten)
    cache = loader.cache
    metrics.registry.register(EngineCollector(loader.stats, lambda: health.ready().is_ok, lambda: cache.num_bytes))
    serving = loader.serving
    core = Core(settings, serving.catalogue, serving, health, Admission(), metrics, access)
    canary = Canary(LoopEngine(serving.engine), loader.stats, serving.samples, health)
    return EngineBackend(core, loader, canary, ReloadCheck(settings.reload_check, settings.reload_check_timeout_s))
