"""What is known about the served models, their scores and the service's limits."""

from fastapi import APIRouter
from pydantic import BaseModel

from service import errors
from service.api.description import failures
from service.api.perform import TheCore
from service.catalogue import Model
from service.core import Core
from service.settings import Settings

router = APIRouter(tags=["native"])


class PairFacts(BaseModel):
    """A direction that the model translates in."""

    source: str
    target: str


class ScoreFacts(BaseModel):
    """A measured score with all that is needed to reproduce it."""

    set: str
    source: str
    target: str
    metric: str
    score: float
    signature: str


class LimitFacts(BaseModel):
    """What one request may ask for, with this model."""

    max_body_bytes: int
    max_texts: int
    max_text_characters: int
    max_request_characters: int
    max_keep_literals: int
    max_document_bytes: int
    max_jobs_per_client: int
    max_deadline_ms: int
    max_source_tokens: int
    max_target_tokens: int


class ModelFacts(BaseModel):
    """A served artifact."""

    name: str
    version: str
    hash: str
    state: str
    created: str
    commit: str
    torch: str
    precision: str
    pairs: list[PairFacts]
    beam_sizes: list[int]
    default_beam_size: int
    limits: LimitFacts
    scores: list[ScoreFacts]
    data: dict[str, str]


class ModelsAnswer(BaseModel):
    """All served artifacts."""

    models: list[ModelFacts]


@router.get("/v1/models", responses=failures())
async def models(core: TheCore) -> ModelsAnswer:
    """All served models."""
    return ModelsAnswer(models=[facts(model, core) for model in core.catalogue.models])


@router.get("/v1/models/{name}", responses=failures(errors.NotFound))
async def model(name: str, core: TheCore) -> ModelFacts:
    """One served model."""
    found = core.catalogue.model(name)
    if found is None:
        raise errors.NotFound("no model of that name is served", field="name")
    return facts(found, core)


def facts(model: Model, core: Core) -> ModelFacts:
    """All that `model` says about itself, and whether it is ready."""
    config = model.config
    return ModelFacts(
        name=config.name,
        version=config.version,
        hash=model.hash,
        state="ready" if core.health.has_started else "starting",
        created=config.created,
        commit=config.commit,
        torch=config.torch_version,
        precision=config.stored_precision,
        pairs=[PairFacts(source=pair.source, target=pair.target) for pair in config.pairs],
        beam_sizes=list(model.beam_sizes),
        default_beam_size=config.search.beam_size,
        limits=_limits(model, core.settings),
        scores=[ScoreFacts.model_validate(score, from_attributes=True) for score in config.scores],
        data=dict(config.data),
    )


def _limits(model: Model, settings: Settings) -> LimitFacts:
    return LimitFacts(
        max_body_bytes=settings.max_body_bytes,
        max_texts=settings.max_texts,
        max_text_characters=settings.max_text_characters,
        max_request_characters=settings.max_request_characters,
        max_keep_literals=settings.max_keep_literals,
        max_document_bytes=settings.max_document_bytes,
        max_jobs_per_client=settings.max_jobs_per_client,
        max_deadline_ms=round(settings.max_deadline_s * 1000),
        max_source_tokens=model.config.limits.max_source_tokens,
        max_target_tokens=model.config.limits.max_target_tokens,
    )
