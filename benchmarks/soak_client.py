"""One of those who ask in a soak: sends good, bad and broken requests, leaves early, and judges what comes back."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

import aiohttp

from benchmarks.soak_requests import GOOD, Ask, MalformedAnswer, Text, bad

_NUM_TEXTS = (1, 1, 1, 2, 3)  # of a request, one as likely as the other
_PATIENCE_S = 300.0
_LEAVES_WITHIN_S = 0.3
# Of a hundred requests: bad ones, those whose client leaves before the answer, those that break off in their midst.
_BAD, _LEAVING, _BROKEN = 12, 12, 6

References = Mapping[Text, str]


@dataclass
class Tally:
    """What became of the requests; a fault is a word for its kind and what was seen."""

    right: int = 0
    refused: int = 0
    left: int = 0
    faults: list[tuple[str, str]] = field(default_factory=list)
    ids: dict[str, bool] = field(default_factory=dict)  # of all requests, and whether their answer is waited for

    def fault(self, kind: str, what: str) -> None:
        """Take note of something that must not be."""
        self.faults.append((kind, what))

    def num_faults(self, kind: str) -> int:
        """How many there were of a kind."""
        return sum(each == kind for each, _ in self.faults)


@dataclass(frozen=True)
class Client:
    """One of those who ask at the same time; `number` tells its address."""

    number: int
    url: str
    references: References
    source: str
    target: str
    tally: Tally

    async def run(self, coming: asyncio.Queue[int]) -> None:
        """Send the requests whose numbers are coming, until there are no more."""
        connector = aiohttp.TCPConnector(local_addr=(f"127.0.0.{2 + self.number}", 0))
        async with aiohttp.ClientSession(connector=connector) as session:
            while not coming.empty():
                await self._send(session, coming.get_nowait())

    async def ask_alone(self, name: str, ask: Ask) -> None:
        """Send one request, over a connection of its own."""
        async with aiohttp.ClientSession() as session:
            await self._ask(session, name, ask)

    async def asks_well(self, number: int) -> bool:
        """Whether one more good request is answered as it should be."""
        before = self.tally.right
        await self.ask_alone(f"soak-{number}", self._good(Random(number)))
        return self.tally.right == before + 1

    async def _send(self, session: aiohttp.ClientSession, number: int) -> None:
        draws = Random(number)
        fate = draws.randrange(100)
        name = f"soak-{number}"
        leaves = _BAD <= fate < _BAD + _LEAVING + _BROKEN
        self.tally.ids[name] = not leaves
        ask = bad(draws, self.source, self.target) if fate < _BAD else self._good(draws)
        if not leaves:
            await self._ask(session, name, ask)
        elif fate < _BAD + _LEAVING:
            await self._leave(session, name, ask, draws.uniform(0.0, _LEAVES_WITHIN_S))
        else:
            await self._break_off(name, ask, draws)

    def _good(self, draws: Random) -> Ask:
        form = draws.choice(["text", "text", "text", "html"])
        some = [text for text in draws.sample(list(self.references), 8 * max(_NUM_TEXTS)) if text.form == form]
        texts = some[: draws.choice(_NUM_TEXTS)] or draws.sample(list(self.references), 1)
        return draws.choice(GOOD)(texts, self.source, self.target)

    async def _ask(self, session: aiohttp.ClientSession, name: str, ask: Ask) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                status, answered_name, body = await self._post(session, name, ask)
        except (TimeoutError, aiohttp.ClientError) as error:
            return self.tally.fault("lost", f"{name} to {ask.path}: {error!r}")
        if answered_name != name:
            self.tally.fault("swapped", f"{name} was answered as {answered_name}")
        elif ask.texts:
            self._judge(name, ask, status, body)
        elif 400 <= status < 500:
            self.tally.refused += 1
        else:
            self.tally.fault("misjudged", f"{name} to {ask.path}, which is bad: {status}")

    async def _post(self, session: aiohttp.ClientSession, name: str, ask: Ask) -> tuple[int, str | None, bytes]:
        headers = ask.headers | {"X-Request-ID": name}
        async with session.post(self.url + ask.path, data=ask.body, headers=headers) as response:
            return response.status, response.headers.get("X-Request-ID"), await response.read()

    def _judge(self, name: str, ask: Ask, status: int, body: bytes) -> None:
        if status != 200:
            return self.tally.fault("lost", f"{name} to {ask.path}: {status} {body[:200]!r}")
        try:
            found = ask.read(body)
        except MalformedAnswer as error:
            return self.tally.fault("malformed", f"{name} to {ask.path}: {error}")
        expected = [self.references[text] for text in ask.texts]
        if found == expected:
            self.tally.right += 1
        elif set(found) <= set(self.references.values()):
            self.tally.fault("swapped", f"{name} to {ask.path}: {found} in place of {expected}")
        else:
            self.tally.fault("different", f"{name} to {ask.path}: {found} in place of {expected}")

    async def _leave(self, session: aiohttp.ClientSession, name: str, ask: Ask, after_s: float) -> None:
        """Hang up, unless the answer comes first."""
        try:
            async with asyncio.timeout(after_s):
                await self._ask(session, name, ask)
        except TimeoutError:
            self.tally.left += 1

    async def _break_off(self, name: str, ask: Ask, draws: Random) -> None:
        """Send the head and a part of the body, and hang up."""
        host, port = self.url.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        lines = [f"POST {ask.path} HTTP/1.1", f"Host: {host}", f"X-Request-ID: {name}"]
        lines += [f"{key}: {value}" for key, value in (ask.headers | {"Content-Length": str(len(ask.body))}).items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + ask.body[: draws.randrange(len(ask.body))])
        await writer.drain()
        writer.close()
        self.tally.left += 1
