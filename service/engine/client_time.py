"""Whose turn it is: clients share the processor's time, whatever their number of segments.

Start-time fair queueing (Goyal, Vin and Cheng 1996) over seconds of work, with borrowed time (Duda and Cheriton 1999):
each client's clock runs while it is served, who is furthest behind is served, and who comes back is set at most
`head_start_s` behind those who were at work. So whoever uses less than an equal share finds the processor free.
"""

from collections.abc import Collection, Mapping

from service.engine.time_share import TimeShare

# Of the time, for clients who are at work, however many new ones come with a head start.
_SHARE_AT_WORK = 0.25
_HEAD_START_S = 0.1  # a few sentences' worth
_SWEEP_AT = 64


class ClientTime:
    """The clocks of one class of work."""

    def __init__(self, head_start_s: float = _HEAD_START_S) -> None:
        self._head_start_s = head_start_s
        self._clocks: dict[str, float] = {}  # those not listed are a full head start behind
        self._now = 0.0  # the clock of the client who was served last without a head start
        self._rate = 0.0  # of `_now`, while nobody is without one: as if one more had been at work
        self._share = TimeShare(_SHARE_AT_WORK)
        self._is_at_work = False
        self._sweep_at = _SWEEP_AT

    def __len__(self) -> int:
        return len(self._clocks)

    def choose(self, clients: Collection[str]) -> str:
        """Return which of `clients`, at least one, is served next; of equals the first."""
        behind = [client for client in clients if self._clock(client) < self._now]
        at_work = [client for client in clients if self._clock(client) >= self._now]
        self._rate = 0.0 if at_work else 1.0 / (len(behind) + 1)
        self._is_at_work = self._share.is_second(bool(behind), bool(at_work))
        chosen = min(at_work if self._is_at_work else behind, key=self._clock)
        self._now = max(self._now, self._clock(chosen))
        return chosen

    def charge(self, payers: Mapping[str, int], seconds: float) -> None:
        """Account for `seconds` of work for all `payers`, in proportion to their parts of it."""
        total = sum(payers.values())
        for client, part in payers.items():
            self._clocks[client] = self._clock(client) + seconds * part / total
        self._now += self._rate * seconds
        self._share.charge(self._is_at_work, seconds)
        if len(self._clocks) > self._sweep_at:
            self._sweep()

    def _clock(self, client: str) -> float:
        earliest = self._now - self._head_start_s
        return max(earliest, self._clocks.get(client, earliest))

    def _sweep(self) -> None:
        earliest = self._now - self._head_start_s
        self._clocks = {client: clock for client, clock in self._clocks.items() if clock > earliest}
        self._sweep_at = max(_SWEEP_AT, 2 * len(self._clocks))
