"""Brings outcomes to whoever asked, so that a failing receiver harms nobody else."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from service.engine.entry import Entry
from service.engine.result import Outcome

log = logging.getLogger(__name__)

Receiver = Callable[[int, Outcome], None]  # index in the submission, its outcome


@dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """An outcome with its address."""

    receiver: Receiver
    index: int
    outcome: Outcome


Courier = Callable[[Sequence[Delivery]], None]


@dataclass(frozen=True, slots=True, eq=False)
class Ticket:
    """A submission: what to cancel, and where its outcomes go."""

    entries: tuple[Entry, ...]
    receiver: Receiver
    courier: Courier


def hand_out(deliveries: Sequence[Delivery]) -> None:
    """Call every receiver, each under its own guard; the courier for receivers that any thread may call."""
    for delivery in deliveries:
        try:
            delivery.receiver(delivery.index, delivery.outcome)
        except Exception:
            log.exception("a receiver failed on its outcome")


class Outbox:
    """Collects outcomes, one an entry, until they are sent; each courier is then called once, with all of its own."""

    def __init__(self) -> None:
        self._addresses: dict[Entry, tuple[Ticket, int]] = {}
        self._outgoing: dict[Courier, list[Delivery]] = {}

    def register(self, ticket: Ticket) -> None:
        """Remember whose the entries of `ticket` are."""
        for index, entry in enumerate(ticket.entries):
            self._addresses[entry] = (ticket, index)

    def expected(self) -> list[Entry]:
        """Return the entries that have no outcome yet."""
        return list(self._addresses)

    def put(self, entry: Entry, outcome: Outcome) -> None:
        """Address `outcome` to whoever asked for `entry`."""
        ticket, index = self._addresses.pop(entry)
        self._outgoing.setdefault(ticket.courier, []).append(Delivery(ticket.receiver, index, outcome))

    def send(self) -> None:
        """Hand everything to the couriers."""
        outgoing, self._outgoing = self._outgoing, {}
        for courier, deliveries in outgoing.items():
            try:
                courier(deliveries)
            except Exception:
                log.exception("a courier failed with %d outcomes", len(deliveries))
