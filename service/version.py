"""Artifacts and all that serves them: loaded as one, switched as one, freed as one."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing

from service.artifact import Artifact
from service.artifact_config import ArtifactConfig, Sample
from service.catalogue import Catalogue, Model
from service.detector import LoadableDetector
from service.documents import Portion
from service.engine.async_engine import AsyncEngine
from service.engine.cache import ResultCache
from service.engine.engine import Engine
from service.engine.errors import EngineError
from service.engine.observer import Observer
from service.engine.options import EngineOptions
from service.engine.precision import Precision
from service.engine.result import Outcome
from service.engine.segment import Segment
from service.engine.shared_engine import SharedEngine
from service.routes import routes_of
from service.settings import Settings
from service.streaming import Event, Finished
from service.text.languages import Detection
from service.translation import Outcome as Translated
from service.translation import Translate
from service.translator import Translator

_LOOK_S = 0.05


class LoopEngine:
    """The engine for whichever event loop asks, past the cache: for the canary, which must not be remembered."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def translate(self, segments: Sequence[Segment]) -> list[Outcome]:
        """One outcome per segment, in order."""
        return await AsyncEngine(self._engine, asyncio.get_running_loop()).translate(segments)

    def precision(self, artifact: str) -> Precision:
        """What the steps of the named artifact compute in."""
        return self._engine.precision(artifact)


class Version:
    """An engine, and a translator that counts who is inside, so that its last one can be waited for."""

    def __init__(
        self,
        artifacts: Sequence[Artifact],
        settings: Settings,
        cache: ResultCache,
        observer: Observer,
        *,
        is_scoped: Callable[[], bool],
    ) -> None:
        self.engine = Engine(artifacts, engine_options(settings), observer=observer)
        self.catalogue = catalogue_of(artifacts, self.engine)
        self.samples: list[tuple[ArtifactConfig, Sample]] = [
            (artifact.config, sample) for artifact in artifacts for sample in artifact.samples[:1]
        ]
        routes = routes_of(artifacts)
        self.pairs = frozenset(routes)
        self.hashes = {each.name: each.hash for each in artifacts}
        self.origins = [(each.path, each.hash) for each in artifacts]
        shared = SharedEngine(self.engine, self.hashes, cache, is_scoped=is_scoped)
        self._detector = LoadableDetector(sorted({source for source, _ in routes}))
        self._translator = Translator(shared, routes, self._detector, settings.max_text_characters)
        self._launched: tuple[Future[None], ...] = ()
        self._num_inside = 0

    async def translate(self, command: Translate) -> Translated:
        """A translation for each text, all by this version; see `service.translator`."""
        self._num_inside += 1
        try:
            return await self._translator.translate(command)
        finally:
            self._num_inside -= 1

    async def stream(self, command: Translate) -> AsyncGenerator[Event, None]:
        """The same, piece by piece; inside from the first event until it is closed."""
        self._num_inside += 1
        try:
            async with aclosing(self._translator.stream(command)) as events:
                async for event in events:
                    yield event
        finally:
            self._num_inside -= 1

    async def document(self, command: Translate) -> AsyncGenerator[Portion | Finished, None]:
        """A text of any length, portion by portion; inside from the first one until it is closed."""
        self._num_inside += 1
        try:
            async with aclosing(self._translator.document(command)) as portions:
                async for portion in portions:
                    yield portion
        finally:
            self._num_inside -= 1

    def detect(self, text: str) -> tuple[Detection, ...]:
        """The languages that `text` may be in, best first."""
        return self._translator.detect(text)

    def launch(self) -> None:
        """Begin to start, on threads of its own: this one has other things to do meanwhile."""
        threads = ThreadPoolExecutor(2, thread_name_prefix="launch")
        self._launched = (threads.submit(self.engine.start), threads.submit(self._detector.load))
        threads.shutdown(wait=False)

    async def start(self) -> None:
        """Start the engine, which reproduces its samples first, and language detection; raises what prevented it."""
        if not self._launched:
            self.launch()
        await asyncio.gather(*map(asyncio.wrap_future, self._launched))

    async def prove(self) -> None:
        """Start, and send a sample through the queue; raises what prevented it."""
        await self.start()
        for config, sample in self.samples[:1]:
            segment = Segment(
                config.name,
                config.search.beam_size,
                sample.source_ids,
                config.max_length(len(sample.source_ids)),
                client="canary",
            )
            [outcome] = await LoopEngine(self.engine).translate([segment])
            if isinstance(outcome, EngineError):
                raise outcome

    async def retire(self) -> None:
        """Wait until nobody is inside, then end the engine; to be called when nobody new can come."""
        await asyncio.sleep(0)  # who holds a call that has not begun begins it now
        while self._num_inside:
            await asyncio.sleep(_LOOK_S)
        await self.end()

    async def end(self) -> None:
        """End the engine at once."""
        await asyncio.to_thread(self.engine.stop, 0.0)


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
        device=settings.device,
        has_cuda_graphs=settings.cuda_graphs,
        is_strict=settings.strict,
    )
