"""What can go wrong, each kind as one action on the running system."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from tests.e2e.exactness.fleet import Fleet, Replica
from tests.e2e.exactness.store import Server, Store
from tests.support.commit_cutter import CommitCutter, Cut
from tests.support.waiting import wait_until

FROZEN_SECONDS = 6.0  # longer than the session, lock and idle-in-transaction time-outs of the test
KILL_DATABASE = "kill -9 database"


@dataclass
class Faults:
    """Causes faults, one at a time, and counts them by kind."""

    fleet: Fleet
    broker: Server | None
    store: Store
    redefine: Callable[[], None]
    rng: random.Random
    caused: Counter[str] = field(default_factory=Counter)

    def kinds(self) -> dict[str, Callable[[], None]]:
        """Return every kind of fault by name."""
        kinds: dict[str, Callable[[], None]] = {
            "kill -9 ingest": lambda: self._kill("ingest"),
            "kill -9 evaluator": lambda: self._kill("evaluator"),
            "freeze ingest": lambda: self._freeze("ingest"),
            "freeze evaluator": lambda: self._freeze("evaluator"),
            "add and remove ingest": lambda: self._scale("ingest"),
            "add and remove evaluator": lambda: self._scale("evaluator"),
            "change definitions": self.redefine,
        }
        if self.broker is not None:
            kinds["kill -9 broker"] = partial(self._break, self.broker)
        if self.store.cutter is not None:
            kinds["cut database connections during COMMIT"] = partial(self._cut, self.store.cutter)
        if self.store.server is not None:
            kinds[KILL_DATABASE] = partial(self._break, self.store.server)
        return kinds

    def cause(self, kind: str) -> None:
        """Cause one fault of this kind; returns when it is over."""
        self.kinds()[kind]()
        self.caused[kind] += 1

    def _pick(self, service: str) -> Replica:
        return self.rng.choice(self.fleet.running(service))

    def _kill(self, service: str) -> None:
        self.fleet.kill(self._pick(service))
        time.sleep(self.rng.random() * 2)
        self.fleet.start(service)

    def _freeze(self, service: str) -> None:
        replica = self._pick(service)
        replica.stopped = True
        replica.signal(signal.SIGSTOP)
        time.sleep(FROZEN_SECONDS)
        replica.signal(signal.SIGCONT)
        replica.stopped = False

    def _scale(self, service: str) -> None:
        leaver = self._pick(service)
        newcomer = self.fleet.start(service)
        wait_until(newcomer.has_started, f"{newcomer.log.name} answers", within=60)
        self.fleet.stop(leaver)

    def _cut(self, cutter: CommitCutter) -> None:
        for cut in Cut:
            cutter.next_cut = cut
            wait_until(lambda: cutter.next_cut is None, f"a COMMIT is cut {cut.value}")

    def _break(self, server: Server) -> None:
        server.kill()
        time.sleep(self.rng.random() * 2)
        server.start()


def plan(kinds: list[str], rounds: int, rng: random.Random) -> list[str]:
    """Return a schedule in which every kind happens `rounds` times, in random order."""
    order: list[str] = []
    for _ in range(rounds):
        one = list(kinds)
        rng.shuffle(one)
        order += one
    return order
