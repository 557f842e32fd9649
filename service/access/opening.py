"""Makes the access control that the settings ask for, and says at start who will be let in."""

import ipaddress
import logging
import os
from pathlib import Path

from service.access.control import AccessControl
from service.access.keys import Limits
from service.access.store import StoreError
from service.settings import Settings, variable

log = logging.getLogger(__name__)


def default_database() -> Path:
    """Where keys and usage are if nothing else is said: in the user's own place for what programs keep."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "dragoman" / "dragoman.sqlite3"


def open_access(settings: Settings) -> AccessControl:
    """Open the database of `settings`; one in memory if there is none in the default place and none can be made.

    Raises:
        StoreError: the place that was asked for cannot be used, or keys are required, or may be there, and could not
            be read.
    """
    limits = Limits(
        settings.max_requests_per_minute, settings.max_characters_per_minute, settings.max_characters_per_month
    )
    required, path = settings.keys_required, settings.database or default_database()
    try:
        return AccessControl(path, limits=limits, is_key_required=required)
    except StoreError as error:
        if settings.database is not None or required or os.path.exists(path):
            raise
        log.warning("usage is counted in memory only; set %s: %s", variable("database"), error)
        return AccessControl(limits=limits, is_key_required=required)


def announce(access: AccessControl, settings: Settings) -> None:
    """Log who will be let in; a warning if that is everybody on a network."""
    if access.is_key_required:
        log.info("only clients with a key are served")
    elif _is_local(settings.host):
        log.info("open: no key is needed")
    else:
        log.warning(
            "open to everybody who reaches %s: no key is needed; make one with `dragoman keys create`, or set %s",
            settings.host,
            variable("keys_required"),
        )


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
