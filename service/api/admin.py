"""What only those may do who run the service: change the artifacts that serve."""

from fastapi import APIRouter, Request, Response

from service import errors
from service.api.description import failures
from service.api.job_answers import JobFacts, facts_of_job
from service.api.perform import TheCore
from service.api.tokens import bearer_of, check_token, is_it
from service.core import Core
from service.jobs.board import Jobs
from service.jobs.job import Kind
from service.jobs.reload import Reload
from service.settings import variable

router = APIRouter(tags=["native"])

ADMIN = "admin"  # the owner of what those do; no key has this id


def is_admin(request: Request, core: Core) -> bool:
    """Does the request come from those who run the service?"""
    expected, token = core.settings.admin_token, bearer_of(request)
    return expected is not None and token is not None and is_it(token, expected)


def check_admin(request: Request, core: Core) -> None:
    """Let only those pass who run the service.

    Raises:
        Disabled: nobody can show that.
        KeyMissing, KeyInvalid
    """
    expected = core.settings.admin_token
    if expected is None:
        raise errors.Disabled(f"this is off while {variable('admin_token')} is not set")
    check_token(request, expected, "such requests")


@router.post(
    "/v1/models/{name}/reload",
    status_code=202,
    responses=failures(
        errors.NotFound,
        errors.Disabled,
        errors.KeyMissing,
        errors.KeyInvalid,
        errors.ReloadUnderway,
        errors.NotReady,
        errors.TooManyJobs,
        errors.Overloaded,
    ),
)
async def reload(request: Request, name: str, response: Response, core: TheCore) -> JobFacts:
    """Let what lies in the artifacts' directories now serve, if it is another version.

    It is loaded beside the one that serves, reproduces its samples and is checked; the job tells how it ended. The
    directories are read together: what has changed for other models comes, too. Needs the admin token.
    """
    check_admin(request, core)
    if core.catalogue.model(name) is None:
        raise errors.NotFound("no model of that name is served", field="name")
    jobs: Jobs = request.app.state.jobs
    with core.admission:
        if jobs.underway(Kind.RELOAD) is not None:
            raise errors.ReloadUnderway("another reload has not ended")
        job = jobs.add(Reload(request.app.state.backend, name), ADMIN, ADMIN)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return facts_of_job(job, jobs)
