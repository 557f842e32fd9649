"""Clients that ask without a pause while something happens to the service."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Load(Generic[T]):
    """Calls `ask` on `num_clients` threads, with the client's number and that of its question, until the context ends.

    What it returns is in `answers`, what it raises of `faults` in `failures`.
    """

    def __init__(self, ask: Callable[[int, int], T], num_clients: int, *faults: type[Exception]) -> None:
        self.answers: list[T] = []
        self.failures: list[str] = []
        self._ask, self._faults = ask, faults
        self._is_over = threading.Event()
        self._clients = [threading.Thread(target=self._run, args=(client,)) for client in range(num_clients)]

    def __enter__(self) -> "Load[T]":
        for client in self._clients:
            client.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for client in self._clients:
            client.join()

    def _run(self, client: int) -> None:
        number = 0
        while not self._is_over.is_set():
            number += 1
            try:
                self.answers.append(self._ask(client, number))
            except self._faults as error:
                self.failures.append(f"{client}, {number}: {error!r}")
