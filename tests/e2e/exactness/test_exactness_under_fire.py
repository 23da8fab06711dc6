"""Two replicas of each service on real Kafka and a database, and everything that can go wrong.

The bounded forms cause every kind of fault once (on SQLite those that concern it), the long ones
(`make soak`) for half an hour; one of these does nothing but kill PostgreSQL.
`LEEWAY_TEST_FIRE_SEED` asks for another order. At the end every count must equal what an
independent reader of the raw topic finds.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.sql.migrate import upgrade
from tests.conftest import missing
from tests.e2e.exactness.compare import differences, milliseconds
from tests.e2e.exactness.definitions import watched
from tests.e2e.exactness.faults import KILL_DATABASE, Faults, plan
from tests.e2e.exactness.fleet import Fleet
from tests.e2e.exactness.store import Server, Store, postgresql, sqlite_file
from tests.e2e.exactness.truth import read_truth
from tests.support.kafka.cluster import VARIABLE as KAFKA_VARIABLE
from tests.support.kafka.cluster import Kafka, running_kafka
from tests.support.kafka.packages import NoKafka
from tests.support.waiting import wait_until

TOPIC = "leeway.requests.v1"
RATE = int(os.environ.get("LEEWAY_TEST_FIRE_RATE", "1000"))
SEED = int(os.environ.get("LEEWAY_TEST_FIRE_SEED", "1"))


@dataclass(frozen=True)
class Ordeal:
    """How often every kind of fault happens, and how long is waited after one, at most."""

    rounds: int
    calm_seconds: float
    flush_seconds: float = 2
    kinds: tuple[str, ...] = ()  # none: every kind there is


BOUNDED = Ordeal(rounds=1, calm_seconds=2)
ON_A_FILE = Ordeal(
    rounds=1,
    calm_seconds=2,
    kinds=(
        "kill -9 ingest",
        "kill -9 evaluator",
        "freeze evaluator",
        "add and remove evaluator",
        "change definitions",
    ),
)
LONG = Ordeal(rounds=5, calm_seconds=78)  # half an hour
KILLS = Ordeal(rounds=50, calm_seconds=5, flush_seconds=0.5, kinds=(KILL_DATABASE,))


@pytest.fixture
def own_kafka() -> Iterator[Kafka]:
    """A broker that nobody else uses, since it will be killed."""
    try:
        with running_kafka() as cluster:
            yield cluster
    except NoKafka as error:
        missing(error)


@dataclass
class Redefinition:
    """Changes the definitions through the api; counts how often."""

    api: str
    count: int = 0

    def apply(self) -> None:
        """Apply the current set."""
        documents = [slo.document for slo in watched(change=self.count)]
        answer = httpx.post(f"{self.api}/v1/definitions", json=documents, timeout=30)
        assert answer.is_success, answer.text

    def change(self) -> None:
        """Change one indicator and one target, and wait until counting has begun."""
        self.count += 1
        wait_until(self._accepted, "the api accepts definitions", within=60)

    def _accepted(self) -> bool:
        try:
            self.apply()
        except (httpx.HTTPError, AssertionError):
            return False
        return True


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A database of the kind that the test names."""
    if request.param == "sqlite":
        with sqlite_file(tmp_path) as found:
            yield found
        return
    server, url = request.getfixturevalue("postgres"), request.getfixturevalue("postgres_url")
    with postgresql(server, url) as found:
        yield found


def environment(bootstrap: str, database: str, ordeal: Ordeal) -> dict[str, str]:
    """Return the settings of every service, with time-outs that a test can outlast."""
    return {
        "LEEWAY_KAFKA_BOOTSTRAP": bootstrap,
        "LEEWAY_DATABASE_URL": database,
        "LEEWAY_KAFKA_SESSION_TIMEOUT_MS": "3000",
        "LEEWAY_DATABASE_LOCK_TIMEOUT_MS": "2000",
        "LEEWAY_LOG_FORMAT": "json",
        "LEEWAY_FLUSH_SECONDS": str(ordeal.flush_seconds),
    }


@contextmanager
def traffic(bootstrap: str, folder: Path, seed: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the producer as a process until the end of the block."""
    with (folder / "producer.out").open("wb") as output:
        command = [sys.executable, "-m", "tests.e2e.exactness.producer"]
        process = subprocess.Popen(
            [*command, bootstrap, TOPIC, str(seed), str(RATE)],
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=Path(__file__).parents[3],
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def statuses(api: str) -> list[dict[str, Any]]:
    """Return all statuses, or none while the api cannot answer."""
    try:
        answer = httpx.get(f"{api}/v1/slos", timeout=10)
        return list(answer.json()["items"]) if answer.is_success else []
    except httpx.HTTPError:
        return []


def caught_up(api: str, since_ms: float) -> bool:
    """Whether every objective has counted everything that was sent until then."""
    found = statuses(api)
    return bool(found) and all(
        status["complete_until"] is not None and milliseconds(status["complete_until"]) > since_ms
        for status in found
    )


def lost_and_ambiguous(fleet: Fleet) -> Counter[str]:
    """Return what the evaluators say was lost, by metric."""
    found: Counter[str] = Counter()
    for replica in fleet.running("evaluator"):
        text = httpx.get(f"http://127.0.0.1:{replica.port}/metrics", timeout=10).text
        for line in text.splitlines():
            if line.startswith(("leeway_lost_offsets_total", "leeway_ambiguous")):
                found[line.split("{")[0]] += int(float(line.rsplit(" ", 1)[1]))
    return found


LONGER = (pytest.mark.soak, pytest.mark.timeout(3600))


@pytest.mark.parametrize(
    ("store", "ordeal"),
    [
        pytest.param("postgresql", BOUNDED, id="postgresql", marks=pytest.mark.timeout(600)),
        pytest.param("sqlite", ON_A_FILE, id="sqlite", marks=pytest.mark.timeout(600)),
        pytest.param("postgresql", LONG, id="postgresql-long", marks=LONGER),
        pytest.param("sqlite", LONG, id="sqlite-long", marks=LONGER),
        pytest.param("postgresql", KILLS, id="postgresql-killed", marks=LONGER),
    ],
    indirect=["store"],
)
async def test_every_count_equals_the_truth_whatever_happens(
    own_kafka: Kafka, store: Store, tmp_path: Path, ordeal: Ordeal
) -> None:
    if KILL_DATABASE in ordeal.kinds and store.server is None:
        pytest.skip("the server is not ours to kill")
    await own_kafka.create_topic(4, name=TOPIC)
    await upgrade(store.url)
    fleet = Fleet(environment(own_kafka.bootstrap, store.fleet_url, ordeal), tmp_path)
    direct = Fleet(environment(own_kafka.bootstrap, store.url, ordeal), tmp_path)
    try:
        api = f"http://127.0.0.1:{direct.start('api').port}"
        burn(own_kafka, store, fleet, api, ordeal)
    except BaseException:
        print(fleet.tails())  # noqa: T201 - for who runs it
        raise
    finally:
        fleet.close()
        direct.close()


def burn(kafka: Kafka, store: Store, fleet: Fleet, api: str, ordeal: Ordeal) -> None:
    """Send traffic, cause the faults, wait for calm and compare."""
    folder = fleet.folder
    redefinition = Redefinition(api)
    wait_until(redefinition._accepted, "the api accepts the first definitions", within=60)
    for service in ("ingest", "evaluator") * 2:
        fleet.start(service)
    wait_until(
        lambda: (
            (found := statuses(api))
            and all(o["counted_since"] for status in found for o in status["objectives"])
        ),
        "every objective is counted",
        within=90,
    )
    broker: Server | None = None if os.environ.get(KAFKA_VARIABLE) else kafka
    faults = Faults(fleet, broker, store, redefinition.change, random.Random(SEED))
    kinds = list(ordeal.kinds or faults.kinds())
    ended: list[str] = []
    with traffic(kafka.bootstrap, folder, SEED) as producer:
        time.sleep(BOUNDED.calm_seconds)
        for kind in plan(kinds, ordeal.rounds, faults.rng):
            faults.cause(kind)
            time.sleep(faults.rng.random() * ordeal.calm_seconds)
            ended += fleet.revive()
        producer.send_signal(signal.SIGTERM)
        producer.wait(120)
    sent = json.loads((folder / "producer.out").read_text().splitlines()[-1])
    stopped_ms = time.time() * 1000
    wait_until(
        lambda: not fleet.revive() and caught_up(api, stopped_ms), "all is counted", within=120
    )
    judge(fleet, api, kafka, redefinition, Report(faults.caused, sent, ended))


@dataclass
class Report:
    """What was done to the system."""

    caused: Counter[str]
    sent: dict[str, int]
    ended: list[str]


def judge(fleet: Fleet, api: str, kafka: Kafka, redefinition: Redefinition, report: Report) -> None:
    """Compare every figure, print what was done, and end the fleet cleanly."""
    truth = read_truth(kafka.bootstrap, TOPIC)
    slos = watched(change=redefinition.count)
    found = differences(api, truth, slos)
    gaps = lost_and_ambiguous(fleet)
    fleet.stop(*fleet.replicas)
    print(  # noqa: T201 - for who runs it
        f"\n{sum(report.caused.values())} faults: {dict(report.caused)}\nsent: {report.sent}\n"
        f"records {truth.records}, counted {len(truth.events)}, duplicates {truth.duplicates}, "
        f"rejected {dict(truth.rejected)}\nrestarts of their own: {report.ended}\n"
        f"gaps reported: {dict(gaps)}; {len(slos)} SLOs compared, {len(found)} differences"
    )
    assert not found, "\n".join(found)
    assert not any(gaps.values()), gaps
    assert not fleet.bad_exits, fleet.bad_exits
    assert truth.duplicates > 100
    assert sum(truth.rejected.values()) > 100
