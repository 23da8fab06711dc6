"""A real Apache Kafka as a process: started, killed, frozen and started again by the tests."""

import signal
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from string import Template

from tests.support.kafka.packages import kafka_packages
from tests.support.port import free_port
from tests.support.waiting import wait_until

PROPERTIES = Path(__file__).with_name("server.properties")
CLUSTER_ID = "MkU3OEVBNTcwNTJENDM2Qg"
QUICK_START = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")  # costs throughput
QUIET = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"


class Broker:
    """One KRaft node on a folder of its own, on the loopback address.

    `properties` come after those of every broker and may name $port and $folder as they do.
    """

    def __init__(
        self, folder: Path, *, java_options: Sequence[str] = QUICK_START, properties: str = ""
    ) -> None:
        self.port = free_port()
        self.controller_port = free_port()
        self.bootstrap = f"127.0.0.1:{self.port}"
        self._folder = folder
        self._log = folder / "broker.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._java = ["java", "-Xms64m", "-Xmx512m", *java_options, QUIET]
        self._java += ["-cp", f"{kafka_packages()}/*"]
        self._properties = folder / "server.properties"
        text = Template(f"{PROPERTIES.read_text()}\n{properties}\n").substitute(
            port=self.port, controller_port=self.controller_port, folder=folder
        )
        self._properties.write_text(text)

    def format(self, *options: str) -> None:
        """Prepare the folder; `options` go to Kafka's StorageTool."""
        tool = ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", str(self._properties)]
        result = subprocess.run(
            [*self._java, *tool, *options],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if result.returncode:
            raise RuntimeError(f"cannot format: {result.stdout}{result.stderr}")

    def start(self) -> None:
        """Start the broker on the same files as before, and wait until it accepts connections."""
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                [*self._java, "kafka.Kafka", str(self._properties)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        wait_until(self._accepts, "Kafka accepts connections", within=60)

    def kill(self) -> None:
        """End the broker without warning."""
        self._signal(signal.SIGKILL)
        self._running().wait()

    def freeze(self) -> None:
        """Stop the broker from running, with its connections left open."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen broker go on."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """End the broker, frozen or dead as it may be."""
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def _signal(self, number: signal.Signals) -> None:
        self._running().send_signal(number)

    def _running(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None
        return self._process

    def _accepts(self) -> bool:
        if self._running().poll() is not None:
            told = self._log.read_text(errors="replace")[-3000:]
            raise RuntimeError(f"Kafka ended while it started:\n{told}")
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True
