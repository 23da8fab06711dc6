"""The real commands as processes: started, killed, frozen and stopped by the test."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.support.port import free_port
from tests.support.waiting import wait_until


@dataclass
class Replica:
    """One process of one service."""

    service: str
    number: int
    port: int
    process: "subprocess.Popen[bytes]"
    log: Path
    stopped: bool = False

    def has_started(self) -> bool:
        """Whether it has come so far as to hear signals, or has ended."""
        if self.process.poll() is not None:
            return True
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/healthz", timeout=5).is_success
        except httpx.HTTPError:
            return False

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self.process.poll() is None:
            self.process.send_signal(number)


@dataclass
class Fleet:
    """All replicas of ingest and evaluator, and one api."""

    environment: Mapping[str, str]
    folder: Path
    replicas: list[Replica] = field(default_factory=list)
    bad_exits: list[str] = field(default_factory=list)
    _count: int = 0

    def start(self, service: str) -> Replica:
        """Start one more replica of a service."""
        self._count += 1
        port, log = free_port(), self.folder / f"{service}-{self._count}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", f"services.{service}"],
                env={**os.environ, **self.environment, "LEEWAY_HTTP_PORT": str(port)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        replica = Replica(service, self._count, port, process, log)
        self.replicas.append(replica)
        return replica

    def running(self, service: str) -> list[Replica]:
        """Return the live replicas of a service, frozen ones left out."""
        return [
            r
            for r in self.replicas
            if r.service == service and r.process.poll() is None and not r.stopped
        ]

    def kill(self, replica: Replica) -> None:
        """End a replica with -9."""
        replica.signal(signal.SIGKILL)
        replica.process.wait(10)
        self.replicas.remove(replica)

    def stop(self, *leaving: Replica, seconds: float = 30) -> None:
        """Ask replicas to stop, once they have started, and note which do not end well."""
        for replica in leaving:
            wait_until(replica.has_started, f"{replica.log.name} answers", within=60)
            replica.signal(signal.SIGTERM)
        for replica in leaving:
            try:
                code = replica.process.wait(seconds)
            except subprocess.TimeoutExpired:
                replica.process.kill()
                code = replica.process.wait(10)
            if code != 0:
                self.bad_exits.append(f"{replica.log.name}: exit {code} after SIGTERM")
            self.replicas.remove(replica)

    def revive(self) -> list[str]:
        """Start again what ended by itself, as Kubernetes would; return what that was."""
        ended = [r for r in self.replicas if r.process.poll() is not None]
        for replica in ended:
            self.replicas.remove(replica)
            self.start(replica.service)
        return [f"{r.service} ended by itself with {r.process.returncode}" for r in ended]

    def close(self) -> None:
        """Kill everything that is left."""
        for replica in self.replicas:
            replica.signal(signal.SIGCONT)
            replica.signal(signal.SIGKILL)
            replica.process.wait(10)
        self.replicas.clear()

    def tails(self, lines: int = 15) -> str:
        """Return the last lines of every log, for a failure's message."""
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(
            f"--- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
            for log in logs
        )
