"""Routes for those who run the service: probes that read facts, and metrics."""

from fastapi import APIRouter, Request, Response
from prometheus_client import generate_latest
from pydantic import BaseModel

from service import errors
from service.api.description import failures
from service.api.perform import TheCore
from service.api.tokens import check_token
from service.health import Report

router = APIRouter(tags=["operations"])

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class ProbeAnswer(BaseModel):
    """What a probe found."""

    status: str
    checks: dict[str, str | float]


UNWELL: dict[int | str, dict[str, object]] = {
    503: {"model": ProbeAnswer, "description": "Not well; `checks` says why."}
}


def _probe(report: Report, response: Response) -> ProbeAnswer:
    if not report.is_ok:
        response.status_code = 503
        response.headers["Retry-After"] = "5"
    return ProbeAnswer(status=report.status, checks=report.checks)


@router.get("/livez", responses={**failures(), **UNWELL})
async def livez(response: Response, core: TheCore) -> ProbeAnswer:
    """Is the engine's thread seen? If not, a restart helps."""
    return _probe(core.health.live(), response)


@router.get("/readyz", responses={**failures(), **UNWELL})
async def readyz(response: Response, core: TheCore) -> ProbeAnswer:
    """Will a request be translated? Only with a proof of life from the engine."""
    return _probe(core.health.ready(), response)


@router.get("/startupz", responses={**failures(), **UNWELL})
async def startupz(response: Response, core: TheCore) -> ProbeAnswer:
    """Have the artifacts been loaded and reproduced their samples?"""
    return _probe(core.health.startup(), response)


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {METRICS_TYPE: {}}}, **failures(errors.KeyMissing, errors.KeyInvalid)},
)
async def metrics(request: Request, core: TheCore) -> Response:
    """Metrics in the text format of Prometheus."""
    if (expected := core.settings.metrics_token) is not None:
        check_token(request, expected, "the metrics")
    return Response(generate_latest(core.metrics.registry), media_type=METRICS_TYPE)
