"""Faults that whoever typed the command can mend."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.settings import Settings


class UserFault(Exception):
    """Told in one line, without a trace; exit code 2."""


def settings_of(**flags: object) -> "Settings":
    """The settings, where `flags` that are not None win over the environment."""
    from service.settings import SettingsError, read_settings

    try:
        return read_settings(**flags)
    except SettingsError as error:
        raise UserFault(str(error)) from error


@contextmanager
def plainly_told() -> Iterator[None]:
    """Turn errors of artifacts, requests, database, device, detection and tracing into what they are for a user."""
    from service.access.store import StoreError
    from service.artifact import ArtifactError
    from service.detector import DetectorUnavailable
    from service.engine.compute import DeviceUnavailable
    from service.engine.precision import PrecisionUnavailable
    from service.errors import BadRequest
    from service.tracing import TracingError

    unavailable = (DetectorUnavailable, DeviceUnavailable, PrecisionUnavailable)
    try:
        yield
    except (ArtifactError, BadRequest, StoreError, TracingError, *unavailable) as error:
        raise UserFault(str(error)) from error
