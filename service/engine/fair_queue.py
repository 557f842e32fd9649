"""Who is next: first come first served within a client, deficit round robin between clients.

Each round gives every waiting client the same number of tokens to spend (Shreedhar and Varghese 1995). A client
with a thousand segments therefore delays one with a single segment by about one quantum, and no length starves:
of C other clients a segment with T tokens of its own client up to and including it, while it may start, lets at most
`C * (quantum * (ceil(T / quantum) + 1) + longest)` tokens pass.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterator

from service.engine.entry import Entry


class FairQueue:
    """The waiting segments of one lane."""

    def __init__(self, quantum_tokens: int) -> None:
        self._quantum_tokens = quantum_tokens
        self._clients: dict[str, OrderedDict[Entry, None]] = {}
        self._deficits: dict[str, int] = {}
        self._ring: deque[str] = deque()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Entry]:
        return (entry for entries in self._clients.values() for entry in entries)

    @property
    def clients(self) -> Collection[str]:
        """Clients whose segments wait."""
        return self._clients.keys()

    def push(self, entry: Entry) -> None:
        """Let `entry` wait behind the others of its client; a new client begins at the end of the ring."""
        client = entry.segment.client
        if client not in self._clients:
            self._clients[client] = OrderedDict()
            self._deficits[client] = 0
            self._ring.append(client)
        self._clients[client][entry] = None
        self._size += 1

    def head(self, may_start: Callable[[str], bool] = lambda _client: True) -> Entry | None:
        """Return whose turn it is of the clients that `may_start`; the same until the queue or these change.

        The others keep what they have to spend.
        """
        num_passed_over = 0
        while num_passed_over < len(self._ring):
            client = self._ring[0]
            if may_start(client):
                num_passed_over = 0
                entry = next(iter(self._clients[client]))
                if entry.segment.num_tokens <= self._deficits[client]:
                    return entry
                self._deficits[client] += self._quantum_tokens
            else:
                num_passed_over += 1
            self._ring.rotate(-1)
        return None

    def take(self, entry: Entry) -> None:
        """Let `entry`, a head, start, at its client's expense."""
        self._deficits[entry.segment.client] -= entry.segment.num_tokens
        self.remove(entry)

    def remove(self, entry: Entry) -> None:
        """Take `entry` out, wherever it stands."""
        client = entry.segment.client
        del self._clients[client][entry]
        self._size -= 1
        if not self._clients[client]:
            del self._clients[client], self._deficits[client]
            self._ring.remove(client)
