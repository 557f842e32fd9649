"""Puts the application together; nothing is built before `create_app` is called."""

from importlib.metadata import version

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from service.access.opening import open_access
from service.api import (
    admin,
    deepl,
    description,
    faults,
    jobs,
    libretranslate,
    models,
    native,
    operations,
    pages,
    stream,
    upload,
    usage,
)
from service.api.direct import DirectMiddleware
from service.backend import load_backend
from service.core import Backend, Core
from service.jobs.board import Bounds, Jobs
from service.jobs.metrics import JobsCollector
from service.jobs.shelf import Shelf
from service.lifespan import make_lifespan
from service.middleware.access import AccessMiddleware
from service.middleware.cors import CrossOriginMiddleware
from service.middleware.faults import FaultMiddleware
from service.middleware.headers import HeadersMiddleware
from service.middleware.limits import LimitsMiddleware
from service.middleware.request_id import RequestIdMiddleware
from service.settings import Settings, read_settings
from service.tracing import make_provider

ABOUT = "Neural machine translation. Sentences of all requests share the decoder, and none changes another's answer."


def create_app(settings: Settings | None = None, backend: Backend | None = None) -> FastAPI:
    """The application; what is not given is made from the other, `settings` from the environment."""
    if backend is None:
        settings = settings or read_settings()
        backend = load_backend(settings, open_access(settings))
    core = backend.core
    board = _make_jobs(core)
    app = FastAPI(
        title="dragoman",
        version=version("dragoman"),
        description=ABOUT,
        license_info={"name": "Apache 2.0", "identifier": "Apache-2.0"},
        lifespan=make_lifespan(backend, board),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        # No spans: they are the framework's own and would go wherever its environment says.
        telemetry={"auto_configure": False, "tracing": False, "metrics": False, "logs": False},
    )
    app.state.core, app.state.backend, app.state.jobs = core, backend, board
    routes = _add_routes(app)
    faults.install(app, routes)
    description.install(app, (*native.BODIES, *stream.EVENTS))
    app.middleware_stack = _surrounded(app, core, routes)
    return app


def _make_jobs(core: Core) -> Jobs:
    settings = core.settings
    bounds = Bounds(
        settings.max_jobs, settings.max_jobs_per_client, settings.max_running_jobs, settings.job_retention_s
    )
    board = Jobs(bounds, Shelf(settings.max_jobs_bytes, settings.jobs_directory), faults.as_service_error)
    core.metrics.registry.register(JobsCollector(board))
    return board


def _add_routes(app: FastAPI) -> list[BaseRoute]:
    parts = (native, stream, jobs, models, admin, usage, operations, libretranslate, deepl)
    routers = [*(part.router for part in parts), pages.router(pages.read_assets())]
    for router in routers:
        # Not `include_router`, which looks for the route of each request twice, once in the router and once within it.
        app.router.routes.extend(router.routes)

    @app.get("/openapi.json", include_in_schema=False, tags=["pages"])
    async def openapi(request: Request) -> Response:
        return JSONResponse(app.openapi())

    return [route for router in routers for route in router.routes]


def _surrounded(app: FastAPI, core: Core, routes: list[BaseRoute]) -> ASGIApp:
    """What `app` does within our own layers; direct routes do without the framework's, which are the innermost."""
    settings = core.settings
    framework = app.build_middleware_stack()
    # Its outermost layer answers for what fails, in no dialect, and raises it as well: that is our FaultMiddleware's.
    assert isinstance(framework, ServerErrorMiddleware), "the framework's outermost layer"
    stack: ASGIApp = DirectMiddleware(framework.app, routes)
    stack = LimitsMiddleware(
        stack,
        max_body_bytes=settings.max_body_bytes,
        max_header_bytes=settings.max_header_bytes,
        max_url_bytes=settings.max_url_bytes,
        max_body_bytes_of={jobs.PATH: settings.max_document_bytes + upload.FORM_BYTES},
    )
    stack = FaultMiddleware(stack)
    stack = CrossOriginMiddleware(stack)
    stack = HeadersMiddleware(stack, is_draining=lambda: core.health.is_draining)
    stack = AccessMiddleware(stack, core.metrics, has_log=settings.access_log)
    if (provider := make_provider(settings)) is not None:
        # Imported where it is needed: its libraries are an extra.
        from service.middleware.tracing import TracingMiddleware

        stack = TracingMiddleware(stack, provider)
    return RequestIdMiddleware(stack)
