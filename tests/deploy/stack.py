"""A real Prometheus that scrapes a local stack, and what is asked of it."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.running import local_stack
from tests.support.port import free_port
from tests.support.waiting import wait_until

JOBS = ("api", "evaluator", "ingest")
PROMISES = Path(__file__).with_name("promises")


class NoPrometheus(Exception):
    """There is no Prometheus on this machine."""


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A running Prometheus, and the api of the stack that it scrapes."""

    url: str
    api: str

    def disturb(self) -> None:
        """Ask the api for something, so that it has requests to tell of."""
        httpx.get(f"{self.api}/v1/slos", timeout=30).raise_for_status()

    def ask(self, path: str, **query: str | Sequence[str]) -> Any:
        """Return the data of an answer; fails with what Prometheus says is wrong."""
        answer = httpx.get(f"{self.url}/api/v1/{path}", params=query, timeout=30)
        body = answer.json()
        assert body["status"] == "success", f"{query}: {body.get('error')}"
        return body["data"]

    def value_of(self, expression: str) -> list[dict[str, Any]]:
        """Return the result of an instant query: one item for each line."""
        result: list[dict[str, Any]] = self.ask("query", query=expression)["result"]
        return result

    def label_values(self, selector: str, label: str) -> list[str]:
        """Return the values of a label of what is selected."""
        values: list[str] = self.ask(f"label/{label}/values", **{"match[]": selector})
        return values


@contextmanager
def watched_shop(folder: Path) -> Iterator[Prometheus]:
    """Run `leeway up --demo` with promises of our own, and a Prometheus that scrapes it.

    Raises NoPrometheus where there is none.
    """
    program = shutil.which("prometheus")
    if program is None:
        raise NoPrometheus("no prometheus here: install it (Debian: prometheus)")
    with local_stack(folder / "data", "--demo") as stack:
        applied = stack.leeway("apply", str(PROMISES))
        assert applied.code == 0, applied.err
        targets = {"api": f"127.0.0.1:{stack.port}"}
        for line in stack.err:
            name, _, address = line.partition(" is ready: http://")
            if address:
                targets[name.split()[-1]] = address.removesuffix("/metrics")
        assert targets.keys() == set(JOBS), stack.tail()
        with _prometheus(program, folder, targets) as prometheus:
            wait_until(
                lambda: prometheus.value_of('sum(up{job=~"api|evaluator|ingest"}) == 3'),
                "every service to be scraped",
                within=60,
            )
            yield prometheus


@contextmanager
def _prometheus(program: str, folder: Path, targets: dict[str, str]) -> Iterator[Prometheus]:
    port = free_port()
    scrapes = [
        {"job_name": job, "honor_labels": True, "static_configs": [{"targets": [address]}]}
        for job, address in targets.items()
    ]
    config = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "scrape_configs": scrapes,
    }
    (folder / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML
    command = [
        program,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=dict(os.environ))
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: _is_ready(process, url, folder), "Prometheus is ready")
        yield Prometheus(url, f"http://{targets['api']}")
    finally:
        process.terminate()
        process.wait(30)


def _is_ready(process: "subprocess.Popen[bytes]", url: str, folder: Path) -> bool:
    assert process.poll() is None, (folder / "prometheus.log").read_text()
    try:
        return httpx.get(f"{url}/-/ready", timeout=5).is_success
    except httpx.TransportError:
        return False
