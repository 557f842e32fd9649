"""Documents in the background: sent as a file, asked after, fetched, deleted."""

from contextlib import ExitStack
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from service import errors
from service.api.admin import ADMIN, is_admin
from service.api.description import KEYED, READING, failures
from service.api.job_answers import JobFacts, facts_of_job
from service.api.json_body import shown
from service.api.native import command_of
from service.api.native_schemas import TranslateRequest
from service.api.perform import TheCore, identify
from service.api.upload import Upload, read_upload
from service.api.validation import validate
from service.core import Core
from service.jobs.board import Jobs
from service.jobs.document import Document
from service.jobs.job import Job, State
from service.text.tokens import Format

router = APIRouter(tags=["native"])

PATH = "/v1/jobs"
_MEDIA_TYPES: dict[Format, str] = {"text": "text/plain", "html": "text/html", "xml": "application/xml"}
_FORMATS = {
    "text/plain": "text",
    "text/html": "html",
    "application/xml": "xml",
    "text/xml": "xml",
    ".txt": "text",
    ".html": "html",
    ".htm": "html",
    ".xml": "xml",
}
_SUFFIXES: dict[Format, str] = {"text": "txt", "html": "html", "xml": "xml"}
_FIELDS: dict[str, dict[str, Any]] = {
    "target": {"type": "string", "description": "Code of the language to translate into.", "examples": ["de"]},
    "source": {"type": "string", "default": "auto", "description": "Code of its language; `auto`: detected."},
    "format": {"type": "string", "enum": ["text", "html", "xml"], "description": "If not given, the file says it."},
    "split": {
        "type": "string",
        "enum": ["sentences", "sentences_across_newlines", "none"],
        "default": "sentences",
        "description": "Where it is cut into what is translated at once.",
    },
    "keep": {"type": "array", "items": {"type": "string", "minLength": 1}, "description": "Literals to copy."},
    "beam_size": {"type": "integer", "minimum": 1, "description": "One of the model's beam sizes."},
}
_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "minLength": 1,
                            "description": "A document in UTF-8: text/plain, text/html or application/xml.",
                        },
                        **_FIELDS,
                    },
                    "required": ["file", "target"],
                    "additionalProperties": False,
                }
            }
        },
    }
}
_RESULT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The translation, in the document's format and in UTF-8.",
        "content": {kind: {"schema": {"type": "string"}} for kind in _MEDIA_TYPES.values()},
    }
}
_OWNED = (errors.KeyMissing, errors.KeyInvalid, errors.NotFound)


async def _jobs(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.jobs
    return jobs


TheJobs = Annotated[Jobs, Depends(_jobs)]
JobId = Annotated[str, Path(alias="id", description="What the job was given when it was made.")]


@router.post(
    PATH,
    status_code=202,
    responses=failures(
        *KEYED,
        *(error for error in READING if error is not errors.InvalidJson),
        errors.UnsupportedLanguage,
        errors.UnsupportedPair,
        errors.UnsupportedFormat,
        errors.RequestTooLarge,
        errors.TooManyJobs,
        errors.Overloaded,
        errors.NotReady,
    ),
    openapi_extra=_FORM,
)
async def create(request: Request, response: Response, core: TheCore, jobs: TheJobs) -> JobFacts:
    """Translate a document in the background, after what people wait for.

    The answer is its job. It goes on when the client leaves, and is lost when the service stops.
    """
    caller = identify(request, core)
    jobs.check_room(caller.client)
    upload = await read_upload(request)
    command = command_of(request, core, _asked(upload))
    with core.admission, ExitStack() as charge:
        charge.enter_context(core.access.taking(caller, len(upload.text)))
        source = await jobs.shelf.put(upload.text.encode("utf-8"))
        charge.callback(source.close)
        jobs.check_room(caller.client)  # others may have come meanwhile
        document = Document(core, caller, command, len(upload.text), source, charge.pop_all())
        job = jobs.add(document, caller.tenant, caller.client)
    request.state.event.update(source=command.source, target=command.target, num_characters=len(upload.text))
    response.headers["Location"] = f"{PATH}/{job.id}"
    return facts_of_job(job, jobs)


def _asked(upload: Upload) -> TranslateRequest:
    """The form as the request that it would be for a text."""
    body: dict[str, Any] = {"texts": [upload.text], "priority": "bulk"}
    for name, values in upload.fields.items():
        if name not in _FIELDS:
            known = ", ".join(("file", *_FIELDS))
            raise errors.InvalidField(f"{shown(name)} is no field of this form; there are {known}", field=shown(name))
        if name != "keep" and len(values) > 1:
            raise errors.InvalidField(f"{name} is there {len(values)} times", field=name)
        body[name] = values if name == "keep" else values[0]
    if "beam_size" in body:
        body["beam_size"] = _whole(body["beam_size"])
    if "format" not in body:
        body["format"] = _format_of(upload)
    return validate(TranslateRequest, body)


def _whole(digits: str) -> int | str:
    """The number, or what is none for others to refuse."""
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else digits


def _format_of(upload: Upload) -> str:
    found = _FORMATS.get(upload.media_type) or _FORMATS.get(upload.suffix)
    if found is None:
        raise errors.UnsupportedFormat(
            f"file is of no kind that is read; those are {', '.join(_FORMATS)}; else say its format", field="format"
        )
    return found


@router.get(f"{PATH}/{{id}}", responses=failures(*_OWNED))
async def show(request: Request, core: TheCore, jobs: TheJobs, job_id: JobId) -> JobFacts:
    """How far the job is."""
    return facts_of_job(_find(request, core, jobs, job_id), jobs)


@router.get(
    f"{PATH}/{{id}}/result", response_class=Response, responses={**_RESULT, **failures(*_OWNED, errors.JobNotDone)}
)
async def result(request: Request, core: TheCore, jobs: TheJobs, job_id: JobId) -> Response:
    """The translation of a document that is done."""
    job = _find(request, core, jobs, job_id)
    if not isinstance(job.work, Document):
        raise errors.NotFound("a job of this kind has no result", field="id")
    if job.state is not State.DONE or job.work.result is None:
        raise errors.JobNotDone(f"the job is {job.state}; it has a result when it is done", field="id")
    form = job.work.command.form
    headers = {"Content-Disposition": f'attachment; filename="{job.id}.{_SUFFIXES[form]}"'}
    content = await job.work.result.read()
    return Response(content, headers=headers, media_type=f"{_MEDIA_TYPES[form]}; charset=utf-8")


@router.delete(f"{PATH}/{{id}}", responses=failures(*_OWNED, errors.JobNotCancellable))
async def delete(request: Request, core: TheCore, jobs: TheJobs, job_id: JobId) -> JobFacts:
    """Cancel a job that has not ended, or forget one that has. Its document is gone at once."""
    job = _find(request, core, jobs, job_id)
    if not job.is_over and not job.work.can_be_cancelled:
        raise errors.JobNotCancellable(f"a {job.work.kind} cannot be cancelled", field="id")
    facts = facts_of_job(job, jobs) if job.is_over else None
    jobs.remove(job)
    return facts or facts_of_job(job, jobs)


def _find(request: Request, core: Core, jobs: Jobs, job_id: str) -> Job:
    """The caller's job of that id."""
    return jobs.find(job_id, ADMIN if is_admin(request, core) else identify(request, core).tenant)
