"""A promise in slices, with exclusions, on real Kafka, told to an Alertmanager."""

import json
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import missing
from tests.support.alertmanager import Alertmanager, NoAlertmanager, running_alertmanagers
from tests.support.kafka.cluster import Kafka
from tests.support.kafka.sending import send
from tests.support.process import Services, services
from tests.support.receiver import HttpReceiver, http_receiver
from tests.support.waiting import wait_until

MINUTE = 60
GOOD, BAD = 200, 500
DEFINITIONS = """
apiVersion: openslo/v1
kind: DataSource
metadata: {{name: shop}}
spec: {{type: kafka, connectionDetails: {{topic: {topic}}}}}
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {{name: alertmanager, annotations: {{leeway/url: "{alertmanager}"}}}}
spec: {{target: alertmanager}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: minutes, annotations: {{leeway/owner: payments}}}}
spec:
  service: checkout
  timeWindow: [{{duration: 30d, isRolling: true}}]
  budgetingMethod: Timeslices
  indicator:
    metadata: {{name: answers}}
    spec:
      ratioMetric:
        counter: true
        good: {{metricSource: {{metricSourceRef: shop, spec: {{query: "status < 500"}}}}}}
        total: {{metricSource: {{metricSourceRef: shop, spec: {{query: "service == 'checkout'"}}}}}}
  objectives: [{{displayName: up, target: 0.9, timeSliceTarget: 0.9, timeSliceWindow: 1m}}]
  alertPolicies:
    - kind: AlertPolicy
      metadata: {{name: at-once}}
      spec:
        alertWhenBreaching: true
        alertWhenResolved: true
        conditions:
          - kind: AlertCondition
            metadata: {{name: burns}}
            spec:
              severity: page
              condition:
                {{kind: burnrate, op: gt, threshold: 1, lookbackWindow: 1h, alertAfter: 0m}}
        notificationTargets: [{{targetRef: alertmanager}}]
---
"""
EXCLUSION = """
apiVersion: leeway/v1
kind: Exclusion
metadata: {{name: {name}}}
spec:
  services: [checkout]
  from: "{first}"
  until: "{until}"
  reason: it was announced
  approvedBy: ada
{more}
"""


class Shop:
    """Minutes of a service that lie in the past, told from the minute that is now."""

    def __init__(self) -> None:
        self.now = int(time.time()) // MINUTE

    def requests(self, ago: int, status: int, count: int, **more: str) -> Iterator[bytes]:
        """Yield so many requests of the minute that was so many minutes ago."""
        for number in range(count):
            at = (self.now - ago) * MINUTE + number
            event = {"ts": at, "service": "checkout", "status": status, **more}
            yield json.dumps({"id": uuid.uuid4().hex, **event}).encode()

    def exclusion(self, name: str, first: int, until: int, more: str = "") -> str:
        """Return an exclusion from one minute ago to another."""
        moments = [datetime.fromtimestamp((self.now - ago) * MINUTE, UTC) for ago in (first, until)]
        first_at, until_at = (moment.isoformat() for moment in moments)
        return EXCLUSION.format(name=name, first=first_at, until=until_at, more=more)


class Installation:
    """The three services, and what the tests ask the api."""

    def __init__(self, started: Services) -> None:
        self.services = [started.start(name) for name in ("api", "evaluator", "ingest")]
        for service in self.services:
            service.until_answering("/readyz", 200)
        self._url = f"http://127.0.0.1:{self.services[0].port}/v1"

    def define(self, text: str) -> None:
        """Put definitions in force."""
        answer = httpx.post(f"{self._url}/definitions", content=text, timeout=30)
        assert answer.is_success, answer.text

    def get(self, path: str, **query: str) -> Any:
        """Return the answer to a question."""
        return httpx.get(f"{self._url}{path}", params=query, timeout=30).raise_for_status().json()

    def until_slices(self, good: int, total: int) -> Any:
        """Wait until so many slices are counted, and return the objective."""

        def objective() -> Any:
            return self.get("/slos/minutes")["objectives"][0]

        def right() -> bool:
            return (objective()["good"], objective()["total"]) == (good, total)

        try:
            wait_until(right, f"{good} of {total} slices are good", within=40)
        except AssertionError as error:
            raise AssertionError(f"{error}: {objective()}") from error
        return objective()


@pytest.fixture
def hook() -> Iterator[HttpReceiver]:
    with http_receiver() as found:
        yield found


@pytest.fixture
def alertmanager(tmp_path: Path, hook: HttpReceiver) -> Iterator[Alertmanager]:
    try:
        with running_alertmanagers(tmp_path, 1, hook.url) as (found,):
            yield found
    except NoAlertmanager as error:
        missing(error)


async def test_what_slices_without_excluded_ones_come_to_fires_and_resolves_at_alertmanager(
    kafka: Kafka, database_url: str, alertmanager: Alertmanager, hook: HttpReceiver, tmp_path: Path
) -> None:
    topic = await kafka.create_topic()
    settings = {
        "LEEWAY_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "LEEWAY_DATABASE_URL": database_url,
        "LEEWAY_COUNTS_TOPIC": await kafka.create_topic(2),
        "LEEWAY_COUNTS_PARTITIONS": "2",
        "LEEWAY_DEAD_LETTERS_TOPIC": await kafka.create_topic(),
        "LEEWAY_GROUP_PREFIX": f"slices-{uuid.uuid4().hex[:8]}-",
    }
    shop = Shop()
    with services(tmp_path, settings) as started:
        installation = Installation(started)
        installation.define(
            DEFINITIONS.format(topic=topic, alertmanager=alertmanager.url)
            + shop.exclusion("announced", first=20, until=15)
            + "---"
            + shop.exclusion("crawler", 60, -60, "  predicate: consumer == 'crawler'")
        )
        await send(kafka.bootstrap, topic, traffic(shop))

        objective = installation.until_slices(good=10, total=13)
        assert (objective["events"]["good"], objective["events"]["total"]) == (40, 46)
        assert (objective["raw"]["good"], objective["raw"]["total"]) == (0, 18)
        wait_until(lambda: told(hook, "firing"), "Alertmanager tells that it fires", within=40)
        (alert,) = alertmanager.alerts()
        assert alert["labels"]["slo"] == "minutes"
        assert (alert["annotations"]["sli"], alert["annotations"]["owner"]) == (
            "76.9231 %",
            "payments",
        )

        installation.define(shop.exclusion("afterwards", first=5, until=2))
        installation.until_slices(good=10, total=10)
        wait_until(lambda: told(hook, "resolved"), "Alertmanager tells that it is over", within=40)
        wait_until(lambda: installation.get("/slos/minutes")["state"] == "ok", "all is well")
        (stored,) = installation.get("/alerts", slo="minutes")["items"]
        assert [step["state"] for step in stored["transitions"]] == ["firing", "resolved"]
        assert [service.terminate() for service in installation.services] == [0, 0, 0]


def traffic(shop: Shop) -> Iterator[bytes]:
    """Yield five minutes of an announced outage, ten good ones but for a crawler, three bad."""
    for ago in range(20, 15, -1):
        yield from shop.requests(ago, BAD, 3)
    for ago in range(15, 5, -1):
        yield from shop.requests(ago, GOOD, 4)
        yield from shop.requests(ago, BAD, 5, consumer="crawler")
    for ago in range(5, 2, -1):
        yield from shop.requests(ago, BAD, 2)


def told(hook: HttpReceiver, status: str) -> bool:
    """Whether Alertmanager has told its webhook that it is so."""
    return any(got.json["status"] == status for got in hook.requests)
