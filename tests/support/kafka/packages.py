"""The Java packages of Apache Kafka, fetched with Maven once per user and version."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path
from tempfile import mkdtemp

VERSION = "4.4.0"
POM = Path(__file__).with_name("pom.xml")


class NoKafka(Exception):
    """A real Kafka cannot be started on this machine."""


def kafka_packages() -> Path:
    """Return the folder of the packages, fetching them first when there is none."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise NoKafka(f"no {program} here; install Java 17 and Maven, or set LEEWAY_TEST_KAFKA")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "leeway" / "kafka"
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / VERSION
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _fetch(folder)
    return folder


def _fetch(folder: Path) -> None:
    unfinished = Path(mkdtemp(dir=folder.parent))
    command = [
        *("mvn", "-B", "-ntp", "-q", "-f", str(POM), f"-Dkafka.version={VERSION}"),
        "dependency:copy-dependencies",
        "-DincludeScope=runtime",
        f"-DoutputDirectory={unfinished}",
    ]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        shutil.rmtree(unfinished)
        raise NoKafka(f"Maven could not fetch Kafka {VERSION}:\n{result.stdout[-2000:]}")
    unfinished.chmod(0o755)
    unfinished.rename(folder)
