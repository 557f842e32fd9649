"""`dragoman serve`: the HTTP service."""

import sys
from typing import Annotated

import typer

from service.cli import garbage
from service.cli.faults import plainly_told, settings_of
from service.cli.options import Artifacts

_SWITCH_INTERVAL_S = 0.0005  # the engine waits so long for the lock after each visit; Python's 5 ms are two steps


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535, show_default="8000")
    ] = None,
    artifact: Artifacts = None,
) -> None:
    """Serve artifacts over HTTP until SIGTERM or Ctrl-C, then finish what is running.

    **Examples**

    `dragoman serve`

    `dragoman serve --host 0.0.0.0 --port 9000 --artifact artifacts/en-de --artifact artifacts/de-en`

    `DRAGOMAN_MAX_TEXTS=64 dragoman serve`
    """
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    with garbage.put_off():
        settings = settings_of(host=host, port=port, artifacts=tuple(artifact) if artifact else None)
        from service import logs
        from service.access.opening import open_access
        from service.backend import load_backend
        from service.cli.listener import bind

        with bind(settings.host, settings.port) as listener, plainly_told():
            backend = load_backend(settings, open_access(settings))
            logs.configure(settings.log_level)
            backend.launch()
            # Meanwhile the engine reproduces its samples, on another core if there is one.
            from service.cli.server import serve_until_stopped

            serve_until_stopped(settings, backend, listener)
