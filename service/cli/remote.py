"""Translation by a running service."""

import asyncio
import http.client
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from service.cli.faults import UserFault
from service.cli.filter import Answer
from service.translation import TextError

NUM_CONNECTIONS = 16
_MAX_ATTEMPTS = 8
_TIMEOUT_S = 660.0
_BUSY = (429, 503)


class RemoteTranslator:
    """Sends each text as a request of its own: the service batches them as they come."""

    def __init__(self, url: str, source: str | None, target: str, beam_size: int | None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UserFault(f"--server must be a URL such as http://127.0.0.1:8000, not {url!r}")
        self._url = url
        self._make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._host, self._port = parts.hostname, parts.port
        self._path = parts.path.rstrip("/") + "/v1/translate"
        self._options = {"source": source, "target": target, "beam_size": beam_size, "priority": "bulk"}
        self._connections = threading.local()
        self._threads = ThreadPoolExecutor(NUM_CONNECTIONS, thread_name_prefix="remote")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, text: str) -> Answer:
        """The translation of `text`; asks again while the service is busy."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, text)

    def _ask(self, text: str) -> Answer:
        body = json.dumps({"texts": [text], **self._options}).encode()
        for _ in range(_MAX_ATTEMPTS):
            status, wait_s, parsed = self._post(body)
            if status not in _BUSY:
                break
            time.sleep(wait_s)
        if status == 200:
            return Answer(parsed["translations"][0]["text"])
        error = parsed["error"]
        # A fault of a text is its line's; any other would be the same for every line.
        if error.get("field") not in ("texts", "texts[0]", None) or status in _BUSY:
            raise UserFault(f"{self._url} answered {status}: {error['message']}")
        return Answer(None, TextError(error["code"], error["message"]))

    def _post(self, body: bytes) -> tuple[int, float, dict[str, Any]]:
        """Status, seconds to wait before another try, and the answer."""
        status, wait, content = self._exchange(body)
        try:
            return status, float(wait), json.loads(content)
        except ValueError:
            raise UserFault(f"{self._url} answered {status}, and not as dragoman does") from None

    def _exchange(self, body: bytes) -> tuple[int, str, bytes]:
        """Ask over this thread's connection; over a new one if the service has closed that in the meantime."""
        kept: http.client.HTTPConnection | None = getattr(self._connections, "value", None)
        for connection in filter(None, (kept, self._make(self._host, self._port, timeout=_TIMEOUT_S))):
            try:
                connection.request("POST", self._path, body, {"Content-Type": "application/json"})
                answered = connection.getresponse()
                content = answered.read()
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                reason = str(error) or type(error).__name__
            else:
                self._connections.value = connection
                return answered.status, answered.getheader("Retry-After", "1"), content
        raise UserFault(f"{self._url} does not answer: {reason}")
