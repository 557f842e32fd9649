"""Starts the backend with the application and stops it with it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI

from service.access.opening import announce
from service.core import Backend
from service.jobs.board import Jobs


def make_lifespan(backend: Backend, jobs: Jobs) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """The life of an application around `backend`, which starts in the background: probes answer meanwhile."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        core = backend.core
        core.access.start()
        announce(core.access, core.settings)
        backend.start()
        try:
            yield
        finally:
            await backend.stop(core.settings.drain_timeout_s)
            await jobs.close()
            await asyncio.to_thread(core.access.close)

    return lifespan
