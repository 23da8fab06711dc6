"""A real Prometheus (Debian's `prometheus`), and what is asked of it."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.conftest import missing
from tests.support.port import free_port
from tests.support.waiting import wait_until


class NoPrometheus(Exception):
    """There is no Prometheus on this machine."""


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A running Prometheus."""

    url: str

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


@dataclass(frozen=True, slots=True)
class Scraped:
    """Where figures are: `host:port` and a path."""

    address: str
    path: str = "/metrics"


@contextmanager
def running_prometheus(
    folder: Path, jobs: Mapping[str, Scraped], rules: Path | None = None, *, every: str = "1s"
) -> Iterator[Prometheus]:
    """Run a Prometheus that scrapes these again and again; raises NoPrometheus."""
    program = shutil.which("prometheus")
    if program is None:
        raise NoPrometheus("no prometheus here: install it (Debian: prometheus)")
    port = free_port()
    config = {
        "global": {
            "scrape_interval": every,
            "scrape_timeout": every,
            "evaluation_interval": "1s",
        },
        "rule_files": [str(rules)] if rules else [],
        "scrape_configs": [
            {
                "job_name": job,
                "honor_labels": True,
                "metrics_path": scraped.path,
                "static_configs": [{"targets": [scraped.address]}],
            }
            for job, scraped in jobs.items()
        ],
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
        yield Prometheus(url)
    finally:
        process.terminate()
        process.wait(30)


def _is_ready(process: "subprocess.Popen[bytes]", url: str, folder: Path) -> bool:
    assert process.poll() is None, (folder / "prometheus.log").read_text()
    try:
        return httpx.get(f"{url}/-/ready", timeout=5).is_success
    except httpx.TransportError:
        return False


def promtool(*arguments: str | Path, within: Path, given: bytes = b"") -> str:
    """Run promtool and return what it says; fails when it finds something wrong."""
    program = shutil.which("promtool")
    if program is None:
        missing("no promtool here: install Prometheus (Debian: prometheus)")
    assert program is not None
    run = subprocess.run(
        [program, *arguments], cwd=within, capture_output=True, input=given, check=False
    )
    assert run.returncode == 0, (run.stdout + run.stderr).decode()
    return run.stdout.decode()
