"""Real requests of a public web server, through the real commands, to the last integer."""

import asyncio
import os
import shutil
import subprocess
import time
import uuid
from pathlib import Path

import pytest

from leeway.sending.shift import newest, shifter
from tests.conftest import missing
from tests.e2e.running import ROOT, await_figures, leeway, local_stack
from tests.support.kafka.cluster import Kafka
from tests.support.process import services

FOLDER = Path(os.environ.get("LEEWAY_TEST_DATA", ROOT.parent / "shared" / "data"))
REQUESTS = FOLDER / "web-requests.jsonl"

TOTAL = {
    "www": 3_343,
    "projects": 603,
    "presentations": 2_305,
    "images": 1_243,
    "blog": 1_959,
    "files": 547,
}
SERVED = TOTAL | {"www": 3_341, "projects": 602}
SUCCEEDED = {
    "www": 3_267,
    "presentations": 2_264,
    "blog": 1_929,
    "projects": 595,
    "files": 482,
    "images": 1_243,
}
FIGURES = {
    f"{service}-{name}/{name}": (good[service], total)
    for service, total in TOTAL.items()
    for name, good in (("availability", SERVED), ("success", SUCCEEDED))
}


SOURCE = """\
apiVersion: openslo/v1
kind: DataSource
metadata: {{name: requests}}
spec:
  type: kafka
  connectionDetails: {{topic: {topic}}}
"""


@pytest.fixture
def recorded() -> Path:
    if not REQUESTS.exists():
        # Not ours to ship, so not there in CI either: a skip, not a failure.
        pytest.skip(f"{REQUESTS} is missing: name its folder in LEEWAY_TEST_DATA")
    assert sum(TOTAL.values()) == 10_000
    return REQUESTS


def test_ten_thousand_real_requests_are_counted_exactly(
    tmp_path: Path, database: tuple[str, ...], recorded: Path
) -> None:
    with local_stack(tmp_path / "data", *database) as stack:
        applied = stack.leeway("apply", "examples/web")
        assert applied.code == 0, applied.err
        assert "events are counted by revision" in applied.err
        sent = stack.leeway("send", str(recorded), "--shift-to-now")
        assert (sent.code, sent.out, sent.err) == (0, "", "sent 10,000 events\n")
        stack.await_figures(FIGURES)
        shown = stack.leeway("status", "www-success")
        assert "97.7266%" in shown.out
        assert stack.leeway("status", "--fail-on", "breached").code == 1


def test_the_same_through_a_real_kafka_sent_by_kcat(
    kafka: Kafka, database_url: str, tmp_path: Path, recorded: Path
) -> None:
    kcat = shutil.which("kcat")
    if kcat is None:
        missing("kcat is not installed (Debian: kafkacat)")
    assert kcat is not None
    name = f"web-{uuid.uuid4().hex[:8]}"
    topic = asyncio.run(kafka.create_topic(3, name=name))
    (tmp_path / "source.yaml").write_text(SOURCE.format(topic=topic))
    environment = {
        "LEEWAY_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "LEEWAY_DATABASE_URL": database_url,
        "LEEWAY_COUNTS_TOPIC": f"{name}-counts",
        "LEEWAY_COUNTS_PARTITIONS": "4",
        "LEEWAY_DEAD_LETTERS_TOPIC": f"{name}-dead-letters",
        "LEEWAY_GROUP_PREFIX": f"{name}-",
    }
    with services(tmp_path, environment) as started:
        api = started.start("api")
        started.start("evaluator")
        api.until_answering("/readyz", 200)
        url = f"http://127.0.0.1:{api.port}"
        paths = (str(tmp_path / "source.yaml"), "examples/web")
        applied = leeway("apply", *paths, env={"LEEWAY_SERVER": url})
        assert applied.code == 0, applied.err
        started.start("ingest")
        moved = moved_to_now(recorded, tmp_path / "moved.jsonl")
        subprocess.run(
            [kcat, "-P", "-b", kafka.bootstrap, "-t", topic, "-l", str(moved)],
            check=True,
            timeout=60,
        )
        await_figures(url, FIGURES, within=60)


def moved_to_now(recorded: Path, moved: Path) -> Path:
    """Write the events with their times moved as `leeway send --shift-to-now` moves them."""
    lines = recorded.read_bytes().splitlines()
    latest = newest(lines, ("ts",))
    assert latest is not None
    shift = shifter(time.time_ns() // 1_000 - latest, ("ts",))
    moved.write_bytes(b"".join(shift(line) + b"\n" for line in lines))
    return moved
