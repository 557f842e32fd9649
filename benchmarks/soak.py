"""Very many requests of every dialect, of clients that also err and leave: is each answer there, once, and right?

A text is known by its translation, which no other text shares: translated once in this process, it tells what the
answer must be, and whose it is if it is another. Each client has an address and connections of its own. Each request
has an id of its own, which must come back with its answer and be in the service's log once.
"""

import asyncio
import html
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import aiohttp

from benchmarks import offline
from benchmarks.cores import ONE_THREAD, Cores, on_core, pin
from benchmarks.markup import NoDetector
from benchmarks.memory import Memory
from benchmarks.process import LISTENING, READY, Process, started
from benchmarks.record import Ratio
from benchmarks.soak_client import Client, References, Tally
from benchmarks.soak_requests import Text
from benchmarks.texts import Texts
from service.artifact import Artifact
from service.engine.async_engine import AsyncEngine
from service.routes import routes_of
from service.translation import Translate
from service.translator import Translator

NUM_CLIENTS = 16
SETTINGS = ONE_THREAD | {
    "DRAGOMAN_MAX_CACHE_BYTES": str(256 * 1024),  # most answers must be computed again
    "DRAGOMAN_DEFAULT_DEADLINE_S": "300",  # that a machine is slow is no fault
}
MAX_GROWTH = 1.0  # KiB a request: what may be noise in a process of hundreds of megabytes
_MAX_SENTENCES = 400
_SHOWN = 10
_EMPTY_WITHIN_S = 5.0
_WORK = ("dragoman_rows_running ", "dragoman_waiting_segments ")


def reference_texts(texts: Texts, num_requests: int) -> list[Text]:
    """Sentences, pairs of sentences, and sentences as HTML: enough of them for so many requests."""
    sentences = texts.many(min(_MAX_SENTENCES, 16 + num_requests // 8 * 4))
    pairs = [f"{first} {second}" for first, second in zip(sentences[::4], sentences[2::4], strict=True)]
    marked = [Text(f"<p>{html.escape(sentence)}</p>", "html") for sentence in sentences[1::4]]
    return [*map(Text, sentences), *map(Text, pairs), *marked]


def translate_in_process(artifact: Artifact, texts: Texts, num_requests: int) -> References:
    """The translation of each text that is the only one with that translation."""
    wanted = reference_texts(texts, num_requests)

    async def translate(engine: AsyncEngine) -> dict[Text, str | None]:
        translator = Translator(engine, routes_of([artifact]), NoDetector())
        found: dict[Text, str | None] = {}
        for form in ("text", "html"):
            some = [text for text in wanted if text.form == form]
            words = tuple(text.words for text in some)
            outcome = await translator.translate(Translate(words, texts.target, texts.source, form=form))
            found |= dict(zip(some, (each.text for each in outcome.translations), strict=True))
        return found

    async def run() -> dict[Text, str | None]:
        return await translate(AsyncEngine(engine, asyncio.get_running_loop()))

    with offline.started_engine(artifact) as engine:
        found = asyncio.run(run())
    counts = Counter(found.values())
    return {text: translation for text, translation in found.items() if translation and counts[translation] == 1}


@dataclass(frozen=True)
class Soaked:
    """What a run found."""

    num_requests: int
    num_references: int
    tally: Tally
    memory: Memory
    is_alive: bool

    def results(self) -> dict[str, Any]:
        """Counts, the first faults and the memory, ready for JSON."""
        tally = self.tally
        return {
            "requests": self.num_requests,
            "clients": NUM_CLIENTS,
            "distinct_texts": self.num_references,
            "right": tally.right,
            "refused_as_bad": tally.refused,
            "left_by_their_clients": tally.left,
            "faults": dict(Counter(kind for kind, _ in tally.faults)),
            "first_faults": [f"{kind}: {what}" for kind, what in tally.faults[:_SHOWN]],
            "rss_mib": self.memory.curve_mib(),
        }

    def ratios(self) -> list[Ratio]:
        """The counts that must be zero, life, and growth."""
        kinds = ("lost", "twice", "swapped", "different", "malformed", "misjudged", "left over")
        return [
            *(
                Ratio(f"soak: {kind}, of {self.num_requests} requests", self.tally.num_faults(kind), 0)
                for kind in kinds
            ),
            Ratio("soak: alive and right at the end", float(self.is_alive), 1.0, is_at_least=True),
            Ratio("soak: memory grows after warm-up, KiB a request", self.memory.kib_a_request(), MAX_GROWTH),
        ]


def run(artifact: Artifact, texts: Texts, num_requests: int, cores: Cores) -> Soaked:
    """Start the service, let all clients ask, look at what is left."""
    with on_core(cores.server):
        references = translate_in_process(artifact, texts, num_requests)
    with started(artifact.path, SETTINGS) as process:
        for message in (LISTENING, READY):
            process.seconds_until(message)
        pin(process.pid, cores.server)
        with on_core(cores.client):
            return asyncio.run(_run(process, references, texts, num_requests))


async def _run(process: Process, references: References, texts: Texts, num_requests: int) -> Soaked:
    tally, memory, coming = Tally(), Memory(process), asyncio.Queue[int]()
    for number in range(num_requests):
        coming.put_nowait(number)
    watching = asyncio.create_task(memory.watch(lambda: len(tally.ids)))
    clients = [
        Client(i, process.url, references, texts.source, texts.target, tally)
        for i in range(min(NUM_CLIENTS, num_requests))
    ]
    await asyncio.gather(*(client.run(coming) for client in clients))
    watching.cancel()
    is_alive = await _ends_well(process, clients[0])
    _count_in_log(process, tally)
    return Soaked(num_requests, len(references), tally, memory, is_alive)


async def _ends_well(process: Process, client: Client) -> bool:
    """Whether the service, which nobody asks any more, has nothing left to do, says that it is ready, and is."""
    async with aiohttp.ClientSession(process.url) as session:
        ends_at = time.monotonic() + _EMPTY_WITHIN_S
        while (left := await _work_left(session)) > 0.0 and time.monotonic() < ends_at:
            await asyncio.sleep(0.1)
        if left > 0.0:
            client.tally.fault("left over", f"{left:g} segments for which nobody waits")
        async with session.get("/readyz") as response:
            says_so = response.status == 200
    return says_so and process.is_alive() and await client.asks_well(len(client.tally.ids))


async def _work_left(session: aiohttp.ClientSession) -> float:
    """Segments that run or wait, as the metrics tell."""
    async with session.get("/metrics") as response:
        lines = (await response.text()).splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(_WORK))


def _count_in_log(process: Process, tally: Tally) -> None:
    """No request may be in the log twice, and those whose answer was waited for are there."""
    counts = Counter(entry.get("request_id") for entry in process.entries() if entry["logger"] == "service.access")
    for name, is_waited_for in tally.ids.items():
        if counts[name] > 1:
            tally.fault("twice", f"{name} is in the log {counts[name]} times")
        if counts[name] == 0 and is_waited_for:
            tally.fault("lost", f"{name} is not in the log")
