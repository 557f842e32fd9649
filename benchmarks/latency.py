"""What one sentence takes while nobody else asks: over HTTP, in the service's engine, and alone in each kind of module.

The same sentences go through all ways in turns, one after the other. What is in this process runs on the server's core.
HTTP is measured over a connection that is kept, and for comparison over a new one for each sentence. All run the same
text handling on one core with one thread, and none looks for the language. Two engines differ by some percent with
where their weights lie in memory, as much as HTTP takes, so what HTTP adds is also told within one process: as what an
answer took beyond the time that its own translation took.
"""

import asyncio
import statistics
import time
from collections.abc import Callable, Coroutine, Mapping
from contextlib import ExitStack
from random import Random
from typing import Any

from benchmarks import offline
from benchmarks.http_client import KeptConnection
from benchmarks.kinds import Kind
from benchmarks.markup import NoDetector
from benchmarks.static_engine import StaticEngine, StaticRunner
from benchmarks.target import Target
from benchmarks.texts import Texts
from service.artifact import Artifact
from service.decoding import Engine
from service.engine.async_engine import AsyncEngine
from service.routes import routes_of
from service.translation import Translate
from service.translator import Translator

HTTP, HTTP_ANEW, AROUND, ENGINE = "http", "http, connecting anew", "http, around the translation", "engine"
_PAUSE_S = 0.003  # lets the threads of one way come to rest before the next one is timed

Way = Callable[[str], Coroutine[Any, Any, float]]


def alone(kind: Kind) -> str:
    """The name of a module in this process without company."""
    return f"alone, {kind}"


async def unloaded(target: Target, modules: Mapping[Kind, Artifact], texts: Texts, num_rounds: int) -> dict[str, float]:
    """Median seconds for one sentence, each way, or around it; `target` serves the scripted one of `modules`."""
    artifact = modules[Kind.SCRIPTED]
    with ExitStack() as stack:
        engine = stack.enter_context(offline.started_engine(artifact))
        connection = stack.enter_context(KeptConnection(target.url, target.cores.client))
        ways: dict[str, Way] = {
            HTTP: lambda sentence: connection.ask(texts.body([sentence])),
            HTTP_ANEW: lambda sentence: asyncio.to_thread(target.ask, texts.body([sentence])),
            AROUND: lambda sentence: connection.ask_around(texts.body([sentence], "timing")),
            ENGINE: _timed(AsyncEngine(engine, asyncio.get_running_loop()), artifact, texts),
        }
        for kind, module in modules.items():
            static = StaticEngine(StaticRunner(module, 1, num_threads=1), max_batch=1, wait_s=0.0)
            static.start()
            stack.callback(static.stop)
            ways[alone(kind)] = _timed(static, artifact, texts)
        found: dict[str, list[float]] = {name: [] for name in ways}
        order, chance = list(ways), Random(0)
        for sentence in texts.many(num_rounds):
            chance.shuffle(order)  # each finds in the caches what the one before has left there
            for name in order:
                found[name].append(await ways[name](sentence))
                await asyncio.sleep(_PAUSE_S)
    # The first ones of a process are not its usual ones.
    return {name: statistics.median(seconds[len(seconds) // 10 :]) for name, seconds in found.items()}


def _timed(engine: Engine, artifact: Artifact, texts: Texts) -> Way:
    """Translate a sentence by `engine`, text handling included, and tell the seconds."""
    translator = Translator(engine, routes_of([artifact]), NoDetector())

    async def translate(sentence: str) -> float:
        started = time.perf_counter()
        await translator.translate(Translate((sentence,), texts.target, texts.source))
        return time.perf_counter() - started

    return translate
