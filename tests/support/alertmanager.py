"""A real Alertmanager, or a cluster of them (Debian's `prometheus-alertmanager`)."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.port import free_port
from tests.support.waiting import wait_until

PROGRAM = "prometheus-alertmanager"
CONFIGURATION = """
route: {receiver: hook, group_by: [slo], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers: [{name: hook, webhook_configs: [{url: "%s", send_resolved: true}]}]
"""


class NoAlertmanager(Exception):
    """There is no Alertmanager on this machine."""


@dataclass(frozen=True)
class Alertmanager:
    """One member."""

    url: str

    def alerts(self) -> list[Any]:
        """Return the alerts that fire."""
        answer = httpx.get(f"{self.url}/api/v2/alerts", params={"active": True}, timeout=5)
        found: list[Any] = answer.raise_for_status().json()
        return found

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/-/ready", timeout=5).is_success
        except httpx.TransportError:
            return False


@contextmanager
def running_alertmanagers(
    folder: Path, count: int = 1, hook: str = "http://127.0.0.1:9/"
) -> Iterator[Sequence[Alertmanager]]:
    """Run members of one cluster, which send what fires to `hook`; raises NoAlertmanager."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise NoAlertmanager(f"no Alertmanager here; install Debian's {PROGRAM}")
    (folder / "alertmanager.yml").write_text(CONFIGURATION % hook)
    gossip = [f"127.0.0.1:{free_port()}" for _ in range(count)]
    found = []
    with ExitStack() as stack:
        for number, address in enumerate(gossip):
            port = free_port()
            log = stack.enter_context((folder / f"alertmanager-{number}.log").open("wb"))
            process = subprocess.Popen(
                [
                    program,
                    f"--config.file={folder / 'alertmanager.yml'}",
                    f"--storage.path={folder / f'data-{number}'}",
                    f"--web.listen-address=127.0.0.1:{port}",
                    f"--cluster.listen-address={address}",
                    *(f"--cluster.peer={peer}" for peer in gossip if peer != address),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            found.append(Alertmanager(f"http://127.0.0.1:{port}"))
        for member in found:
            wait_until(member.is_ready, "Alertmanager is ready")
        yield found
