"""The process around the application: a socket, signals, and an end that loses nobody."""

import asyncio
import logging
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from service.app import create_app
from service.backend import EngineBackend, ReloadRefused
from service.cli import garbage
from service.cli.protocol import service_protocol
from service.settings import Settings

log = logging.getLogger(__name__)

_LAST_ANSWERS_S = 5
_KEEP_ALIVE_S = 30
_BACKLOG = 2048


def serve_until_stopped(settings: Settings, backend: EngineBackend, listener: socket.socket) -> None:
    """Serve on `listener`; returns after a signal and a drain, raises what kept the engine from starting."""
    config = uvicorn.Config(
        create_app(settings, backend),
        http=service_protocol(settings),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_LAST_ANSWERS_S,
    )
    process = Process(settings, backend, _Server(config))
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(process.run(listener))
    if process.failure is not None:
        raise process.failure


class _Server(uvicorn.Server):
    """A server that leaves the signals to us: its own handling ends in death by signal, not in exit code 0."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Process:
    """Runs a server and ends it: at once when the engine cannot start, with a drain on a signal."""

    def __init__(self, settings: Settings, backend: EngineBackend, server: uvicorn.Server) -> None:
        self.failure: Exception | None = None
        self._settings = settings
        self._backend = backend
        self._server = server
        self._draining: asyncio.Task[None] | None = None
        self._reloads: set[asyncio.Task[None]] = set()

    async def run(self, listener: socket.socket) -> None:
        """Serve until it is over."""
        self._backend.on_failure = self._give_up
        self._backend.on_ready = garbage.pass_over
        self._backend.on_retired = garbage.look_again
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._on_signal, self._settings.drain_delay_s)
        # Whoever presses Ctrl-C has no balancer that must notice first.
        loop.add_signal_handler(signal.SIGINT, self._on_signal, 0.0)
        loop.add_signal_handler(signal.SIGHUP, self._on_reload)
        host, port = listener.getsockname()[:2]
        name = f"[{host}]" if ":" in host else host
        listener.listen(_BACKLOG)  # so that the next line is true
        log.info("listening on http://%s:%d", name, port, extra={"event": {"host": host, "port": port}})
        await self._server.serve(sockets=[listener])
        log.info("stopped")

    def _give_up(self, error: Exception) -> None:
        self.failure = error
        self._server.should_exit = True

    def _on_signal(self, delay_s: float) -> None:
        if self._draining is not None:
            self._server.should_exit = self._server.force_exit = True
            return
        self._backend.core.health.is_draining = True
        self._draining = asyncio.get_running_loop().create_task(self._drain(delay_s))

    def _on_reload(self) -> None:
        task = asyncio.get_running_loop().create_task(self._reload())
        self._reloads.add(task)
        task.add_done_callback(self._reloads.discard)

    async def _reload(self) -> None:
        try:
            if not await self._backend.reload():
                log.info("nothing to reload: the artifacts are the same")
        except ReloadRefused as error:
            log.error("not reloaded, the old version serves on: %s", error)

    async def _drain(self, delay_s: float) -> None:
        """Serve on while the balancer notices, then let nobody in, finish what is inside, and end."""
        log.info("draining", extra={"event": {"delay_s": delay_s, "timeout_s": self._settings.drain_timeout_s}})
        await asyncio.sleep(delay_s)
        await self._backend.stop(self._settings.drain_timeout_s)
        self._server.should_exit = True
