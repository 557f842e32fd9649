"""The pages for people, with all that they load: nothing comes from elsewhere."""

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter, Request, Response

from service.errors import NotFound

WEB = Path(__file__).parents[1] / "web"
READ = ["GET", "HEAD"]
SWAGGER = ("swagger-ui-bundle.js", "swagger-ui.css")
_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Asset:
    """A file in memory."""

    content: bytes
    media_type: str
    etag: str


def read_asset(path: Path) -> Asset:
    """The file at `path`."""
    content = path.read_bytes()
    return Asset(content, _TYPES[path.suffix], f'"{hashlib.sha256(content).hexdigest()[:32]}"')


def read_assets() -> dict[str, Asset]:
    """Our pages, and Swagger UI as the package `fastapi-offline` carries it, without importing that."""
    found = {path.name: read_asset(path) for path in sorted(WEB.iterdir()) if path.suffix in _TYPES}
    package = find_spec("fastapi_offline")
    for folder in (package.submodule_search_locations or []) if package else []:
        found |= {name: read_asset(Path(folder) / "static" / name) for name in SWAGGER}
    return found


def router(assets: dict[str, Asset]) -> APIRouter:
    """Routes that serve `assets`."""
    pages = APIRouter(tags=["pages"], include_in_schema=False)

    @pages.api_route("/", methods=READ)
    async def page(request: Request) -> Response:
        return _serve(request, assets, "index.html")

    @pages.api_route("/docs", methods=READ)
    async def docs(request: Request) -> Response:
        return _serve(request, assets, "docs.html")

    @pages.api_route("/favicon.ico", methods=READ)
    async def favicon(request: Request) -> Response:
        return _serve(request, assets, "favicon.svg")

    @pages.api_route("/assets/{name}", methods=READ)
    async def asset(request: Request, name: str) -> Response:
        return _serve(request, assets, name)

    return pages


def _serve(request: Request, assets: dict[str, Asset], name: str) -> Response:
    found = assets.get(name)
    if found is None:
        raise NotFound("there is no such file")
    headers = {"ETag": found.etag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == found.etag:
        return Response(status_code=304, headers=headers)
    return Response(found.content, media_type=found.media_type, headers=headers)
