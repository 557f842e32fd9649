"""Which lane is visited next: classes of work share the time, so do the clients of one, and their lanes alternate."""

from collections.abc import Iterable, Mapping

from service.engine.client_time import ClientTime
from service.engine.segment import Lane, Priority
from service.engine.time_share import TimeShare


class Turns:
    """Chooses among those who have work, and accounts for what they get."""

    def __init__(self, lanes: Iterable[Lane], bulk_share: float) -> None:
        self._time_share = TimeShare(bulk_share)
        self._client_time = {priority: ClientTime() for priority in Priority}
        self._visits = dict.fromkeys(lanes, 0)  # when each lane was visited last, in visits
        self._num_visits = 0

    def choose(self, work: Iterable[tuple[Lane, Iterable[str]]]) -> Lane | None:
        """Choose of `work`, lanes with the clients that have something to do there; None if nobody has.

        It is a lane of the class whose turn it is, where the client whose turn it is has work; of several the one that
        was visited longest ago.
        """
        lanes_of: dict[Priority, dict[str, list[Lane]]] = {priority: {} for priority in Priority}
        for lane, clients in work:
            for client in clients:
                lanes_of[lane.priority].setdefault(client, []).append(lane)
        if not any(lanes_of.values()):
            return None
        is_bulk = self._time_share.is_second(bool(lanes_of[Priority.INTERACTIVE]), bool(lanes_of[Priority.BULK]))
        priority = Priority.BULK if is_bulk else Priority.INTERACTIVE
        client = self._client_time[priority].choose(lanes_of[priority])
        lane = min(lanes_of[priority][client], key=self._visits.__getitem__)
        self._num_visits += 1
        self._visits[lane] = self._num_visits
        return lane

    def charge(self, lane: Lane, payers: Mapping[str, int], seconds: float) -> None:
        """Account `seconds` of a visit to the lane's class, and to `payers` by their parts."""
        self._time_share.charge(lane.priority is Priority.BULK, seconds)
        self._client_time[lane.priority].charge(payers, seconds)
