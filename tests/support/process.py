"""The real service commands as processes, whose logs are kept in files and shown on failure."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.support.port import free_port
from tests.support.waiting import wait_until

SHOWN = 4_000  # characters of each log


@dataclass
class Service:
    """One running service."""

    name: str
    port: int
    log: Path
    process: "subprocess.Popen[bytes]"

    def told(self) -> str:
        """Return everything that it has logged."""
        return self.log.read_text(errors="replace")

    def is_running(self) -> bool:
        return self.process.poll() is None

    def get(self, path: str) -> httpx.Response | None:
        """Return its answer to a request; None when it does not listen."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=5)
        except httpx.TransportError:
            return None

    def until_answering(self, path: str, status: int, *, within: float = 60) -> httpx.Response:
        """Wait until a request gets this status, and return the answer."""

        def is_so() -> bool:
            assert self.is_running(), f"{self.name} has ended:\n{self.told()[-SHOWN:]}"
            answer = self.get(path)
            return answer is not None and answer.status_code == status

        wait_until(is_so, f"{self.name} answers {status} to {path}", within=within)
        answer = self.get(path)
        assert answer is not None
        return answer

    def until_told(self, text: str, *, within: float = 30) -> None:
        """Wait until the log holds this text."""
        wait_until(lambda: text in self.told(), f"{self.name} says {text!r}", within=within)

    def terminate(self, *, within: float = 30) -> int:
        """Ask it to end, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.ended(within=within)

    def ended(self, *, within: float = 30) -> int:
        """Wait for its end, and return its exit code."""
        return self.process.wait(within)


@dataclass
class Services:
    """Starts services in one environment, and ends them all."""

    folder: Path
    environment: Mapping[str, str]
    running: list[Service] = field(default_factory=list)

    def start(self, name: str, **more: str) -> Service:
        """Start `python -m services.NAME`, with these settings besides the shared ones."""
        port = free_port()
        log = self.folder / f"{len(self.running) + 1}-{name}.log"
        settings = {"LEEWAY_HTTP_PORT": str(port), **self.environment, **more}
        kept = {k: v for k, v in os.environ.items() if not k.startswith("LEEWAY_")}
        path = os.pathsep.join(filter(None, sys.path))
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", f"services.{name}"],
                env={**kept, "PYTHONPATH": path, **settings},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        service = Service(name, port, log, process)
        self.running.append(service)
        return service


@contextmanager
def services(folder: Path, environment: Mapping[str, str]) -> Iterator[Services]:
    """Give a starter of services; when the test fails, show the end of every log."""
    started = Services(folder, environment)
    try:
        yield started
    except BaseException:
        for service in started.running:
            sys.stderr.write(f"--- {service.log.name}\n{service.told()[-SHOWN:]}\n")
        raise
    finally:
        for service in started.running:
            if service.is_running():
                service.process.kill()
                service.process.wait()
