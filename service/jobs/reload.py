"""The job of changing the artifacts that serve: what a signal does too, with an answer."""

from service.backend import ReloadRefused
from service.core import Backend
from service.jobs.job import JobFailed, Kind, Report

REFUSED = "reload_refused"


class Reload:
    """Lets `backend` look at the artifacts' directories again. `has_switched` tells afterwards whether it was another
    version.
    """

    kind = Kind.RELOAD
    can_be_cancelled = False

    def __init__(self, backend: Backend, model: str) -> None:
        self.model = model
        self.has_switched: bool | None = None
        self._backend = backend

    async def run(self, report: Report) -> None:
        """Reload; raises JobFailed if the old version serves on because something is wrong with the new one."""
        try:
            self.has_switched = await self._backend.reload()
        except ReloadRefused as error:
            raise JobFailed(REFUSED, f"the old version serves on: {error}") from error

    def withdraw(self) -> None:
        """Nothing was taken for it."""

    def close(self) -> None:
        """Nothing came of it that would have to be freed."""
