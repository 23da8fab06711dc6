"""A real Prometheus that scrapes a local stack."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.e2e.running import local_stack
from tests.support.prometheus import Prometheus, Scraped, running_prometheus
from tests.support.waiting import wait_until

JOBS = ("api", "evaluator", "ingest")
PROMISES = Path(__file__).with_name("promises")


@dataclass(frozen=True, slots=True)
class WatchedShop(Prometheus):
    """The Prometheus, and the api of the stack that it scrapes."""

    api: str

    def disturb(self) -> None:
        """Ask the api for something, so that it has requests to tell of."""
        httpx.get(f"{self.api}/v1/slos", timeout=30).raise_for_status()


@contextmanager
def watched_shop(folder: Path) -> Iterator[WatchedShop]:
    """Run `leeway up --demo`, with promises of our own, and a Prometheus that scrapes it.

    Raises NoPrometheus where there is none.
    """
    with local_stack(folder / "data", "--demo") as stack:
        applied = stack.leeway("apply", str(PROMISES))
        assert applied.code == 0, applied.err
        targets = {"api": f"127.0.0.1:{stack.port}"}
        for line in stack.err:
            name, _, address = line.partition(" is ready: http://")
            if address:
                targets[name.split()[-1]] = address.removesuffix("/metrics")
        assert targets.keys() == set(JOBS), stack.tail()
        jobs = {name: Scraped(address) for name, address in targets.items()}
        with running_prometheus(folder, jobs) as prometheus:
            wait_until(
                lambda: prometheus.value_of('sum(up{job=~"api|evaluator|ingest"}) == 3'),
                "every service to be scraped",
                within=60,
            )
            yield WatchedShop(prometheus.url, stack.url)
