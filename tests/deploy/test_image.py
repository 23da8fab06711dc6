"""The image's Dockerfile by a linter, and its build steps for real, in a clean folder.

No Docker engine is at hand where these run: what the Dockerfile does besides calling `build.sh` is
little, and is read here.
"""

import filecmp
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.deploy.source import DEPLOY, ROOT, copied_into_the_build
from tests.support.port import free_port
from tests.support.waiting import wait_until

DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
FINAL_STAGE = DOCKERFILE.split("\nFROM ")[-1]
SERVICES = ("api", "evaluator", "ingest")
FINISHED = "finished"


def test_the_linter_finds_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    run = subprocess.run(
        [hadolint, "--no-fail", DEPLOY / "Dockerfile"], capture_output=True, text=True, check=True
    )
    assert run.stdout == ""


def test_the_image_runs_as_a_number_that_is_not_root() -> None:
    users = re.findall(r"^USER (.+)$", FINAL_STAGE, re.MULTILINE)
    assert users
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", users[-1])


def test_nothing_is_installed_into_the_image_itself() -> None:
    assert not re.search(r"^RUN ", FINAL_STAGE, re.MULTILINE)
    assert re.findall(r"^COPY (.+)$", FINAL_STAGE, re.MULTILINE) == [
        "--from=build /opt/leeway /opt/leeway"
    ]


def test_what_the_build_copies_is_let_into_its_context() -> None:
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    assert "*" in lines
    allowed = {line[1:] for line in lines if line.startswith("!")}
    copied = set(copied_into_the_build())
    assert copied == allowed
    assert all((ROOT / source).exists() for source in copied)


def build(folder: Path) -> Path:
    """Copy what the Dockerfile copies, build as it does, and return the environment."""
    sources, target = folder / "src", folder / "leeway"
    for name in copied_into_the_build():
        (sources / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, sources / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, sources / name)
    run = subprocess.run(
        ["sh", "deploy/build.sh", target, sys.executable],
        cwd=sources,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    shutil.rmtree(sources)  # what runs must not need it
    (folder / FINISHED).touch()
    return target


def environment(**settings: str) -> dict[str, str]:
    """Return an environment without our own Python, and without Leeway's settings."""
    foreign = ("LEEWAY_", "PYTHON", "VIRTUAL_ENV")
    return {k: v for k, v in os.environ.items() if not k.startswith(foreign)} | settings


def run_in(built: Path, *command: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of the built environment to its end."""
    return subprocess.run(
        [built / "bin" / command[0], *command[1:]],
        env=environment(**settings),
        cwd=built.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the image holds in /opt/leeway."""
    return build(tmp_path_factory.mktemp("image"))


def test_the_built_environment_has_the_command_line(built: Path) -> None:
    run = run_in(built, "leeway", "--version")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("leeway ")


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_starts_as_far_as_its_missing_settings(built: Path, service: str) -> None:
    run = run_in(built, "python", "-m", f"services.{service}")
    assert run.returncode == 2
    assert "LEEWAY_KAFKA_BOOTSTRAP is not set" in run.stderr


def test_the_built_environment_can_install_nothing_more(built: Path) -> None:
    assert run_in(built, "python", "-m", "pip", "--version").returncode != 0


def test_nothing_in_it_knows_where_it_was_built(built: Path) -> None:
    notes = sorted(built.rglob("direct_url.json"))
    assert not notes


def test_the_built_api_has_its_tables_and_its_pages(built: Path, api: int) -> None:
    for path in ("/", "/docs", "/static/page.css", "/readyz"):
        answer = httpx.get(f"http://127.0.0.1:{api}{path}", timeout=10)
        assert answer.status_code == 200, f"{path}: {answer.text}"


def test_what_runs_writes_nothing_into_it(built: Path, api: int) -> None:
    assert httpx.get(f"http://127.0.0.1:{api}/docs", timeout=10).is_success
    assert run_in(built, "leeway", "validate", "--help").returncode == 0
    finished = (built.parent / FINISHED).stat().st_mtime_ns
    files = [path for path in built.rglob("*") if path.is_file()]
    assert [path for path in files if path.stat().st_mtime_ns > finished] == []


@pytest.fixture
def api(built: Path, tmp_path: Path) -> Iterator[int]:
    """The port of the built api, on a database that the built command line made; without Kafka."""
    port = free_port()
    database = f"sqlite+aiosqlite:///{tmp_path / 'leeway.sqlite3'}"
    made = run_in(built, "leeway", "db", "upgrade", LEEWAY_DATABASE_URL=database)
    assert made.returncode == 0, made.stderr
    settings = {
        "LEEWAY_DATABASE_URL": database,
        "LEEWAY_KAFKA_BOOTSTRAP": f"127.0.0.1:{free_port()}",
        "LEEWAY_HTTP_PORT": str(port),
    }
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [built / "bin" / "python", "-m", "services.api"],
            env=environment(**settings),
            cwd=tmp_path,
            stdout=log,
            stderr=log,
        )

    def is_ready() -> bool:
        assert process.poll() is None, (tmp_path / "log").read_text()
        try:
            return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).is_success
        except httpx.TransportError:
            return False

    try:
        wait_until(is_ready, "the built api is ready")
        yield port
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.soak
def test_two_builds_in_one_place_are_alike_in_every_file(tmp_path: Path) -> None:
    first = build(tmp_path / "place").rename(tmp_path / "first")
    second = build(tmp_path / "place")
    files = [path.relative_to(first) for path in first.rglob("*") if path.is_file()]
    assert len(files) > 1_000
    alike, *others = filecmp.cmpfiles(first, second, map(str, files), shallow=False)
    assert others == [[], []]
    assert len(alike) == len(files)
    assert len(files) == sum(path.is_file() for path in second.rglob("*"))
