"""What the routes of every dialect work with, gathered in one value."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from service.access.control import AccessControl
from service.admission import Admission
from service.catalogue import Catalogue
from service.documents import Portion
from service.health import Health
from service.metrics import Metrics
from service.settings import Settings
from service.streaming import Event, Finished
from service.text.languages import Detection
from service.translation import Outcome, Translate


class Translator(Protocol):
    """Text in, text out; `service.translator.Translator` is one."""

    async def translate(self, command: Translate) -> Outcome:
        """A translation for each text; raises EngineError if nothing was admitted."""
        ...

    def stream(self, command: Translate) -> AsyncGenerator[Event, None]:
        """The same, piece by piece; see `service.streaming`. Raises EngineError before its first event."""
        ...

    def document(self, command: Translate) -> AsyncGenerator[Portion | Finished, None]:
        """One text of any length, portion by portion; see `service.documents`. Raises EngineError."""
        ...

    def detect(self, text: str) -> tuple[Detection, ...]:
        """The languages that `text` may be in, best first."""
        ...


@dataclass
class Core:
    """The service without its wire; its catalogue and translator are replaced together when artifacts are."""

    settings: Settings
    catalogue: Catalogue
    translator: Translator
    health: Health
    admission: Admission
    metrics: Metrics
    access: AccessControl


class Backend(Protocol):
    """What keeps a core alive; `service.backend.EngineBackend` is one."""

    core: Core

    def start(self) -> None:
        """Begin to start, without waiting for it."""
        ...

    async def reload(self) -> bool:
        """Let what the artifacts' directories hold now serve, if it is another version; was it?

        Raises:
            ReloadRefused: the message says why nothing has changed.
        """
        ...

    async def stop(self, timeout_s: float) -> None:
        """Finish what is inside for at most `timeout_s`, fail the rest; may be called twice."""
        ...
