"""Serves an artifact as others would: the service's text handling over a static engine, behind a bare FastAPI.

The shell is lighter than the service's own: no limits, no admission, no metrics, no log.
"""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer
import uvicorn
from fastapi import FastAPI, Request

from benchmarks.kinds import Kind, computed_by
from benchmarks.markup import NoDetector
from benchmarks.static_engine import StaticEngine, StaticRunner
from service.artifact import load
from service.routes import routes_of
from service.text.subword import describe
from service.translation import Translate
from service.translator import Translator


def create_app(translator: Translator) -> FastAPI:
    """An application that answers as much of `/v1/translate` as the load needs."""
    app = FastAPI()

    @app.get("/readyz")
    async def ready() -> dict[str, str]:
        return {"status": "ready"}

    @app.post("/v1/translate")
    async def translate(request: Request) -> dict[str, Any]:
        asked = await request.json()
        outcome = await translator.translate(Translate(tuple(asked["texts"]), asked["target"], asked["source"]))
        return {"translations": [{"text": each.text} for each in outcome.translations]}

    return app


def main(
    artifact: Annotated[Path, typer.Option(help="Directory of the artifact.")],
    port: Annotated[int, typer.Option(help="Port to listen on.")],
    kind: Annotated[Kind, typer.Option(help="Who runs the search.")],
    max_batch: Annotated[int, typer.Option(min=1, help="Segments in a batch.")] = 32,
    wait_ms: Annotated[float, typer.Option(min=0.0, help="How long the first of a batch waits for others.")] = 0.0,
) -> None:
    """Serve until stopped."""
    loaded = load(artifact, describe)
    runner = StaticRunner(computed_by(kind, loaded), max_batch)
    engine = StaticEngine(runner, max_batch, wait_ms / 1000)
    translator = Translator(engine, routes_of([loaded]), NoDetector())
    engine.start()
    config = uvicorn.Config(create_app(translator), host="127.0.0.1", port=port, log_config=None, access_log=False)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as loop:
        loop.run(uvicorn.Server(config).serve())


if __name__ == "__main__":
    typer.run(main)
