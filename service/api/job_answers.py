"""Jobs as the native dialect tells of them."""

from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, Field

from service.api.native_answers import detected
from service.api.native_schemas import Detected, Failed, ModelName, UsageReport
from service.jobs.board import Jobs
from service.jobs.document import Document
from service.jobs.job import Job, Kind, State, Work
from service.jobs.reload import Reload


class DocumentFacts(BaseModel):
    """A document and, when it is done, what came of it."""

    source: str | None = Field(description="Its language; null until it is known.")
    target: str
    format: Literal["text", "html", "xml"]
    characters: int
    detected: Detected | None
    warnings: dict[str, int] = Field(description="How many warnings of which code.")
    model: ModelName | None
    usage: UsageReport | None


class ReloadFacts(BaseModel):
    """A reload and, when it is done, what it changed."""

    model: str
    has_switched: bool | None = Field(description="Whether another version serves now.")


class JobFacts(BaseModel):
    """A job. Exactly one of `document` and `reload` is not null."""

    id: str = Field(description="Nobody guesses it.", examples=["0123456789abcdef0123456789abcdef"])
    kind: Kind
    state: State = Field(description="`queued` and `running` change; the others stay.")
    progress: float = Field(ge=0.0, le=1.0)
    created: datetime
    ended: datetime | None
    expires: datetime | None = Field(description="When the job and its result are forgotten; null until it has ended.")
    error: Failed | None = Field(description="Why it failed.")
    document: DocumentFacts | None
    reload: ReloadFacts | None


def facts_of_job(job: Job, jobs: Jobs) -> JobFacts:
    """What a client may know of its `job`."""
    error = job.error
    return JobFacts(
        id=job.id,
        kind=job.work.kind,
        state=job.state,
        progress=round(job.progress, 4),
        created=_instant(job.created),
        ended=None if job.ended is None else _instant(job.ended),
        expires=None if (expires := jobs.expires(job)) is None else _instant(expires),
        error=None if error is None else Failed(code=error.code, message=error.message),
        document=_document(job.work),
        reload=_reload(job.work),
    )


def _document(work: Work) -> DocumentFacts | None:
    if not isinstance(work, Document):
        return None
    model, usage = work.model, work.usage
    return DocumentFacts(
        source=work.language,
        target=work.command.target,
        format=work.command.form,
        characters=work.num_characters,
        detected=None if work.detected is None else detected(work.detected),
        warnings=dict(work.warnings),
        model=None if model is None else ModelName(name=model.name, hash=model.hash),
        usage=None
        if usage is None
        else UsageReport(
            characters=usage.characters, source_tokens=usage.source_tokens, target_tokens=usage.target_tokens
        ),
    )


def _reload(work: Work) -> ReloadFacts | None:
    return ReloadFacts(model=work.model, has_switched=work.has_switched) if isinstance(work, Reload) else None


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(round(seconds, 3), UTC)
